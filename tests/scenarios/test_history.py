"""`git data log` and `git data blame` as somebody types them: who changed what, also where the data is not here."""

import json
import os
import re
import shutil

import pytest
from documented import documented, shape
from shell import Shell, project


@pytest.fixture(params=[4096, 1], ids=["listing", "tree"])
def repo(shell: Shell, request: pytest.FixtureRequest) -> Shell:
    """Edits, a move between roots, a renamed root, files by pattern, a name that would move the cursor."""
    repo = project(shell)
    repo.git(f"config gitdata.listingLimit {request.param}")
    repo.write("data/a.csv", "".join(f"{number}\n" for number in range(100)))
    repo.write("data/sub/b\x1b[2J.csv", "b\n")
    repo.write("other/c.csv", "c\n")
    repo.write("net.onnx", b"\0net")
    repo.write("code.py", "1\n")
    repo.git("data track data other")
    repo.git("data track '*.onnx'")
    repo.git("add -A")
    repo.git("commit -qm first", GIT_COMMITTER_DATE="2005-04-08T00:00:01Z")
    repo.write("data/a.csv", "".join(f"{number}\n" for number in range(150)).replace("\n44\n", "\nv4\n"))
    repo.git("commit -qam 'more a'", GIT_AUTHOR_NAME="Bob", GIT_COMMITTER_DATE="2005-04-08T00:00:02Z")
    (repo.cwd / "data/a.csv").rename(repo.cwd / "other/moved.csv")
    repo.git("commit -qam moved")
    repo.write("net.onnx", b"\0net again")
    repo.git("commit -qam network")
    repo.git("mv other.gitdata tables.gitdata")
    repo.git("commit -qm renamed")
    return repo


def test_log_and_blame(repo: Shell) -> None:
    look_here(repo)
    refuse_bad_words(repo)
    look_from_elsewhere(repo)
    look_past_damage(repo)


def look_here(repo: Shell) -> None:
    """Who, when, what and how much."""

    def said(words: str) -> list[str]:
        return [re.sub("^[0-9a-f]{7,}( [(].*?[)])?", "commit", line) for line in repo.git(words).splitlines()]

    assert said("data log --oneline tables/moved.csv") == [
        "commit renamed", " R other/moved.csv -> tables/moved.csv: 490 B",
        "commit moved", " R data/a.csv -> other/moved.csv: 490 B",
        "commit more a", " M data/a.csv: 290 B -> 490 B",
        "commit first", " A data/a.csv: 290 B",
    ]  # fmt: skip
    assert repo.git("data log -1 --color=always").startswith("\x1b[33mcommit "), "into a pipe, as Git does it"
    assert said("data log --oneline --stat HEAD~3..HEAD~1") == [
        "commit network", " M net.onnx: 4 B -> 10 B",
        "commit moved", " M data: 492 B -> 2 B", " M other: 2 B -> 492 B, 1 renamed",
        "   R data/a.csv -> other/moved.csv: 490 B",
    ]  # fmt: skip
    assert said("data log --oneline --author=Bob") == ["commit more a", " M data: 292 B -> 492 B, 1 changed"]
    assert said("data log --oneline --reverse -1 --grep=MOVED -i") == said("data log --oneline HEAD~3..HEAD~2")
    heads = "--format=%H --since=2005-04-08T00:00:03Z"
    assert repo.git(f"data log {heads[12:]} --json").count('"merge"') == len(repo.git(f"log {heads}").splitlines()) == 3
    below = repo.cd("data/sub")
    assert "\x1b" not in below.git("data log --stat .") and "b\\x1b[2J.csv" in below.git("data log --stat .")
    assert below.git("data log --oneline ../../net.onnx") == repo.git("data log --oneline net.onnx")

    assert said("data log --oneline --stat 'o*' ':!*c.csv'") == [
        "commit renamed", " D other: 492 B, 1 deleted", "   D other/moved.csv: 490 B",
        "commit moved", " M other: 2 B -> 492 B, 1 added", "   A other/moved.csv: 490 B",
    ]  # fmt: skip
    without_tables = ["commit network", " M net.onnx: 4 B -> 10 B", "commit first", " A net.onnx: 4 B"]
    assert said("data log --oneline ':!*.csv'") == without_tables
    assert below.git("data log --oneline -- ':/*.onnx' ':!b*'") == repo.git("data log --oneline ':!*.csv'")
    chosen = below.git("data blame -- ':/*.csv' ':(top,exclude)tables/c*'").splitlines()
    assert [line.rpartition(" ")[2] for line in chosen] == ["data/sub/b\\x1b[2J.csv", "tables/moved.csv"]

    blamed = repo.git("data blame tables/moved.csv").splitlines()
    assert len(blamed) == 150 and blamed[0].startswith("^") and "data/a.csv" in blamed[0]
    assert re.search(r"\(Ada .* 100\) 99$", blamed[99]) and re.search(r"\(Bob .* 101\) 100$", blamed[100])
    assert repo.git("data blame -- tables/moved.csv").splitlines() == blamed
    assert repo.git("data blame -L 100,101 tables/moved.csv").splitlines() == blamed[99:101]
    past = repo.git("rev-parse HEAD~3")
    for words in ("--ignore-rev HEAD~3", "--ignore-revs-file ../past", "", "--ignore-revs-file=''"):
        repo.write("past", f"# edited lines\n\n  {past}" if words else past)
        if not words:
            repo.git("config blame.ignoreRevsFile past")
        lines = repo.cd("tables").git(f"data blame {words} moved.csv").splitlines()
        assert ("(Bob" in lines[44]) == ("''" in words), words
    for words, code, complaint in (
        ("--ignore-rev nope", 129, "there is no revision 'nope'"),
        ("--ignore-revs-file nope", 129, "there is no file 'nope' of revisions"),
        ("--ignore-revs-file code.py", 129, "code.py, line 1: '1' is no commit"),
    ):
        assert complaint in repo.run(f"git data blame {words} tables/moved.csv", code=code).err
    repo.git("config --unset blame.ignoreRevsFile")
    repo.write("tables/moved.csv", repo.read("tables/moved.csv") + b"now\n")
    assert "Not Committed Yet" in repo.git("data blame tables/moved.csv").splitlines()[-1]
    assert "binary" in repo.git("data blame net.onnx") and "network" in repo.git("data blame net.onnx")
    folder = repo.git("data blame tables").splitlines()
    assert [line.split()[-1] for line in folder] == ["tables/c.csv", "tables/moved.csv"]

    for words, kind in (
        ("log --json -1 HEAD~3", "log"), ("blame --json -L 1,1 HEAD tables/moved.csv", "blame"),
        ("blame --json tables", "blame-folder"),
    ):  # fmt: skip
        assert shape(json.loads(repo.git(f"data {words}"))) == documented(kind), words


def refuse_bad_words(repo: Shell) -> None:
    """Each is one line."""
    for words, code, said in (
        ("log nosuch", 129, "neither a revision nor a path"),
        ("log -- nosuch", 26, "no commit has data at nosuch"),
        ("log nosuch --", 129, "there is no revision 'nosuch'"),
        ("log -- code.py", 26, "Git itself has it"),
        ("log ../outside", 2, "outside the repository"),
        ("log -n -1", 2, "less than nothing"),
        ("blame data/nosuch.csv", 26, "has no data"),
        ("blame -L 900,901 tables/moved.csv", 129, "the file has only 151 lines"),
        ("blame -L 1,2 tables", 2, "tables has no lines: it is not one file"),
        ("blame", 2, "blame is for one path"),
        ("blame '*.txt'", 26, "no tracked file matches *.txt"),
        ("log --follow -- data other", 2, "--follow is for one path"),
        ("log --follow -- 'data/*.csv'", 2, "--follow is for one path"),
        ("log ':(nope)data'", 2, "is no pathspec"),
        ("blame HEAD HEAD -- data", 2, "blame is for one path"),
    ):
        failed = repo.run(f"git data {words}", code=code)
        assert said in failed.err and failed.out == "" and failed.err.count("\n") == 1, failed


def look_from_elsewhere(repo: Shell) -> None:
    """What is not here is fetched in one go, or named."""
    expected = {words: repo.git(words) for words in ("data log --stat", "data log --stat tables/moved.csv")}
    lines = repo.git("data blame HEAD -- tables/moved.csv")
    repo.git("push -q origin main")
    shell = Shell(repo.cwd.parent)
    shell.git("clone -q --bare hub.git bare.git")
    shell.git("clone -q hub.git clone", GIT_CONFIG_GLOBAL=os.devnull)
    clone = shell.cd("clone")
    clone.git("data init", code=18)
    clone.git("data trust")
    tree = repo.git("config gitdata.listingLimit").strip() == "1"
    unknown = clone.run("git data log --stat --offline --oneline tables/moved.csv")
    if tree:
        assert "could not be looked into" in unknown.err and "?" in unknown.out
    else:
        assert unknown.err == "" and len(unknown.out.splitlines()) == 8
    assert clone.run("git data blame --offline tables/moved.csv", code=30).err.count("\n") == 1
    last = clone.run("git data log -1 --oneline --stat -- data/a.csv")
    assert "fetched 2 folder listings from origin" in last.err if tree else last.err == "", "not those of all versions"
    assert last.out.splitlines()[1:] == [" D data/a.csv: 490 B"]
    for words, said in expected.items():
        found = clone.run(f"git {words}")
        plain = re.sub(r"^commit (\w+).*", r"commit \1", found.out, flags=re.M)
        assert plain == re.sub(r"^commit (\w+).*", r"commit \1", said, flags=re.M)
        assert found.err == "" or (tree and found.err.count("\n") == 1 and "fetched" in found.err), found
        assert clone.run(f"git {words}").err == ""
    assert clone.git("data blame HEAD -- tables/moved.csv") == lines
    assert shell.cd("bare.git").git("data log --oneline tables.gitdata --", code=129) == ""
    assert shell.cd("bare.git").git("data log --oneline --offline -- net.onnx") != ""
    shutil.rmtree(shell.cwd / "bucket")  # nothing asks the network for what is here
    assert clone.git("data blame HEAD -- tables/moved.csv") == lines


def look_past_damage(repo: Shell) -> None:
    """A pointer that was committed with conflict markers is named, and does not hide what was before it."""
    before = repo.git("data blame HEAD -- tables/moved.csv"), repo.git("data blame HEAD -- data")
    good = repo.read("data.gitdata"), repo.read("tables.gitdata")
    for name, text in zip(("data", "tables"), good, strict=True):
        repo.write(f"{name}.gitdata", text + b"<<<<<<< ours\n=======\n>>>>>>> theirs\n")
    repo.git("-c core.hooksPath=/dev/null -c filter.gitdata.process= -c core.fsmonitor=false commit -qam damaged")
    for name, text in zip(("data", "tables"), good, strict=True):
        repo.write(f"{name}.gitdata", text)
    repo.git("-c core.hooksPath=/dev/null -c filter.gitdata.process= -c core.fsmonitor=false commit -qam mended")
    said = repo.run("git data log --oneline tables/moved.csv")
    assert [line[:3] for line in said.out.splitlines()[1:5:2]] == [" ? ", " ? "] and "damaged" in said.err
    assert "data/a.csv: 290 B" in said.out
    assert (repo.git("data blame HEAD -- tables/moved.csv"), repo.git("data blame HEAD -- data")) == before

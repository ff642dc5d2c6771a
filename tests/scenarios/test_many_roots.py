"""Many data roots: Git is asked once for all of them, not once for each."""

import json
from pathlib import Path

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git


def filled(repo: Shell, count: int, folder: str = ".") -> list[str]:
    """So many directories to track."""
    names = [f"{folder}/d{number:02}" for number in range(count)]
    for name in names:
        for file in ("a", "b", "sub/c"):
            repo.write(f"{name}/{file}", f"{name} {file}\n")
    return names


def calls(repo: Shell, command: str) -> list[str]:
    """The git programs that git-data starts in `command`, without what they are asked for."""
    trace = repo.cwd.parent / "trace"
    trace.unlink(missing_ok=True)
    repo.run(command, GIT_TRACE2_EVENT=str(trace))
    events = map(json.loads, trace.read_text().splitlines())
    started = [event["argv"] for event in events if event["event"] == "start"]
    return sorted(" ".join(argv).partition(" -- ")[0] for argv in started if "core.fsmonitor=false" in argv)


def session(shell: Shell, count: int) -> tuple[Shell, dict[str, int]]:
    """A first day with so many roots; the number of git programs that each command took."""
    repo = project(shell, str(shell.cwd / f"bucket{count}"), name=f"project{count}")
    names = filled(repo, count)
    found = {}
    for command in (
        f"git data track {' '.join(names)}",
        "git commit -qm one",
        f"git push -q origin HEAD:refs/heads/r{count}",
    ):
        found[command.split(" --")[0][:14]] = len(calls(repo, command))
    for name in names:
        repo.write(f"{name}/a", "edited\n")
    repo.git("status")
    for command in ("git commit -qam two", f"git push -q origin HEAD:refs/heads/r{count}"):
        found[f"again {command[:14]}"] = len(calls(repo, command))
    return repo, found


def test_more_roots_take_no_more_git_programs(shell: Shell) -> None:
    few, many = session(shell, 5)[1], session(shell, 40)[1]
    assert min(few.values()) > 0
    assert few == many


def test_all_of_them_are_there_for_everybody(shell: Shell) -> None:
    repo, _calls = session(shell, 12)
    assert repo.clean
    copy = repo.copy("all", *[f"d{number:02}" for number in range(12)])
    shell.git("clone -q -b r12 hub.git other")
    other = shell.cd("other")
    other.run("git data init", code=18)  # it asks whether the place is right
    other.git("data trust")
    other.git("data pull")
    other.same(copy, *[f"d{number:02}" for number in range(12)])
    assert other.clean
    other.git("checkout -q HEAD~1")
    assert other.read("d07/a") == b"./d07 a\n"


def test_roots_in_several_folders_each_have_their_line(shell: Shell) -> None:
    repo = project(shell)
    names = filled(repo, 3, "x") + filled(repo, 2, "x/y") + filled(repo, 2)
    repo.git(f"data track {' '.join(names)}")
    assert repo.read(".gitignore").splitlines()[1:-1] == [b"/d00/", b"/d01/"]
    assert repo.read("x/.gitignore").splitlines()[1:-1] == [b"/d00/", b"/d01/", b"/d02/"]
    assert repo.read("x/y/.gitignore").splitlines()[1:-1] == [b"/d00/", b"/d01/"]
    repo.git("commit -qm one")
    assert repo.clean
    assert sum(line.endswith(".gitdata") for line in repo.git("ls-files").splitlines()) == 7


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ("d00 d01 d00", "d00 is tracked already"),
        ("d00 d00/sub", "d00/sub lies in d00, which is tracked"),
        ("d00/sub d01 d00", "d00 contains d00/sub, which is tracked"),
        ("d00 code D00", "D00 cannot be tracked: its name is that of d00.gitdata on some file systems"),
        ("d00 code d01", "code: Git itself tracks 1 file there"),
        ("d00 missing", "missing does not exist"),
    ],
)
def test_one_that_cannot_be_tracked_leaves_all_of_them(shell: Shell, words: str, said: str) -> None:
    repo = project(shell)
    filled(repo, 2)
    repo.write("D00/a", "another one\n")
    repo.write("code/a.py", "code\n")
    repo.git("add code")
    before = repo.git("status --porcelain --ignored")
    refused = repo.run(f"git data track {words}", code=25)
    assert said in refused.err and refused.err.count("\n") == 1
    assert repo.git("status --porcelain --ignored") == before


def test_beside_a_submodule_and_not_in_it(shell: Shell) -> None:
    shell.git("init -q module")
    shell.cd("module").git("commit -q --allow-empty -m one")
    repo = project(shell)
    repo.git(f"submodule --quiet add {shell.cwd / 'module'} a/aa")
    repo.write("a/data/x", "x\n")
    repo.write("a/aa/data/x", "x\n")
    refused = repo.run("git data track a/data a/aa/data", code=25)
    assert "a/aa/data lies in the submodule a/aa" in refused.err
    repo.git("data track a/data")
    repo.git("commit -qm one")
    assert Path(repo.cwd / "a/data.gitdata").exists() and repo.git("ls-files a/data") == ""

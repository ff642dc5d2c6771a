"""Text files that both sides of a merge changed: merged by lines, conflicts in the file, by whatever way they come."""

import shutil

import pytest
from shell import Shell, project

TABLE = "".join(f"{number},x\n" for number in range(1, 31))


def table(**changed: str) -> str:
    """The table with some rows changed: `r3="main"`."""
    rows = TABLE.splitlines()
    for name, value in changed.items():
        rows[int(name[1:]) - 1] = f"{name[1:]},{value}"
    return "\n".join(rows) + "\n"


BOTH = TABLE.replace("3,x\n", "<<<<<<< HEAD\n3,main\n=======\n3,side\n>>>>>>> side\n", 1)


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """Sides changed other lines of `far` and the same of `near`, in a root, in a file of its own and by pattern."""
    repo = project(shell)
    repo.write(".gitattributes", "data/union.csv merge=union\n")
    for name in ("data/far.csv", "data/near.csv", "data/union.csv", "far.tsv", "near.tsv", "single.txt"):
        repo.write(name, TABLE)
    repo.write("data/model.bin", b"\0first")
    repo.git("data track data single.txt *.tsv")
    repo.git("add -A")
    repo.git("commit -qm first")
    for side, far in (("side", {"r20": "side"}), ("main", {"r3": "main"})):
        repo.git("checkout -q -b side" if side == "side" else "checkout -q main")
        for name in ("data/far.csv", "far.tsv", "single.txt"):
            repo.write(name, table(**far))
        for name in ("data/near.csv", "data/union.csv", "near.tsv"):
            repo.write(name, table(r3=side))
        repo.write("data/model.bin", b"\0" + side.encode())
        if side == "side":
            (repo.cwd / "data/far.csv").chmod(0o755)
        repo.git("add -A")
        repo.git(f"commit -qm {side}")
    return repo


def merged(repo: Shell) -> None:
    """What Git can merge is merged."""
    for name in ("data/far.csv", "far.tsv", "single.txt"):
        assert repo.read(name).decode() == table(r3="main", r20="side"), name
    assert (repo.cwd / "data/far.csv").stat().st_mode & 0o100
    both = ("3,main\n3,side\n", "3,side\n3,main\n")
    assert repo.read("data/union.csv").decode() in [TABLE.replace("3,x\n", rows, 1) for rows in both]


@pytest.mark.parametrize("form", ["listing", "tree"])
def test_a_merge(repo: Shell, form: str) -> None:
    if form == "tree":
        repo.git("config gitdata.listingLimit 1")
    said = repo.run("git merge side", code=1).err
    assert "both sides changed data/near.csv; conflict markers show where" in said
    assert "both sides changed near.tsv; conflict markers show where" in said
    assert "both sides changed data/model.bin; ours is in place" in said
    merged(repo)
    for name in ("data/near.csv", "near.tsv"):
        assert repo.read(name).decode() == BOTH, name
    assert sorted(path.name for path in (repo.cwd / "data").iterdir()) == [
        "far.csv", "model.bin", "model.bin.theirs", "near.csv", "union.csv",
    ]  # fmt: skip
    assert repo.git("diff --name-only --diff-filter=U").split() == ["data.gitdata", "near.tsv"]
    # One side of the file that is none, and markers left in the others: no commit takes them along.
    assert "still in conflict: data/near.csv" in repo.git("data resolve --theirs data/model.bin")
    repo.git("add data.gitdata near.tsv")
    refused = repo.run("git commit -qm both", code=1).err
    assert "conflict markers are still in data/near.csv, near.tsv (" in refused
    repo.write("data/near.csv", table(r3="of both"))
    repo.write("near.tsv", table(r3="of both"))
    repo.git("add data.gitdata near.tsv")
    repo.git("commit -qm both")
    assert repo.clean
    assert not (repo.cwd / ".git/gitdata/marked").exists()
    assert repo.read("data/near.csv").decode() == table(r3="of both")
    assert repo.read("data/model.bin") == b"\0side"
    assert "problem" not in repo.git("data fsck")


def test_ways_out_of_a_conflict(repo: Shell) -> None:
    repo.run("git merge side", code=1)
    repo.git("data resolve --ours data/model.bin")
    repo.git("data resolve --theirs data/near.csv")
    repo.git("checkout --theirs near.tsv")
    repo.git("add near.tsv")
    merged(repo)  # one side is taken of what was in conflict, and of nothing else
    assert repo.read("data/near.csv").decode() == repo.read("near.tsv").decode() == table(r3="side")
    assert repo.read("data/model.bin") == b"\0main"
    repo.git("commit -q --no-edit")
    assert repo.clean
    # With the markers in it, on purpose: that is asked once.
    repo.git("reset -q --hard HEAD~1")
    repo.run("git merge side", code=1)
    (repo.cwd / "data/model.bin.theirs").unlink()
    repo.git("add -A")
    repo.git("commit -q --no-verify --no-edit")
    repo.write("data/new.csv", "new\n")
    repo.git("add -A")
    repo.git("commit -qm more")
    assert repo.read("data/near.csv").decode() == BOTH


def test_files_that_are_too_large_or_not_to_be_merged(repo: Shell) -> None:
    repo.git("config gitdata.mergeLimit 100")
    repo.run("git merge side", code=1)
    assert repo.read("data/near.csv").decode() == table(r3="main")
    assert repo.read("data/near.csv.theirs").decode() == table(r3="side")
    repo.git("merge --abort")
    repo.git("config --unset gitdata.mergeLimit")
    # Attributes as Git finds them, beside the data too; `gitdata-merge` where `merge` is what brings git-data.
    repo.write("data/.gitattributes", "near.csv -merge\n")
    repo.write(".gitattributes", repo.read(".gitattributes") + b"near.tsv gitdata-merge=union\n")
    repo.git("add -A")
    repo.git("commit -qm attributes")
    repo.run("git merge side", code=1)
    assert repo.read("data/near.csv.theirs").decode() == table(r3="side")
    assert repo.read("near.tsv").decode() == TABLE.replace("3,x\n", "3,main\n3,side\n", 1)


def test_every_way_in_which_git_merges(repo: Shell) -> None:
    for command, ours, theirs in (("rebase main", "main", "side"), ("cherry-pick main", "side", "main")):
        repo.git("checkout -q --detach side")
        repo.run(f"git {command}", code=1)
        merged(repo)
        marked = f"<<<<<<< HEAD\n3,{ours}\n=======\n3,{theirs}\n>>>>>>> "
        assert marked in repo.read("data/near.csv").decode(), command
        repo.git(f"{command.split()[0]} --abort")
        assert repo.clean
    repo.git("checkout -q main")
    before = repo.copy("before", "data")
    repo.write("data/near.csv", table(r3="later"))
    repo.git("commit -qam later")
    repo.run("git revert --no-edit HEAD~1", code=1)
    assert b"\n3,later\n=======\n3,x\n" in repo.read("data/near.csv")
    assert repo.read("data/far.csv").decode() == TABLE
    repo.git("revert --abort")
    repo.git("reset -q --hard HEAD~1")
    repo.same(before, "data")
    repo.write("data/near.csv", table(r3="stashed"))
    repo.write("data/far.csv", table(r3="main", r9="stashed"))
    repo.git("stash -q")
    repo.write("data/near.csv", table(r3="again"))
    repo.write("data/far.csv", table(r3="main", r20="again"))
    repo.git("commit -qam again")
    repo.run("git stash pop", code=1)
    assert b"\n3,again\n=======\n3,stashed\n" in repo.read("data/near.csv")
    assert repo.read("data/far.csv").decode() == table(r3="main", r9="stashed", r20="again")
    repo.git("reset -q --hard")
    repo.write("data/near.csv", table(r3="mine"))
    repo.git("checkout -q -m side")
    assert b"\n3,side\n=======\n3,mine\n" in repo.read("data/near.csv")


def test_contents_that_are_on_the_remote_only(repo: Shell, shell: Shell) -> None:
    repo.git("push -q origin main side")
    for name, reached in (("with", True), ("without", False)):
        shell.git(f"clone -q hub.git {name}")
        other = shell.cd(name)
        other.git("data init", code=18)
        other.git("data trust")
        other.git("data pull")
        if not reached:
            shutil.move(shell.cwd / "bucket", shell.cwd / "elsewhere")
        said = other.run("git merge origin/side", code=1).err
        if reached:
            merged(other)
            assert b"<<<<<<< HEAD\n3,main\n=======\n3,side\n>>>>>>> origin/side\n" in other.read("data/near.csv")
        else:
            assert said.count("contents in data could not be merged: ") == 1
            assert other.read("data/near.csv").decode() == table(r3="main")


def test_rows_and_keys_where_lines_do_not_do(shell: Shell) -> None:
    repo = project(shell)
    versions = {
        "first": ("id,name,size\n1,a,10\n2,b,20\n", '{"rate": 1, "depth": 2}\n'),
        "side": ("id,name,size\n1,a,11\n2,b,20\n3,side,30\n", '{"rate": 1, "depth": 3}\n'),
        "main": ("id,name,size\n1,A,10\n2,b,21\n4,main,40\n", '{"rate": 5, "depth": 2}\n'),
    }
    # Of rows that are told apart by a column cells are merged; lines alone where attributes say so.
    repo.write(".gitattributes", "data/keyed.csv gitdata-key=id\ndata/lines.json merge=text\n*.tsv gitdata-key=id\n")
    repo.write(".gitdata.toml", 'version = 1\n\n[keys]\n"data/known*.csv" = "id"\n')
    for branch, (rows, keys) in versions.items():
        if branch != "first":
            repo.git("checkout -q -b side" if branch == "side" else "checkout -q main")
        for name, content in (
            ("keyed.csv", rows),
            ("known.csv", rows),
            ("rows.csv", rows),
            ("keys.json", keys),
            ("lines.json", keys),
        ):
            repo.write(f"data/{name}", content)
        repo.write("pattern.tsv", rows.replace(",", "\t"))
        if branch == "first":
            repo.git("data track data *.tsv")
        repo.git("add -A")
        repo.git(f"commit -qm {branch}")
    said = repo.run("git merge side", code=1).err
    assert "data/keys.json merged key by key" in said
    assert "data/keyed.csv, data/known.csv merged row by row" in said
    assert "pattern.tsv merged row by row" in said
    both = "id,name,size\n1,A,11\n2,b,21\n4,main,40\n3,side,30\n"
    assert repo.read("data/keyed.csv") == repo.read("data/known.csv") == both.encode()
    assert repo.read("pattern.tsv").decode() == both.replace(",", "\t")
    assert repo.read("data/keys.json") == b'{"rate": 5, "depth": 3}\n'
    for name in ("lines.json", "rows.csv"):  # both changed one row, and nothing tells that it is one
        assert repo.read(f"data/{name}").startswith((b"<<<<<<< HEAD\n", b"id,name,size\n<<<<<<< HEAD\n")), name
    repo.git("data resolve --theirs")
    repo.git("commit -q --no-edit")
    assert repo.read("data/keyed.csv").decode() == both
    assert repo.clean


def test_tools_of_git(repo: Shell) -> None:
    """`git data mergetool` runs what `git mergetool` would; `git rerere` remembers what was in files by pattern."""
    repo.git("config rerere.enabled true")
    repo.run("git merge side", code=1)
    repo.git('config mergetool.mine.cmd \'wc -l < "$BASE"; cat "$LOCAL" "$REMOTE" > "$MERGED"\'')
    repo.git("config mergetool.mine.trustExitCode true")
    assert "not in conflict" in repo.run("git data mergetool -t mine data/far.csv", code=2).err
    assert "still in conflict: data/model.bin (" in repo.run("git data mergetool -t mine data/near.csv", code=4).err
    assert repo.read("data/near.csv").decode() == table(r3="main") + table(r3="side")
    repo.git("config merge.tool mine")
    assert "data is merged and staged" in repo.git("data mergetool")
    assert repo.read("data/model.bin") == b"\0main\0side"
    assert not (repo.cwd / "data/model.bin.theirs").exists()
    assert "no data is in conflict" in repo.git("data mergetool")
    repo.write("near.tsv", table(r3="mended"))
    repo.git("add near.tsv")
    repo.git("commit -q --no-edit")
    assert repo.clean
    merged(repo)
    repo.git("reset -q --hard HEAD~1")
    repo.run("git merge side", code=1)
    assert repo.read("near.tsv").decode() == table(r3="mended")
    repo.git("data resolve --ours")
    repo.git("add near.tsv")
    repo.git("commit -q --no-edit")
    assert repo.git("show HEAD:near.tsv").startswith("gitdata pointer 1 file\n")
    assert repo.clean

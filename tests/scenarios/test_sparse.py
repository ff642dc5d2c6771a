"""A work tree that takes a part of the data: all of it is in commits, and what is left out is no deletion."""

import os
import shutil
from pathlib import Path

import pytest
from shell import Shell, project

LISTING, TREE = "4096", "3"
FORMS = pytest.mark.parametrize("limit", [LISTING, TREE], ids=["listing", "tree"])


def born(shell: Shell, limit: str = LISTING) -> Shell:
    """A project with data in three folders, pushed."""
    repo = project(shell)
    repo.git(f"config gitdata.listingLimit {limit}")
    for folder in ("train", "test", "raw/deep"):
        for number in range(3):
            repo.write(f"data/{folder}/{number}.csv", "".join(f"{folder} {number} {line}\n" for line in range(20)))
    repo.write("data/top.txt", "top\n")
    (repo.cwd / "data/run.sh").write_text("#!/bin/sh\n")
    (repo.cwd / "data/run.sh").chmod(0o755)
    (repo.cwd / "data/latest").symlink_to("train")
    (repo.cwd / "data/hollow").mkdir()
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.git("push -q -u origin HEAD")
    return repo


def cloned(shell: Shell, name: str, *options: str, limit: str = LISTING) -> Shell:
    """A clone with its data, or the part of it that the options say."""
    url = f"gitdata-remote.origin.url={shell.cwd / 'bucket'}"
    shell.git(f"clone -q -c {url} -c gitdata.listingLimit={limit} {' '.join(options)} hub.git {name}")
    clone = shell.cd(name)
    clone.git("data init")
    return clone


def files(tree: Shell, root: str = "data") -> set[str]:
    """The files and links that are here, below a root; where there is a directory with nothing in it, that."""
    found = set()
    for folder, directories, names in os.walk(tree.cwd / root):
        below = Path(folder).relative_to(tree.cwd / root)
        links = [name for name in directories if (Path(folder) / name).is_symlink()]
        found |= {str(below / name) for name in (*names, *links)}
        if not names and not directories and str(below) != ".":
            found.add(f"{below}/")
    return found


def pushed(shell: Shell, repo: Shell, expected: Path, name: str, branch: str = "") -> None:
    """What the work tree pushes is `expected`, as a clone of all of it shows."""
    repo.git(f"push -q origin HEAD{f':{branch}' if branch else ''}")
    whole = cloned(shell, name, *(["-b", branch] if branch else []))
    whole.same(expected, "data")


TRAIN = {f"train/{number}.csv" for number in range(3)}
TEST = {f"test/{number}.csv" for number in range(3)}
RAW = {f"raw/deep/{number}.csv" for number in range(3)}
REST = {"top.txt", "run.sh", "latest", "hollow/"}


@FORMS
def test_commits_keep_what_is_left_out(shell: Shell, limit: str) -> None:
    repo = born(shell, limit)
    expected = repo.copy("expected", "data")
    assert "9 files written" not in repo.git("data sparse set data/train")
    assert files(repo) == TRAIN
    assert repo.clean
    assert "9 files, 1.4 KiB left out" in repo.git("data status")
    assert repo.git("data status --porcelain") == ""
    assert repo.git("data sparse list") == "data/train\n"

    for top in (repo.cwd, expected):
        (top / "data/train/0.csv").write_text("edited\n")
        (top / "data/train/1.csv").unlink()
        (top / "data/train/new").mkdir()
        (top / "data/train/new/a.csv").write_text("new\n")
        (top / "data/beside.csv").write_text("outside, and here\n")
        (top / "data/test/3.csv").parent.mkdir(exist_ok=True)
        (top / "data/test/3.csv").write_text("outside, and here\n")
    assert repo.git("data status --porcelain").split() == [
        "A", "data/beside.csv", "A", "data/test/3.csv", "M", "data/train/0.csv", "D", "data/train/1.csv",
        "A", "data/train/new/a.csv",
    ]  # fmt: skip
    repo.git("commit -qam second")
    assert repo.clean
    pushed(shell, repo, expected, "whole")

    repo.git("checkout -q HEAD~1")
    assert files(repo) == TRAIN
    repo.git("checkout -q -")
    assert files(repo) == {"train/0.csv", "train/2.csv", "train/new/a.csv"}, "a file outside that went stays away"
    repo.git("data sparse add data/test/ '*.txt'")
    assert files(repo) >= TEST | {"test/3.csv", "top.txt"}
    assert repo.clean
    (repo.cwd / "data/train/2.csv").unlink()
    repo.git("reset -q --hard")
    assert "train/2.csv" in files(repo)
    repo.git("data sparse disable")
    repo.same(expected, "data")
    assert repo.clean
    assert not (repo.cwd / ".git/gitdata/sparse").exists()


@FORMS
def test_a_clone_fetches_its_part_alone(shell: Shell, limit: str) -> None:
    repo = born(shell, limit)
    for number in range(4):
        repo.write(f"data/raw/{number}.bin", os.urandom(500_000))
    repo.git("commit -qam large")
    repo.git("push -q")
    expected = repo.copy("expected", "data")
    by_clone = cloned(shell, "by-clone", "-c gitdata.sparse=/data/train -c gitdata.sparse=top.txt", limit=limit)
    shell.git(f"clone -q -c gitdata-remote.origin.url={shell.cwd / 'bucket'} --no-checkout hub.git by-init")
    by_init = shell.cd("by-init")
    by_init.git("data init --sparse /data/train --sparse top.txt")
    by_init.git("checkout -q")
    for clone in (by_clone, by_init):
        assert files(clone) == TRAIN | {"top.txt"}
        assert clone.clean
        packs = clone.cwd / ".git/gitdata/packs"
        assert sum(file.stat().st_size for file in packs.rglob("*") if file.is_file()) < 100_000
        assert clone.git("data fsck")
        clone.git("data fetch")  # no more than the part
        assert sum(file.stat().st_size for file in packs.rglob("*") if file.is_file()) < 100_000

    # What such a clone commits and pushes lacks nothing.
    for top in (by_clone.cwd, expected):
        (top / "data/train/0.csv").write_text("edited\n")
    by_clone.git("commit -qam part")
    pushed(shell, by_clone, expected, "whole")

    # For once: a folder into the store, a file into the work tree.
    by_init.git("pull -q")
    assert "fetched" in by_init.git("data fetch data/test")
    shutil.move(shell.cwd / "bucket", shell.cwd / "away")
    by_init.git("data pull data/test/1.csv")
    assert files(by_init) == TRAIN | {"top.txt", "test/1.csv"}
    assert by_init.clean
    said = by_init.run("git data sparse add data/raw", code=None)
    assert said.code != 0
    assert by_init.clean, "what has not come yet is no deletion"
    by_init.write("data/test/1.csv", "an edit outside\n")
    by_init.git("commit -qam outside")
    shutil.move(shell.cwd / "away", shell.cwd / "bucket")
    by_init.git("data checkout")
    assert files(by_init) >= RAW | {"raw/0.bin"}
    assert by_init.clean
    (expected / "data/test/1.csv").write_text("an edit outside\n")
    pushed(shell, by_init, expected, "whole-again")


@FORMS
def test_merging_what_is_left_out(shell: Shell, limit: str) -> None:
    repo = born(shell, limit)
    expected = repo.copy("expected", "data")

    def line(top: Path, path: str, number: int, text: str) -> None:
        rows = (top / path).read_text().split("\n")
        rows[number] = text
        (top / path).write_text("\n".join(rows))

    repo.git("checkout -q -b side")
    line(repo.cwd, "data/train/0.csv", 15, "side")
    line(repo.cwd, "data/test/0.csv", 15, "side")
    line(repo.cwd, "data/raw/deep/0.csv", 5, "side")
    repo.write("data/raw/side.csv", "side\n")
    repo.git("commit -qam side")
    repo.git("push -q origin side")
    repo.git("checkout -q -")
    line(repo.cwd, "data/test/0.csv", 2, "main")
    repo.git("commit -qam main")
    repo.git("push -q origin HEAD:trunk")

    part = cloned(shell, "part", "-b trunk -c gitdata.sparse=data/train", limit=limit)
    line(part.cwd, "data/train/0.csv", 2, "main")
    part.git("commit -qam mine")
    part.git("merge -q -m merged origin/side")
    assert files(part) == TRAIN
    assert part.clean
    for path in ("data/train/0.csv", "data/test/0.csv"):
        line(expected, path, 15, "side")
        line(expected, path, 2, "main")
    line(expected, "data/raw/deep/0.csv", 5, "side")
    (expected / "data/raw/side.csv").write_text("side\n")
    pushed(shell, part, expected, "whole", "merged")

    # A conflict outside is a person's: the file comes, with its markers.
    repo.git("checkout -q -b other")
    line(repo.cwd, "data/test/0.csv", 15, "other")
    repo.write("data/raw/deep/2.csv", b"\0other")
    repo.git("commit -qam other")
    repo.git("push -q origin other")
    part.git("data pull data/raw/deep/2.csv")
    part.write("data/raw/deep/2.csv", b"\0mine")
    part.git("commit -qam binary")
    part.git("data sparse set data/train")
    part.git("fetch -q")
    part.git("merge origin/other", code=1)
    assert files(part) == TRAIN | {"test/0.csv", "raw/deep/2.csv", "raw/deep/2.csv.theirs"}
    assert b"<<<<<<<" in part.read("data/test/0.csv")
    part.git("data resolve --theirs data/raw/deep/2.csv")
    part.write("data/test/0.csv", "settled\n")
    part.git("data add data")
    part.git("commit -qm settled")
    assert part.clean
    (expected / "data/test/0.csv").write_text("settled\n")
    (expected / "data/raw/deep/2.csv").write_bytes(b"\0other")
    pushed(shell, part, expected, "whole-again", "merged")

    part.git("rebase -q --onto HEAD~1 HEAD")
    part.write("data/train/2.csv", "stashed\n")
    part.git("stash -q")
    assert part.clean
    part.git("stash pop -q")
    assert part.read("data/train/2.csv") == b"stashed\n"


def test_two_work_trees_and_a_renamed_root(shell: Shell) -> None:
    repo = born(shell)
    expected = repo.copy("expected", "data")
    repo.git("data sparse set data/train")
    repo.git("worktree add -q ../beside")
    beside = shell.cd("beside")
    assert len(files(beside)) == len(TRAIN | TEST | RAW | REST), "another work tree takes what it is told"
    beside.git("data sparse set data/test")
    assert (files(beside), files(repo)) == (TEST, TRAIN)
    beside.write("data/test/0.csv", "beside\n")
    beside.git("commit -qam beside")
    repo.git("merge -q beside")
    assert repo.clean
    assert files(repo) == TRAIN

    # By its new name other patterns are about it: nothing of it is taken for deleted.
    repo.git("data sparse set data/train tables/test")
    repo.git("mv data.gitdata tables.gitdata")
    repo.git("status")
    repo.git("data checkout")
    assert files(repo, "tables") == TEST
    repo.git("commit -qam renamed")
    assert repo.git("status --porcelain -uno") == ""
    (expected / "data/test/0.csv").write_text("beside\n")
    repo.git("push -q origin HEAD:renamed")
    whole = cloned(shell, "whole", "-b renamed")
    (expected / "data").rename(expected / "tables")
    whole.same(expected, "tables")


def test_what_a_person_has_edited_stays(shell: Shell) -> None:
    repo = born(shell)
    repo.write("data/test/0.csv", "edited\n")
    repo.write("data/test/new.csv", "new\n")
    repo.git("status")
    said = repo.run("git data sparse set data/train nowhere")
    assert files(repo) == TRAIN | {"test/0.csv", "test/new.csv"}
    assert "data/test/0.csv, data/test/new.csv stay here" in said.err
    assert "nowhere matches no data" in said.err
    assert repo.git("data status --porcelain").split() == ["M", "data/test/0.csv", "A", "data/test/new.csv"]
    repo.git("commit -qam edited")
    repo.git("data sparse set '/data/*' '!/data/raw/'")
    assert files(repo) == TRAIN | TEST | REST | {"test/new.csv"}
    assert repo.read("data/test/0.csv") == b"edited\n"
    assert repo.clean

    for bad in ("'['", "''", "'!data'", "'../data'", "'#data'"):
        said = repo.run(f"git data sparse set {bad}", code=2)
        assert len(said.err.splitlines()) == 1
    assert repo.git("data sparse list") == "/data/*\n!/data/raw/\n"
    assert "is no data" in repo.run("git data fetch data/nothing", code=26).err
    assert "not in the version" in repo.run("git data pull data/nothing", code=26).err


def test_files_tracked_by_pattern(shell: Shell) -> None:
    repo = project(shell)
    repo.git("data track '*.onnx'")
    repo.write("models/a.onnx", "a" * 1000)
    repo.write("models/b.onnx", "b" * 1000)
    repo.git("add -A")
    repo.git("commit -qm models")
    repo.git("push -q origin HEAD")
    clone = cloned(shell, "clone", "-c gitdata.sparse=models/a.onnx")
    assert clone.read("models/a.onnx") == b"a" * 1000
    assert len(clone.read("models/b.onnx")) < 300, "its pointer"
    assert clone.clean
    assert "1 file, 1000 B left out" in clone.git("data status")
    clone.git("data pull")
    assert len(clone.read("models/b.onnx")) < 300
    clone.git("data pull models/b.onnx")
    assert clone.read("models/b.onnx") == b"b" * 1000
    assert clone.clean

"""Several people on one machine, who are really several users."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import Laboratory, laboratory, possible
from shell import Shell, project

pytestmark = pytest.mark.any_git


@pytest.fixture
def lab() -> Iterator[Laboratory]:
    if not possible:
        pytest.skip("only root makes users")
    with laboratory() as lab:
        yield lab


def folder(lab: Laboratory, name: str, mode: int) -> Path:
    """A folder of the group."""
    made = lab.place / name
    made.mkdir()
    shutil.chown(made, "root", lab.group)
    made.chmod(mode)
    return made


@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_two_people_push_to_one_directory(lab: Laboratory, umask: int) -> None:
    ada, bob = lab.ada, lab.bob
    ada.umask = bob.umask = umask
    bucket = folder(lab, "bucket", 0o2775)
    hub = folder(lab, "hub.git", 0o2775)
    subprocess.run(["git", "init", "-q", "--bare", "--shared=group", str(hub)], check=True)
    subprocess.run(["chgrp", "-R", lab.group, str(hub)], check=True)

    ada.git("init -q project")
    ada.git(f"-C project remote add origin {hub}")
    mine = ada.cd("project")
    mine.git("data init")
    mine.git(f"data remote add origin {bucket}")
    for number in range(3):
        mine.write(f"data/{number}.txt", f"{number}\n")
    mine.git("data track data")
    mine.git("commit -qm first")
    mine.git("push -q origin main")

    bob.git(f"clone -q {hub} project")
    his = bob.cd("project")
    his.run("git data init", code=None)
    his.git("data trust")
    his.git("data pull")
    assert his.run("cat data/2.txt").out == "2\n"
    for turn in range(4):  # so many packs that some are in folders of the other
        writer, reader = (his, mine) if turn % 2 == 0 else (mine, his)
        writer.write(f"data/turn-{turn}", os.urandom(5000).hex())
        writer.git("commit -qam turn")
        writer.git("push -q origin main")
        reader.git("pull -q origin main")
        assert reader.run(f"cat data/turn-{turn}").out == writer.run(f"cat data/turn-{turn}").out
    his.git("data fsck --remote origin")
    his.git("data remote check origin")

    for path in (bucket, *bucket.rglob("*")):
        seen = path.stat()
        assert stat.S_IMODE(seen.st_mode) == (0o2775 if path.is_dir() else 0o444), path
        assert path.group() == lab.group
    pack = next(path for path in (bucket / "packs").rglob("*") if path.is_file())
    assert lab.eve.run(f"cat {pack}", code=None).code == 0  # the folder may be read by everybody
    bucket.chmod(0o2770)
    assert lab.eve.run(f"cat {pack}", code=None).code == 1


@pytest.mark.parametrize(("umask", "data"), [(0o002, "data/a.bin"), (0o022, "model.bin")])
def test_two_people_take_turns_in_one_work_tree(lab: Laboratory, umask: int, data: str) -> None:
    """With 022 as far as Git lets them: in folders that both may write to."""
    place = folder(lab, "project", 0o2775)
    ada, bob = lab.ada.cd(str(place)), lab.bob.cd(str(place))
    ada.umask = bob.umask = umask
    ada.git("init -q --shared=group")
    ada.git("data init")
    ada.write(data, os.urandom(50_000).hex())
    ada.git(f"data track {data.partition('/')[0]}")
    ada.git(f"data remote add origin {folder(lab, 'bucket', 0o2775)}")
    ada.git("commit -qm start")
    contents = {0: ada.run(f"cat {data}").out}
    for turn in range(1, 5):
        person = bob if turn % 2 else ada
        assert person.git("status --porcelain") == ""
        person.write(data, f"{turn}\n" * 5000)
        person.run("rm -f .git/COMMIT_EDITMSG")  # Git's own, which it does not share
        done = person.run("git commit -qam turn")
        assert done.err == ""
        contents[turn] = f"{turn}\n" * 5000
    for turn, person in ((4, bob), (2, ada), (0, bob), (3, ada), (1, bob)):
        done = person.run(f"git checkout -q HEAD~{4 - turn}" if turn == 4 else f"git checkout -q main~{4 - turn}")
        assert "cannot" not in done.err and "permission" not in done.err.lower(), done.err
        assert person.run(f"cat {data}").out == contents[turn]
        assert person.run("git status --porcelain").said == ""
    ada.git("checkout -q main")
    bob.git("data push --all")
    ada.git("data push --all")
    bob.git("data fsck --remote origin")
    everything_is_shared(place / ".git/gitdata", 0o660)


def everything_is_shared(gitdata: Path, bits: int, *, exact: bool = False) -> None:
    """Every file and folder of git-data gives what `bits` say, as Git's own objects do."""
    for path in (gitdata, *gitdata.rglob("*")):
        mode = stat.S_IMODE(path.stat().st_mode)
        wanted = bits if mode & 0o200 else bits & 0o444
        if path.is_dir():
            wanted |= (wanted & 0o444) >> 2 | (0o2000 if wanted & 0o060 else 0)
        assert mode & wanted == wanted, f"{path}: {mode:o} lacks some of {wanted:o}"
        assert not exact or not mode & 0o666 & ~bits, f"{path}: {mode:o} is more than {bits:o}"


@pytest.mark.parametrize(
    ("setting", "bits", "umask"),
    [
        ("group", 0o660, 0o077),
        ("all", 0o664, 0o022),
        ("0640", 0o640, 0o022),
        ("0666", 0o666, 0o077),
        ("1", 0o660, 0o027),
    ],
)
def test_what_git_shares_git_data_shares(shell: Shell, setting: str, bits: int, umask: int) -> None:
    before = os.umask(umask)
    try:
        repo = project(shell)
        repo.git(f"config core.sharedRepository {setting}")
        repo.git("data init")  # opens what was made before
        repo.write("data/a.txt", "one\n")
        repo.write("data/big.bin", os.urandom(200_000))
        repo.git("data track data")
        repo.git("data track '*.onnx'")
        repo.write("m.onnx", os.urandom(100_000))
        repo.git("add .")
        repo.git("commit -qm first")
        repo.git("push -q origin main")
        repo.git("worktree add -q ../linked")
        shutil.rmtree(repo.cwd / "data")
        repo.git("data checkout")
        repo.git("status")
    finally:
        os.umask(before)
    for state in (repo.cwd / ".git/gitdata", repo.cwd / ".git/worktrees/linked/gitdata"):
        everything_is_shared(state, bits, exact=setting.startswith("0"))
    assert stat.S_IMODE((repo.cwd / "data/a.txt").stat().st_mode) == 0o666 & ~umask


@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_what_git_does_not_share_git_data_does_not(shell: Shell, umask: int) -> None:
    before = os.umask(umask)
    try:
        repo = project(shell)
        repo.write("data/a.txt", "one\n")
        repo.git("data track data")
        repo.git("commit -qm first")
    finally:
        os.umask(before)
    for path in (repo.cwd / ".git/gitdata").rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & umask or path.parent.name == "hooks", path


def test_somebody_elses_repository_can_be_read(lab: Laboratory) -> None:
    ada = lab.ada
    ada.git("init -q project")
    lab.ada.cwd.chmod(0o755)
    mine = ada.cd("project")
    mine.git("data init")
    bucket = folder(lab, "bucket", 0o2775)
    mine.git(f"data remote add origin {bucket}")
    mine.write("data/a.txt", "one\n")
    mine.write("big.onnx", os.urandom(300_000))
    mine.git("data track data")
    mine.git("data track '*.onnx'")
    mine.git("add .")
    mine.git("commit -qm first")
    mine.git("init -q --bare ../hub.git")
    mine.git("remote add origin ../hub.git")
    mine.git("push -q origin main")

    eve = lab.eve.cd(str(mine.cwd))
    before = digest(mine.cwd)
    for command in ("status", "diff", "diff --stat HEAD", "log --stat --oneline"):
        assert "git-data" not in eve.run(f"git {command}").said
    assert eve.run("git status --porcelain").said == ""
    assert "clean" in eve.git("data status")
    assert "a.txt" in eve.git("data ls")
    assert eve.run("git data fsck").err == ""
    mine.write("data/a.txt", "two\n")  # and Ada goes on
    mine.write("big.onnx", os.urandom(300_000))
    for command in ("status", "diff"):
        assert "git-data" not in eve.run(f"git {command}").said
    assert "data/a.txt" in eve.git("data status")
    mine.write("data/a.txt", "one\n")
    # Without a catalog that she could read it takes longer, and works.
    (mine.cwd / ".git/gitdata/catalog.db").chmod(0)
    assert eve.run("git data fsck").err == ""
    assert "a.txt" in eve.git("data ls")
    (mine.cwd / ".git/gitdata/catalog.db").chmod(0o644)
    done = eve.run("git data add data", code=None)
    assert done.code and done.err.count("\n") == 1 and "permission" in done.err.lower(), done.err
    assert {path: seen for path, seen in digest(mine.cwd).items() if "/.git/" in path} == {
        path: seen for path, seen in before.items() if "/.git/" in path
    }

    done = lab.eve.run(f"git clone -q {mine.cwd} copy")
    theirs = lab.eve.cd("copy")
    theirs.run("git data init", code=None)
    theirs.git(f"data remote add origin {bucket}")
    theirs.git("data pull")
    assert theirs.run("cat data/a.txt").out == "one\n"


def digest(directory: Path) -> dict[str, tuple[int, ...]]:
    """What would show that something was written; access times do not."""
    found = {}
    for path in sorted(directory.rglob("*")):
        seen = path.lstat()
        found[str(path)] = (seen.st_ino, seen.st_size, seen.st_mode, seen.st_mtime_ns if not path.is_dir() else 0)
    return found


def test_a_repository_that_git_does_not_trust(lab: Laboratory) -> None:
    """Git's own sentence for every verb, in one line with what to do."""
    ada = lab.ada
    ada.git("init -q project")
    lab.ada.cwd.chmod(0o755)
    mine = ada.cd("project")
    mine.git("data init")
    mine.write("data/a.txt", "one\n")
    mine.git("data track data")
    mine.git("commit -qm first")
    eve = lab.eve.cd(str(mine.cwd))
    (lab.eve.cwd / "gitconfig").write_text("")
    gits = eve.run("git status", code=128).err
    assert "dubious ownership" in gits
    sentence = gits.splitlines()[0].removeprefix("fatal: ")
    for verb in ("status", "ls", "fsck", "pull", "push", "add data", "init", "track x", "checkout", "remote list"):
        done = eve.run(f"git data {verb}", code=129)
        assert done.err == (
            f"git-data: {sentence} (to add an exception for this directory, call: "
            f"git config --global --add safe.directory {mine.cwd})\n"
        )
    for door in ("hook post-checkout 1 2 1", "hook pre-commit", "fsmonitor 2 0"):
        assert sentence in eve.run(f"git-data {door}", code=None).err
    filter_in = b"0016git-filter-client\n000eversion=2\n00000015capability=clean\n0016capability=smudge\n0000"
    asked = filter_in + b"0013command=smudge\n001apathname=data.gitdata\n00000007abc0000"
    assert sentence in eve.run("git-data filter-process", stdin=asked).err


def test_without_a_home(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    for verb in ("status", "ls", "fsck", "push --all", "pull", "remote list", "version", "checkout"):
        done = repo.run(f"env -u HOME -u GIT_CONFIG_GLOBAL -u XDG_CONFIG_HOME git data {verb}")
        assert done.err == "" or "HOME" not in done.err
    repo.write("data/a.txt", "two\n")
    repo.run("env -u HOME -u GIT_CONFIG_GLOBAL git commit -qam second")
    repo.run("env -u HOME -u GIT_CONFIG_GLOBAL git push -q origin main")
    shell.git("init -q bare-bones")
    done = shell.cd("bare-bones").run("env -u HOME -u GIT_CONFIG_GLOBAL git data status", code=10)
    assert "HOME is not set" in done.err and "git data init" not in done.err
    done = shell.run("env -u HOME -u GIT_CONFIG_GLOBAL git data install", code=None)
    assert done.code and "HOME" in done.err

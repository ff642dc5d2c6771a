"""File systems that are not the usual local disk: what NFS, Lustre, CIFS and FUSE lack; xfs, btrfs and FAT."""

import errno
import os
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from shell import Shell, project

pytestmark = pytest.mark.any_git

GCC = shutil.which("gcc") or shutil.which("cc")
ALL = "flock,mmap,link,tmpfile,renameat2,fsync,records,modes"


@pytest.fixture(scope="module")
def refusing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that refuses what the variable REFUSE names to every program that it is loaded into."""
    if GCC is None or sys.platform != "linux":
        pytest.skip("needs a C compiler, on Linux")
    library = tmp_path_factory.mktemp("refusing") / "refusing.so"
    source = Path(__file__).parent.parent / "refusing.c"
    subprocess.run([GCC, "-shared", "-fPIC", "-O1", "-o", str(library), str(source), "-ldl"], check=True)
    return library


def poor(shell: Shell, library: Path, refused: str) -> Shell:
    return Shell(shell.cwd, {"LD_PRELOAD": str(library), "REFUSE": refused})


def test_the_library_refuses(shell: Shell, refusing: Path) -> None:
    trial = (
        "import fcntl, mmap, os, sys\n"
        "f = open('f', 'w+b'); f.write(bytes(4096)); f.flush(); d = os.open('.', os.O_RDONLY); said = []\n"
        "trials = dict(flock=lambda: fcntl.flock(f, 1), records=lambda: fcntl.lockf(f, 2), fsync=lambda: os.fsync(d),\n"
        "  mmap=lambda: mmap.mmap(f.fileno(), 4096), link=lambda: os.link('f', 'g'), \n"
        "  tmpfile=lambda: os.open('.', os.O_RDWR | os.O_TMPFILE), modes=lambda: os.chmod('gitdata/f', 0o600),\n"
        "  open_modes=lambda: os.fchmod(os.open('gitdata/f', os.O_RDWR | os.O_CREAT), 0o600))\n"
        "for name, call in trials.items():\n"
        "  try: call()\n"
        "  except OSError as error: said.append(f'{name}={error.errno}')\n"
        "print(*said)\n"
    )
    shell.write("trial.py", trial)
    shell.write("gitdata/f", "")
    assert shell.run(f"{sys.executable} trial.py").out.split() == []
    os.unlink(shell.cwd / "g")
    done = poor(shell, refusing, ALL).run(f"{sys.executable} trial.py")
    names = dict(part.split("=") for part in done.out.split())
    assert names == {
        "flock": str(errno.ENOLCK),
        "records": str(errno.ENOLCK),
        "fsync": str(errno.EINVAL),
        "mmap": str(errno.ENODEV),
        "link": str(errno.EPERM),
        "tmpfile": str(errno.EOPNOTSUPP),
        "modes": str(errno.EPERM),
        "open_modes": str(errno.EPERM),
    }


@pytest.mark.parametrize("refused", [*ALL.split(","), ALL])
def test_a_day_of_work(shell: Shell, refusing: Path, refused: str) -> None:
    a_day_of_work(poor(shell, refusing, refused))


def a_day_of_work(there: Shell) -> None:
    repo = project(there)
    repo.write("data/a.txt", "one\n")
    repo.write("data/big.bin", os.urandom(400_000))
    repo.write("m.onnx", os.urandom(100_000))
    repo.git("data track data")
    repo.git("data track '*.onnx'")
    repo.git("add .")
    for command in ("commit -qm first", "push -q origin main"):
        assert "Errno" not in (said := repo.run(f"git {command}").err) and "cannot" not in said, said
    copy = repo.copy("first", "data", "m.onnx")
    repo.write("data/a.txt", "two\n")
    assert "data.gitdata" in repo.git("status --short")
    repo.git("commit -qam second")
    repo.git("push -q origin main")
    repo.git("checkout -q HEAD~1")
    repo.same(copy, "data", "m.onnx")

    there.git("clone -q hub.git clone")
    clone = there.cd("clone")
    clone.run("git data init", code=None)
    clone.git(f"data remote add origin {there.cwd / 'bucket'}")
    clone.git("data pull")
    assert clone.read("data/a.txt") == b"two\n" and clone.read("m.onnx") == repo.read("m.onnx")
    clone.git("checkout -q HEAD~1")
    clone.same(copy, "data", "m.onnx")
    assert clone.clean
    for place in (repo, clone):
        place.git("data fsck")
        left = [path.name for path in (place.cwd / ".git/gitdata").rglob("*.lock.*")]
        assert left == [] and not list((place.cwd / ".git/gitdata").rglob("catalog.db-[ws]*"))


def test_a_catalog_that_was_written_ahead(shell: Shell, refusing: Path) -> None:
    """What a version before has left: a database whose log needs memory that processes share."""
    repo = project(shell)
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    catalog = repo.cwd / ".git/gitdata/catalog.db"
    before = sqlite3.connect(catalog)
    assert before.execute("PRAGMA journal_mode=WAL").fetchone()[0] == "wal"
    before.execute("CREATE TABLE extra (n)")  # so that the log is there
    before.commit()
    for suffix in ("", "-wal"):
        shutil.copyfile(f"{catalog}{suffix}", f"{catalog}{suffix}.aside")
    before.close()
    for suffix in ("", "-wal"):
        os.replace(f"{catalog}{suffix}.aside", f"{catalog}{suffix}")
    there = poor(repo, refusing, ALL)
    there.git("data fsck")
    there.write("data/a.txt", "two\n")
    there.git("commit -qam second")
    after = sqlite3.connect(catalog)
    assert after.execute("PRAGMA journal_mode").fetchone()[0] != "wal"
    after.close()


def test_two_at_the_same_time(shell: Shell, refusing: Path) -> None:
    """Without any lock of the system's: many commands in one clone wait for each other."""
    there = poor(shell, refusing, ALL)
    repo = project(there)
    for number in range(20):
        repo.write(f"data/{number}.txt", f"{number}\n" * 100)
    repo.git("data track data")
    repo.git("commit -qm first")
    environment = {**os.environ, **there.environment}
    verbs = ("data status", "status", "data fsck", "data ls", "data add data", "data checkout")
    commands = [f"git {verb}" for verb in verbs]
    running = [
        subprocess.Popen(command.split(), cwd=repo.cwd, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        for command in commands
    ]
    for process, command in zip(running, commands, strict=True):
        _out, err = process.communicate(timeout=120)
        assert process.returncode == 0, (command, err)
    assert repo.clean


@pytest.mark.parametrize(("kind", "megabytes"), [("xfs", 320), ("btrfs", 256), ("ext4", 64)])
def test_other_disks(tmp_path: Path, kind: str, megabytes: int) -> None:
    """The whole day on a disk of another kind, which is a file that root mounts."""
    make = shutil.which(f"mkfs.{kind}", path=f"{os.environ['PATH']}:/usr/sbin:/sbin")
    if os.geteuid() or make is None:
        pytest.skip(f"only root, and only with mkfs.{kind}")
    image, place = tmp_path / "image", tmp_path / "disk"
    with open(image, "wb") as file:
        file.truncate(megabytes << 20)
    place.mkdir()
    subprocess.run([make, "-q", str(image)], check=True)
    if subprocess.run(["mount", "-o", "loop", str(image), str(place)], check=False, capture_output=True).returncode:
        pytest.skip(f"{kind} cannot be mounted here")
    try:
        work = place / "work"
        work.mkdir()
        a_day_of_work(Shell(work))
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_file_system_in_user_space(tmp_path: Path) -> None:
    """The whole day on a real FUSE mount."""
    if shutil.which("bindfs") is None or not os.access("/dev/fuse", os.R_OK | os.W_OK):
        pytest.skip("needs bindfs and /dev/fuse")
    behind, place = tmp_path / "behind", tmp_path / "mounted"
    behind.mkdir()
    place.mkdir()
    if subprocess.run(["bindfs", str(behind), str(place)], check=False, capture_output=True).returncode:
        pytest.skip("FUSE cannot be mounted here")
    try:
        work = place / "work"
        work.mkdir()
        a_day_of_work(Shell(work))
    finally:
        subprocess.run(["umount", "-l", str(place)] if not os.geteuid() else ["fusermount", "-uz", place], check=True)

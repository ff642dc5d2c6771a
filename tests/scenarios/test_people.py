"""Several people on one machine, who are really several users."""

import os
import shutil
import stat
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from people import Laboratory, laboratory, only_root

pytestmark = only_root


@pytest.fixture
def lab() -> Iterator[Laboratory]:
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

"""Objects that are written at once are those that Git would write one by one."""

import random

import pytest
from shell import Shell

from gitdata.git import objects
from gitdata.git.program import Git

SIZES = (0, 1, 15, 16, 17, 2047, 2048, 2049, 70_000, 3_000_000)


@pytest.mark.parametrize("algorithm", ["sha1", "sha256"])
def test_many_contents_are_written_at_once(shell: Shell, algorithm: str) -> None:
    shell.git(f"init -q --object-format={algorithm} r")
    git = Git(shell.cwd / "r")
    contents = [random.Random(size).randbytes(size) for size in SIZES]
    contents += [b"one\n", b"two\r\n", contents[3], b"one\n"]
    oids = objects.write(git, contents)
    for oid, content in zip(oids, contents, strict=True):
        assert git.run("hash-object", "--stdin", "--no-filters", stdin=content).decode().strip() == oid
        assert git.run("cat-file", "blob", oid) == content
    assert objects.write(git, contents) == oids
    assert objects.write(git, []) == []
    git.run("fsck", "--strict")


def test_permissions_are_those_of_the_repository(shell: Shell) -> None:
    shell.git("init -q --shared=group r")
    git = Git(shell.cwd / "r")
    oids = objects.write(git, [b"%d" % number for number in range(9)])
    modes = {(shell.cwd / "r/.git/objects" / oid[:2] / oid[2:]).stat().st_mode & 0o777 for oid in oids}
    assert modes == {0o440} or modes == {0o444}

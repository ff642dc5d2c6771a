"""Texts of blobs: what Git has, a few at a time, whatever the repository holds."""

import random
from collections.abc import Callable

import pytest
from memory import peak
from shell import Shell, project

from gitdata import workspace
from gitdata.errors import GitFailed
from gitdata.git import objects, pointers
from gitdata.git.program import Git
from gitdata.git.texts import Texts, sizes
from gitdata.ops.keeping.in_use import in_use
from gitdata.ops.transfer.needed_versions import needed_versions

MiB = 1 << 20
GONE = "0123456789" * 4


@pytest.fixture
def git(shell: Shell) -> Git:
    shell.git("init -q r")
    return Git(shell.cwd / "r")


def test_each_is_what_git_has_in_any_order(git: Git) -> None:
    lengths = [0, 1, 10, 999, 1000, 1001, 5000, MiB, *[3 * MiB] * 3]
    contents = [random.Random(number).randbytes(length) for number, length in enumerate(lengths)]
    by_oid = dict(zip(objects.write(git, contents), contents, strict=True))
    tree = git.run("mktree", stdin=b"").decode().strip()
    texts = Texts(git, dict.fromkeys([*by_oid, GONE, tree], 3 * MiB))
    assert list(texts) == list(by_oid)
    orders = [list(by_oid), list(by_oid)[::-1], random.Random(1).sample(list(by_oid), len(by_oid))]
    for order in orders:
        for oid in order:
            assert texts[oid] == by_oid[oid]
    assert GONE not in texts
    with pytest.raises(GitFailed, match="is missing from the repository"):
        Texts(git, {GONE: 10}).beginning(GONE)
    assert sizes(git, [*by_oid, GONE, tree]) == {oid: len(content) for oid, content in by_oid.items()}
    assert sizes(git, []) == {}


def test_what_is_too_large_is_left_out_and_can_be_begun(git: Git) -> None:
    contents = [bytes([65 + length % 26]) * length for length in (0, 999, 1000, 1001, 300 * 1024)]
    oids = objects.write(git, contents)
    texts = Texts(git, dict.fromkeys(oids, 1000))
    assert list(texts) == oids[:3]
    for oid, content in zip(oids, contents, strict=True):
        assert texts.beginning(oid) == content[:1001]
    with pytest.raises(KeyError):
        texts[oids[3]]
    assert Texts(git, {oids[3]: 1001, oids[2]: 999}).get(oids[3]) == contents[3]


def test_a_large_file_of_a_pointer_name_takes_no_memory(git: Git) -> None:
    (git.directory / "data.gitdata").write_bytes(b"x" * (96 * MiB))
    git.run("add", "data.gitdata")
    (oid,) = (staged.oid for staged in pointers.in_index(git).pointers.values())
    git.run("-c", "user.name=n", "-c", "user.email=e", "commit", "-qm", "large")
    reads: list[Callable[[], object]] = [
        lambda: pointers.read(git, [oid]),
        lambda: pointers.staged_text(git, b"data.gitdata"),
        lambda: pointers.recorded(git, b"data.gitdata"),
    ]
    for read in reads:
        assert peak(read) < 40 * MiB


def test_a_long_history_takes_the_memory_of_few_versions(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitdata.git.texts._TOGETHER", 100_000)  # bytes: five versions
    repo = project(shell)
    for number in range(250):
        repo.write(f"data/{number}", str(number))
    repo.git("data track data")
    repo.git("commit -qm first")
    lines = (repo.cwd / "data.gitdata").read_bytes().splitlines(keepends=True)
    parts = []
    for number in range(60):  # each takes a tenth of a megabyte as soon as its files are listed
        lines[1 + number] = b"%064x" % number + lines[1 + number][64:]
        text = b"".join(lines)
        parts.append(b"commit refs/heads/main\ncommitter n <e> %d +0000\ndata 1\nv\n" % number)
        parts += [
            b"" if number else b"from main^0\n",
            b"M 100644 inline data.gitdata\ndata %d\n%s\n" % (len(text), text),
        ]
    Git(repo.cwd).run("fast-import", "--quiet", stdin=b"".join(parts))
    place = workspace.here(repo.cwd)
    found = needed_versions(place, ["--all"], []).versions
    assert [version.value.root() for version in found] == [version.root for version in found]
    assert len(found) == 61
    assert peak(lambda: needed_versions(place, ["--all"], [])) < 2 * MiB
    assert peak(lambda: in_use(place)) < 2 * MiB

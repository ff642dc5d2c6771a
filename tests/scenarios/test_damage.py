"""Bytes that rot or vanish, here and on a remote: what can be had comes by itself, the rest is named."""

import os
import random
import shutil
from pathlib import Path

import pytest
from blake3 import blake3
from shell import Shell, project

from gitdata import workspace
from gitdata.formats import pack as formats
from gitdata.formats.tree import Entry, build
from gitdata.ids import BlobId

pytestmark = pytest.mark.any_git

LARGE = random.Random(5).randbytes(700_000)


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """Two pushed versions; `large.bin` differs, and most of each version's bytes are its own."""
    repo = project(shell)
    repo.write("data/large.bin", LARGE)
    repo.write("data/more.bin", LARGE[::-1])
    for name in ("a", "b"):
        repo.write(f"data/sub/{name}.txt", f"{name}\n")
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.git("tag v1")
    repo.write("data/large.bin", LARGE[1000:] + b"end")
    repo.write("data/sub/b.txt", "two\n")
    repo.git("commit -qam two")
    repo.git("push -q origin main v1")
    return repo


def packs(folder: Path) -> list[Path]:
    """The packs in a store or a remote, the largest first."""
    found = [path for path in folder.rglob("*") if path.is_file() and path.stem.isalnum() and len(path.stem) == 64]
    return sorted(found, key=lambda path: path.stat().st_size, reverse=True)


def flip(pack: Path, *places: int) -> None:
    content = bytearray(pack.read_bytes())
    for place in places:
        content[place] ^= 0x55
    pack.chmod(0o644)
    pack.write_bytes(content)


def clone(shell: Shell, name: str = "clone", code: int | None = 0) -> Shell:
    shell.git(f"clone -q hub.git {name}")
    there = shell.cd(name)
    there.git(f"config gitdata.trust {shell.cwd / 'bucket'}")
    there.run("git data init", code=code)
    return there


def test_a_damaged_chunk_comes_again_by_itself(repo: Shell) -> None:
    flip(packs(repo.cwd / ".git/gitdata/packs")[0], 1000, 300_000)
    found = repo.run("git data fsck", code=14)
    assert "is damaged" in found.out and "`git data fsck --repair`" in found.err
    done = repo.run("git checkout -q v1")
    told = [line for line in done.err.splitlines() if "set aside" in line]
    assert len(told) == 1 and "1 pack of this clone was damaged" in told[0] and "had again" in told[0]
    assert (repo.read("data/large.bin"), repo.read("data/sub/b.txt")) == (LARGE, b"b\n")
    assert repo.clean
    assert list((repo.cwd / ".git/gitdata/quarantine").glob("*.pack"))
    repo.git("checkout -q main")
    repo.git("data fsck --repair")
    assert "checked" in repo.git("data fsck")
    assert repo.read("data/large.bin") == LARGE[1000:] + b"end"


def test_fsck_repairs_the_whole_store(shell: Shell, repo: Shell) -> None:
    whole = repo.copy("v2", "data")
    for pack in packs(repo.cwd / ".git/gitdata/packs"):
        flip(pack, 10, pack.stat().st_size // 2, -1)  # frames, and the table of contents
    (repo.cwd / ".git/gitdata/catalog.db").write_bytes(b"no database")
    shutil.rmtree(repo.cwd / "data")
    repo.git("data fsck --repair")
    repo.git("data checkout")
    repo.same(whole, "data")
    repo.git("checkout -q v1")
    assert repo.read("data/large.bin") == LARGE
    repo.git("checkout -q main")
    assert "checked" in repo.git("data fsck")


def test_without_a_remote_the_work_tree_helps_and_the_rest_is_named(shell: Shell, repo: Shell) -> None:
    (shell.cwd / "bucket").rename(shell.cwd / "away")
    large = packs(repo.cwd / ".git/gitdata/packs")[0]
    flip(large, *range(1000, large.stat().st_size - 2000, 10_000))
    failed = repo.run("git data fsck --repair", code=14)
    assert "chunks had again" in failed.out  # data/more.bin is in the work tree as it was
    assert "data/large.bin (683.6 KiB, version " in failed.out
    assert "who may have it" in failed.out
    assert "Ada" in failed.out or "<" in failed.out
    (shell.cwd / "away").rename(shell.cwd / "bucket")
    repo.git("data fsck --repair")
    repo.git("checkout -q v1")
    assert repo.read("data/large.bin") == LARGE


def test_a_push_goes_on_without_what_is_damaged_and_not_needed(shell: Shell, repo: Shell) -> None:
    repo.write("data/new.bin", LARGE[300_000:] + LARGE[:300_000])
    repo.git("commit -qam three")
    newest = packs(repo.cwd / ".git/gitdata/packs")
    flip(next(pack for pack in newest if LARGE[310_000:320_000] in pack.read_bytes()[:600_000]), 1000)
    refused = repo.run("git push -q origin main", code=None)
    if refused.code:  # it is nowhere else but in the work tree
        assert "neither in this clone" in refused.err or "damaged" in refused.err
        repo.git("data fsck --repair")
        repo.git("push -q origin main")
    assert clone(shell).read("data/new.bin") == repo.read("data/new.bin")


@pytest.mark.parametrize("how", ["gone", "cut off", "changed"])
def test_a_remote_that_lost_something_is_mended_by_a_push(shell: Shell, repo: Shell, how: str) -> None:
    pack = packs(shell.cwd / "bucket/packs")[0]
    if how == "gone":
        pack.unlink()
    elif how == "cut off":
        pack.chmod(0o644)
        os.truncate(pack, 300_000)
    else:
        flip(pack, 1000)
    repo.write("data/sub/c.txt", "three\n")
    repo.git("commit -qam three")
    pushed = repo.run("git push -q origin main")
    assert ("`git data push --all`" in pushed.err) is (how != "changed")
    if how != "changed":
        clone(shell, "newest").same(repo.copy("v3", "data"), "data")
    found = repo.run("git data fsck --remote origin", code=14)
    assert "lost there" in found.out if how != "changed" else "is damaged (on 'origin'" in found.out
    if how == "changed":
        assert "repaired on 'origin'" in repo.git("data fsck --repair --remote origin")
    else:
        assert "had lost data" in repo.run("git data push --all").err
    assert "checked" in repo.git("data fsck --remote origin")
    assert repo.git("data push --all") == "everything is up to date\n"
    there = clone(shell)
    for revision, large in (("v1", LARGE), ("main", LARGE[1000:] + b"end")):
        there.git(f"checkout -q {revision}")
        assert (there.read("data/large.bin"), there.read("data/more.bin")) == (large, LARGE[::-1])
        assert there.clean
    assert repo.clean


def test_everything_comes_but_for_what_nobody_can_give(shell: Shell, repo: Shell) -> None:
    repo.write("data/new.bin", random.Random(6).randbytes(300_000))
    repo.write("models/w.bin", random.Random(7).randbytes(200_000))
    repo.git("data track models")
    repo.git("commit -qam three")
    repo.git("push -q origin main")
    newest = max(packs(shell.cwd / "bucket/packs"), key=lambda path: path.stat().st_mtime_ns)
    flip(newest, *range(1000, 500_000, 15_000))
    there = clone(shell, code=14)
    here = sorted(path.name for path in (there.cwd / "data").rglob("*.*"))
    assert here == ["a.txt", "b.txt", "large.bin", "more.bin"]
    for command in ("pull", "fetch"):
        told = there.run(f"git data {command}", code=14)
        assert "data/new.bin (293.0 KiB, version " in told.err and "who may have it) cannot be had" in told.err
        assert "; models/w.bin (195.3 KiB, version " in told.err, "what every root lacks"
    assert "behind" in there.git("data status")
    there.write("code.py", "1\n")
    there.git("add code.py")
    refused = there.run("git commit -qm code", code=1)
    assert "only half in place" in refused.err and "data/new.bin" in refused.err
    repo.git("data fsck --repair --remote origin")
    there.git("commit -qm code")
    assert there.read("data/new.bin") == repo.read("data/new.bin")
    assert there.git("show --stat --format= HEAD").split()[0] == "code.py"
    assert there.clean


def test_a_folder_that_cannot_be_listed_keeps_no_other_away(shell: Shell) -> None:
    repo = project(shell)
    repo.git("config gitdata.listingLimit 1")
    contents = {name: f"in {name}\n".encode() for name in ("one", "two", "three")}
    for name, content in contents.items():
        repo.write(f"data/{name}/file", content)
    repo.git("data track data")
    repo.git("commit -qm trees")
    repo.git("push -q origin main")
    blobs = {name: BlobId(blake3(content).digest()) for name, content in contents.items()}
    folder = build({b"file": Entry("file", len(contents["two"]), blobs["two"])}).root
    (pack,) = packs(shell.cwd / "bucket/packs")
    bytes_of = pack.read_bytes()
    length, _digest = formats.parse_trailer(bytes_of)
    table = formats.decode_toc(bytes_of[-formats.TRAILER_SIZE - length : -formats.TRAILER_SIZE])
    flip(pack, *(frame.offset + 1 for frame in table.frames if frame.chunk == folder))
    there = clone(shell, code=14)
    told = there.run("git data fetch", code=14).err
    assert "data/two/ of version" in told and "cannot be listed" in told and f"pack {pack.name[:12]}" in told
    with workspace.here(there.cwd).open_store() as store:
        assert store.has(blobs.values()) >= {blobs["one"], blobs["three"]}
    repo.git("data fsck --repair --remote origin")
    there.git("data pull")
    there.same(repo.copy("trees", "data"), "data")
    assert there.clean


def test_a_remote_on_which_nothing_is_right_changes_no_work_tree(shell: Shell, repo: Shell) -> None:
    """Packs under each other's names, and packs of nothing: what is there stays, byte for byte, until all is right."""
    there = clone(shell)
    repo.write("data/large.bin", LARGE[2000:] + b"third")
    repo.git("commit -qam three")
    repo.git("push -q origin main")
    before = there.copy("before", "data")
    first, second = packs(shell.cwd / "bucket/packs")[:2]
    contents = {first: first.read_bytes(), second: second.read_bytes()}
    for pack in contents:
        pack.chmod(0o644)
    for wrong in (contents[second], contents[first]), (bytes(first.stat().st_size), bytes(second.stat().st_size)):
        first.write_bytes(wrong[0])
        second.write_bytes(wrong[1])
        for command in ("git pull -q --ff-only", "git data pull", "git checkout -q v1", "git checkout -q main"):
            done = there.run(command, code=None)
            assert "data/large.bin (68" in done.err and "cannot be had" in done.err, command
            assert "pack " in done.err, done.err
            there.same(before, "data")
        there.git("reset -q --hard ORIG_HEAD")
    for pack, content in contents.items():
        pack.write_bytes(content)
    there.git("pull -q --ff-only")
    there.same(repo.copy("three", "data"), "data")
    assert there.clean


def test_what_a_clone_lacks_itself_it_cannot_mend(shell: Shell, repo: Shell) -> None:
    there = clone(shell)
    packs(shell.cwd / "bucket/packs")[0].unlink()
    told = there.run("git data push --all", code=13)
    assert "data.gitdata of commit" in told.err and "not in this clone" in told.err
    assert "checked" in clone(shell, "other").git("data fsck")  # the newest was mended
    repo.git("data push")
    there.git("checkout -q v1")
    assert there.read("data/large.bin") == LARGE


def test_a_bucket_that_was_emptied_is_filled_again_by_a_command(shell: Shell, repo: Shell) -> None:
    bucket = shell.cwd / "bucket"
    shutil.rmtree(bucket)
    bucket.mkdir()
    repo.write("data/sub/c.txt", "three\n")
    repo.git("commit -qam three")
    refused = repo.run("git push -q origin main", code=1)
    assert "its gitdata.json is gone" in refused.err and "`git data remote reset origin`" in refused.err
    assert ".git/" not in refused.err
    assert list(bucket.iterdir()) == []
    told = repo.git("data remote reset origin")
    assert "3 versions of your branches and tags" in told and "`git data push origin --all`" in told
    assert list(bucket.iterdir()) == []
    assert "pushed 3 versions" in repo.git("data push origin --all")
    assert "nothing to reset" in repo.git("data remote reset origin")
    repo.git("push -q origin main")
    there = clone(shell)
    assert there.read("data/sub/c.txt") == b"three\n"
    there.git("checkout -q v1")
    assert there.read("data/large.bin") == LARGE


def test_the_stored_versions_are_deleted_by_a_command(repo: Shell) -> None:
    repo.write("data/sub/c.txt", "three\n")
    repo.git("commit -qam three")
    refused = repo.run("git data uninstall --repo --purge", code=3)
    assert "1 version of data in this clone was not pushed" in refused.err
    assert repo.clean
    repo.git("push -q origin main")
    held = repo.run("git data fsck --unlock")  # nothing to remove here
    assert "removed" not in held.err
    assert "are deleted" in repo.git("data uninstall --repo --purge")
    assert not (repo.cwd / ".git/gitdata").exists()
    assert repo.git("status --porcelain") == ""
    assert repo.read("data/sub/c.txt") == b"three\n"
    repo.git("data init")
    repo.git("checkout -q v1")
    assert repo.read("data/large.bin") == LARGE

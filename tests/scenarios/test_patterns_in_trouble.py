"""Files tracked by pattern, when something is scarce or missing: nothing is lost, what cannot be served is refused."""

import shutil
import sys
from pathlib import Path

import pytest
from blake3 import blake3
from patterned import content, pointer, tracked_by_pattern
from shell import Shell

from gitdata import durable, workspace
from gitdata.errors import OutOfSpace
from gitdata.ids import BlobId
from gitdata.ops.patterns.clean import Cleaning


@pytest.fixture
def repo(shell: Shell) -> Shell:
    return tracked_by_pattern(shell)


def test_many_new_files_make_one_pack(repo: Shell) -> None:
    before = len(list((repo.cwd / ".git/gitdata/packs").rglob("*.pack")))
    for number in range(60):
        repo.write(f"many/{number}.bin", content(100 + number, 30_000))
    repo.git("add .")
    assert len(list((repo.cwd / ".git/gitdata/packs").rglob("*.pack"))) <= before + 3
    repo.git("commit -qm many")
    shutil.rmtree(repo.cwd / "many")
    repo.git("checkout -q -- many")
    assert repo.read("many/59.bin") == content(159, 30_000)


def test_memory_stays_bounded(repo: Shell, shell: Shell) -> None:
    """A file of 120 MB goes in and out through a filter process that may use half of that."""
    size = 120_000_000
    with open(repo.cwd / "huge.bin", "wb") as file:
        for number in range(12):
            file.write(content(500 + number, 10_000_000))
    measured = (
        "import resource, subprocess, sys\n"
        "code = subprocess.run(sys.argv[2:]).returncode\n"
        "with open(sys.argv[1], 'a') as file:\n"
        "    file.write(f'{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\\n')\n"
        "sys.exit(code)\n"
    )
    (shell.cwd / "measured.py").write_text(measured)
    command = f"{sys.executable} {shell.cwd / 'measured.py'} {shell.cwd / 'peaks'} git-data filter-process"
    copy = repo.copy("huge", "huge.bin")
    repo.git(f"-c 'filter.gitdata.process={command}' add huge.bin")
    assert str(size) in repo.git("show :huge.bin")
    (repo.cwd / "huge.bin").unlink()
    repo.git(f"-c 'filter.gitdata.process={command}' checkout -q -- huge.bin")
    repo.same(copy, "huge.bin")
    peaks = [int(line) for line in (shell.cwd / "peaks").read_text().split()]
    assert len(peaks) == 2
    assert max(peaks) < 100 * 1024, peaks  # KiB; the interpreter itself takes about 40 MiB


def test_a_staged_pointer_that_nobody_can_serve_is_refused(repo: Shell) -> None:
    repo.write("ghost.bin", "what was there\n")
    oid = repo.run("git hash-object -w --no-filters --stdin", stdin=pointer(b"never stored\n").encode()).out.strip()
    repo.git(f"update-index --add --cacheinfo 100644,{oid},ghost.bin")
    refused = repo.run("git commit -qm ghost", code=1)
    assert "ghost.bin" in refused.err and "never stored" in refused.err
    repo.git("add --renormalize ghost.bin")
    repo.git("commit -qm ghost")
    assert repo.git("show HEAD:ghost.bin") == pointer(b"what was there\n")
    # A filter that was killed after it had answered: the work tree still has the content.
    repo.write("late.bin", "not stored in time\n")
    oid = repo.run(
        "git hash-object -w --no-filters --stdin", stdin=pointer(b"not stored in time\n").encode()
    ).out.strip()
    repo.git(f"update-index --add --cacheinfo 100644,{oid},late.bin")
    repo.git("commit -qm late")
    (repo.cwd / "late.bin").unlink()
    repo.git("checkout -q -- late.bin")
    assert repo.read("late.bin") == b"not stored in time\n"


def test_content_that_went_past_the_filter_is_refused(repo: Shell) -> None:
    repo.write("raw.bin", content(10, 5000))
    repo.git("-c filter.gitdata.process= add raw.bin")
    refused = repo.run("git commit -qm raw", code=1)
    assert "raw.bin" in refused.err and "git add --renormalize raw.bin" in refused.err
    repo.git("add --renormalize raw.bin")
    repo.git("commit -qm raw")
    assert repo.git("show HEAD:raw.bin") == pointer(content(10, 5000))


def test_without_git_data_nothing_is_damaged(repo: Shell, tmp_path: Path) -> None:
    """The program is gone: pointers stay pointers, and the commit of real content is refused by the hook script."""
    gone = tmp_path / "bin"
    gone.mkdir()
    for name in ("git", "sh", "cat", "printf", "sed", "grep", "ls", "head", "find", "tr"):
        (gone / name).symlink_to(shutil.which(name) or name)
    text = (repo.cwd / ".git/config").read_text().replace(shutil.which("git-data") or "", "/nowhere/git-data")
    (repo.cwd / ".git/config").write_text(text)
    for hook in (*(repo.cwd / ".git/hooks").iterdir(), *(repo.cwd / ".git/gitdata/hooks").iterdir()):
        hook.write_text(hook.read_text().replace(shutil.which("git-data") or "", "/nowhere/git-data"))
    path = {"PATH": str(gone)}
    repo.run("git checkout -q -b side", **path)
    repo.write("big.bin", content(11, 90_000))
    repo.run("git add big.bin", **path)
    refused = repo.run("git commit -qm raw", code=1, **path)
    assert "big.bin" in refused.err and "not installed" in refused.err
    repo.run("git restore --staged big.bin", **path)
    repo.write("code.txt", "two\n")
    repo.run("git commit -qm code code.txt", **path)
    repo.run("git checkout -q -- big.bin", **path)
    assert repo.read("big.bin").decode() == pointer(content(1, 3_000_000))
    pushed = repo.run("git push -q origin side", code=1, **path)
    assert "git-data is not installed" in pushed.err
    repo.git("data init")  # it is back
    assert repo.read("big.bin") == content(1, 3_000_000)
    assert repo.clean


@pytest.mark.parametrize("at", [10, 2_000_000])  # found before anything was handed to Git, and half-way
@pytest.mark.parametrize("pushed", [False, True])
def test_fsck_counts_pattern_files_and_finds_damage(repo: Shell, at: int, pushed: bool) -> None:
    assert "3 versions" in repo.git("data fsck")
    if pushed:
        repo.git("data push --all")
    pack = max((repo.cwd / ".git/gitdata/packs").rglob("*.pack"), key=lambda file: file.stat().st_size)
    whole = pack.read_bytes()
    data = content(1, 3_000_000)  # does not shrink, so it lies in the pack as it is, wherever that may be
    place = whole.index(data[at : at + 32])
    pack.chmod(0o644)
    pack.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    assert "1 problem found" in repo.run("git data fsck", code=14).err
    (repo.cwd / "big.bin").unlink()
    done = repo.run("git checkout -- big.bin")
    assert "damaged" in done.err
    assert repo.clean
    if pushed:
        assert repo.read("big.bin") == data
        return
    assert "left as pointers: big.bin" in done.err
    assert repo.read("big.bin").decode() == pointer(data)
    pack.write_bytes(whole)
    repo.git("data checkout")
    assert repo.read("big.bin") == content(1, 3_000_000)


def test_a_full_disk_loses_nothing(repo: Shell) -> None:
    """What cannot be stored is refused by the commit, also when Git itself still had room for it."""
    repo.write("big.bin", content(16, 3_000_000))
    repo.write("small.bin", "room for this\n")
    full = "sh -c 'ulimit -f 1000; exec git-data filter-process'"
    told = repo.run(f'git -c "filter.gitdata.process={full}" add big.bin small.bin')
    assert "could not store big.bin" in told.err and told.err.count("\n") == 1
    assert repo.read("big.bin") == content(16, 3_000_000)
    assert "big.bin" in repo.run("git commit -qm full", code=1).err
    repo.git("add --renormalize big.bin")
    repo.git("commit -qm room")
    assert repo.git("show HEAD:big.bin") == pointer(content(16, 3_000_000))
    assert repo.git("show HEAD:small.bin") == pointer(b"room for this\n")
    assert repo.clean
    repo.git("data fsck")


def test_what_is_kept_aside_already_needs_no_more_room(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Git asks again for what it has not yet written down, and the disk is full by then."""

    def full(final: Path, *_parts: bytes, **_how: object) -> None:
        raise OutOfSpace(f"cannot write {final}: no space left on device")

    data = content(17, 300_000)
    place = workspace.here(repo.cwd)
    with place.open_store() as store:
        first, second = Cleaning(place, store), Cleaning(place, store)
        assert first.clean(b"big.bin", [data]).decode() == pointer(data)
        monkeypatch.setattr(durable, "write_file", full)
        assert second.clean(b"big.bin", [data]).decode() == pointer(data)
        with pytest.raises(OutOfSpace):
            second.clean(b"other.bin", [data[1:]])
        monkeypatch.undo()
        second.publish()
        first.publish()
        assert b"".join(store.stream(BlobId(blake3(data).digest()))) == data
        assert not list((place.store_directory / "cleaned").iterdir())

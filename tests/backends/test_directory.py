"""A directory that others can write to: what they may have put there, and what they must be able to read."""

import contextlib
import os
import socket
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gitdata import durable
from gitdata.backends.base import NotAFile, NotStored, TooLarge
from gitdata.backends.directory import DirectoryBackend
from gitdata.errors import AccessDenied, RemoteUnavailable

ROOT = os.geteuid() == 0


def fifo(path: Path) -> None:
    os.mkfifo(path)


def link(path: Path) -> None:
    path.symlink_to("/dev/zero")


def broken_link(path: Path) -> None:
    path.symlink_to("nowhere")


def folder(path: Path) -> None:
    path.mkdir()


def device(path: Path) -> None:
    if not ROOT:
        pytest.skip("only root makes devices")
    os.mknod(path, 0o666 | stat.S_IFCHR, os.makedev(1, 5))


def listener(path: Path) -> None:
    with tempfile.TemporaryDirectory() as short, socket.socket(socket.AF_UNIX) as made:
        made.bind(f"{short}/s")
        os.rename(f"{short}/s", path)


KINDS = [
    pytest.param(fifo, "a FIFO", id="fifo"),
    pytest.param(link, "a link", id="link"),
    pytest.param(broken_link, "a link", id="broken link"),
    pytest.param(folder, "a folder", id="folder"),
    pytest.param(device, "a device", id="device"),
    pytest.param(listener, "a socket", id="socket"),
]


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "remote"
    (root / "packs/ab").mkdir(parents=True)
    return root


@pytest.fixture(params=[0o022, 0o077, 0o002])
def umask(request: pytest.FixtureRequest) -> Iterator[int]:
    before = os.umask(request.param)
    yield request.param
    os.umask(before)


@pytest.mark.parametrize(("make", "kind"), KINDS)
def test_what_is_no_file_is_never_opened(root: Path, make: Callable[[Path], None], kind: str) -> None:
    make(root / "packs/ab/abc")
    backend = DirectoryBackend(root)
    line = f"^packs/ab/abc in {root} is {kind}, not a file$"
    for call in (backend.read, lambda name: backend.read(name, 5, 10), backend.size, lambda n: backend.put(n, b"x")):
        with pytest.raises(NotAFile, match=line):
            call("packs/ab/abc")
    if kind == "a folder":
        assert list(backend.names("packs/")) == []
    else:
        with pytest.raises(NotAFile, match=line):
            list(backend.names("packs/"))
        assert list(backend.names("manifests/")) == []


@pytest.mark.parametrize(("make", "kind"), [kind for kind in KINDS if kind.id != "folder"])
def test_what_is_no_folder_is_not_entered(root: Path, make: Callable[[Path], None], kind: str) -> None:
    make(root / "packs/cd")
    backend = DirectoryBackend(root)
    for call in (backend.read, backend.size, lambda n: backend.put(n, b"x"), backend.delete):
        with pytest.raises(NotAFile, match=f"^packs/cd in {root} is {kind}, not a folder$"):
            call("packs/cd/cde")
    with pytest.raises(NotAFile, match=f"packs/cd in {root} is {kind}"):
        list(backend.names("packs/"))


def test_links_lead_nowhere_below_the_top_but_may_lead_to_it(tmp_path: Path, root: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (elsewhere / "abc").write_text("secret")
    (root / "packs/cd").symlink_to(elsewhere)
    (root / "manifests").symlink_to(elsewhere)
    backend = DirectoryBackend(root)
    with pytest.raises(NotAFile, match="manifests in .* is a link, not a folder"):
        list(backend.names("manifests/"))
    with pytest.raises(NotAFile, match="packs/cd in .* is a link"):
        backend.put("packs/cd/new", b"x")
    with pytest.raises(NotAFile, match="packs/cd in .* is a link"):
        backend.delete("packs/cd/abc")
    assert [file.name for file in elsewhere.iterdir()] == ["abc"]
    (tmp_path / "way").symlink_to(root)
    by_link = DirectoryBackend(tmp_path / "way")
    by_link.put("packs/ab/x", b"content")
    assert by_link.read("packs/ab/x") == (root / "packs/ab/x").read_bytes() == b"content"


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path: Path, root: Path) -> None:
    (tmp_path / "precious").write_text("x")
    (root / "packs/ab/x").symlink_to(tmp_path / "precious")
    DirectoryBackend(root).delete("packs/ab/x")
    assert not os.path.lexists(root / "packs/ab/x") and (tmp_path / "precious").exists()


def test_a_file_that_cannot_be_so_large_is_not_read(root: Path) -> None:
    with open(root / "gitdata.json", "wb") as file:
        file.truncate(1 << 40)  # sparse
    backend = DirectoryBackend(root)
    for limit in ({"limit": 4096}, {}):
        with pytest.raises(TooLarge, match=f"gitdata.json in {root} is larger"):
            backend.read("gitdata.json", **limit)
    assert backend.read("gitdata.json", 1 << 39, 10) == bytes(10)


def test_names_of_others_and_what_is_not_finished_are_left_out(root: Path) -> None:
    backend = DirectoryBackend(root)
    backend.put("packs/ab/good", b"x")
    for name in (b"a b", b"\xff", b"new\nline", b".tmp-0123"):
        with open(os.fsencode(root) + b"/packs/ab/" + name, "wb"):
            pass
    os.mkfifo(root / "packs/ab/.tmp-fifo")
    assert list(backend.names("packs/")) == ["packs/ab/good"]


def test_the_top_has_to_be_a_folder(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(RemoteUnavailable, match="is not a directory that can hold data"):
        DirectoryBackend(tmp_path / "file").read("x")
    os.mkfifo(tmp_path / "fifo")
    with pytest.raises(RemoteUnavailable, match="is not a directory that can hold data"):
        DirectoryBackend(tmp_path / "fifo").read("x")


@pytest.mark.parametrize("mode", [0o2775, 0o2770, 0o775, 0o700, 0o755, 0o1777, 0o3770])
def test_everything_takes_the_permissions_of_the_top(root: Path, mode: int, umask: int) -> None:
    root.chmod(mode)
    (root / "packs/ab").rmdir()
    (root / "packs").rmdir()
    backend = DirectoryBackend(root)
    backend.put("packs/ab/one", b"x" * 10)
    backend.put("gitdata.json", b"{}")
    for made in (root / "packs", root / "packs/ab"):
        assert stat.S_IMODE(made.stat().st_mode) == mode, made
    for made in (root / "packs/ab/one", root / "gitdata.json"):
        assert stat.S_IMODE(made.stat().st_mode) == mode & 0o444, made
    backend.delete("packs/ab/one")


@pytest.mark.skipif(not ROOT, reason="only root gives folders to other groups")
def test_everything_takes_the_group_of_the_top(root: Path) -> None:
    os.chown(root, 0, 54321)
    root.chmod(0o770)
    backend = DirectoryBackend(root)
    backend.put("manifests/ab/one", b"x")
    assert {path.stat().st_gid for path in (root / "manifests").rglob("*")} == {54321}
    assert (root / "manifests").stat().st_gid == 54321


def test_a_top_that_is_not_there_is_made_as_the_folder_of_a_group_above_it_says(tmp_path: Path, umask: int) -> None:
    shared, own = tmp_path / "shared", tmp_path / "own"
    shared.mkdir()
    shared.chmod(0o2775)
    own.mkdir()
    own.chmod(0o777)
    DirectoryBackend(shared / "a/b").put("packs/x", b"x")
    DirectoryBackend(own / "a/b").put("packs/x", b"x")
    for part in ("a", "a/b", "a/b/packs"):
        assert stat.S_IMODE((shared / part).stat().st_mode) == 0o2775
        assert stat.S_IMODE((own / part).stat().st_mode) == 0o777 & ~umask


def test_folders_of_an_older_version_are_opened_to_the_group(root: Path, umask: int) -> None:
    for made in (root / "packs", root / "packs/ab"):
        made.chmod(0o755)
    root.chmod(0o2775)
    DirectoryBackend(root).put("packs/ab/one", b"x")
    for made in (root / "packs", root / "packs/ab"):
        assert stat.S_IMODE(made.stat().st_mode) == 0o2775


def test_a_folder_that_another_one_makes_at_the_same_moment(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ours replaces an empty one; who has that open finds that it is gone, and tries again."""
    backend = DirectoryBackend(root, fsync=False)
    steps: list[str] = []

    def meanwhile(name: str) -> None:
        steps.append(name)
        if name == "rename" and len(steps) == 1:
            (root / "packs/cd").mkdir()
        if name == "rename" and len(steps) == 2:  # before the file gets its name
            for file in (root / "packs/cd").iterdir():
                file.unlink()
            (root / "packs/cd").rmdir()

    monkeypatch.setattr(durable, "before_step", lambda name: meanwhile(name) if name == "rename" else None)
    backend.put("packs/cd/one", b"content")
    assert backend.read("packs/cd/one") == b"content"
    assert [path.name for path in root.rglob(".tmp-*")] == []


def test_a_killed_put_leaves_nothing_in_the_way(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Stop(BaseException):
        pass

    def stop(_name: str) -> None:
        raise Stop

    with monkeypatch.context() as context:
        context.setattr(durable, "before_step", stop)
        context.setattr(os, "unlink", lambda *_a, **_k: None)
        context.setattr(os, "rmdir", lambda *_a, **_k: None)
        for name in ("packs/ab/one", "packs/cd/two"):
            with contextlib.suppress(Stop):
                DirectoryBackend(root).put(name, b"x")
    backend = DirectoryBackend(root)
    assert [path.name for path in root.rglob(".tmp-*")] != []
    assert list(backend.names("")) == []
    for name in ("packs/ab/one", "packs/cd/two"):
        backend.put(name, b"x")
    assert list(backend.names("")) == ["packs/ab/one", "packs/cd/two"]


@pytest.mark.skipif(ROOT, reason="root may do everything")
def test_what_is_not_allowed_says_where_and_whose_it_is(root: Path) -> None:
    (root / "packs/ab").chmod(0o500)
    backend = DirectoryBackend(root)
    with pytest.raises(AccessDenied, match="no permission for packs/ab in .* which belongs to"):
        backend.put("packs/ab/x", b"x")
    with pytest.raises(NotStored):
        backend.read("packs/ab/x")
    (root / "packs/ab").chmod(0)
    for call in (backend.read, backend.size):
        with pytest.raises(AccessDenied, match="no permission for packs/ab in .* which belongs to"):
            call("packs/ab/x")
    (root / "packs/ab").chmod(0o700)

"""Small files of a work tree: whatever stands in their place, one line and no more bytes than allowed."""

import os
import resource
import socket
import threading
from pathlib import Path

import pytest

from gitdata.errors import BadFormat, GitDataError
from gitdata.reading import small


def test_a_regular_file_and_none(tmp_path: Path) -> None:
    (tmp_path / "rules").write_bytes(b"12345")
    assert small(tmp_path / "rules", 5, "rules") == b"12345"
    assert small(tmp_path / "none", 5, "none") is None
    assert small(tmp_path / "no/folder", 5, "none") is None
    assert small(tmp_path / "no/folder", 5, "none", top=tmp_path) is None


def _device(path: Path) -> None:
    path.symlink_to("/dev/zero")


def _socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as end:
        end.bind(os.path.relpath(path))


def _sparse(path: Path) -> None:
    with open(path, "wb") as file:
        file.truncate(10 << 30)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (_device, "is a symbolic link"),
        (lambda path: path.symlink_to("nowhere"), "is a symbolic link"),
        (os.mkfifo, "is a FIFO"),
        (os.mkdir, "is a directory"),
        (_socket, "is a socket"),
        (_sparse, "is larger than 1000 bytes"),
        (lambda path: path.write_bytes(bytes(1001)), "is larger than 1000 bytes"),
    ],
)
def test_anything_else_is_one_line(tmp_path: Path, make: object, word: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "rules")  # type: ignore[operator]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(BadFormat, match=f"^the rules {word}") as caught:
        small(tmp_path / "rules", 1000, "the rules")
    assert "\n" not in f"{caught.value} {caught.value.hint}"
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000  # KiB


@pytest.mark.skipif(not os.path.exists("/dev/zero"), reason="no devices here")
def test_a_device_itself_is_not_opened() -> None:
    with pytest.raises(BadFormat, match="is a device"):
        small(Path("/dev/zero"), 1000, "the rules")


def test_a_file_that_is_replaced_between_the_look_and_the_opening(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rules, secret = tmp_path / "rules", tmp_path / "secret"
    secret.write_text("secret")
    opened = os.open

    def swapping(path: object, flags: int, *more: object, **named: object) -> int:
        rules.unlink()
        rules.symlink_to(secret)
        return opened(path, flags, *more, **named)  # type: ignore[arg-type]

    rules.write_text("rules")
    with monkeypatch.context() as patched:
        patched.setattr(os, "open", swapping)
        with pytest.raises(GitDataError, match="cannot read rules"):
            small(rules, 100, "rules")


def test_a_fifo_that_comes_between_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = tmp_path / "rules"
    opened = os.open

    def swapping(path: object, flags: int, *more: object, **named: object) -> int:
        rules.unlink()
        os.mkfifo(rules)
        return opened(path, flags, *more, **named)  # type: ignore[arg-type]

    rules.write_text("rules")
    monkeypatch.setattr(os, "open", swapping)
    said: list[str] = []

    def read() -> None:
        try:
            small(rules, 100, "rules")
        except BadFormat as error:
            said.append(str(error))

    thread = threading.Thread(target=read, daemon=True)
    thread.start()
    thread.join(20)
    assert said == ["rules is a FIFO, which is not read"]


def test_a_folder_that_is_a_link(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/rules").write_text("secret")
    (tmp_path / "top").mkdir()
    (tmp_path / "top/folder").symlink_to(tmp_path / "outside")
    (tmp_path / "top/real/deep").mkdir(parents=True)
    (tmp_path / "top/real/deep/rules").write_text("rules")
    assert small(tmp_path / "top/real/deep/rules", 100, "rules", top=tmp_path / "top") == b"rules"
    with pytest.raises(GitDataError, match="cannot read rules"):
        small(tmp_path / "top/folder/rules", 100, "rules", top=tmp_path / "top")
    assert small(tmp_path / "top/folder/rules", 100, "rules") == b"secret"  # as asked
    (tmp_path / "link").symlink_to(tmp_path / "top")
    assert small(tmp_path / "link/real/deep/rules", 100, "rules", top=tmp_path / "link") == b"rules"


def test_descriptors_are_closed(tmp_path: Path) -> None:
    (tmp_path / "a/b").mkdir(parents=True)
    (tmp_path / "a/b/rules").write_text("x")
    (tmp_path / "a/b/fifo").symlink_to("rules")
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        small(tmp_path / "a/b/rules", 10, "rules", top=tmp_path)
        small(tmp_path / "a/none/rules", 10, "rules", top=tmp_path)
        with pytest.raises(BadFormat):
            small(tmp_path / "a/b/fifo", 10, "rules", top=tmp_path)
    if before:
        assert len(os.listdir("/proc/self/fd")) == before

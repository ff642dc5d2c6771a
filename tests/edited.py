"""A small tree of files, what people do to it, and what is in it, seen without the product's help."""

import os
import random
import shutil
from collections.abc import Callable
from pathlib import Path

from blake3 import blake3

Edit = Callable[[Path, random.Random], None]


def born(data: Path) -> None:
    for folder in ("a", "a/b", "a/b/c", "d", "e/f"):
        (data / folder).mkdir(parents=True, exist_ok=True)
        for number in range(4):
            (data / folder / f"f{number}").write_text(f"{folder} {number}")
    (data / "top").write_text("top")
    (data / "a/link").symlink_to("f1")
    (data / "d/empty").mkdir()


def files(data: Path) -> list[Path]:
    return sorted(path for path in data.rglob("*") if path.is_file() and not path.is_symlink())


def folders(data: Path) -> list[Path]:
    return sorted(path for path in data.rglob("*") if path.is_dir() and not path.is_symlink())


def write(data: Path, rng: random.Random) -> None:
    if found := files(data):
        rng.choice(found).write_bytes(rng.randbytes(rng.choice((0, 7, 2_000_000))))


def touch(data: Path, rng: random.Random) -> None:
    if found := files(data):
        rng.choice(found).touch()


def chmod(data: Path, rng: random.Random) -> None:
    if found := files(data):
        rng.choice(found).chmod(rng.choice((0o755, 0o644)))


def create(data: Path, rng: random.Random) -> None:
    parent = rng.choice([*folders(data), data]) / rng.choice(("", "new", "new/deeper"))
    if not parent.is_dir():
        parent.mkdir(parents=True)
    (parent / f"n{rng.randrange(5)}").write_text(str(rng.random()))


def delete(data: Path, rng: random.Random) -> None:
    if found := files(data):
        rng.choice(found).unlink()


def clear(data: Path, rng: random.Random) -> None:
    if found := folders(data):
        shutil.rmtree(rng.choice(found))


def make_directory(data: Path, rng: random.Random) -> None:
    (rng.choice([*folders(data), data]) / f"dir{rng.randrange(3)}").mkdir(exist_ok=True)


def link(data: Path, rng: random.Random) -> None:
    path = rng.choice([*folders(data), data]) / "link"
    if path.is_symlink():
        path.unlink()
    if not path.exists():
        path.symlink_to(rng.choice(("f1", "/no/where", "..")))


def rename(data: Path, rng: random.Random) -> None:
    found = files(data)
    if len(found) > 1:
        one, other = rng.sample(found, 2)
        one.rename(other)


def swap(data: Path, rng: random.Random) -> None:
    """Two directories take each other's place; nothing in them is newer for that."""
    one, other = data / "a/b", data / "e/f"
    if one.is_dir() and other.is_dir():
        one.rename(data.parent / "aside")
        other.rename(one)
        (data.parent / "aside").rename(other)


def swap_kinds(data: Path, rng: random.Random) -> None:
    path = data / "e/f"
    if path.is_dir():
        shutil.rmtree(path)
        path.write_text("a file now")
    elif path.is_file():
        path.unlink()
        path.mkdir()


def bring_old_files(data: Path, rng: random.Random) -> None:
    """What comes from elsewhere keeps its times."""
    elsewhere = data.parent / f"elsewhere{rng.randrange(3)}"
    if elsewhere.exists():
        elsewhere.rename(rng.choice([*folders(data), data]) / f"brought{rng.randrange(1000)}")


EDITS: list[Edit] = [write, touch, chmod, create, delete, clear, make_directory, link, rename, swap, swap_kinds]
EDITS.append(bring_old_files)


def contents(data: Path) -> dict[bytes, bytes]:
    """Everything below, without the product's help."""
    found = {}
    for path in data.rglob("*"):
        name = os.fsencode(path.relative_to(data))
        if path.is_symlink():
            found[name] = b"link " + os.fsencode(os.readlink(path))
        elif path.is_file():
            kind = b"exec " if path.stat().st_mode & 0o100 else b"file "
            found[name] = kind + blake3(path.read_bytes()).digest()
        elif not any(path.iterdir()):
            found[name] = b"dir "
    return found

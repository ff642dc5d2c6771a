"""What a file system may have kept of a folder when the power went: made from what was done to it (steps.py).

Sure is of a file what it held when it was last flushed, and of a folder the names that it had when it was last flushed.
Whatever came after may be there or not, each for itself: names without their content, content of zeros or a part
of it, a later name and not an earlier one.
"""

import os
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Union

from steps import Step

Node = Union["File", "Folder", "Link"]


@dataclass(eq=False)
class File:
    data: bytes = b""
    sure: bytes = b""


@dataclass(eq=False)
class Link:
    target: str


@dataclass(eq=False)
class Folder:
    names: dict[str, Node] = field(default_factory=dict)
    sure: dict[str, Node] = field(default_factory=dict)


def read(place: Path) -> Folder:
    """A folder as it is; all of it is sure."""
    folder = Folder()
    for entry in os.scandir(place):
        if entry.is_symlink():
            folder.names[entry.name] = Link(os.readlink(entry.path))
        elif entry.is_dir():
            folder.names[entry.name] = read(Path(entry.path))
        else:
            content = Path(entry.path).read_bytes()
            folder.names[entry.name] = File(content, content)
    folder.sure = dict(folder.names)
    return folder


class Disk:
    """A folder, and what is done to it step by step."""

    def __init__(self, top: Path) -> None:
        self.top, self.folder = str(top), read(top)

    def _above(self, path: str) -> tuple[Folder, str] | None:
        parts = path[len(self.top) :].strip("/").split("/")
        node: Node | None = self.folder
        for part in parts[:-1]:
            node = node.names.get(part) if isinstance(node, Folder) else None
        return (node, parts[-1]) if isinstance(node, Folder) else None

    def _node(self, path: str) -> Node | None:
        if path == self.top:
            return self.folder
        found = self._above(path)
        return found[0].names.get(found[1]) if found else None

    def do(self, step: Step) -> bool:
        """Do it; False when it concerns another folder."""
        if not step.path.startswith(self.top):
            return False
        node, above = self._node(step.path), self._above(step.path)
        if step.what == "sync":
            if isinstance(node, File):
                node.sure = node.data
            elif isinstance(node, Folder):
                node.sure = dict(node.names)
        elif step.what == "write" and isinstance(node, File):
            before = node.data.ljust(step.number, b"\0")
            node.data = before[: step.number] + step.data + before[step.number + len(step.data) :]
        elif step.what == "truncate" and isinstance(node, File):
            node.data = node.data[: step.number].ljust(step.number, b"\0")
        elif above is not None:
            self._name(step, above[0], above[1], node)
        return True

    def _name(self, step: Step, folder: Folder, name: str, node: Node | None) -> None:
        if step.what == "create":
            if isinstance(node, File) and step.other:
                node.data = b""
            elif node is None:
                folder.names[name] = File()
        elif step.what == "mkdir":
            folder.names[name] = Folder()
        elif step.what == "symlink":
            folder.names[name] = Link(step.other)
        elif step.what in ("unlink", "rmdir"):
            folder.names.pop(name, None)
        elif step.what in ("rename", "link"):
            source = self._above(step.other)
            moved = source[0].names.get(source[1]) if source else None
            if source is None or moved is None:  # it came from a folder of which nothing is known
                raise ValueError(step)
            if step.what == "rename":
                del source[0].names[source[1]]
            folder.names[name] = moved

    def doubts(self) -> list[tuple[Folder, str]]:
        """The names that may be as they were or as they are."""
        found = []
        todo = [self.folder]
        while todo:
            folder = todo.pop()
            for name in sorted(folder.names.keys() | folder.sure.keys()):
                if folder.names.get(name) is not folder.sure.get(name):
                    found.append((folder, name))
                if isinstance(inner := folder.names.get(name), Folder):
                    todo.append(inner)
        return found

    def states(self) -> Iterator[tuple[str, "State"]]:
        """What may be there after a crash now."""
        yield "all there", State(whole, {})
        yield "data lost", State(sure, {})
        yield "data of zeros", State(lambda file: file.data if file.data == file.sure else bytes(len(file.data)), {})
        yield "half of the data", State(half, {})
        doubts = self.doubts()
        none = {(id(folder), name): False for folder, name in doubts}
        yield "names and data lost", State(sure, none)
        yield "names lost", State(whole, none)
        for folder, name in doubts if len(doubts) > 1 else ():
            yield f"without {name}", State(whole, {(id(folder), name): False})
            yield f"only {name}", State(whole, {**none, (id(folder), name): True})
            yield f"only {name}, not what is in it", State(sure, {**none, (id(folder), name): True})

    def write(self, state: "State", place: Path, part: str = "") -> None:
        """Make a folder of what is there in `state`, or of a part of it."""
        node: Node | None = self.folder
        for name in part.split("/") if part else ():
            node = node.names.get(name) if isinstance(node, Folder) else None
        if isinstance(node, Folder):
            state.write(node, place)


def whole(file: File) -> bytes:
    return file.data


def sure(file: File) -> bytes:
    return file.sure


def half(file: File) -> bytes:
    return file.data if file.data == file.sure else file.data[: len(file.data) // 2]


@dataclass(frozen=True)
class State:
    """Which of all that is not sure is there."""

    content: Callable[[File], bytes]
    kept: dict[tuple[int, str], bool]  # names that are not sure; those not named here are as they are now

    def names(self, folder: Folder) -> Iterable[tuple[str, Node]]:
        for name in sorted(folder.names.keys() | folder.sure.keys()):
            now = self.kept.get((id(folder), name), True)
            node = (folder.names if now else folder.sure).get(name)
            if node is not None:
                yield name, node

    def write(self, folder: Folder, place: Path) -> None:
        place.mkdir(parents=True)
        for name, node in self.names(folder):
            if isinstance(node, Folder):
                self.write(node, place / name)
            elif isinstance(node, Link):
                (place / name).symlink_to(node.target)
            else:
                (place / name).write_bytes(self.content(node))

    def digest(self, folder: Folder) -> str:
        """Equal for states that are equal."""
        parts = []
        for name, node in self.names(folder):
            if isinstance(node, Folder):
                parts.append((name, self.digest(node)))
            else:
                parts.append((name, node.target if isinstance(node, Link) else self.content(node)))
        return str(hash(tuple(parts)))

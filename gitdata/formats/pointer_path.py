"""Where pointers may stand, and so where data may lie: nothing else makes a path of Git's tree one of data.

Whoever makes a commit chooses the path of a pointer, and that becomes the path of a directory that is written,
emptied and recorded. So it obeys the rules for names inside of data, and some more.
"""

from collections.abc import Collection

from gitdata.errors import UnsafeName
from gitdata.formats.names import TEMPORARY, check_path, folded, plain_spelling
from gitdata.wording import shown

SUFFIX = b".gitdata"
# Files by which a repository steers Git or git-data.
_CONTROL = frozenset((".gitattributes", ".gitignore", ".gitmodules", ".mailmap", ".gitdata.toml", ".gitdataignore"))
# The beginnings of the short names that NTFS gives to those: the usual ones, and those made of a hash
# (Git's path.c, is_ntfs_dot_generic).
_CONTROL_SHORT = ("gitatt~", "gitign~", "gitmod~", "gitdat~", "mailma~", "gi7d29~", "gi250a~", "gi7eba~", "maba30~")


class PointerPath(bytes):
    """The path of a pointer, relative to the top of the work tree and `/`-separated, whose data has a safe path."""

    __slots__ = ()

    def __new__(cls, path: bytes) -> "PointerPath":  # noqa: PYI034 - typing has no Self before 3.11
        """Check `path`; raises `UnsafeName` saying what it is that keeps it from being a pointer."""
        if not isinstance(path, PointerPath):
            _check(path)
        return super().__new__(cls, path)

    @classmethod
    def of_data(cls, data: bytes) -> "PointerPath":
        """The pointer of the data at `data`; raises `UnsafeName`."""
        return cls(data + SUFFIX)

    @property
    def data(self) -> bytes:
        """The path of the data, relative to the top."""
        return self[: -len(SUFFIX)]


def checked(path: bytes) -> PointerPath | UnsafeName | None:
    """The path of a pointer, or why it is none although it is named as one; None for any other file."""
    if not path.endswith(SUFFIX) or path.endswith(b"/" + SUFFIX) or path == SUFFIX:
        return None
    try:
        return PointerPath(path)
    except UnsafeName as error:
        return error


def refusal(path: bytes, why: str, hint: str = "give it another name in a commit, or remove it") -> UnsafeName:
    """The error for a pointer at `path` that cannot stand for data, because of `why`."""
    return UnsafeName(f"{shown(path)} is not taken for a pointer: {why}", hint)


def _check(path: bytes) -> None:
    data = path.removesuffix(SUFFIX)
    if data == path:
        raise refusal(path, "its name does not end in .gitdata")
    try:
        check_path(data)
    except UnsafeName as error:
        raise refusal(path, str(error)) from error
    if b"\n" in data:
        raise refusal(path, "there is a newline in its name, which .gitignore cannot express")
    for part in data.split(b"/"):
        if part.startswith(TEMPORARY):
            raise refusal(path, f"names that begin with {TEMPORARY.decode()} are those of half-written files")
        if _is_control(part):
            raise refusal(path, f"{shown(part)} is a file by which a repository steers Git or git-data")
    if data.endswith(SUFFIX):
        raise refusal(path, "its data would be a pointer itself")


def _is_control(name: bytes) -> bool:
    """Whether some file system takes `name` for that of a file that steers Git or git-data."""
    if name[:1] not in b".gGmM\xe2\xef":
        return False
    text = plain_spelling(name)
    return text in _CONTROL or text.startswith(_CONTROL_SHORT)


def clashes(paths: Collection[PointerPath]) -> dict[PointerPath, str]:
    """Those of `paths` whose data cannot lie beside that of the others, and why.

    Data that contains other data would record its pointer; two names that differ in case or Unicode form
    alone are one on other file systems. Neither can be told to be the right one, so both are named.
    """
    by_name: dict[bytes | str, list[PointerPath]] = {}
    for path in paths:
        by_name.setdefault(folded(path.data), []).append(path)
    found: dict[PointerPath, str] = {}
    for name, same in by_name.items():
        if len(same) > 1:
            for path in same:
                other = next(other for other in same if other != path)
                found[path] = f"its name is that of {shown(other)} on some file systems"
        for above in _above(name):
            for outer in by_name.get(above, ()):
                found[outer] = f"its data would contain that of {shown(same[0])}"
                found.update((path, f"its data would lie in that of {shown(outer)}") for path in same)
    return found


def _above(name: bytes | str) -> list[bytes | str]:
    if isinstance(name, str):
        parts = name.split("/")
        return ["/".join(parts[:count]) for count in range(1, len(parts))]
    pieces = name.split(b"/")
    return [b"/".join(pieces[:count]) for count in range(1, len(pieces))]

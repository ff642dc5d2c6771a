"""Names in the work tree that no version may have: which files they are, and what to do about them."""

import re
from collections.abc import Iterable

from gitdata.errors import UnsafeName
from gitdata.formats.names import check_name, check_paths
from gitdata.wording import shown, some_of

_PLAIN = re.compile(rb"[\w.~-]+")  # means itself in .gitdataignore


def refuse_unfit(data: bytes, paths: Iterable[bytes]) -> None:
    """Raise `UnsafeName` naming the files and directories below the data root `data` whose names are not safe."""
    paths = list(paths)
    try:
        check_paths(paths)
    except UnsafeName:
        unfit = sorted({found for path in paths if (found := _unfit(path)) is not None})
        if not unfit:
            raise  # too long or too deep
        raise _refusal(data, unfit) from None


def _unfit(path: bytes) -> bytes | None:
    """The path down to its first component that is not safe."""
    parts = path.split(b"/")
    for count, part in enumerate(parts, 1):
        try:
            check_name(part)
        except UnsafeName:
            return b"/".join(parts[:count])
    return None


def _refusal(data: bytes, unfit: list[bytes]) -> UnsafeName:
    names = some_of(unfit, lambda path: shown(data + b"/" + path, 200))
    lines = sorted({path.rpartition(b"/")[2] for path in unfit})
    inside = all(line == b".git" for line in lines)
    what = "a repository of its own" if inside else "a name that is never written, as some system takes it for another"
    act = "remove it" if inside else "rename or remove it"
    if len(lines) == 1 and _PLAIN.fullmatch(lines[0]):
        act += f", or leave it out by the line `{shown(lines[0])}` in .gitdataignore"
    return UnsafeName(f"cannot record {shown(data)}: {names} is {what}", act)

"""Names of files inside tracked data: which are safe to write on any system.

Checked when a tree or pointer is written and again when it is read, because whoever made it may be hostile.
"""

import unicodedata
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from functools import lru_cache

from gitdata.errors import UnsafeName
from gitdata.wording import shown

TEMPORARY = b".gitdata-tmp-"
"""Names that start so are our own half-written files and never data."""

MAX_NAME = 255  # bytes, the limit of the usual file systems
MAX_PATH = 32 * 1024  # bytes
MAX_DEPTH = 2048  # components; what Git itself goes down to (core.maxTreeDepth)
_SUSPICIOUS = (b"\0", b"\\", b"..", b"//", b"/.", b"/g", b"/G", b"/\xe2", b"/\xef")  # in names joined by slashes

# HFS+ ignores these code points when it compares names (Apple TN1150), so they can hide a ".git".
_HFS_IGNORED = dict.fromkeys([*range(0x200C, 0x2010), *range(0x202A, 0x202F), *range(0x206A, 0x2070), 0xFEFF])


def check_name(name: bytes) -> None:
    """Refuse one path component that could leave the tracked directory or take over a repository.

    Raises `UnsafeName` for: empty, `.`, `..`, a `/` or NUL, more than 255 bytes, and any spelling of
    `.git` that some file system takes for it (letter case, ignorable code points, NTFS short names,
    trailing dots and spaces, alternate data streams), also behind a backslash.
    """
    if not name or len(name) > MAX_NAME or b"/" in name or b"\0" in name or name in (b".", b".."):
        raise UnsafeName(f"unsafe name {shown(name)}")
    # The usual name is decided by its first bytes; only suspicious ones are looked at closely.
    if name[0] in b".gG\xe2\xef" or b"\\" in name or b".." in name:
        for part in name.split(b"\\"):
            if part in (b".", b"..") or _is_git(part):
                raise UnsafeName(f"unsafe name {shown(name)}")


def check_names(names: Sequence[bytes]) -> None:
    """`check_name` for all names of a directory. Raises `UnsafeName`."""
    # Nearly all are plain: a few looks at all of them together cost a tenth of a look at each.
    joined = b"/" + b"/".join(names) + b"/"
    if (
        joined.count(b"/") != len(names) + 1
        or max(map(len, names), default=0) > MAX_NAME
        or any(mark in joined for mark in _SUSPICIOUS)
    ):
        for name in names:
            check_name(name)


def _is_git(name: bytes) -> bool:
    text = plain_spelling(name)
    return text == ".git" or text.startswith("git~")


def plain_spelling(name: bytes) -> str:
    """The name that file systems may take `name` for.

    Letter case and ignorable code points make no difference to HFS+, trailing dots and spaces and an
    alternate data stream none to NTFS.
    """
    text = name.decode("utf-8", "replace").translate(_HFS_IGNORED)
    return text.partition(":")[0].rstrip(". ").casefold()


def check_path(path: bytes) -> None:
    """Refuse a path (components separated by `/`) with an unsafe component, or too long or deep."""
    if len(path) > MAX_PATH:
        raise UnsafeName(f"a path of {len(path)} bytes: {shown(path)}")
    folder, slash, name = path.rpartition(b"/")
    if slash:
        _check_folder(folder)
    check_name(name)


def check_paths(paths: Iterable[bytes]) -> None:
    """`check_path` for many paths. Raises `UnsafeName`."""
    names: defaultdict[bytes, list[bytes]] = defaultdict(list)
    for path in paths:
        folder, slash, name = path.rpartition(b"/")
        names[folder + slash].append(name)
    for folder, inside in names.items():
        if folder:
            _check_folder(folder[:-1])
        if len(folder) + max(map(len, inside)) > MAX_PATH:
            check_path(folder + max(inside, key=len))
        check_names(inside)


@lru_cache(maxsize=1000)  # many files have the same
def _check_folder(folder: bytes) -> None:
    parts = folder.split(b"/")
    if len(parts) >= MAX_DEPTH:
        raise UnsafeName(f"a path of {len(parts) + 1} components: {shown(folder)}")
    for part in parts:
        check_name(part)


def meet(names: Collection[bytes]) -> bool:
    """Whether some of `names`, which are all different, are one where case or Unicode form is ignored."""
    joined = b"\0".join(names)
    if joined.isascii() and joined.lower() == joined:
        return False
    plain = joined.lower().split(b"\0") if joined.isascii() else map(folded, names)
    return len(set(plain)) < len(names)


def collisions(paths: Collection[bytes]) -> list[tuple[bytes, bytes]]:
    """Pairs of different paths (or directories above them) that are one name where case or Unicode form is ignored."""
    if not meet({*paths, *parents(paths)}):
        return []
    seen: dict[bytes | str, bytes] = {}
    found = []
    for path in paths:
        prefix = path
        while prefix:
            key = folded(prefix)
            other = seen.setdefault(key, prefix)
            if other != prefix:
                found.append((other, prefix))
            elif other is not prefix:
                break  # seen before, and so is everything above it
            prefix = prefix.rpartition(b"/")[0]
    return found


def parents(paths: Iterable[bytes]) -> set[bytes]:
    """Every directory above the paths, without the root."""
    found: set[bytes] = set()
    for path in paths:
        end = path.rfind(b"/")
        while end > 0:
            parent = path[:end]
            if parent in found:
                break
            found.add(parent)
            end = path.rfind(b"/", 0, end)
    return found


def folded(path: bytes) -> bytes | str:
    """What stays of a path where case or Unicode form is ignored; equal for those that are one name there."""
    if path.isascii():
        return path.lower().decode("ascii")
    try:
        return unicodedata.normalize("NFC", unicodedata.normalize("NFD", path.decode()).casefold())
    except UnicodeDecodeError:
        return path

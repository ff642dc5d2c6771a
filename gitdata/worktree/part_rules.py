"""What patterns say about the paths of one data root, or of all; the rules are those of Git's sparse checkout."""

from collections.abc import Callable
from functools import lru_cache

from gitdata.formats import ignore_rules
from gitdata.formats.ignore_rules import Rule

_KEPT = 4096  # folders about which is remembered what was decided


class Layer:
    """The patterns by which one data root was laid out, or is to be."""

    __slots__ = ("_folders", "_heads", "_prefix", "_rules")

    def __init__(self, patterns: tuple[bytes, ...], data: bytes) -> None:
        self._rules = _compiled(patterns)
        self._heads = [_head(pattern) for pattern in patterns if not pattern.startswith(b"!")]
        self._prefix = data
        self._folders: dict[bytes, bool] = {}

    def holds(self, path: bytes, *, directory: bool) -> bool:
        """Whether they name what is at a path, by the last that matches it, or else the folder above."""
        full = self._prefix + b"/" + path if path and self._prefix else path or self._prefix
        said = ignore_rules.decided(self._rules, full, directory)
        return self._folder(full.rpartition(b"/")[0]) if said is None else said

    def nothing_below(self, folder: bytes) -> bool:
        """Whether no pattern can name anything below a folder; what is not sure is denied."""
        full = self._prefix + b"/" + folder if self._prefix else folder
        names = full.split(b"/")
        may = any(all(map(bytes.__eq__, head, names)) for head in self._heads)
        return not may and not self._folder(full)

    def _folder(self, full: bytes) -> bool:
        if not full:
            return False
        known = self._folders.get(full)
        if known is None:
            known = ignore_rules.decided(self._rules, full, True)
            known = self._folder(full.rpartition(b"/")[0]) if known is None else known
            if len(self._folders) >= _KEPT:
                self._folders.clear()
            self._folders[full] = known
        return known


def _head(pattern: bytes) -> list[bytes]:
    """The names with which the path begins of all that a pattern matches; none where it may be anything."""
    plain = pattern.rstrip(b"/")
    if b"/" not in plain and not (pattern.startswith(b"/")):
        return []
    names = plain.removeprefix(b"/").split(b"/")
    special = next((number for number, name in enumerate(names) if any(map(name.__contains__, b"*?[\\"))), len(names))
    return names[:special]


@lru_cache(maxsize=16)
def _compiled(patterns: tuple[bytes, ...]) -> tuple[Rule, ...]:
    return tuple(rule for pattern in patterns if (rule := ignore_rules.rule(pattern)) is not None)


def matcher(pattern: bytes) -> Callable[[bytes], bool]:
    """Whether a path, from the top, is in what one pattern names (of an empty directory with a slash)."""
    layer = Layer((pattern,), b"")
    return lambda path: layer.holds(path.removesuffix(b"/"), directory=path.endswith(b"/"))

"""Pathspecs: which paths are meant by words as Git takes them, with `*`, `?`, `[...]` and magic (gitglossary(7))."""

import re
from collections.abc import Sequence
from typing import NamedTuple

from gitdata.errors import UsageError
from gitdata.wording import shown

_LONG = frozenset({"top", "exclude", "glob", "literal", "icase"})
_SHORT = {"/": "top", "!": "exclude", "^": "exclude"}
_WILD = re.compile(rb"[*?\[\\]")


class Word(NamedTuple):
    """A word without its magic."""

    path: str
    magic: frozenset[str] = frozenset()

    @property
    def is_plain(self) -> bool:
        """Whether it means the path that it spells, and what lies below it."""
        return not self.magic - {"top", "literal"} and (
            "literal" in self.magic or not _WILD.search(self.path.encode(errors="surrogateescape"))
        )


def read_word(word: str) -> Word:
    """Part a word from its magic; raises `UsageError` for magic that is none of ours."""
    if word.startswith(":("):
        inside, end, path = word[2:].partition(")")
        names = frozenset(name for name in inside.split(",") if name)
        if not end or not names <= _LONG or {"glob", "literal"} <= names:
            raise UsageError(
                f"'{shown(word)}' is no pathspec", f"magic: {', '.join(sorted(_LONG))}; see `git help glossary`"
            )
        return Word(path, names)
    found: set[str] = set()
    rest = word
    if word.startswith(":"):
        rest = word[1:]
        while rest[:1] in _SHORT:
            found.add(_SHORT[rest[0]])
            rest = rest[1:]
        rest = rest.removeprefix(":")
    return Word(rest, frozenset(found)) if found else Word(word)


class Pattern(NamedTuple):
    """One word, its path as one that counts from the top."""

    word: str  # as it was typed
    folder: bytes  # everything that it matches lies there, or is it; empty: the top
    matcher: re.Pattern[bytes]

    def matches(self, path: bytes) -> bool:
        """Whether the path is meant."""
        return self.matcher.fullmatch(path) is not None


def pattern(word: str, path: bytes, magic: frozenset[str], literal: int) -> Pattern:
    """What `path` (relative to the top) matches; its first `literal` bytes mean themselves, `word` is for messages."""
    wild = None if "literal" in magic else _WILD.search(path, literal)
    itself = re.escape(path) + rb"(?:/.*)?" if path else rb".*"
    flags = re.DOTALL | (re.IGNORECASE if "icase" in magic else 0)
    if wild is None:
        return Pattern(word, b"" if "icase" in magic else path, re.compile(itself, flags))
    folder = path[: wild.start()].rpartition(b"/")[0]
    text = re.escape(path[:literal]) + _translated(path[literal:], slashes="glob" not in magic)
    # As for Git, a file of just that name is meant, too.
    return Pattern(word, b"" if "icase" in magic else folder, re.compile(rb"%s|%s" % (text, itself), flags))


def _translated(glob: bytes, *, slashes: bool) -> bytes:
    """A glob as a regular expression; `slashes`: whether `*` and `?` match them, as they do without `:(glob)`."""
    out, position = bytearray(), 0
    one = rb"." if slashes else rb"[^/]"
    while position < len(glob):
        rest = glob[position:]
        if not slashes and rest.startswith(b"**/") and (position == 0 or glob[position - 1 : position] == b"/"):
            out += rb"(?:.*/)?"
            position += 3
        elif not slashes and rest == b"**" and glob[position - 1 : position] == b"/":
            out += rb".+"
            position += 2
        elif rest.startswith(b"*"):
            out += one + rb"*"
            position += len(rest) - len(rest.lstrip(b"*"))
        elif rest.startswith(b"?"):
            out += one
            position += 1
        elif rest.startswith(b"[") and (found := re.match(rb"\[([!^]?)(\]?[^\]]*)\]", rest)):
            inside = re.sub(rb"[\\\[&~|]", rb"\\\g<0>", found[2])
            out += rb"(?!/)" if not slashes else b""
            out += rb"[" + (b"^" if found[1] else b"") + (rb"\]" + inside[1:] if inside[:1] == b"]" else inside) + rb"]"
            position += found.end()
        else:
            step = 1 if rest.startswith(b"\\") and len(rest) > 1 else 0
            out += re.escape(rest[step : step + 1])
            position += step + 1
    return bytes(out)


class Pathspec(tuple[bytes, ...]):  # noqa: SLOT001 - a tuple can only have empty ones
    """Several words together, in place of the paths that plain ones are: its items are where to look."""

    wanted: tuple[Pattern, ...]
    excluded: tuple[Pattern, ...]

    def __new__(cls, wanted: Sequence[Pattern], excluded: Sequence[Pattern]) -> "Pathspec":  # noqa: PYI034 - Self needs Python 3.11
        """With nothing wanted everything is but what is excluded."""
        made = super().__new__(cls, dict.fromkeys(one.folder for one in wanted) or (b"",))
        made.wanted, made.excluded = tuple(wanted), tuple(excluded)
        return made

    def matches(self, path: bytes) -> bool:
        """Whether a path is meant."""
        if self.wanted and not any(one.matches(path) for one in self.wanted):
            return False
        return not any(one.matches(path) for one in self.excluded)

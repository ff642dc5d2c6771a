"""Patterns that name a part of the data, as a person types them; they count from the top of the repository."""

from collections.abc import Iterable

from gitdata.errors import UsageError
from gitdata.formats.ignore_rules import rule
from gitdata.wording import shown

_HINT = (
    "patterns are those of Git's ignore files, from the top of the repository: `data/train`, `/data/*.csv`, `!*.log`"
)


def checked(words: Iterable[bytes]) -> tuple[bytes, ...]:
    """The patterns, each once and the last of equal ones; raises `UsageError` for one that can never match anything.

    A pattern that takes something back (`!`) needs one before it that has named something.
    """
    patterns = [_checked(word) for word in words]
    if patterns and all(pattern.startswith(b"!") for pattern in patterns):
        raise UsageError(f"{shown(patterns[0])} alone names nothing to have", "name first what is to be here: `/*`")
    return tuple(dict.fromkeys(reversed(patterns)))[::-1]


def _checked(word: bytes) -> bytes:
    pattern = word
    while pattern.endswith(b" ") and not pattern.endswith(b"\\ "):  # they do not count for Git
        pattern = pattern[:-1]
    why = _fault(pattern)
    if why is not None:
        raise UsageError(f"the pattern '{shown(word)}' {why}", _HINT)
    return pattern


def _fault(pattern: bytes) -> str | None:
    plain = pattern.removeprefix(b"!").removeprefix(b"/")
    if not plain.strip(b"/"):
        return "names nothing"
    if b"\n" in pattern or b"\0" in pattern:
        return "has more than one line"
    if pattern.startswith(b"#"):
        return "is a comment to Git; write `\\#` for that letter"
    if plain.split(b"/")[0] == b"." or b".." in plain.split(b"/"):
        return "can match nothing: it is not relative to a folder"
    return "can match nothing" if rule(pattern) is None else None

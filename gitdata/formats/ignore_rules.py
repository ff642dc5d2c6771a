"""Rules that leave files out, in the syntax of gitignore(5), matched in time that the lengths of both bound.

Whoever wrote the rules and named the files may want us to search for ever: a rule as a plain regular expression tries
all ways to share out a name among its stars. Here each part of a rule between two stars is taken where it first fits
and never looked for again, which is right because a star takes whatever comes before. (The look-ahead with a
back-reference is how `re` is told not to come back; atomic groups are not known to it before Python 3.11.)
"""

import re
from collections.abc import Iterator, Sequence

from gitdata.values import frozen

_ANY, _STAR, _FOLDERS, _REST = "any", "star", "folders", "rest"
_CLASSES = {
    b"alnum": rb"0-9A-Za-z", b"alpha": rb"A-Za-z", b"blank": rb" \t", b"cntrl": rb"\x00-\x1f\x7f", b"digit": rb"0-9",
    b"graph": rb"\x21-\x7e", b"lower": rb"a-z", b"print": rb"\x20-\x7e", b"punct": rb"!-/:-@\[-`{-~",
    b"space": rb" \t\n\x0b\x0c\r", b"upper": rb"A-Z", b"xdigit": rb"0-9A-Fa-f",
}  # fmt: skip

_SPECIAL = frozenset(b"*?[\\")

Token = str | bytes
"""What a place of a rule stands for: one of the names above, or an expression that matches one byte."""


@frozen
class Rule:
    """One line: which names below its folder it matches."""

    expression: re.Pattern[bytes]
    negated: bool  # what it matches is not left out after all
    directories: bool  # only those
    whole: bool  # the path counts from the folder of the file on; else the name alone, at any depth

    def matches(self, path: bytes, is_directory: bool) -> bool:
        """Whether it is about `path` (relative to the folder that the rules are in)."""
        if self.directories and not is_directory:
            return False
        return self.expression.match(path if self.whole else path.rpartition(b"/")[2]) is not None


def decided(rules: Sequence[Rule], path: bytes, is_directory: bool) -> bool | None:
    """What the last rule that matches says: whether `path` is left out; None when none does."""
    for one in reversed(rules):
        if one.matches(path, is_directory):
            return not one.negated
    return None


def rule(line: bytes) -> Rule | None:
    """What a line without its end says, which is no comment; None when it can match nothing, as by Git."""
    negated = line.startswith(b"!")
    pattern = line[1:] if negated else line
    directories = pattern.endswith(b"/")
    pattern = pattern[:-1] if directories else pattern
    whole = b"/" in pattern
    tokens = _tokens(pattern.removeprefix(b"/"), whole=whole)
    if not tokens:
        return None
    return Rule(re.compile(_expression(tokens), re.DOTALL), negated, directories, whole)


def _tokens(pattern: bytes, *, whole: bool) -> list[Token] | None:
    """What `pattern` stands for, place by place (Git's wildmatch.c); None when it can match nothing."""
    found: list[Token] = []
    index = 0
    while index < len(pattern):
        letter = pattern[index : index + 1]
        if letter == b"*":
            index = _stars(pattern, index, found, whole=whole)
            continue
        if letter == b"[":
            read = _class(pattern, index)
            if read is None:
                return None
            expression, index = read
            found.append(expression)
            continue
        if letter == b"\\":
            index += 1
            letter = pattern[index : index + 1]
            if not letter:
                return None
            found.append(re.escape(letter))
        else:
            found.append(_ANY if letter == b"?" else re.escape(letter))
        index += 1
    return found


def _stars(pattern: bytes, index: int, found: list[Token], *, whole: bool) -> int:
    """Take the stars at `index`: two between slashes stand for folders, all others for a part of a name."""
    end = index
    while pattern[end : end + 1] == b"*":
        end += 1
    # Git compares what comes before the first special letter apart, and then the rest as if it began there.
    begins = pattern[:index].endswith(b"/") or not _SPECIAL.intersection(pattern[:index])
    if whole and end - index > 1 and begins and pattern[end : end + 1] in (b"", b"/"):
        if end == len(pattern):
            found.append(_REST)
            return end
        if not found or found[-1] != _FOLDERS:
            found.append(_FOLDERS)
        return end + 1
    if not found or found[-1] != _STAR:
        found.append(_STAR)
    return end


def _class(pattern: bytes, index: int) -> tuple[bytes, int] | None:
    """The bracket expression at `index` and where it ends; None when it has no end or holds what Git does not know."""
    start = index + 1
    negated = pattern[start : start + 1] in (b"!", b"^")
    index = start + 1 if negated else start
    inside = b""
    first = True
    while first or pattern[index : index + 1] != b"]":
        first = False
        part = _member(pattern, index)
        if part is None:
            return None
        expression, index = part
        inside += expression
    # A slash is matched by a slash alone.
    return b"(?!/)[" + (b"^" if negated else b"") + inside + b"]", index + 1


def _member(pattern: bytes, index: int) -> tuple[bytes, int] | None:
    """One letter, range or class of a bracket expression as a part of one of `re`, and where the next begins."""
    if pattern.startswith(b"[:", index):
        end = pattern.find(b"]", index + 2)
        if end < 0:
            return None
        if end > index + 2 and pattern[end - 1 : end] == b":":
            known = _CLASSES.get(pattern[index + 2 : end - 1])
            return None if known is None else (known, end + 1)
    low, index = _letter(pattern, index)
    if not low:
        return None
    if pattern[index : index + 1] == b"-" and pattern[index + 1 : index + 2] not in (b"]", b""):
        high, index = _letter(pattern, index + 1)
        if not high:
            return None
        if high < low:  # the wrong way round: Git has compared the first by itself before
            return _escaped(low), index
        return b"%s-%s" % (_escaped(low), _escaped(high)), index
    return _escaped(low), index


def _letter(pattern: bytes, index: int) -> tuple[bytes, int]:
    if pattern[index : index + 1] == b"\\":
        index += 1
    return pattern[index : index + 1], index + 1


def _escaped(letter: bytes) -> bytes:
    return b"\\x%02x" % letter[0]


def _expression(tokens: Sequence[Token]) -> bytes:
    """A regular expression for the whole of a path or name."""
    numbers = iter(range(1, len(tokens) + 2))
    *parts, last = _split(tokens, _FOLDERS)
    if not parts:
        return _part(last, numbers, last=True)
    out = _part(parts[0], numbers, last=False)
    for part in parts[1:]:
        # The group that holds a part is numbered before those inside of it.
        number = next(numbers)
        out += b"(?=((?:[^/]*/)*?%s))\\%d" % (_part(part, numbers, last=False), number)
    return out + b"(?:[^/]*/)*?" + _part(last, numbers, last=True)


def _part(tokens: Sequence[Token], numbers: Iterator[int], *, last: bool) -> bytes:
    """An expression for what stands between two `**`; the `last` part ends where the path does."""
    rest = bool(tokens) and tokens[-1] == _REST
    pieces = [b"".join(map(_one, piece)) for piece in _split(tokens[:-1] if rest else tokens, _STAR)]
    out = pieces[0]
    for piece in pieces[1:-1]:
        out += b"(?=([^/]*?%s))\\%d" % (piece, next(numbers))
    if len(pieces) > 1:
        if last and not rest:
            out += b"[^/]*" + pieces[-1]
        else:
            out += b"(?=([^/]*?%s))\\%d" % (pieces[-1], next(numbers))
    return out + (b".*" if rest else b"") + (rb"\Z" if last else b"")


def _split(tokens: Sequence[Token], at: str) -> list[list[Token]]:
    found: list[list[Token]] = [[]]
    for token in tokens:
        if token == at:
            found.append([])
        else:
            found[-1].append(token)
    return found


def _one(token: Token) -> bytes:
    return token if isinstance(token, bytes) else b"[^/]"

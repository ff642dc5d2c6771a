"""Documents merged by their keys: three versions of a JSON, TOML or YAML file into one, where lines could not be.

A key that one side changed takes that side; one that both changed is looked into, if it holds keys on both sides. Else
the file is in conflict (`CannotMerge`). The form of our side is kept: what cannot be written back as it is, is left to
a person.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

from gitdata.contents.ordered import CannotMerge, merged_order

_INDENT = re.compile(r"\n([ \t]+)\S")
_DEEPEST = 100
_NO_KEY = b"-[]{}&*!|>%@`,?#"  # what a plain key does not begin with
_MISSING = object()


def merge_json(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """Raises `CannotMerge`, also for a version that would not look the same when it is written again."""
    documents = [_Json.read(text) for text in (base, ours, theirs)]
    merged = merge_values(documents[0].value, documents[1].value, documents[2].value)
    return documents[1].written(merged)


class _Json(NamedTuple):
    """A document and how it is written."""

    value: Any
    indent: str | None
    separators: tuple[str, str]
    escaped: bool  # everything but ASCII
    end: str

    @classmethod
    def read(cls, text: bytes) -> "_Json":
        try:
            shown = text.decode()
            value = json.loads(shown, object_pairs_hook=_unique, parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            raise CannotMerge(str(error)) from error
        body = shown.rstrip("\n")
        indented = _INDENT.search(body)
        for escaped in (False, True):
            for separators in ((", ", ": "), (",", ":")) if indented is None else ((",", ": "),):
                found = cls(value, indented and indented[1], separators, escaped, shown[len(body) :])
                if found.written(value) == text:
                    return found
        raise CannotMerge("it would be written in another form")

    def written(self, value: object) -> bytes:
        text = json.dumps(value, indent=self.indent, separators=self.separators, ensure_ascii=self.escaped)
        return (text + self.end).encode()


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise CannotMerge("a key stands twice in one object")
    return found


def _refuse(constant: str) -> None:
    raise CannotMerge(f"{constant} is no JSON")


def _same(one: object, other: object) -> bool:
    """Whether two values are written alike: `1`, `1.0` and `true` are not."""
    if one is _MISSING or other is _MISSING:
        return one is other
    return type(one) is type(other) and json.dumps(one) == json.dumps(other)


def merge_values(base: Any, ours: Any, theirs: Any, depth: int = 0) -> Any:
    """Three values of JSON into one; raises `CannotMerge`."""
    if _same(ours, theirs) or _same(base, theirs):
        return ours
    if _same(base, ours):
        return theirs
    if not (isinstance(ours, dict) and isinstance(theirs, dict)) or depth > _DEEPEST:
        raise CannotMerge("both sides changed one value")
    was = base if isinstance(base, dict) else {}
    merged = {}
    for key in merged_order(list(was), list(ours), list(theirs)):
        value = merge_values(was.get(key, _MISSING), ours.get(key, _MISSING), theirs.get(key, _MISSING), depth + 1)
        if value is not _MISSING:
            merged[key] = value
    return merged


def merge_toml(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """Changes of theirs are written into our document, whose comments and order stay; raises `CannotMerge`."""
    import tomlkit
    from tomlkit.exceptions import TOMLKitError

    try:
        document, added = tomlkit.parse(ours.decode()), tomlkit.parse(theirs.decode())
        was, mine, other = tomlkit.parse(base.decode()).unwrap(), document.unwrap(), added.unwrap()
        merged = merge_values(_comparable(was), _comparable(mine), _comparable(other))
        _apply(document, added, was, mine, other)
        text = document.as_string()
        if _comparable(tomlkit.parse(text).unwrap()) != merged:
            raise CannotMerge("it would not say what was merged")
    except (ValueError, KeyError, TypeError, RecursionError, TOMLKitError) as error:
        raise CannotMerge(str(error)) from error
    return text.encode()


def _comparable(value: Any) -> Any:
    """The same with dates and times as texts, for which JSON has no values."""
    if isinstance(value, dict):
        return {key: _comparable(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_comparable(item) for item in value]
    return value if isinstance(value, str | int | float | bool) else {"\0": f"{type(value).__name__} {value}"}


def _apply(ours: Any, theirs: Any, base_value: Any, our_value: Any, their_value: Any) -> None:
    """Put what theirs has changed since the base into our document."""
    for key in [key for key in base_value if key not in their_value and key in our_value]:
        del ours[key]
    for key, value in their_value.items():
        was = _comparable(base_value[key]) if key in base_value else _MISSING
        mine = _comparable(our_value[key]) if key in our_value else _MISSING
        other = _comparable(value)
        if _same(other, was) or _same(other, mine):
            continue
        if isinstance(value, dict) and isinstance(our_value.get(key), dict):
            below = base_value.get(key)
            _apply(ours[key], theirs[key], below if isinstance(below, dict) else {}, our_value[key], value)
        else:
            ours[key] = theirs[key]


def merge_yaml(base: bytes, ours: bytes, theirs: bytes) -> bytes:
    """By the lines of each key of a block mapping, comments with the key that follows them; raises `CannotMerge`."""
    if b"\t" in ours + theirs or b"\r" in ours + theirs:
        raise CannotMerge("tabs or carriage returns")
    was, mine, other = (text + b"\n" if text[-1:] not in (b"\n", b"") else text for text in (base, ours, theirs))
    return _merge_blocks(was, mine, other, 0)


def _merge_blocks(base: bytes, ours: bytes, theirs: bytes, depth: int) -> bytes:
    if depth > _DEEPEST:
        raise CannotMerge("too deep")
    sides = [dict(_blocks(text)) for text in (base, ours, theirs)]
    merged = []
    for key in merged_order(*(list(side) for side in sides)):
        was, mine, other = (side.get(key) for side in sides)
        if other in (mine, was):
            merged.append(mine or b"")
        elif mine == was:
            merged.append(other or b"")
        elif mine is None or other is None or not key:
            raise CannotMerge("both sides changed one value")
        else:
            heads, bodies = zip(*(_parted(block or b"") for block in (was or mine, mine, other)), strict=True)
            if heads[1] != heads[2]:
                raise CannotMerge("both sides changed one value")
            merged.append(heads[1] + _merge_blocks(bodies[0] if was else b"", bodies[1], bodies[2], depth + 1))
    return b"".join(merged)


def _parted(block: bytes) -> tuple[bytes, bytes]:
    """The lines of a key up to its own, which has no value, and what is below it."""
    lines = block.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if line.strip() and not line.lstrip().startswith(b"#"):
            found = _key(line)
            if found is None or found[1].partition(b"#")[0].strip():
                break
            return b"".join(lines[: number + 1]), b"".join(lines[number + 1 :])
    raise CannotMerge("both sides changed one value")


def _key(line: bytes) -> tuple[bytes, bytes] | None:
    """The key of a line of YAML and what follows it; None where that is not beyond doubt."""
    text = line.strip()
    quote = text[:1] if text[:1] in (b'"', b"'") else b""
    if quote:
        name, closed, rest = text[1:].partition(quote)
        colon, rest = rest[:1], rest[1:]
        if not closed or b"\\" in name:
            return None
        name = quote + name + quote
    else:
        name, colon, rest = text.partition(b":")
        name = name.rstrip()
        if not name or name[0] in _NO_KEY or any(letter in name for letter in (b"#", b'"', b"'")):
            return None
    return (name, rest.strip()) if colon == b":" and rest[:1] in (b"", b" ") else None


def _blocks(text: bytes) -> Iterator[tuple[bytes, bytes]]:
    """The keys of a block mapping with their lines; what stands after the last one has an empty key."""
    found: dict[bytes, list[bytes]] = {}
    before: list[bytes] = []
    indent, last = None, None
    for number, line in enumerate(text.splitlines(keepends=True)):
        stripped = line.strip()
        if not stripped or stripped.startswith(b"#") or (stripped == b"---" and number == 0):
            before.append(line)
            continue
        depth = len(line) - len(line.lstrip(b" "))
        indent = depth if indent is None else indent
        if depth > indent and last is not None:
            found[last] += [*before, line]
        else:
            named = _key(line)
            if named is None or depth != indent or named[0] in found:
                raise CannotMerge("not a mapping in block form")
            last = named[0]
            found[last] = [*before, line]
        before = []
    if before:
        found[b""] = before
    yield from ((key, b"".join(lines)) for key, lines in found.items())


Merge = Callable[[bytes, bytes, bytes], bytes]
BY_KEY: Mapping[bytes, Merge] = {
    b"json": merge_json,
    b"geojson": merge_json,
    b"toml": merge_toml,
    b"yaml": merge_yaml,
    b"yml": merge_yaml,
}
"""By the ending of a file's name in lower case."""

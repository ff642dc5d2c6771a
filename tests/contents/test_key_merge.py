"""Documents merged by their keys, against dictionaries."""

import json
from typing import Any

import pytest
import tomlkit
from hypothesis import given
from hypothesis import strategies as st

from gitdata.contents.key_merge import BY_KEY, merge_json, merge_toml, merge_yaml
from gitdata.contents.ordered import CannotMerge

VALUES = st.recursive(
    st.sampled_from([1, 2, True, "text", "é", 1.5]),
    lambda inner: st.dictionaries(st.sampled_from("abc"), inner, max_size=3),
    max_leaves=6,
)
DOCUMENTS = st.dictionaries(st.sampled_from("abcd"), VALUES, max_size=4)
_GONE = object()


def expected(was: Any, mine: Any, other: Any) -> Any:
    """By the rule as a person would say it; raises `CannotMerge`."""

    def text(value: Any) -> str:
        return "-" if value is _GONE else json.dumps(value)

    if text(other) in (text(mine), text(was)):
        return mine
    if text(mine) == text(was):
        return other
    if not isinstance(mine, dict) or not isinstance(other, dict):
        raise CannotMerge("one value")
    was = was if isinstance(was, dict) else {}
    found = {key: expected(*(side.get(key, _GONE) for side in (was, mine, other))) for key in {*was, *mine, *other}}
    return {key: value for key, value in found.items() if value is not _GONE}


def yaml(value: dict[str, Any], depth: int = 0) -> str:
    """A mapping in block form."""
    text = ""
    for key, item in value.items():
        below = isinstance(item, dict) and item
        text += " " * depth + f"{key}:" + (f"\n{yaml(item, depth + 2)}" if below else f" {json.dumps(item)}\n")
    return text


def from_yaml(text: str) -> dict[str, Any]:
    """What `yaml` wrote."""
    found: dict[str, Any] = {}
    above = [(-1, found)]
    for line in text.splitlines():
        key, _colon, value = line.strip().partition(":")
        depth = len(line) - len(line.lstrip())
        while above[-1][0] >= depth:
            above.pop()
        above[-1][1][key] = json.loads(value) if value.strip() else {}
        if not value.strip():
            above.append((depth, above[-1][1][key]))
    return found


FORMS = {
    "indented": (merge_json, lambda value: json.dumps(value, indent=2, ensure_ascii=False) + "\n", json.loads),
    "compact": (merge_json, lambda value: json.dumps(value, separators=(",", ":")), json.loads),
    "toml": (merge_toml, tomlkit.dumps, lambda text: tomlkit.parse(text).unwrap()),
    "yaml": (merge_yaml, yaml, from_yaml),
}


@pytest.mark.parametrize("form", FORMS)
@given(base=DOCUMENTS, ours=DOCUMENTS, theirs=DOCUMENTS)
def test_what_dictionaries_come_to(form: str, base: Any, ours: Any, theirs: Any) -> None:
    merge, write, read = FORMS[form]
    versions = [write(value).encode() for value in (base, ours, theirs)]
    try:
        wanted = expected(base, ours, theirs)
    except CannotMerge:
        with pytest.raises(CannotMerge):
            merge(*versions)
        return
    try:
        merged = merge(*versions)
    except CannotMerge:
        if form not in ("toml", "yaml"):
            raise
        return  # by lines not all is sure
    assert json.dumps(read(merged.decode()), sort_keys=True) == json.dumps(wanted, sort_keys=True)


def test_the_form_of_a_document_stays() -> None:
    base = b"# the model\n[model]\nname = 'a'  # a name\nlayers = 3\n\n[data]\npath = 'x'\n"
    ours = base.replace(b"layers = 3", b"layers = 4")
    theirs = base.replace(b"'a'  # a", b"'b'  # a").replace(b"path = 'x'\n", b"path = 'x'\nrows = 7\n")
    assert merge_toml(base, ours, theirs) == (
        b"# the model\n[model]\nname = 'b'  # a name\nlayers = 4\n\n[data]\npath = 'x'\nrows = 7\n"
    )
    base = b"# the model\nmodel:\n  # how many\n  layers: 3\n  name: a # a name\ndata: [1,\n  2]\n"
    ours, theirs = base.replace(b"layers: 3", b"layers: 4"), base.replace(b"name: a", b"name: b")
    assert merge_yaml(base, ours, theirs) == base.replace(b"layers: 3", b"layers: 4").replace(b"name: a", b"name: b")


@pytest.mark.parametrize(
    ("ending", "text"),
    [
        (b"json", b'{"a": 1,  "b": 2}'),
        (b"json", b'{"a": 1, "a": 2}'),
        (b"json", b'{"a": 1.50}'),
        (b"json", b"\xff"),
        (b"json", b"[" * 100_000),
        (b"toml", b"a = \n"),
        (b"yaml", b"- a\n- b\n"),
        (b"yaml", b"a: 1\na: 2\n"),
        (b"yaml", b"a:\n- 1\n"),
        (b"yaml", b"a: |\n  text\nb: {\n}\n"),
        (b"yaml", b" " * 100_000),
    ],
)
def test_what_is_left_to_a_person(ending: bytes, text: bytes) -> None:
    first = {b"json": b'{"a": 0}', b"toml": b"a = 0\n"}.get(ending, b"a: 0\n")
    other = {b"json": b'{"a": 9}', b"toml": b"a = 9\n"}.get(ending, b"a: 9\n")
    with pytest.raises(CannotMerge):
        BY_KEY[ending](first, text, other)

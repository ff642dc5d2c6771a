"""Files of parameters and metrics: what they mean, and what somebody may have made of them."""

import json
import math
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gitdata.contents.settings import parse
from gitdata.errors import NotParsed

SCALARS = st.one_of(st.integers(-(10**12), 10**12), st.floats(allow_nan=False), st.booleans(), st.text(max_size=9))
NAMES = st.text("abcdefgh_", min_size=1, max_size=6)


@given(st.dictionaries(NAMES, st.one_of(SCALARS, st.dictionaries(NAMES, SCALARS, min_size=1)), max_size=6))
def test_json_is_read_back(value: dict[str, object]) -> None:
    flat = {}
    for name, one in value.items():
        flat.update({f"{name}.{key}": item for key, item in one.items()} if isinstance(one, dict) else {name: one})
    assert parse(b"x.json", json.dumps(value).encode()) == flat


def test_every_kind_means_the_same() -> None:
    expected = {"lr": 0.001, "on": True, "name": "a b", "layers.0": 64, "layers.1": 32, "model.depth": 3}
    for name, text in (
        ("a.json", '{"lr": 1e-3, "on": true, "name": "a b", "layers": [64, 32], "model": {"depth": 3}}'),
        ("a.yaml", "lr: 1e-3\non: true\nname: a b\nlayers: [64, 32]\nmodel: {depth: 3}\n"),
        ("a.yml", "\ufefflr: 0.001\n'on': True\nname: a b\nlayers:\n- 64\n- 32\nmodel:\n  depth: 3\n"),
        ("a.toml", 'lr = 1e-3\non = true\nname = "a b"\nlayers = [64, 32]\n[model]\ndepth = 3\n'),
        ("a.py", ('import os\nlr = 1e-3\non: bool = True\nname = "a b"\nlayers = (64, 32)\nno = os.getpid()\n'
                 "class model:\n    depth = 3\n    def run(self): return 1\n")),
    ):  # fmt: skip
        assert parse(name.encode(), text.encode()) == expected, name


def test_yaml_is_read_as_people_mean_it() -> None:
    text = b"a: yes\nb: 0123\nc: 1:30\nd: -.5e3\ne: .nan\nf: 2026-11-28\ng: !!str 7\nh: ~\ni: {}\nj: &x [1]\nk: *x\n"
    found = parse(b"a.yaml", text)
    assert math.isnan(found.pop("e"))  # type: ignore[arg-type]
    assert found == {
        "a": "yes", "b": 123, "c": "1:30", "d": -500.0, "f": "2026-11-28", "g": "7", "h": None, "i": "{}",
        "j.0": 1, "k.0": 1,
    }  # fmt: skip
    assert parse(b"a.yaml", b"") == {} and parse(b"a.json", b"0.5") == {"value": 0.5}


BOMB = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)
HOLLOW = "a0: &a0 []\n" + BOMB.partition("\n")[2]
MERGES = "a0: &a0 {" + ", ".join(f"k{n}: 1" for n in range(10)) + "}\n" + "".join(
    f"a{level}: &a{level}\n  <<: [{', '.join([f'*a{level - 1}'] * 10)}]\n" for level in range(1, 12)
)  # fmt: skip


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("bomb.yaml", BOMB),
        ("hollow.yaml", HOLLOW),
        ("itself.yaml", "&a [*a]"),
        ("object.yaml", "!!python/object/apply:os.system [exit]"),
        ("two.yaml", "a: 1\n---\nb: 2\n"),
        ("tab.yaml", "a:\n\t- b"),
        ("deep.yaml", "[" * 3000),
        ("deep.json", "[" * 100_000),
        ("deep.toml", "a = " + "[" * 100_000),
        ("deep.py", "a = " + "-" * 100_000 + "1"),
        ("deeper.py", "a = " + "(" * 100_000),
        ("dots.toml", "a" + ".a" * 100_000 + " = 1"),
        ("digits.json", "9" * 100_000 if sys.version_info >= (3, 11) else "9 9"),
        ("digits.yaml", "a: [" + "[" * 200),
        ("wide.json", "[" + "1," * 200_000 + "1]"),
        ("large.json", '"' + "x" * (5 << 20) + '"'),
        ("cut.json", '{"a": 1'),
        ("bytes.json", "\udcff"),
        ("zero.py", "a = 1\0"),
        ("table.csv", "a,b"),
        ("noending", "1"),
    ],
    ids=lambda value: value if len(value) < 20 else "",
)
def test_what_is_not_sound_is_refused(name: str, text: str) -> None:
    with pytest.raises(NotParsed) as raised:
        parse(name.encode(), text.encode("utf-8", "surrogateescape"))
    assert "\n" not in str(raised.value) and len(str(raised.value)) < 300 and raised.value.hint


def test_merge_keys_make_no_more_than_there_is() -> None:
    """Some versions of the parser see that they all bring in the same, and make a small table of it."""
    for text in (MERGES, "a: &a {<<: *a, b: 1}"):
        try:
            found = parse(b"merges.yaml", text.encode())
        except NotParsed:
            continue
        assert len(found) <= 120


@given(
    st.sampled_from(["a.json", "a.yaml", "a.toml", "a.py"]),
    st.one_of(st.binary(max_size=200), st.text("{}[]:,&*<!\"'-\n =a1.#|>%", max_size=80).map(str.encode)),
)
def test_anything_is_read_or_refused(name: str, content: bytes) -> None:
    try:
        found = parse(name.encode(), content)
    except NotParsed:
        return
    assert all(isinstance(key, str) for key in found)

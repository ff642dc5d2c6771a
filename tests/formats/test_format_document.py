"""docs/format.md against the code: every example on that page is checked."""

import re
from pathlib import Path

import pytest
import zstandard
from blake3 import blake3

from gitdata.formats import identity, manifest, pack, pointer, project, tree
from gitdata.formats.manifest import Manifest
from gitdata.formats.pack import Frame, Location, Toc
from gitdata.formats.project import ProposedRemote
from gitdata.formats.quoting import quote, unquote
from gitdata.formats.sizes import HUGE, USUAL
from gitdata.formats.tree import Entry

PAGE = (Path(__file__).parents[2] / "docs/format.md").read_text()


def example(name: str) -> str:
    found = re.search(rf"^```{name}\n(.*?)^```$", PAGE, re.M | re.S)
    assert found, name
    return found[1]


def fields(name: str) -> dict[str, str]:
    return dict(line.split(": ", 1) for line in example(name).splitlines())


@pytest.mark.parametrize(
    ("name", "form"), [("pointer-listing", "listing"), ("pointer-tree", "tree"), ("pointer-file", "file")]
)
def test_pointers(name: str, form: str) -> None:
    text = example(name).encode()
    value = pointer.parse(text)
    assert value.form == form
    assert pointer.encode(value.listing or {}, value.form) == text


def test_quoting() -> None:
    for line in example("quoting").splitlines():
        path, _, text = line.partition(" = ")
        spelled = text.replace("U+0301", "\u0301").encode()
        assert quote(bytes.fromhex(path)) == spelled
        assert unquote(spelled) == bytes.fromhex(path)


def test_tree() -> None:
    found = fields("tree")
    kind, size, blob, name = found["entries"].split(" ")
    entry = (name.encode(), Entry(kind, int(size), bytes.fromhex(blob)))  # type: ignore[arg-type]
    assert tree.encode_tree([entry]).hex() == found["hex"]
    assert tree.decode_tree(bytes.fromhex(found["hex"])) == [entry]
    assert blake3(b"gitdata tree 1\n").hexdigest() in example("pointer-tree")


def test_pack() -> None:
    found = fields("pack")
    chunk = bytes.fromhex(found["chunk"])
    toc = Toc([Frame(blake3(chunk).digest(), 0, len(chunk), len(chunk))], [], bytes.fromhex(found["salt"]))
    table = pack.encode_toc(toc)
    assert (chunk + table + pack.trailer(table)).hex() == found["hex"]


def test_manifest() -> None:
    found = fields("manifest")
    chunk, offset, stored, raw = found["chunk"].split(" ")
    where = Location(bytes.fromhex(found["pack"]), int(offset), int(stored), int(raw))
    value = Manifest(bytes.fromhex(found["root"]), (bytes.fromhex(found["base"]),), {bytes.fromhex(chunk): where}, {})
    body = bytes.fromhex(found["body"].replace(" ", ""))
    data = (
        manifest.MAGIC
        + len(body).to_bytes(8, "little")
        + blake3(body).digest()
        + zstandard.ZstdCompressor().compress(body)
    )
    assert manifest.decode(data) == value
    encoded = manifest.encode(value)
    assert zstandard.ZstdDecompressor().decompress(encoded[len(manifest.MAGIC) + 40 :]) == body


def test_settings() -> None:
    assert identity.encode(identity.decode(example("identity").encode()).remote_id) == example("identity").encode()
    found = project.parse(example("project").encode())
    assert found.default == "origin"
    expected = ProposedRemote("origin", "s3://bucket/path", "https://objects.example.com", "eu-central-1")
    assert found.remotes == {"origin": expected}


def test_the_numbers_on_the_page() -> None:
    for number in (*USUAL, *HUGE, pack.MAX_RECIPE, pointer.LISTING_LIMIT):
        assert f"{number:,}" in PAGE
    assert pack.LIMIT == 64 << 20 and "at most 64 MiB" in PAGE
    assert pointer.LIMIT == 8 << 20 and "at most 8 MiB" in PAGE
    assert manifest.MAX_BASES == 16

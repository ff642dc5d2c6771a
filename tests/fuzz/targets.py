"""What reads bytes that somebody else wrote. Each target takes any bytes and fails when a rule is broken.

The rules: a value or one of our own errors, nothing else; what has one spelling is written back as it was; two
readers of the same bytes say the same. Run by `test_fuzz.py` on kept cases and for a moment, by `.ci/fuzz` for hours.
"""

import contextlib
import io
import struct
import tempfile
from collections.abc import Callable
from pathlib import Path

import zstandard
from blake3 import blake3

from gitdata.backends.location import Destination
from gitdata.contents import series
from gitdata.contents import settings as measured_values
from gitdata.errors import GitDataError
from gitdata.formats import (
    frames,
    identity,
    ignore_rules,
    listing_text,
    located,
    manifest,
    manifest_parts,
    names,
    pack,
    pointer,
    pointer_path,
    project,
    project_edit,
    quoting,
    seek,
    tree,
    unrecorded,
)
from gitdata.formats.remote_name import remote_name
from gitdata.ids import ID_SIZE, PackId
from gitdata.plumbing import packets
from gitdata.remote.agreements import Agreements
from gitdata.wording import quote
from gitdata.worktree import discarded, held, unfinished

TARGETS: dict[str, Callable[[bytes], None]] = {}


def target(function: Callable[[bytes], None]) -> Callable[[bytes], None]:
    TARGETS[function.__name__] = function
    return function


expected = contextlib.suppress(GitDataError)


@target
def a_pointer(data: bytes) -> None:
    pointer.form_of(data)
    pointer.is_file_pointer(data)
    pointer.file_entry(data)
    with expected:
        found = pointer.parse(data)
        if found.form == "tree":
            return
        assert found.listing is not None
        assert pointer.encode(found.listing, found.form) == data
        assert tree.build(found.listing).root == found.root() or found.form == "file"


@target
def a_pointer_of_edits(data: bytes) -> None:
    assert unrecorded.base_of(data) is None or unrecorded.is_unrecorded(data)


@target
def a_tree(data: bytes) -> None:
    with expected:
        assert tree.encode_tree(tree.decode_tree(data)) == data


@target
def a_table_of_a_pack(data: bytes) -> None:
    toc = found = None
    with expected:
        toc = pack.decode_toc(data)
        assert pack.encode_toc(toc) == data
    with expected:
        found = located.locations(PackId(bytes(ID_SIZE)), data)
    if toc is not None:
        assert found is not None
        assert set(found) == {frame.chunk for frame in toc.frames}


@target
def a_trailer_of_a_pack(data: bytes) -> None:
    with expected:
        pack.parse_trailer(data)


@target
def a_manifest_file(data: bytes) -> None:
    with expected:
        manifest.decode(data)
    for read in (manifest_parts.read_head, manifest_parts.ends):
        with expected:
            read(io.BytesIO(data))


@target
def a_manifest(data: bytes) -> None:
    """The body alone: a hash keeps others from having been changed, and nobody from having been made."""
    packed = zstandard.ZstdCompressor(level=1).compress(data)
    file = manifest.MAGIC + struct.pack("<Q32s", len(data), blake3(data).digest()) + packed
    whole = None
    with expected:
        whole = manifest.decode(file)
        assert manifest.decode(manifest.encode(whole)) == whole
    if whole is None:
        for read in (manifest_parts.read_head, manifest_parts.ends):
            with expected:
                read(io.BytesIO(file))
        return
    head = manifest_parts.read_head(io.BytesIO(file))
    assert (head.root, head.bases) == (whole.root, whole.bases)
    lengths = manifest_parts.ends(io.BytesIO(file))
    assert all(place.offset + place.stored <= lengths[place.pack] for place in whole.chunks.values())
    hits = manifest_parts.search(io.BytesIO(file), {*whole.chunks, *whole.recipes})
    assert (hits.chunks, hits.recipes) == (whole.chunks, set(whole.recipes))


@target
def a_frame(data: bytes) -> None:
    length = int.from_bytes(data[:3], "little")
    with expected:
        assert len(frames.expand(data[3:], length)) == length


@target
def an_identity(data: bytes) -> None:
    with expected:
        assert identity.encode(identity.decode(data).remote_id) == data


@target
def a_rule(data: bytes) -> None:
    line, _, path = data.partition(b"\n")
    found = ignore_rules.rule(line)
    if found is not None:
        for is_directory in (False, True):
            found.matches(path, is_directory)


@target
def a_name(data: bytes) -> None:
    for check in (names.check_path, names.check_name):
        with expected:
            check(data)
            assert b"\0" not in data
            assert not {b"", b".", b"..", b".git"} & set(data.lower().split(b"/"))
    found = pointer_path.checked(data)
    if isinstance(found, pointer_path.PointerPath):
        assert pointer_path.PointerPath.of_data(found.data) == found
    with expected:
        assert quote(quoting.unquote(data)) == data
    assert quoting.unquote(quote(data)) == data or not data


@target
def settings(data: bytes) -> None:
    with expected:
        before = project.parse(data)
        name = remote_name("added")
        after = project.parse(project_edit.with_remote(data, project.ProposedRemote(name, "s3://bucket/x")))
        assert {**before.remotes, name: after.remotes[name]} == after.remotes
        assert name not in project.parse(project_edit.without_remote(data, name)).remotes


@target
def an_address(data: bytes) -> None:
    url, _, rest = data.decode("utf-8", "surrogateescape").partition("\n")
    endpoint, _, region = rest.partition("\n")
    with expected:
        found = Destination.of(url, endpoint or None, region or None)
        assert Destination.of(found.url, found.endpoint, found.region) == found
        assert not any(ord(letter) < 32 for letter in str(found))


@target
def words_of_git(data: bytes) -> None:
    for read in (packets.read_list, lambda stream: list(packets.read_content(stream))):
        with contextlib.suppress(ValueError, EOFError):
            read(io.BytesIO(data))


@target
def saved_state(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder, "00000000000000000001")
        file.write_bytes(data)
        unfinished.load(file)
        held.load(Path(folder))
        discarded.load(Path(folder))
        with expected:
            Agreements(Path(folder)).all()
        agreed = Path(folder, "agreed")
        agreed.mkdir()
        (agreed / "a.json").write_bytes(data)
        with expected:
            Agreements(Path(folder)).all()


@target
def values_in_a_file(data: bytes) -> None:
    ending, _, content = data.partition(b"\n")
    with expected:
        found = measured_values.parse(b"name." + ending, content)
        assert all(isinstance(name, str) and not isinstance(value, (list, dict)) for name, value in found.items())


@target
def series_in_a_file(data: bytes) -> None:
    ending, _, content = data.partition(b"\n")
    with expected:
        found = series.read(b"name." + ending, [content[:9], content[9:]], series.Axes(points=10))
        assert all(len(one.points) <= 10 for one in found.series)


@target
def a_listing_as_text(data: bytes) -> None:
    path, _, text = data.partition(b"\n")
    with expected, contextlib.suppress(ValueError):
        line, below = listing_text.line_of(text, path), listing_text.lines_below(text, path)
        listing_text.trimmed(text, b"gitdata pointer 1 listing\n" + below)
        listing_text.total(below)
        found = pointer.parse(text).listing
        if found is not None and b"" not in found:
            assert (line is not None) == (path in found)
            assert below.count(b"\n") == sum(1 for name in found if not path or name.startswith(path + b"/"))


@target
def a_name_in_a_tree(data: bytes) -> None:
    name, _, encoded = data.partition(b"\n")
    with expected:
        found = seek.seek(encoded, name)
        assert found == dict(tree.decode_tree(encoded)).get(name)

"""Parts of a manifest, compared with the whole."""

import random
from io import BytesIO

import pytest

from gitdata.errors import BadFormat
from gitdata.formats import manifest
from gitdata.formats.manifest import Manifest
from gitdata.formats.manifest_parts import read_head, search
from gitdata.formats.pack import Location


def made(seed: int, chunks: int, recipes: int, bases: int = 2) -> Manifest:
    numbers = random.Random(seed)
    packs = [numbers.randbytes(32) for _ in range(3)]
    located = {
        numbers.randbytes(32): Location(numbers.choice(packs), numbers.randrange(1 << 26), 7, 9) for _ in range(chunks)
    }
    several = {numbers.randbytes(32): (30, (numbers.randbytes(32), numbers.randbytes(32))) for _ in range(recipes)}
    return Manifest(numbers.randbytes(32), tuple(numbers.randbytes(32) for _ in range(bases)), located, several)


@pytest.mark.parametrize(("chunks", "recipes"), [(0, 0), (1, 1), (8191, 3), (8192, 8193), (20_000, 0)])
def test_what_is_found_is_what_the_whole_has(chunks: int, recipes: int) -> None:
    whole = made(chunks, chunks, recipes)
    file = manifest.encode(whole)
    head = read_head(BytesIO(file))
    assert (head.root, head.bases, head.chunks, head.recipes) == (whole.root, whole.bases, chunks, recipes)
    assert set(head.packs) == {where.pack for where in whole.chunks.values()}
    numbers = random.Random(5)
    for count in (0, 1, 30, chunks):
        some = set(numbers.sample(sorted(whole.chunks), min(count, chunks)))
        others = set(numbers.sample(sorted(whole.recipes), min(count, recipes)))
        hits = search(BytesIO(file), some | others | {numbers.randbytes(32)})
        assert hits.chunks == {chunk: whole.chunks[chunk] for chunk in some}
        assert hits.recipes == others


def test_what_is_no_manifest_is_refused() -> None:
    file = manifest.encode(made(1, 9000, 2))
    wanted = {b"x" * 32}
    for damaged in (
        b"",
        file[:30],
        file[:60],
        file[:70],
        file[: len(file) // 2],
        b"x" + file,
        file[:60] + b"junk" * 99,
    ):
        with pytest.raises(BadFormat):
            search(BytesIO(damaged), wanted)
    longer = file[:20] + bytes([file[20] ^ 1]) + file[21:]
    with pytest.raises(BadFormat, match="damaged"):
        read_head(BytesIO(longer))

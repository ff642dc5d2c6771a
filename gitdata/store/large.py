"""A large file on its way into packs: cut while it is read, a MiB or so to a task."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import chain

from gitdata.formats.chunking import cut
from gitdata.formats.sizes import Sizes, sizes_of
from gitdata.ids import BlobId
from gitdata.store.blocks import Block
from gitdata.store.catalog import Catalog
from gitdata.store.cutting import Hashing, Plain, by_size, split
from gitdata.store.earlier_cuts import EarlierCuts
from gitdata.store.new_packs import NewPacks, Piece, Run

Task = Callable[[], Run]


def guide(catalog: Catalog, earlier: BlobId | None, sizes: Sizes) -> EarlierCuts | None:
    """What to cut along: the `earlier` version, if it is one of several chunks that are here."""
    layout = catalog.layout(earlier) if earlier is not None else None
    if layout is None or len(layout[0]) < 2:
        return None
    *inner, last = layout[1]
    # What was cut by other rules is no guide.
    same_rules = sizes_of(sum(layout[1])) == sizes and min(inner) > sizes.minimum and last
    return EarlierCuts(*layout, sizes) if same_rules else None


def tasks(
    content: Iterable[Block], hashing: Hashing, packs: NewPacks, sizes: Sizes, guide: EarlierCuts | None
) -> Iterator[Task]:
    """The content cut; what is left to do for each MiB or so of it."""
    carried = memoryview(b"")
    for block in chain(content, (Block(b""),)):  # nothing more to come: what is carried is the last chunk
        hashing.add(block.data)
        view, start, final = block.after(carried), 0, not block.data
        parts = _guided(view, packs, guide, final=final) if guide else _unguided(view, packs, sizes, final=final)
        for size, task in parts:
            start += size
            yield task
        carried = view[start:]


def _unguided(view: memoryview, packs: NewPacks, sizes: Sizes, *, final: bool) -> Iterator[tuple[int, Task]]:
    start = 0
    for group in by_size(cut(view, sizes, final=final)):
        part = view[start : start + sum(group)]
        start += len(part)
        yield len(part), partial(_named, packs, part, group)


def _guided(view: memoryview, packs: NewPacks, guide: EarlierCuts, *, final: bool) -> Iterator[tuple[int, Task]]:
    for known, run in guide.runs(view, final=final):
        task = partial(_known, run) if known else partial(_new, packs, run)
        yield sum(len(chunk.view) for chunk in run), task


def _named(packs: NewPacks, part: memoryview, lengths: list[int]) -> Run:
    return Run(packs.pieces(split(part, lengths)), part)


def _new(packs: NewPacks, run: list[Plain]) -> Run:
    return Run(packs.pieces(run))


def _known(run: list[Plain]) -> Run:
    return Run([Piece(chunk, None, len(view)) for chunk, view in run])

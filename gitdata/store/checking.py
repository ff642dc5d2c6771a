"""Checking: whether the packs of the store are what they should be, byte for byte, and complete."""

from collections.abc import Callable, Mapping
from pathlib import Path

from gitdata.disk_errors import in_words
from gitdata.errors import BadFormat
from gitdata.formats.pack import Recipe, recipes_in
from gitdata.ids import ChunkId, PackId, short
from gitdata.progress import Progress
from gitdata.store.catalog import Catalog
from gitdata.store.damage import located, table_of, whole_frames
from gitdata.store.hashing import blake3_of
from gitdata.store.reading import read_checked_table, read_pack_toc
from gitdata.values import frozen
from gitdata.wording import count


@frozen
class Checked:
    """What is wrong, one line each."""

    damaged: dict[PackId, list[str]]  # packs that are not what they were
    incomplete: list[str]  # what is right as far as it is here
    untrue: list[str]  # what the catalog says of packs, and is not so
    aside: Mapping[Path, frozenset[ChunkId] | None]  # packs set aside, and what is missing of each; None: nobody knows

    @property
    def problems(self) -> list[str]:
        """All of it."""
        found = [line for lines in self.damaged.values() for line in lines] + self.incomplete + self.untrue
        for file, lost in self.aside.items():
            if lost is None:
                found.append(f"pack {file.stem[:12]} was damaged and is set aside in {file}")
            elif lost:
                found.append(f"pack {file.stem[:12]} was damaged: {len(lost)} of its chunks are not here any more")
        return found


def check_packs(
    catalog: Catalog,
    path_of: Callable[[PackId], Path],
    aside: Callable[[], Mapping[Path, frozenset[ChunkId] | None]],
    progress: Progress,
) -> Checked:
    """Read, expand and hash all packs, and compare what the catalog says of them. `aside` tells what was set aside."""
    damaged: dict[PackId, list[str]] = {}
    incomplete: list[str] = []
    untrue = [] if catalog.is_whole() else ["the catalog, a cache, is damaged"]
    found = catalog.packs()
    with progress.step("checking the store", sum(found.values())) as step:
        for pack, size in found.items():
            path = path_of(pack)
            lines = damage_of(path, pack)
            if lines and (path.exists() or pack in catalog.packs()):
                damaged[pack] = lines  # else it was put together with others meanwhile
            incomplete += missing_in(path, catalog)
            untrue += untrue_of(path, pack, catalog)
            step.advance(size)
    return Checked(damaged, incomplete, untrue, aside())


def damage_of(path: Path, pack: PackId) -> list[str]:
    """Read a pack, expand and hash all that is in it; what is wrong, one line each."""
    try:
        read_checked_table(path)
        with open(path, "rb") as file:
            whole = blake3_of(file) == pack
        if whole:
            return []
        toc = read_pack_toc(path)
    except FileNotFoundError:
        return [f"pack {short(pack)} is gone"]
    except (BadFormat, OSError) as error:
        return [f"pack {short(pack)} is damaged: {in_words(error)}"]
    chunks = located(pack, toc)
    good = {chunk for chunk, _stored, _raw in whole_frames(path, chunks)}
    bad = [f"chunk {short(chunk)} in pack {short(pack)} is damaged" for chunk in chunks if chunk not in good]
    return bad or [f"pack {short(pack)} is damaged outside its frames"]


def untrue_of(path: Path, pack: PackId, catalog: Catalog) -> list[str]:
    """What the catalog has otherwise than the table of a pack, if that can be read; one line."""
    toc = table_of(path)
    if toc is None:
        return []
    there, said = located(pack, toc), catalog.in_pack(pack)
    wrong = sum(1 for chunk, location in said.items() if there.get(chunk) != location)
    wrong += len(there.keys() - catalog.known_chunks(there))
    recipes = catalog.recipes(recipe.blob for recipe in toc.recipes)
    wrong += sum(1 for recipe in toc.recipes if recipes.get(recipe.blob) != recipe.chunks)
    return [f"the catalog, a cache, differs from pack {short(pack)} in {count(wrong, 'place')}"] if wrong else []


def missing_in(path: Path, catalog: Catalog) -> list[str]:
    """The blobs whose recipe a pack has, and that lack chunks; one line each."""
    try:
        recipes = recipes_in(read_checked_table(path))
    except (BadFormat, OSError):
        return []
    return [line for recipe in recipes if (line := _missing(recipe, catalog))]


def _missing(recipe: Recipe, catalog: Catalog) -> str:
    absent = len(set(recipe.chunks)) - len(catalog.known_chunks(set(recipe.chunks)))
    return f"{absent} chunks of {short(recipe.blob)} are missing" if absent else ""

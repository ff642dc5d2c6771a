"""Healing: the catalog is brought in line with the pack files, whatever a process that was killed has left."""

from pathlib import Path

from gitdata import durable
from gitdata.errors import BadFormat
from gitdata.store.catalog import Catalog
from gitdata.store.loss_mark import note_loss
from gitdata.store.reading import pack_files, read_checked_table, read_pack_table


def heal(directory: Path, catalog: Catalog, *, fsync: bool) -> None:
    """Bring the catalog of the store in `directory` in line with its packs; what is no pack is set aside, not deleted.

    What seems to differ is looked at once more while nobody takes packs away.
    """
    if not _differs(directory, catalog):
        return
    if not catalog.writable:
        bring_in_line(directory, catalog, fsync=fsync)
        return
    with durable.lock(directory / "lock", shared=True):
        bring_in_line(directory, catalog, fsync=fsync)


def _differs(directory: Path, catalog: Catalog) -> bool:
    return catalog.packs().keys() != pack_files(directory / "packs").keys()


def bring_in_line(directory: Path, catalog: Catalog, *, fsync: bool) -> None:
    """The same without waiting for anybody: for whoever makes a damaged catalog anew, perhaps in the middle of that."""
    catalogued = set(catalog.packs())  # first: what others add meanwhile is on the disk before it is here
    on_disk = pack_files(directory / "packs")
    if catalogued - on_disk.keys():
        catalog.reset()
        if catalog.writable:
            note_loss(directory)
        catalogued = set()
    fresh = {}
    for pack in on_disk.keys() - catalogued:
        try:
            read_checked_table(on_disk[pack])
            fresh[pack] = on_disk[pack].stat().st_size
        except FileNotFoundError:
            continue
        except BadFormat:
            if catalog.writable:
                _set_aside(directory, on_disk[pack], fsync=fsync)
    if not fresh:
        return
    if not catalog.writable:
        catalog.go_on_in_memory()
    else:
        _flush([on_disk[pack] for pack in fresh], fsync=fsync)
        begin(directory, catalog, fsync=fsync)
    catalog.add(fresh, lambda pack: read_pack_table(on_disk[pack]))


def begin(directory: Path, catalog: Catalog, *, fsync: bool) -> None:
    """Flush the names of the folders that lead to the packs, before the first pack counts."""
    if catalog.empty():
        for folder in (directory / "packs", directory, directory.parent):
            durable.sync_directory(folder, fsync=fsync)


def _set_aside(directory: Path, file: Path, *, fsync: bool) -> None:
    aside = directory / "quarantine" / file.name
    durable.make_folder(aside.parent, fsync=fsync)
    durable.publish(file, aside, fsync=fsync)


def _flush(files: list[Path], *, fsync: bool) -> None:
    """Flush the names of packs: whoever has made them may have been stopped before that."""
    for folder in {file.parent for file in files}:
        durable.sync_directory(folder, fsync=fsync)

"""Taken: of a data root only the part that this work tree takes, for what is decided file by file."""

from gitdata.formats.tree import Listing
from gitdata.workspace import Workspace
from gitdata.worktree.data_root import DataRoot


def taken(
    place: Workspace, root: DataRoot, text: bytes, listings: tuple[Listing | None, Listing, Listing], *, fit: bool
) -> tuple[Listing | None, Listing]:
    """What counts of the base and of the target, of the three `listings` of base, work tree and target.

    What is outside of the part and not here was never here, and does not come. What is here counts as always; but
    where the part has changed, or with `fit`, it goes if it is as it was. What a merge that made the pointer `text` has
    left in conflict comes in any case.
    """
    base, here, target = listings
    if base is not None and root.within is not None:
        base = root.within.counted(base, here)
    aim = place.aim(root)
    if aim is None or place.part is None:
        return base, target
    goes = fit or not place.part.is_laid_out(root.pointer, root.path)
    conflicts = place.part.conflicts(root.pointer, text)
    shall: Listing = {}
    for path, entry in target.items():
        now = here.get(path)
        stays = now is not None and not (goes and base is not None and base.get(path) == now)
        if stays or path in conflicts or aim.holds(path, directory=entry.kind == "dir"):
            shall[path] = entry
    return base, shall

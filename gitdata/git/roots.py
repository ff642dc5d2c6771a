"""The pointers in the index whose data can lie in the work tree beside everything else that the index has.

Data is written, recorded and taken away as a whole, so nothing of Git's may be inside of it.
"""

import os
from collections.abc import Iterable

from gitdata.errors import UnsafeName
from gitdata.formats.pointer_path import PointerPath, clashes, refusal
from gitdata.git import pointers
from gitdata.git.listing import listed
from gitdata.git.pointers import Named
from gitdata.git.program import Git
from gitdata.wording import shown

_SUBMODULE = b"160000"


def in_index(git: Git, *, ignore_case: bool = False) -> Named:
    """The pointers in the index that stand for data roots, and those that are refused, each with the reason.

    With `ignore_case` (`core.ignoreCase`) names that differ in it are one name in this work tree.
    """
    named = pointers.in_index(git)
    if not named.pointers:
        return named
    refused = dict(named.refused)
    paths = [PointerPath(path) for path in named.pointers]
    refused.update((path, refusal(path, why)) for path, why in clashes(paths).items())
    refused |= _occupied(git, [path for path in paths if path not in refused], ignore_case=ignore_case)
    return Named({path: staged for path, staged in named.pointers.items() if path not in refused}, refused)


def _occupied(git: Git, paths: Iterable[PointerPath], *, ignore_case: bool) -> dict[bytes, UnsafeName]:
    """Those of `paths` at or below whose data Git itself has something."""
    by_data = {_name(path.data, ignore_case): path for path in paths}
    if not by_data:
        return {}
    magic = ":(top,literal,icase)" if ignore_case else ":(top,literal)"
    specs = [magic + os.fsdecode(path.data) for path in by_data.values()]
    found: dict[bytes, UnsafeName] = {}
    for item in listed(git, "-s", "--", *specs):
        head, _, inside = item.partition(b"\t")
        pointer = _holder(by_data, _name(inside, ignore_case))
        if pointer is not None and pointer not in found:
            found[pointer] = _refused(pointer, inside, submodule=head.startswith(_SUBMODULE))
    return found


def _holder(by_data: dict[bytes, PointerPath], inside: bytes) -> PointerPath | None:
    while inside and inside not in by_data:
        inside = inside.rpartition(b"/")[0]
    return by_data.get(inside)


def _refused(pointer: PointerPath, inside: bytes, *, submodule: bool) -> UnsafeName:
    where = "in its place" if inside == pointer.data else "where its data would be"
    if submodule:
        return refusal(pointer, f"the submodule {shown(inside)} is {where}")
    return refusal(
        pointer,
        f"Git itself tracks {shown(inside)} {where}",
        "take one of them out of Git: "
        f"`git rm --cached {shown(pointer)}`, or `git rm -r --cached {shown(pointer.data)}`",
    )


def _name(path: bytes, ignore_case: bool) -> bytes:
    return path.lower() if ignore_case else path

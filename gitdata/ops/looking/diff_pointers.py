"""Diff pointers: the files that differ between two versions of one pointer, as Git hands them to a diff driver."""

from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.ops.looking.diff import Diff
from gitdata.ops.looking.work_tree import changes_to, work_tree
from gitdata.ops.versions.changes import changes
from gitdata.ops.versions.source import Source
from gitdata.ops.versions.version import Version, of_texts


def diff_pointers(source: Source, path: bytes, before: bytes | None, after: bytes | None) -> Diff:
    """Compare two texts of the pointer at `path`; None where a side has none.

    A text that tells of edits stands for the data in the work tree. Raises `BadPointer`, `UnsafeName` for a path that
    can be none of a pointer, and as `changes` and `work_tree` do.
    """
    pointer = PointerPath(path)
    old = _version("before", pointer, before)
    if after is not None and is_unrecorded(after):
        tree = work_tree(source, (pointer.data,))
        return Diff("before", "the work tree", tuple(changes_to(source, old, tree, (pointer.data,))))
    new = _version("after", pointer, after)
    return Diff("before", "after", tuple(changes(source, old, new)))


def _version(name: str, path: PointerPath, text: bytes | None) -> Version:
    return of_texts(name, {} if text is None else {path: text})

"""Lost: edits in commits that no ref reaches any more - a dropped stash, an amended commit, a deleted branch."""

from collections.abc import Mapping

from gitdata.errors import BadFormat, BadPointer, DataMissing
from gitdata.formats.pointer import FILE_LIMIT, LIMIT, file_entry, is_pointer_path, pointer_path
from gitdata.formats.pointer_path import PointerPath, checked
from gitdata.formats.tree import Listing
from gitdata.git import lost_commits, patterns
from gitdata.git.texts import Texts
from gitdata.ops.keeping.edits import Edits
from gitdata.progress import SILENT, Progress
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_POINTERS = ":(top)*.gitdata"


def lost(place: Workspace, store: Store, progress: Progress = SILENT) -> list[Edits]:
    """What such commits have done to data, the latest first: the files that they added or changed.

    Left out is what the store has not got any more, and what commits of refs have as well.
    """
    with progress.step("looking for lost commits"):
        git = place.git.adding({"GIT_NO_REPLACE_OBJECTS": "1"})
        ids = lost_commits.lost_commits(git)
        specs = [_POINTERS, *patterns.ever(git, ["--all", *ids], place.repository.top)]
        items = lost_commits.brought(git, ids, specs)
        pointers = [one for one in items if is_pointer_path(one.path)]
        limits = {one.oid: FILE_LIMIT for one in items}
        limits |= {oid: LIMIT for one in pointers for oid in (one.oid, one.before) if oid}
        texts = Texts(git, limits)
        commits = lost_commits.said(git, (one.commit for one in items))
        found: dict[tuple[bytes, str], Edits] = {}
        for item in items:
            single = not is_pointer_path(item.path)
            pointer = checked(pointer_path(item.path) if single else item.path)
            if not isinstance(pointer, PointerPath) or item.oid not in texts or item.commit not in commits:
                continue
            if single:
                entry = file_entry(texts[item.oid]) if patterns.is_pattern_file(item.path) else None
                files = {b"": entry} if entry is not None else {}
            else:
                files = _edits(pointer, texts, (item.oid, item.before or ""), store)
            here = store.has(entry.id for entry in files.values())
            files = {path: entry for path, entry in files.items() if entry.id in here}
            if files and (item.path, item.oid) not in found:
                commit = commits[item.commit]
                what = b"commit %s: %s" % (item.commit[:12].encode(), commit.subject)
                found[item.path, item.oid] = Edits(commit.when_s * 10**9, what, pointer, files, single)
    return sorted(found.values(), key=lambda one: one.when_ns, reverse=True)


def _edits(pointer: PointerPath, texts: Mapping[str, bytes], ids: tuple[str, str], store: Store) -> Listing:
    """The files that one version has and the other has not, in the same place."""
    try:
        after = pointer_files.listing_of(pointer_files.parse(pointer, texts[ids[0]]), store)
        text = texts.get(ids[1])
        before = pointer_files.listing_of(pointer_files.parse(pointer, text), store) if text is not None else {}
    except (BadFormat, BadPointer, DataMissing):
        return {}
    return {path: entry for path, entry in after.items() if before.get(path) != entry and entry.kind != "dir"}

"""Summarise: what a commit does to the data, as comment lines of the message being edited."""

from pathlib import Path

from gitdata.durable import write_file
from gitdata.errors import BadPointer, DataMissing
from gitdata.formats.tree import Listing
from gitdata.git import pointers as git_pointers
from gitdata.ops.looking.file_changes import Change, Differing, as_changes, differing, moved_recorded
from gitdata.store.store import Store
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

_SHOWN = 20


def summarise(place: Workspace, message_file: str) -> None:
    """Append the data changes of the commit being made to its message file; nothing when there are none."""
    if place.config.get("commit.cleanup") in ("verbatim", "whitespace", "scissors"):
        return  # the comment lines would stay in the message
    lines = _lines(staged_changes(place))
    if lines:
        mark = place.config.get("core.commentChar") or "#"
        mark = "#" if mark == "auto" else mark
        file = place.repository.top / message_file
        text = file.read_bytes().rstrip(b"\n") + b"\n" if file.exists() else b""
        body = "".join(f"{mark} {line}\n" for line in lines)
        write_file(Path(file), text + f"{mark}\n".encode() + body.encode("utf-8", "backslashreplace"), fsync=False)


def staged_changes(place: Workspace) -> tuple[Change, ...]:
    """The files that differ between the pointers of the last commit and those in the index."""
    staged = git_pointers.staged_changes(place.git)
    if not staged:
        return ()
    oids = [oid for item in staged for oid in (item.before, item.oid) if oid and oid.strip("0")]
    texts = git_pointers.read(place.git, oids)
    found: list[Differing] = []
    with place.open_store() as store:
        for item in staged:
            was, now = (_listing(store, item.path, texts.get(oid or "")) for oid in (item.before, item.oid))
            found += differing(was, now, now, item.path.removesuffix(b".gitdata"))
    return tuple(as_changes(found, moved_recorded(found), {}))


def _listing(store: Store, path: bytes, text: bytes | None) -> Listing:
    if text is None:
        return {}
    try:
        return pointer_files.listing_of(pointer_files.parse(path, text), store)
    except (BadPointer, DataMissing):
        return {}


def _lines(changes: tuple[Change, ...]) -> list[str]:
    if not changes:
        return []
    lines = ["Data to be committed:"]
    for change in changes[:_SHOWN]:
        name = _name(change.path)
        name = f"{_name(change.was)} -> {name}" if change.was is not None else name
        lines.append(f"\t{change.kind}:  {name}")
    if len(changes) > _SHOWN:
        lines.append(f"\tand {len(changes) - _SHOWN} more")
    return lines


def _name(path: bytes) -> str:
    return path.decode("utf-8", "backslashreplace").encode("unicode_escape").decode()

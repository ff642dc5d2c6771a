"""git data du: what takes up how much."""

import os
from typing import TYPE_CHECKING, Annotated, cast

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.git_words import Words, parted
from gitdata.cli.options import AsJson
from gitdata.cli.pager import ANY, columns
from gitdata.cli.place import ready
from gitdata.wording import cells, narrowed, padded

if TYPE_CHECKING:  # every command would load it
    from gitdata.ops.keeping.shares import By, Shares


def du(
    words: Annotated[
        list[str] | None,
        typer.Argument(
            metavar="[REVISION|A..B]... [--] [PATHSPEC]...",
            help="What the versions in these commits take (A..B: not in A), and which files of them.",
        ),
    ] = None,
    by: Annotated[
        str | None, typer.Option("--by", help="By `root`, `type` (of file) or `author` (who recorded it first).")
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option("--without", metavar="REF", help="What would be freed were this branch or tag gone."),
    ] = None,
    remote: Annotated[
        str | None, typer.Option("--remote", metavar="NAME", help="What this data remote stores, by its manifests.")
    ] = None,
    json: AsJson = False,
) -> None:
    """Show how many bytes of this clone's store each data root takes, and which versions.

    What several versions share is counted once; "alone" is what no other root (type, author) uses. Bytes are those on
    the disk, "logical" those of the files. Nothing is changed or fetched.
    """
    from gitdata import workspace
    from gitdata.errors import UsageError

    typed = parted(workspace.anywhere(), words)
    if remote is not None:
        if typed.typed or typed.revisions or by is not None or without:
            raise UsageError("--remote is about all versions there", "leave out revisions, paths, --by and --without")
        _remote(remote, json=json)
    elif typed.typed or typed.revisions or by is not None or without:
        _shares(typed, by or "root", list(without or []), json=json)
    else:
        _usage(json=json)


def _shares(typed: Words, by: str, without: list[str], *, json: bool) -> None:
    from gitdata import terminal, workspace
    from gitdata.errors import UsageError
    from gitdata.ops.keeping.shares import KINDS, shares
    from gitdata.ops.transfer import commit_range

    if by not in KINDS:
        raise UsageError(f"--by {terminal.safe(by)} is not known", "one of " + ", ".join(KINDS))
    if typed.revisions and without:
        raise UsageError("--without is about all commits", "leave out either that or the revisions")
    place = workspace.anywhere()
    if without:
        tips, excluded = commit_range.without(place, without)
    else:
        tips, excluded = commit_range.commit_range(place, typed.revisions) if typed.revisions else (["--all"], [])
    found = shares(place, tips, excluded, cast("By", by), terminal.progress(), paths=typed.paths)
    if json:
        show_json(found)
        return
    _print(found)
    if found.fresh is not None and without:
        freed = terminal.size(found.fresh)
        terminal.say(f"{freed} would be freed, once reflogs have forgotten the commits too (`git data prune`)")
    elif found.fresh is not None:
        terminal.say(f"{terminal.size(found.fresh)} of it are of these commits alone")
    if found.unread:
        lacks = terminal.count(found.unread, "folder listing")
        terminal.tell(f"{lacks} not here, what is in them is not counted: `git data fetch` brings them")


def _print(found: "Shares") -> None:
    from gitdata import terminal

    titles = {"root": "data", "type": "type", "author": "author"}
    names = {share.name: _NAMES.get((found.by, share.name)) or terminal.safe(share.name) for share in found.shares}
    widest = max(map(cells, (*names.values(), titles[found.by], "in all")))
    (width,) = narrowed([widest], columns(ANY) - 62)
    sizes = ("logical", "stored", "alone", "not here")
    heads = "  ".join(f"{title:>10}" for title in ("contents", *sizes))
    if found.shares:
        terminal.say(f"{titles[found.by]:<{width}}  {heads}")
    for share in found.shares:
        shown = "  ".join(
            f"{terminal.size(size):>10}" for size in (share.logical, share.stored, share.alone, share.absent)
        )
        terminal.say(f"{padded(names[share.name], width)}  {share.files:>10,}  {shown}")
    if found.shares:
        terminal.say("")
    terminal.say(f"{terminal.size(found.stored)} stored for {terminal.count(found.versions, 'version')}")


_NAMES: dict[tuple[str, str], str] = {
    ("root", ""): "files by pattern",
    ("type", ""): "no extension",
    ("type", "/"): "(listings)",
    ("author", ""): "unknown",
}


def _remote(name: str, *, json: bool) -> None:
    from gitdata import terminal
    from gitdata.ops.keeping.remote_usage import remote_usage

    found = remote_usage(ready(), name, terminal.progress())
    if json:
        show_json(found)
        return
    width = max((len(_name(root.path)) for root in found.roots), default=4)
    terminal.say(f"{'data':<{width}}  {'stored':>10}  {'alone':>10}  versions  not there")
    for root in found.roots:
        sizes = "  ".join(f"{terminal.size(size):>10}" for size in (root.stored, root.alone))
        terminal.say(f"{_name(root.path):<{width}}  {sizes}  {root.versions:>8,}  {root.absent:>9,}")
    terminal.say("")
    where = f"'{terminal.safe(found.remote)}' ({terminal.safe(found.where)}), in {terminal.count(found.packs, 'pack')}"
    terminal.say(f"{terminal.size(found.stored):>10}  on {where}")
    terminal.say(f"{terminal.size(found.both):>10}  of it here, too")
    terminal.say(f"{terminal.size(found.there_only):>10}  there only")
    terminal.say(f"{terminal.size(found.here_only):>10}  here only")
    if found.unread:
        lacks = terminal.count(found.unread, "folder listing")
        terminal.tell(f"{lacks} not here: of what is in them it is not known whether it is here only")


def _usage(*, json: bool) -> None:
    from gitdata import terminal
    from gitdata.ops.keeping.usage import usage

    found = usage(ready(), terminal.progress())
    if json:
        show_json(found)
        return
    (width,) = narrowed([max((cells(_name(root.path)) for root in found.roots), default=4)], columns(ANY) - 48)
    terminal.say(f"{'data':<{width}}  {'stored':>10}  {'alone':>10}  {'work tree':>10}  versions")
    for root in found.roots:
        sizes = "  ".join(f"{terminal.size(size):>10}" for size in (root.stored, root.alone, root.work_tree))
        terminal.say(f"{padded(_name(root.path), width)}  {sizes}  {root.versions:>8,}")
    terminal.say("")
    for group in found.groups:
        if group.versions:
            terminal.say(f"{terminal.size(group.stored):>10}  {_GROUPS[group.use]} ({group.versions:,})")
    for size, what in (
        (found.unnamed, "named by nothing (`git data prune`)"),
        (found.aside, "damaged packs, set aside"),
        (found.remotes, "kept of what was read from remotes"),
    ):
        if size:
            terminal.say(f"{terminal.size(size):>10}  {what}")
    terminal.say(f"{terminal.size(found.total):>10}  .git/gitdata, {terminal.size(found.packs)} of it in packs")


_GROUPS = {
    "checked out": "versions that are checked out or staged",
    "commits": "more for versions in other commits",
    "reflog": "more for versions that only reflogs name",
    "undo": "more for edits that `git data undo` lists",
}


def _name(path: bytes) -> str:
    from gitdata import terminal

    return terminal.safe(os.fsdecode(path)) if path else "files by pattern"

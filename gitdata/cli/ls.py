"""git data ls: the tracked files."""

import os
import re
from collections.abc import Callable
from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson, Behind, Offline
from gitdata.cli.place import anywhere
from gitdata.ops.looking.ls import Folder, Item
from gitdata.wording import quote

_FIELD = re.compile(r"%\((\w+)\)|%%|%x([0-9a-fA-F]{2})|%n")
_FIELDS: dict[str, Callable[[Item | Folder], bytes]] = {
    "path": lambda item: quote(item.path),
    "size": lambda item: b"%d" % item.size,
    "kind": lambda item: b"dir" if isinstance(item, Folder) else item.kind.encode(),
    "id": lambda item: b"-" if isinstance(item, Folder) else item.blob.hex().encode(),
    "files": lambda item: b"%d" % (item.files if isinstance(item, Folder) else item.kind != "dir"),
    "here": lambda item: b"here" if item.here else b"remote",
}


def ls(
    revision: Annotated[str | None, typer.Argument(metavar="[REVISION]", help="The work tree if left out.")] = None,
    paths: Annotated[list[str] | None, typer.Argument(metavar="[PATH]...")] = None,
    json: AsJson = False,
    null: Annotated[bool, typer.Option("-z", help="Only the paths, unescaped, each ended by a NUL byte.")] = False,
    long: Annotated[
        bool, typer.Option("--long", "-l", help="Whole ids, and whether the bytes are `here` or only on the remote.")
    ] = False,
    recursive: Annotated[
        bool, typer.Option("--recursive/--no-recursive", "-r", help="All files (the default), or one level of them.")
    ] = True,
    form: Annotated[
        str | None,
        typer.Option("--format", metavar="FORMAT", help="A line for each; see below."),
    ] = None,
    offline: Offline = False,
    path: Behind = None,
) -> None:
    """List tracked files with size and id (an id is what `b3sum` prints), of the work tree or of a revision.

    A FORMAT has %(path), %(size) in bytes, %(kind), %(id), %(here) ("here", or "remote" where this clone lacks it)
    and %(files); %n is a newline, %x00 a byte, %% a percent sign. With -z nothing is quoted and lines end in NUL. With
    --no-recursive directories are one line each, with the number and the bytes of their files.
    """
    from gitdata import terminal
    from gitdata.errors import NotARepository
    from gitdata.ops.looking.ls import ls as op
    from gitdata.ops.looking.ls import one_level, version_of
    from gitdata.ops.versions.finding import paths_of
    from gitdata.ops.versions.opened import opened
    from gitdata.ops.versions.version import is_revision

    if form is not None:
        _check(form)
    place = anywhere()
    typed = [*(paths or []), *(path or [])]
    if revision is not None and not is_revision(place, revision):
        typed.insert(0, revision)  # `git data ls data`: a path, not a revision
        revision = None
    if revision is None and place.repository.bare:
        raise NotARepository("a bare repository has no work tree to list", "name a revision, or work in a clone of it")
    wanted = paths_of(place, typed)
    with opened(place, terminal.progress(), offline=offline) as source:
        found = op(source, version_of(place, revision), wanted)
    items: tuple[Item | Folder, ...] = found.items if recursive else one_level(found.items, wanted)
    if json:
        show_json(items)
    elif form is not None:
        typer.echo(b"".join(_formatted(form, item, null=null) + (b"\0" if null else b"\n") for item in items), nl=False)
    elif null:
        typer.echo(b"".join(item.path + b"\0" for item in items), nl=False)
    else:
        for item in items:
            typer.echo(_line(item, long=long))
    if found.error is not None:
        raise found.error


def _line(item: Item | Folder, *, long: bool) -> str:
    from gitdata import terminal

    name = terminal.safe(os.fsdecode(item.path))
    if isinstance(item, Folder):
        id_, kind, name = "-" * 12, "dir", f"{name}/  ({terminal.count(item.files, 'file')})"
    else:
        id_, kind = item.blob.hex()[:12], item.kind
    if long:
        id_ = id_[:1] * 64 if isinstance(item, Folder) else item.blob.hex()
        return f"{id_} {item.size:>14,} {kind:<4} {'here' if item.here else 'remote':<6} {name}"
    return f"{id_} {item.size:>14,} {kind:<4} {name}"


def _check(form: str) -> None:
    from gitdata.errors import UsageError

    for match in _FIELD.finditer(form):
        if match[1] is not None and match[1] not in _FIELDS:
            raise UsageError(f"--format knows no %({match[1]})", f"fields: {', '.join(sorted(_FIELDS))}")
    if "%" in _FIELD.sub("", form):
        raise UsageError("--format has a % that means nothing", "write %% for a percent sign")


def _formatted(form: str, item: Item | Folder, *, null: bool) -> bytes:
    """One line of a format."""
    out, position = [], 0
    for match in _FIELD.finditer(form):
        out.append(os.fsencode(form[position : match.start()]))
        position = match.end()
        if match[1] is not None:
            out.append(item.path if null and match[1] == "path" else _FIELDS[match[1]](item))
        elif match[2] is not None:
            out.append(bytes([int(match[2], 16)]))
        else:
            out.append(b"\n" if match[0] == "%n" else b"%")
    return b"".join([*out, os.fsencode(form[position:])])

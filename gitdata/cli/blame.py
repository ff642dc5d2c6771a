"""git data blame: which commit each line, or each file of a folder, is from."""

import sys
import time
from collections.abc import Iterator, Mapping
from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.git_words import parted
from gitdata.cli.options import AsJson, Offline
from gitdata.cli.pager import paged
from gitdata.cli.place import anywhere
from gitdata.git.commit_facts import Facts, facts
from gitdata.ops.history.blame import Blamed, BlamedFile
from gitdata.ops.history.last_touched import LastTouched
from gitdata.wording import cells, padded, shown
from gitdata.workspace import Workspace

_ZEROS = "0" * 40
_NOBODY = "Not Committed Yet"


def blame(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[REVISION] [--] PATHSPEC", help="HEAD if left out.")
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option("-L", metavar="A,B", help="Only these lines; as git-blame(1) takes it.")
    ] = None,
    ignore_space: Annotated[bool, typer.Option("-w", help="Changes of white space do not count.")] = False,
    ignore_rev: Annotated[
        list[str] | None, typer.Option(metavar="REV", help="Look past this commit; may be repeated.")
    ] = None,
    ignore_revs_file: Annotated[
        list[str] | None,
        typer.Option(metavar="FILE", help="Past those listed there, beside those of blame.ignoreRevsFile."),
    ] = None,
    date: Annotated[str, typer.Option("--date", metavar="FORMAT", help="As git-log(1) takes it.")] = "iso",
    offline: Offline = False,
    json: AsJson = False,
) -> None:
    """Show which commit each line of a text file is from, or which has last changed each file of a folder.

    Lines are those of `git blame`, as if Git itself had the file: it is followed through renames, also from one data
    root to another. Without a revision, edits in the work tree show as not committed yet. Versions of the file that are
    not in this clone are fetched; of a folder only listings are.
    """
    from gitdata import terminal
    from gitdata.errors import NotTracked, UsageError
    from gitdata.formats.pathspec import Pathspec
    from gitdata.ops.history.blame import How, blame_lines, look
    from gitdata.ops.history.compared import Compared
    from gitdata.ops.history.ignored import ignored
    from gitdata.ops.history.inside import Inside
    from gitdata.ops.history.last_touched import last_touched
    from gitdata.ops.versions.opened import opened

    place = anywhere()
    typed = parted(place, words)
    if len(typed.revisions) > 1 or not typed.typed or (len(typed.typed) > 1 and not isinstance(typed.paths, Pathspec)):
        raise UsageError("blame is for one path", "write `git data blame PATH` or `git data blame REVISION -- PATH`")
    revision = typed.revisions[0] if typed.revisions else None
    with opened(place, terminal.progress(), offline=offline) as source, Inside(place.git, source) as inside:
        looked = look(place, inside, revision, typed.paths or (b"",))
        if not looked.is_file:
            if part or ignore_space or ignore_rev or ignore_revs_file:
                raise UsageError(
                    f"{shown(' '.join(typed.typed))} has no lines: it is not one file", "name a file in it"
                )
            files = list(last_touched(Compared(place, source, inside), looked))
            if not files:
                raise NotTracked(f"no tracked file matches {shown(' '.join(typed.typed))}", "see `git data ls`")
            _show_folder(place, files, date, json=json)
            return
        options = [*(f"-L{one}" for one in part or []), *(["-w"] if ignore_space else [])]
        past = ignored(place, ignore_rev or [], ignore_revs_file or [])
        found = blame_lines(place, source, inside, looked, How(options, past, revision is None))
    _show_file(place, found, date, json=json)


def _show_file(place: Workspace, found: BlamedFile, date: str, *, json: bool) -> None:
    from gitdata import terminal

    commits = {line.commit for line in found.lines if line.commit is not None}
    by_commit = {one.commit: one for one in facts(place.git, sorted(commits | {found.last}), [f"--date={date}"])}
    last = by_commit[found.last]
    if json:
        show_json(
            {
                "path": found.path,
                "size": found.size,
                "binary": found.binary,
                "last": _told(last),
                "lines": [_line_as_mapping(line, by_commit, found) for line in found.lines],
            }
        )
    elif found.binary:
        terminal.say(
            f"{terminal.safe(found.path)} is binary ({terminal.size(found.size)}): last changed by {last.short} "
            f"({last.author} {last.shown_date}) {last.subject}"
        )
    else:
        with paged(place):
            for line in _lines(found, by_commit):
                sys.stdout.buffer.write(line)
            sys.stdout.buffer.flush()


def _lines(found: BlamedFile, by_commit: Mapping[str, Facts]) -> Iterator[bytes]:
    """As `git blame` prints them: the text as it is, the rest escaped."""
    from gitdata import terminal

    now = time.strftime("%Y-%m-%d %H:%M:%S %z")
    length = max((len(one.short) for one in by_commit.values()), default=7) + 1
    renamed = any(line.path != found.path for line in found.lines)
    names = {line.path: terminal.safe(line.path) for line in found.lines}
    authors = {oid: terminal.safe(one.author) for oid, one in by_commit.items()}
    shown = [authors[line.commit] if line.commit else _NOBODY for line in found.lines]
    widths = (
        max(map(cells, names.values()), default=0),
        max(map(cells, shown), default=0),
        max((len(by_commit[line.commit].shown_date) for line in found.lines if line.commit), default=len(now)),
        len(str(max((line.number for line in found.lines), default=0))),
    )
    for line, author in zip(found.lines, shown, strict=True):
        mark = f"^{line.commit}" if line.commit in found.first else line.commit or _ZEROS
        name = f" {padded(names[line.path], widths[0])}" if renamed else ""
        date = by_commit[line.commit].shown_date if line.commit else now
        head = f"{mark[:length]}{name} ({padded(author, widths[1])} {date:<{widths[2]}}"
        yield f"{head} {line.number:>{widths[3]}}) ".encode(errors="replace") + line.text + b"\n"


def _line_as_mapping(line: Blamed, by_commit: Mapping[str, Facts], found: BlamedFile) -> dict[str, object]:
    said = {"commit": None} if line.commit is None else _told(by_commit[line.commit])
    text = line.text.decode(errors="replace")
    boundary = line.commit in found.first
    return {**said, "line": line.number, "path": line.path, "there": line.there, "boundary": boundary, "text": text}


def _told(said: Facts) -> dict[str, object]:
    return {
        "commit": said.commit,
        "author": said.author,
        "email": said.email,
        "date": said.date,
        "subject": said.subject,
    }


def _show_folder(place: Workspace, found: list[LastTouched], date: str, *, json: bool) -> None:
    from gitdata import terminal

    commits = sorted({one.commit for one in found if one.commit is not None})
    by_commit = {one.commit: one for one in facts(place.git, commits, [f"--date={date}"])}
    if json:
        show_json(
            [
                {
                    "path": one.file.path,
                    "size": one.file.entry.size,
                    "blob": one.file.entry.id,
                    **(_told(by_commit[one.commit]) if one.commit is not None else {"commit": None}),
                }
                for one in found
            ]
        )
        return
    authors = max((cells(terminal.safe(one.author)) for one in by_commit.values()), default=0)
    with paged(place):
        for one in found:
            if one.commit is None:
                head = "? (not known in this clone)"
            else:
                said = by_commit[one.commit]
                head = f"{said.short} ({padded(terminal.safe(said.author), authors)} {said.shown_date})"
            typer.echo(f"{head} {terminal.size(one.file.entry.size):>10} {terminal.safe(one.file.path)}")

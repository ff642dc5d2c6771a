"""git data show: the bytes of files as they are in a revision or in the index."""

import os
import re
import stat
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated

import typer

from gitdata.cli.options import Offline
from gitdata.cli.pager import paged
from gitdata.cli.place import anywhere

_RANGE = re.compile(r"(\d*)-(\d*)")


def show(
    names: Annotated[
        list[str],
        typer.Argument(metavar="REVISION:PATH...", help="`:PATH`: as staged; `./PATH` counts from here."),
    ],
    output: Annotated[
        Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write there, whole or not at all.")
    ] = None,
    only: Annotated[
        str | None,
        typer.Option("--bytes", metavar="A-B", help="Bytes A to B, counted from 0, both included; `A-`, `-LAST`."),
    ] = None,
    offline: Offline = False,
) -> None:
    """Print files of tracked data as they are in a revision or in the index, byte for byte.

    What is not in this clone is fetched, with `--bytes` no more than the chunks concerned. Every chunk is verified
    before it is written. It works in a bare repository, too.
    """
    from gitdata import terminal
    from gitdata.errors import UsageError
    from gitdata.ops.versions.finding import find, named
    from gitdata.ops.versions.on_the_way import bring
    from gitdata.ops.versions.opened import opened
    from gitdata.ops.versions.source import File, Source

    wanted = _range(only) if only is not None else None
    if output is not None and len(names) > 1:
        raise UsageError("several files do not go into one", "name one, or leave out `-o`")
    place = anywhere()

    def content(source: Source, file: File) -> Iterator[bytes | memoryview]:
        if wanted is None:
            return source.stream(file)
        start, stop = _within(wanted, file.entry.size)
        return source.part(file, start, stop)

    with opened(place, terminal.progress(), offline=offline) as source:
        typed = [named(place, name) for name in names]
        bring(source, typed)
        files = [find(source, *one) for one in typed]
        if wanted is None:
            source.bring(files)
        if output is not None:
            write(output, content(source, files[0]))
            return
        with paged(place):
            for file in files:
                _print(content(source, file))


def _range(text: str) -> tuple[int | None, int | None]:
    """The first and the last byte of `A-B`; None for what is left out."""
    from gitdata.errors import UsageError

    match = _RANGE.fullmatch(text)
    if match is None or match.group() == "-":
        raise UsageError(f"--bytes {text}", "write A-B (both included, from 0), A- or -N for the last N")
    first, last = (int(number) if number else None for number in match.groups())
    if first is not None and last is not None and last < first:
        raise UsageError(f"--bytes {text} ends before it begins")
    return first, last


def _within(wanted: tuple[int | None, int | None], size: int) -> tuple[int, int]:
    first, last = wanted
    if first is None:
        return max(0, size - (last or 0)), size
    return first, size if last is None else min(size, last + 1)


def write(output: Path, parts: Iterable[bytes | memoryview]) -> None:
    """Write a file, whole or not at all; one that is no regular file (`/dev/stdout`, a pipe) is written to as it is."""
    from gitdata import durable
    from gitdata.disk_errors import disk_errors

    try:
        regular = stat.S_ISREG(os.stat(output).st_mode)
    except OSError:
        regular = True
    if regular:
        durable.write_parts(Path(os.path.realpath(output)), map(bytes, parts), fsync=False)
        return
    with disk_errors(str(output)), open(output, "wb") as file:
        file.writelines(parts)


def _print(parts: Iterable[bytes | memoryview]) -> None:
    out = sys.stdout.buffer
    for part in parts:
        out.write(part)
    out.flush()

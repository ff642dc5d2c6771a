"""Which version of a file each line is from, told by git-blame(1) in a repository made for the moment."""

import tempfile
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gitdata.errors import GitFailed
from gitdata.git.program import Git
from gitdata.values import frozen

_NAME = "file"


@frozen
class Version:
    """A version of the file, and the numbers of those that it was made from, which come before it."""

    content: int  # the number of its content
    parents: tuple[int, ...]
    time: int  # of its commit, in seconds since the epoch


class Line(NamedTuple):
    """A line of the last version."""

    number: int  # from 1
    version: int  # that it is from
    there: int  # its number in that
    text: bytes  # without its end


def line_origins(
    contents: Iterable[Iterable[bytes]],
    versions: Sequence[Version],
    options: Sequence[str],
    ignored: Collection[int] = (),
) -> list[Line]:
    """Blame the last of `versions`, past those that are `ignored`; `options` are words of git-blame(1).

    Raises `GitFailed`.
    """
    with tempfile.TemporaryDirectory(prefix="git-data-") as folder:
        # Named in every call: GIT_DIR may lead elsewhere. Nobody's hooks, templates or attributes come in.
        git = Git(Path(folder)).with_settings("blame.ignoreRevsFile=", "core.attributesFile=/dev/null")
        place = f"--git-dir={folder}/history.git"
        git.run("init", "-q", "--bare", "--template=", "--object-format=sha1", f"{folder}/history.git")
        ids = _import(git, place, Path(folder), contents, versions)
        if ignored:
            past = Path(folder) / "ignored"
            past.write_text("".join(f"{oid}\n" for oid, number in ids.items() if number in ignored))
            options = [*options, f"--ignore-revs-file={past}"]
        try:
            found = git.run(place, "blame", "--porcelain", *options, "refs/heads/data", "--", _NAME)
        except GitFailed as error:
            said = str(error).partition(": ")[2].replace(f"file {_NAME} ", "the file ")
            raise GitFailed(said, "see git-blame(1)") from error
    return list(_parsed(found, ids))


def _import(
    git: Git, place: str, folder: Path, contents: Iterable[Iterable[bytes]], versions: Sequence[Version]
) -> dict[str, int]:
    """Make a commit of every version; their numbers by id."""
    stream = folder / "stream"
    marks = folder / "marks"
    with open(stream, "wb") as file:
        number = 0
        for number, parts in enumerate(contents, 1):
            content = folder / "content"
            with open(content, "wb") as one:
                one.writelines(parts)
            file.write(b"blob\nmark :%d\ndata %d\n" % (number, content.stat().st_size))
            with open(content, "rb") as one:
                while part := one.read(1 << 20):
                    file.write(part)
            file.write(b"\n")
        first = number + 1
        file.writelines(_commit(version, first + index, first) for index, version in enumerate(versions))
    git.run_from(stream, place, "fast-import", "--quiet", f"--export-marks={marks}")
    ids = {}
    for line in marks.read_text().splitlines():
        mark, oid = line.split()
        if int(mark[1:]) >= first:
            ids[oid] = int(mark[1:]) - first
    return ids


def _commit(version: Version, mark: int, first: int) -> bytes:
    who = b"x <x> %d +0000" % max(0, version.time)
    lines = [b"commit refs/heads/data", b"mark :%d" % mark, b"committer " + who, b"data 0"]
    if not version.parents:
        lines[:0] = [b"reset refs/heads/data"]
    lines += [b"from :%d" % (first + parent) for parent in version.parents[:1]]
    lines += [b"merge :%d" % (first + parent) for parent in version.parents[1:]]
    return b"\n".join([*lines, b"M 100644 :%d %s" % (version.content + 1, _NAME.encode()), b"", b""])


def _parsed(said: bytes, ids: dict[str, int]) -> Iterator[Line]:
    head: list[bytes] = []
    for line in said.split(b"\n")[:-1]:
        if line.startswith(b"\t"):
            yield Line(int(head[2]), ids[head[0].decode()], int(head[1]), line[1:])
            head = []
        elif not head:
            head = line.split(b" ")

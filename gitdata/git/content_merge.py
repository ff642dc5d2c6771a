"""Contents merged as Git merges them: by Git itself, in a repository made for it and thrown away.

Only so it is the merge of `git merge`: the same cutting into hunks, the same markers, the drivers and attributes that a
person has set. `git merge-file` joins hunks that `git merge` keeps apart, and compares lines in another way.
"""

import os
import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from gitdata.errors import GitFailed
from gitdata.git.program import Git
from gitdata.values import frozen

MARKER_SIZE = 7  # characters of a conflict marker, gitattributes(5)
HEAD_BYTES = 8000  # in which Git looks for a NUL, to tell binary files from text
_ATTRIBUTES = ("gitdata-merge", "merge", "conflict-marker-size", "gitdata-key")
_BUILT_IN = ("text", "union", "binary")
_OURS = "driver-of-git-data"  # what `merge=gitdata` is called where Git merges contents: not ours again
_MODES = {b"100644": False, b"100755": True}
_CONFIG = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
# What is thrown away in a moment is neither compressed nor flushed, and stays in the pack that it came in.
_QUICK = ("core.compression=0", "pack.compression=0", "core.fsync=none", "fastimport.unpackLimit=1")
_LIKE_GIT = ("merge.renames=false", "merge.directoryRenames=false", "merge.renormalize=false")


@frozen
class Rule:
    """How attributes say that a file is to be merged."""

    driver: str = ""  # empty: as Git does by itself; `text`, `union`, `binary` or a name of the configuration
    marker_size: int = MARKER_SIZE  # characters
    key: tuple[bytes, ...] = ()  # the columns that tell the rows of a table apart

    @property
    def whole(self) -> bool:
        """Whether the file counts as binary whatever is in it: one side is taken as a whole."""
        return self.driver == "binary"


@frozen
class Version:
    """A file on one side; `parts` gives its content."""

    executable: bool
    size: int  # bytes
    parts: Callable[[], Iterable[bytes | memoryview]]


@frozen
class BothChanged:
    """A file that both sides changed."""

    path: bytes  # relative to the top, for drivers of the configuration
    rule: Rule
    base: Version | None  # None: both sides added it
    ours: Version
    theirs: Version


@frozen
class MergedFile:
    """What Git makes of a file."""

    content: bytes | None  # None: that of our side, in conflict
    executable: bool
    clean: bool


@frozen
class Labels:
    """What the markers of a conflict call the versions."""

    base: bytes = b"base"
    ours: bytes = b"ours"
    theirs: bytes = b"theirs"


def rules(git: Git, paths: Sequence[bytes]) -> list[Rule]:
    """How each of `paths` (relative to the top) is to be merged, by the attributes that Git finds for it.

    `gitdata-merge` comes before `merge`, which says `gitdata` for a file that is tracked by pattern.
    """
    if not paths:
        return []
    answer = git.run("check-attr", "-z", "--stdin", *_ATTRIBUTES, stdin=b"".join(path + b"\0" for path in paths))
    values = answer.split(b"\0")[2::3]
    found = []
    for number in range(0, len(values), len(_ATTRIBUTES)):
        told = values[number : number + len(_ATTRIBUTES)]
        wanted, usual, size = (value.decode(errors="replace") for value in told[:3])
        driver = usual if wanted == "unspecified" else wanted
        driver = {"set": "text", "unset": "binary", "unspecified": "", "gitdata": ""}.get(driver, driver)
        length = int(size) if size.isdecimal() and int(size) > 0 else MARKER_SIZE
        key = () if told[3] in (b"unspecified", b"set", b"unset") else tuple(told[3].split(b","))
        found.append(Rule(driver, length, key))
    return found


def merge_files(
    git: Git, directory: Path, files: Sequence[BothChanged], labels: Labels, settings: Mapping[str, str]
) -> list[MergedFile]:
    """Merge the contents of `files`, in order; `directory` is empty and the caller removes it.

    `settings` are those of the configuration that begin with `merge.`. Raises `GitFailed`, and what reading a
    version raises.
    """
    token = os.urandom(8).hex()
    names = Labels(f"base-{token}".encode(), f"ours-{token}".encode(), f"theirs-{token}".encode())
    _make(directory, files, settings)
    here = git.with_settings(*_QUICK, *_LIKE_GIT, f"merge.default={_default(settings)}").adding(
        {"GIT_INDEX_FILE": str(directory / "index"), "GIT_OBJECT_DIRECTORY": str(directory / "objects")}
    )
    if style := settings.get("merge.conflictstyle"):
        here = here.with_settings(f"merge.conflictStyle={style}")
    place = f"--git-dir={directory}"
    here.feed(place, "fast-import", "--quiet", "--depth=0", parts=_stream(files, names))
    ours, theirs = names.ours.decode(), names.theirs.decode()
    said = here.run(place, "merge-tree", "--write-tree", "-z", "--no-messages", ours, theirs, highest=1).split(b"\0")
    unmerged = {item.rpartition(b"\t")[2]: {} for item in said[1:] if item}  # type: dict[bytes, dict[bytes, bytes]]
    for item in filter(None, said[1:]):
        head, _, name = item.rpartition(b"\t")
        _mode, oid, stage = head.split(b" ")
        unmerged[name][stage] = oid
    base = here.run(place, "rev-parse", names.base.decode()).strip()
    tree = said[0].decode()
    listed = {}
    for item in filter(None, here.run(place, "ls-tree", "-z", tree).split(b"\0")):
        head, _, name = item.partition(b"\t")
        mode, _kind, oid = head.split(b" ")
        listed[name] = (_MODES.get(mode, False), oid)
    reading = here.asking(place, "cat-file", "--batch")
    try:
        found = []
        for number, file in enumerate(files):
            executable, oid = listed[b"f%d" % number]
            stages = unmerged.get(b"f%d" % number)
            if stages is not None and stages.get(b"2") == oid:
                found.append(MergedFile(None, executable, clean=False))
                continue
            content = reading.content(oid)
            if content is None:
                raise GitFailed(f"git merge-tree: no result for {os.fsdecode(file.path)}")
            if stages is not None:
                content = _labelled(content, names, labels, base)
            found.append(MergedFile(content, executable, clean=stages is None))
    finally:
        reading.close()
    return found


def _labelled(content: bytes, names: Labels, labels: Labels, base: bytes) -> bytes:
    """The content with the labels that the person knows in its markers."""
    content = content.replace(b" " + names.ours, b" " + labels.ours).replace(b" " + names.theirs, b" " + labels.theirs)

    def named(found: "re.Match[bytes]") -> bytes:
        return found[1] + b" " + labels.base if base.startswith(found[2]) else found[0]

    return re.sub(rb"(?m)^(\|+) ([0-9a-f]{4,})(?=\r?$)", named, content)


def _default(settings: Mapping[str, str]) -> str:
    """`merge.default`, what holds for files without an attribute; ours would be asked again and again."""
    found = settings.get("merge.default", "text")
    return "text" if found == "gitdata" else found


def _make(directory: Path, files: Sequence[BothChanged], settings: Mapping[str, str]) -> None:
    """A repository as small as Git takes one, with the attributes and drivers of each file."""
    config, lines = [_CONFIG], []
    for name in ("objects", "refs", "info"):
        (directory / name).mkdir()
    for number, file in enumerate(files):
        driver = file.rule.driver
        command = settings.get(f"merge.{driver}.driver")
        if driver in _BUILT_IN or (driver and command is None):
            word = {"text": "merge", "binary": "-merge", "union": "merge=union"}.get(driver, "merge")
        elif driver and command is not None:
            word = f"merge={_OURS}{number}"
            config.append(f'[merge "{_OURS}{number}"]\n\tdriver = {_value(_command(command, file.path))}\n')
        else:
            word = "!merge"
        lines.append(f"f{number} {word} conflict-marker-size={file.rule.marker_size} -text\n")
    (directory / "HEAD").write_text("ref: refs/heads/none\n")
    (directory / "config").write_text("".join(config), errors="surrogateescape")
    (directory / "info/attributes").write_text("".join(lines))


def _command(command: str, path: bytes) -> str:
    """A driver's command, with the path of the file in its place and no trace of where Git merges here."""
    quoted = shlex.quote(os.fsdecode(path)).replace("%", "%%")
    command = re.sub("%(.)", lambda found: quoted if found[1] == "P" else found[0], command, flags=re.DOTALL)
    return f"unset GIT_DIR GIT_INDEX_FILE GIT_OBJECT_DIRECTORY; {command}"


def _value(text: str) -> str:
    """A value as Git's configuration files quote it."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def _stream(files: Sequence[BothChanged], names: Labels) -> Iterator[bytes | memoryview]:
    """What `git fast-import` reads: a commit for each version, the sides on top of the ancestor."""
    sides = [(names.base, [file.base for file in files])]
    sides += [(names.ours, [file.ours for file in files]), (names.theirs, [file.theirs for file in files])]
    for mark, (name, versions) in enumerate(sides, start=1):
        yield b"commit refs/heads/%s\nmark :%d\ncommitter - <-> 0 +0000\ndata %d\n%s\n" % (name, mark, len(name), name)
        yield b"deleteall\n" if mark == 1 else b"from :1\ndeleteall\n"
        for number, version in enumerate(versions):
            if version is not None:
                mode = b"100755" if version.executable else b"100644"
                yield b"M %s inline f%d\ndata %d\n" % (mode, number, version.size)
                yield from version.parts()
                yield b"\n"
        yield b"\n"

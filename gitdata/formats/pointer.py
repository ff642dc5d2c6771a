"""The pointer: the small text file that Git tracks in place of the data (docs/format.md, "Pointer").

One encoding for each value; a pointer that is not exactly that is refused, never guessed at.
"""

from collections.abc import Iterable, Mapping
from os.path import commonprefix
from typing import Literal

from gitdata.errors import BadPointer, GitDataError
from gitdata.formats.names import check_path
from gitdata.formats.pointer_path import SUFFIX
from gitdata.formats.quoting import quote, unquote
from gitdata.formats.tree import Entry, Kind, Listing, build, count_files, total_size
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.ids import BlobId, RootId, from_hex
from gitdata.values import frozen
from gitdata.wording import shown

LIMIT = 8 << 20  # bytes of a pointer
LISTING_LIMIT = 4096  # entries up to which a pointer lists its files itself, unless configured
DIRECTORIES_LIMIT = 256 << 20  # bytes of the paths of all directories that a listing names
FILE_LIMIT = 128  # bytes of a pointer in file form at most
_HEAD = b"gitdata pointer 1 "
_MARKERS = (b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")

Form = Literal["listing", "tree", "file"]
_FORMS: dict[bytes, Form] = {b"listing": "listing", b"tree": "tree", b"file": "file"}
_KINDS: dict[bytes, Kind] = {b"file": "file", b"exec": "exec", b"link": "link", b"dir": "dir"}


@frozen
class Pointer:
    """What a pointer says."""

    form: Form
    listing: Listing | None  # None in tree form
    tree_root: RootId | None  # only in tree form
    files: int  # files and links
    size: int  # their bytes

    def root(self) -> RootId:
        """The id of the version: of its top tree, or of the single file."""
        if self.tree_root is not None:
            return self.tree_root
        listing = self.listing or {}
        return RootId(listing[b""].id) if b"" in listing else build(listing).root


def is_pointer_path(path: bytes) -> bool:
    """Whether a path is that of a pointer: it ends in `.gitdata` and has a name before that."""
    return path.endswith(SUFFIX) and len(path.rpartition(b"/")[2]) > len(SUFFIX)


def data_path(path: bytes) -> bytes:
    """The path of the data that the pointer at `path` stands for."""
    return path.removesuffix(SUFFIX)


MARKERS_HINT = "take one side: `git data resolve --ours` (or --theirs), or mend it and `git add` it"


def pointer_path(path: bytes) -> bytes:
    """The path of the pointer for the data at `path`."""
    return path + SUFFIX


def choose_form(entries: int, previous: Form | None, limit: int = LISTING_LIMIT) -> Form:
    """Tree form above `limit` entries; back to listing form only below half of it, so that it does not flap."""
    if entries > limit or (previous == "tree" and entries >= limit // 2):
        return "tree"
    return "listing"


def form_of(text: bytes) -> Form | None:
    """The form that the first line of a pointer names; None when it is no pointer of this version."""
    return _FORMS.get(text.partition(b"\n")[0].removeprefix(_HEAD)) if text.startswith(_HEAD) else None


def is_file_pointer(data: bytes) -> bool:
    """Whether `data` is exactly a pointer to a single file."""
    return file_entry(data) is not None


def file_entry(data: bytes) -> Entry | None:
    """What a pointer to a single regular file names; None when `data` is anything else."""
    if len(data) > FILE_LIMIT or form_of(data) != "file":
        return None
    try:
        entry = (parse(data).listing or {})[b""]
    except BadPointer:
        return None
    return entry if entry.kind in ("file", "exec") else None


def may_be(text: bytes, listing: Mapping[bytes, Entry]) -> bool:
    """Whether `text` can be a pointer for `listing` at all: quick to say, where encoding a large one is not."""
    form = form_of(text)
    if form == "tree":
        return b"\nfiles %d\nbytes " % count_files(listing) in text
    return form == "listing" and text.count(b"\n") == len(listing) + 1


def encode(listing: Mapping[bytes, Entry], form: Form, root: RootId | None = None) -> bytes:
    """The text of the pointer for `listing`, whose root is computed unless it is given; raises `UnsafeName`."""
    if form == "tree":
        return encode_tree_form(root or build(listing).root, count_files(listing), total_size(listing))
    if form == "file":
        return b"%sfile\n%s\n" % (_HEAD, _fields(listing[b""]))
    lines = [_HEAD + b"listing\n"]
    for path in sorted(listing):
        check_path(path)
        lines.append(b"%s %s\n" % (_fields(listing[path]), quote(path)))
    return b"".join(lines)


def encode_tree_form(root: RootId, files: int, size: int) -> bytes:
    """The text of a pointer in tree form; `files` counts links too, `size` is in bytes."""
    return b"%stree\nroot %s\nfiles %d\nbytes %d\n" % (_HEAD, root.hex().encode(), files, size)


def _fields(entry: Entry) -> bytes:
    return b"%s %d %s" % (entry.id.hex().encode(), entry.size, entry.kind.encode())


def parse(data: bytes) -> Pointer:
    """Read a pointer; raises `BadPointer` saying what is wrong with it."""
    if len(data) > LIMIT:
        raise BadPointer(f"a pointer of more than {LIMIT} bytes")
    _refuse_markers(data)
    head, newline, body = data.partition(b"\n")
    if not head.startswith(_HEAD):
        raise _not_one(head)
    if not newline:
        raise BadPointer("the pointer is cut off after its first line")
    form = head[len(_HEAD) :]
    if body and not body.endswith(b"\n"):
        raise BadPointer("the last line of the pointer does not end")
    lines = body.split(b"\n")[:-1]
    if form == b"listing":
        return _listing(lines)
    if form == b"tree":
        return _tree(lines)
    if form == b"file":
        return _file(lines)
    raise _not_one(head)


def _refuse_markers(data: bytes) -> None:
    if any(data.startswith(marker) or b"\n" + marker in data for marker in _MARKERS):
        raise BadPointer(
            "the pointer has conflict markers",
            MARKERS_HINT,
        )


def _not_one(head: bytes) -> BadPointer:
    if head.endswith(b"\r"):
        return BadPointer("the pointer has CRLF line ends", "`*.gitdata text eol=lf` belongs in .gitattributes")
    if is_unrecorded(head + b"\n"):
        return BadPointer(
            "the pointer tells of edits that were never recorded", "record them: `git data add`, then commit"
        )
    if head.startswith(b"gitdata pointer "):
        return BadPointer(
            f"the pointer is of a version or form unknown here: {shown(head, 60)}",
            "update git-data with ./install.sh",
        )
    return BadPointer("this is not a pointer of git-data")


def _listing(lines: list[bytes]) -> Pointer:
    listing: Listing = {}
    files = size = directories = 0
    last: bytes | None = None
    for number, line in enumerate(lines, 2):
        fields = line.split(b" ", 3)
        if len(fields) != 4:
            raise BadPointer(f"line {number} of the pointer is not `ID SIZE KIND PATH`")
        path = unquote(fields[3])
        entry = _entry(fields, number)
        _checked(path, number)
        if last is not None and path <= last:
            raise BadPointer(f"line {number} of the pointer is out of order or twice there")
        directories += path.count(b"/") * len(path)
        last = path
        listing[path] = entry
        if entry.kind != "dir":
            files += 1
            size += entry.size
    if directories > DIRECTORIES_LIMIT:  # as if no two had one in common
        _refuse_directories(listing)
    _refuse_nesting(listing)
    return Pointer("listing", listing, None, files, size)


def _refuse_directories(ordered: Iterable[bytes]) -> None:
    """Few long paths can name directories that together take a hundred times as much."""
    left, before = DIRECTORIES_LIMIT, b""
    for path in ordered:
        end = path.find(b"/", len(commonprefix((before, path))))  # noqa: RUF071 - bytes are meant
        while end >= 0:
            left -= end
            end = path.find(b"/", end + 1)
        before = path
        if left < 0:
            raise BadPointer(f"the pointer names directories of more than {DIRECTORIES_LIMIT} bytes of paths")


def _refuse_nesting(listing: Listing) -> None:
    """A name cannot be a file (or an empty directory) and have something below it."""
    previous: bytes | None = None
    for path in sorted(path + b"/" for path in listing):
        if previous is not None and path.startswith(previous):
            raise BadPointer(f"{shown(previous[:-1])} and something below it are both in the pointer")
        previous = path


def _tree(lines: list[bytes]) -> Pointer:
    names = (b"root", b"files", b"bytes")
    fields = [line.partition(b" ") for line in lines]
    if tuple(field[0] for field in fields) != names:
        raise BadPointer("a pointer in tree form has the lines root, files and bytes")
    return Pointer("tree", None, RootId(_id(fields[0][2], 2)), _number(fields[1][2], 3), _number(fields[2][2], 4))


def _file(lines: list[bytes]) -> Pointer:
    fields = lines[0].split(b" ") if len(lines) == 1 else []
    if len(fields) != 3:
        raise BadPointer("a pointer in file form has one line `ID SIZE KIND`")
    entry = _entry(fields, 2)
    if entry.kind == "dir":
        raise BadPointer("a pointer in file form names a directory")
    return Pointer("file", {b"": entry}, None, 1, entry.size)


def _entry(fields: list[bytes], number: int) -> Entry:
    kind = _KINDS.get(fields[2])
    if kind is None:
        raise BadPointer(f"line {number} of the pointer has an unknown kind '{shown(fields[2], 20)}'")
    entry = Entry(kind, _number(fields[1], number), BlobId(_id(fields[0], number)))
    if kind == "dir" and entry != _empty_directory():
        raise BadPointer(f"line {number} of the pointer names a directory that is not empty")
    return entry


def _empty_directory() -> Entry:
    forest = build({})
    return Entry("dir", len(forest.trees[BlobId(forest.root)]), BlobId(forest.root))


def _checked(path: bytes, number: int) -> None:
    try:
        check_path(path)
    except GitDataError as error:
        raise BadPointer(f"line {number} of the pointer: {error}") from error


def _id(text: bytes, number: int) -> bytes:
    try:
        return from_hex(text.decode("ascii"))
    except ValueError as error:
        raise BadPointer(f"line {number} of the pointer has no id of 64 hex digits") from error


def _number(text: bytes, number: int) -> int:
    if not text.isdigit() or len(text) > 19 or (text.startswith(b"0") and text != b"0"):
        raise BadPointer(f"line {number} of the pointer has a size that is not a number: {shown(text, 20)}")
    return int(text)

"""Inside: what lies at a path in each of many versions of pointers, read once and remembered."""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress

from blake3 import blake3

from gitdata.errors import BadFormat, BadPointer, DataMissing, Offline, UnsafeName
from gitdata.formats import listing_text
from gitdata.formats.pointer import Pointer, encode, form_of, parse
from gitdata.formats.seek import seek
from gitdata.formats.tree import Entry, Listing, build, checked_tree, rows_in
from gitdata.git.pointers import LIMIT
from gitdata.git.program import Asking, Git
from gitdata.ids import BlobId
from gitdata.ops.patterns.pattern_files import value_of
from gitdata.ops.transfer.need import Need
from gitdata.ops.versions.source import Source

_KEPT = 64 << 20  # bytes of texts in memory
_PARTS = 32 << 20  # bytes of parts of texts
_NOT_KNOWN = -1


def is_known(entry: Entry | None) -> bool:
    """Whether somebody could look there."""
    return entry is None or entry.size != _NOT_KNOWN


class Inside:
    """Pointers by the ids that Git has for their texts; a context manager."""

    def __init__(self, git: Git, source: Source) -> None:
        self._git, self._source = git, source
        self._asking: Asking | None = None
        self._texts: OrderedDict[str, bytes] = OrderedDict()
        self._room, self._parts_room = _KEPT, _PARTS
        self._parts: dict[tuple[str, bytes], bytes] = {}  # of listings: the lines below a directory
        self._found: dict[tuple[str, bytes], Entry | None] = {}
        self._totals: dict[BlobId, int] = {}
        self._listed: dict[BlobId, tuple[str, bytes]] = {}  # directories of listings, by what stands in for an id
        self.unknown: set[str] = set()  # pointers that could not be looked into
        self._damaged: dict[str, bool] = {}

    def __enter__(self) -> "Inside":  # noqa: PYI034 - Self needs Python 3.11
        return self

    def __exit__(self, *_error: object) -> None:
        if self._asking is not None:
            self._asking.close()

    def text(self, oid: str) -> bytes:
        """The text of a pointer; empty when the repository has not got it."""
        text = self._texts.get(oid)
        return next(self.texts([oid])) if text is None else text

    def texts(self, oids: Sequence[str]) -> Iterator[bytes]:
        """The texts of many, which are asked for together."""
        if self._asking is None:
            self._asking = self._git.asking("cat-file", "--batch")
        for oid, content in zip(oids, self._asking.contents([oid.encode() for oid in oids], LIMIT), strict=True):
            text = content or b""
            if oid not in self._texts:
                self._room -= len(text)
                self._texts[oid] = text
            while self._room < 0 and len(self._texts) > 1:
                self._room += len(self._texts.popitem(last=False)[1])
            yield text

    def part(self, oid: str, inside: bytes) -> bytes:
        """The text of a pointer, perhaps only as much as tells what is at and below a path."""
        part = self._parts.get((oid, inside))
        return self.text(oid) if part is None else part

    def is_damaged(self, oid: str) -> bool:
        """Whether a pointer is none, or has conflict markers: a short look, not all that parsing it would find."""
        if oid not in self._damaged:
            text = self.text(oid)
            self._damaged[oid] = form_of(text) is None or b"\n<<<<<<<" in text
        return self._damaged[oid]

    def pointer(self, oid: str) -> Pointer:
        """What a pointer says; raises `BadPointer`."""
        return parse(self.text(oid))

    def need(self, path: bytes, oid: str, entry: Entry) -> Need:
        """What is to be asked for where a file is missing; of one that is here its long pointer need not be parsed.

        Raises `BadPointer`.
        """
        is_here = entry.kind in ("file", "exec") and self._source.store.has([entry.id])
        return Need(path, value_of(entry) if is_here else self.pointer(oid))

    def bring(self, wanted: Iterable[tuple[str, bytes]], inside: bytes) -> None:
        """Fetch the trees on the way to `inside` that pointers (id and path) need, those of one depth together.

        Raises what fetching raises, but not `Offline`.
        """
        level: dict[BlobId, Need] = {}
        if not inside:
            return
        paths = dict(wanted)
        for (oid, path), text in zip(paths.items(), self.texts(list(paths)), strict=True):
            if form_of(text) != "tree":
                self.entry(oid, inside)
                continue
            with suppress(BadPointer):
                need = Need(path, parse(text))
                level[BlobId(need.value.root())] = need
        for name in inside.split(b"/"):
            try:
                self._source.bring_trees(level)
            except Offline:
                return
            below = {tree: seek(self._source.tree(tree), name) for tree in level}
            level = {
                entry.id: level[tree] for tree, entry in below.items() if entry is not None and entry.kind == "dir"
            }

    def entry(self, oid: str, inside: bytes) -> Entry | None:
        """What a pointer has at a path below its data; None when there is nothing.

        The id of a directory tells it from other ones, and is that of its tree only in tree form.
        What cannot be looked into is one of its own (`is_known`).
        """
        key = oid, inside
        if key not in self._found:
            try:
                self._found[key] = self._looked_up(oid, inside)
            except (BadFormat, BadPointer, DataMissing, UnsafeName):
                self.unknown.add(oid)
                self._found[key] = Entry("dir", _NOT_KNOWN, BlobId(oid.encode()))
        return self._found[key]

    def same(self, one: Entry | None, other: Entry | None) -> bool:
        """Whether two entries are one version: of directories in pointers of different forms, too."""
        if one is None or other is None or one.kind != other.kind or one.kind != "dir":
            return one == other
        if one.id == other.id or (one.id in self._listed) == (other.id in self._listed):
            return one.id == other.id
        return self._tree_of(one) == self._tree_of(other)

    def total(self, oid: str, inside: bytes) -> int | None:
        """The bytes of all files at and below a path; None when that cannot be told without fetching."""
        entry = self.entry(oid, inside)
        if entry is None or not is_known(entry):
            return 0 if entry is None else None
        if entry.kind != "dir":
            return entry.size
        if entry.id not in self._totals:
            form = form_of(self.text(oid))
            if form == "tree" and inside:
                return self._total_of(entry.id, 0)
            try:
                total = self.pointer(oid).size if form == "tree" else listing_text.total(self._lines(oid, inside))
            except BadPointer:
                return None
            self._totals[entry.id] = total
        return self._totals[entry.id]

    def _total_of(self, tree: BlobId, depth: int) -> int | None:
        if tree not in self._totals:
            total = 0
            try:
                for rows in rows_in(checked_tree(tree, None, depth, self._source.tree)):
                    for _name, entry in rows:
                        below = entry.size if entry.kind != "dir" else self._total_of(entry.id, depth + 1)
                        if below is None:
                            return None
                        total += below
            except (BadFormat, DataMissing, UnsafeName):
                return None
            self._totals[tree] = total
        return self._totals[tree]

    def _looked_up(self, oid: str, inside: bytes) -> Entry | None:
        text = self.text(oid)
        form = form_of(text)
        if self.is_damaged(oid):
            raise BadPointer("damaged")  # never seen: it counts as not known
        if form == "listing":
            return self._in_listing(oid, text, inside)
        value = parse(text)
        if value.listing is not None:
            return value.listing[b""] if not inside else None
        entry = Entry("dir", 0, BlobId(value.root()))
        for depth, name in enumerate(inside.split(b"/") if inside else ()):
            if entry.kind != "dir":
                return None
            below = seek(checked_tree(entry.id, entry.size or None, depth, self._source.tree), name)
            if below is None:
                return None
            entry = below
        return entry

    def _in_listing(self, oid: str, text: bytes, inside: bytes) -> Entry | None:
        if inside:
            try:
                line = listing_text.line_of(text, inside)
            except ValueError:
                found = (parse(text).listing or {}).get(inside)
            else:
                found = None if line is None else _only(text, line)
            if found is not None:
                return found
        lines = self._lines(oid, inside)
        if inside and not lines:
            return None
        name = BlobId(blake3(b"listing %s\n%s" % (inside, lines)).digest())
        if name not in self._listed:
            self._parts_room -= len(lines) if inside else 0
            self._listed[name] = oid, inside
        if inside and self._parts_room > 0:
            same = self._parts.get(self._listed[name])
            self._parts[oid, inside] = same if same is not None else text.partition(b"\n")[0] + b"\n" + lines
        return Entry("dir", 0, name)

    def _lines(self, oid: str, inside: bytes) -> bytes:
        if (part := self._parts.get((oid, inside))) is not None:
            return part.partition(b"\n")[2]
        text = self.text(oid)
        try:
            return listing_text.lines_below(text, inside)
        except ValueError:
            prefix = inside + b"/"
            listing = {path: entry for path, entry in (parse(text).listing or {}).items() if path.startswith(prefix)}
            return encode(listing, "listing").partition(b"\n")[2]

    def _below(self, oid: str, inside: bytes) -> Listing:
        prefix = inside + b"/" if inside else b""
        listing = self.pointer(oid).listing or {}
        return {path[len(prefix) :]: entry for path, entry in listing.items() if path.startswith(prefix)}

    def _tree_of(self, entry: Entry) -> BlobId:
        """The id of the tree of a directory."""
        listed = self._listed.get(entry.id)
        return entry.id if listed is None else BlobId(build(self._below(*listed)).root)


def _only(text: bytes, line: bytes) -> Entry:
    """The entry of one line of a listing."""
    return next(iter((parse(text.partition(b"\n")[0] + b"\n" + line).listing or {}).values()))

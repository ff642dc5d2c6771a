"""What this work tree knows of its data roots: the base of each pointer, unfinished work, the stat cache.

Lives in `<git dir>/gitdata/`, so every linked work tree has its own. The base is the pointer text
for which pointer and data were last known to be equal.
"""

import contextlib
import os
from collections.abc import Iterable, Iterator
from pathlib import Path

from blake3 import blake3

from gitdata import durable
from gitdata.formats.pointer_path import PointerPath, checked
from gitdata.values import frozen
from gitdata.worktree import bases, held, statcache, unfinished
from gitdata.worktree import edits as shown
from gitdata.worktree.edits import Edits
from gitdata.worktree.racy import clock_ns

_MARGIN_NS = 20_000_000
_OF_SCRIPTS = ("command",)  # the hooks' scripts write into them, whoever runs them
_RULED = b"ruled"  # first word of the first line of `looked`, if there are rules
PART_FILES = ("sparse", "part")  # without them, and without `gitdata.sparse`, all data is taken (part.py)
_END = b"/"  # the last line of `looked`: it is not flushed, and without its end it would say too little


@frozen
class State:
    """The state directory of one work tree."""

    directory: Path
    loss_mark_file: Path | None = None  # of the store; its content changes when packs were lost

    @property
    def loss_mark(self) -> bytes:
        """Names the store as it is: what was known to be stored under another mark may not be there any more."""
        file = self.loss_mark_file
        return file.read_bytes() if file is not None and file.exists() else b""

    def base(self, pointer_path: bytes) -> bytes | None:
        """The pointer text of the base, or None when it is not known."""
        return bases.decode(pointer_path, _content(self._file("base", pointer_path)))

    def set_base(self, pointer_path: bytes, text: bytes) -> None:
        """Record that pointer and data are equal to `text` now."""
        file = self._file("base", pointer_path)
        durable.make_folder(file.parent)
        # Not flushed: lost in a power cut it is an older base, and materialise finds the files equal to their target.
        durable.write_file(file, bases.encode(pointer_path, text), fsync=False)

    def agreed_ns(self, pointer_path: bytes) -> int:
        """When pointer and data were last made equal (nanoseconds, by the file system's clock); 0: never."""
        return _modified_ns(self._file("base", pointer_path))

    def served(self, pointer_path: bytes, text: bytes) -> bool:
        """Whether everything that the pointer `text` names was put into the store, and no pack was lost since."""
        return _content(self._file("served", pointer_path)) == blake3(text).digest() + self.loss_mark

    def set_served(self, pointer_path: bytes, text: bytes) -> None:
        """Record that everything that the pointer `text` names is in the store."""
        file = self._file("served", pointer_path)
        durable.make_folder(file.parent)
        durable.write_file(file, blake3(text).digest() + self.loss_mark, fsync=False)

    def forget(self, pointer_path: bytes) -> None:
        """Drop everything known of a pointer."""
        for kind in ("base", "served", "edits", "held", "part"):
            self._file(kind, pointer_path).unlink(missing_ok=True)
        statcache.remove(self._file("stat", pointer_path))
        self.end(pointer_path)

    def rename(self, pointer_path: bytes, new: bytes) -> None:
        """Let everything known of a pointer hold for another path, to which pointer and data were moved."""
        text = self.base(pointer_path)
        if text is not None:
            self.replace_rows(new, self.lookup(pointer_path).sorted())
            self.set_base(new, text)
        edits = self.edits(pointer_path)
        if edits is not None:
            self.set_edits(new, edits)
        roots = self.unfinished()
        if pointer_path in roots:
            unfinished.save(self.pending, {**roots, new: roots[pointer_path]})
        self.forget(pointer_path)

    def known(self) -> list[PointerPath]:
        """The pointer paths that have a base. One that is no pointer path (any more) is as good as not there."""
        directory = self.directory / "base"
        if not directory.is_dir():
            return []
        files = [file for file in directory.iterdir() if not file.name.startswith(".")]
        found = [checked(file.read_bytes().partition(b"\0")[0]) for file in files]
        return sorted(path for path in found if isinstance(path, PointerPath))

    def lookup(self, pointer_path: bytes) -> statcache.Lookup:
        """The stat cache of one data root, of which only what is asked for is read."""
        return statcache.Lookup(self._file("stat", pointer_path), self.loss_mark)

    def replace_rows(self, pointer_path: bytes, rows: Iterable[tuple[bytes, statcache.Row]]) -> None:
        """Replace the stat cache of one data root; `rows` come in the order of their paths."""
        statcache.replace(self._file("stat", pointer_path), rows, self.loss_mark)

    def sorted_rows(self, pointer_path: bytes) -> statcache.Sorted:
        """Rows on their way into the stat cache of one data root."""
        return statcache.Sorted(self._file("stat", pointer_path), self.loss_mark)

    def add_rows(self, pointer_path: bytes, rows: statcache.Rows) -> None:
        """Add a few rows to the stat cache of one data root."""
        statcache.add(self._file("stat", pointer_path), rows, self.loss_mark)

    def now_ns(self) -> int:
        """Now, by the file system's own clock, in nanoseconds."""
        return clock_ns(self.directory)

    @property
    def pending(self) -> Path:
        """The file of the roots that are unfinished; the hooks look whether it is there."""
        return self.directory / "pending"

    @property
    def missed(self) -> bool:
        """Whether Git moved or staged pointers while git-data was not there, as the filter's stand-in says."""
        return (self.directory / "missed").exists()

    def caught_up(self) -> None:
        """What was missed has been looked at."""
        (self.directory / "missed").unlink(missing_ok=True)

    def begin_smudge(self) -> None:
        """Mark that Git was handed a pointer, which it may write: the post-checkout hook looks for what moved."""
        # Where nothing was set up, or nothing may be written, the hook looks anyway.
        with contextlib.suppress(OSError):
            durable.touch(self.directory / "smudged")

    def end_smudge(self) -> None:
        """Take the mark away: Git has ended, and the data was brought along or the person told why not."""
        with contextlib.suppress(OSError):
            (self.directory / "smudged").unlink()

    def unfinished(self) -> dict[bytes, unfinished.Aims]:
        """The roots (by pointer path) whose data was begun to be brought to other texts, and which; that is not ended.

        Their data may be of several versions at once: it has to be brought to one before anything is recorded.
        """
        return unfinished.load(self.pending)

    def begin(self, pointer_path: bytes, text: bytes) -> None:
        """Mark that the data of a pointer is being brought to what `text` says; the caller holds the lock."""
        roots = self.unfinished()
        aims = roots.get(pointer_path, ())
        if pointer_path not in roots or text not in aims:
            unfinished.save(self.pending, {**roots, pointer_path: (*aims, text)})

    def end(self, pointer_path: bytes) -> None:
        """Take the mark of one root away again: its data is of one version, and the base says so."""
        roots = self.unfinished()
        if roots.pop(pointer_path, None) is not None:
            unfinished.save(self.pending, roots)

    def agrees(self, pointer_path: bytes, text: bytes) -> bool:
        """Whether the pointer still is what git-data has left, and nothing was cut off since.

        Then the data was last known to be what its base says, or that and the edits shown to Git, as `text` says.
        If not, Git has moved the pointer: the data has still to follow, and must not be recorded over it.
        """
        same = shown.is_told(self.edits(pointer_path), text, self.base(pointer_path))
        return same and pointer_path not in self.unfinished()

    def edits(self, pointer_path: bytes) -> Edits | None:
        """What the pointer in the work tree tells Git of edits; None: it is the base."""
        return shown.load(self._file("edits", pointer_path))

    def set_edits(self, pointer_path: bytes, edits: Edits | None) -> None:
        """Remember what the pointer tells. It has to be there: what is remembered and not told counts as discarded."""
        if edits is None:
            self._file("edits", pointer_path).unlink(missing_ok=True)
        else:
            shown.save(self._file("edits", pointer_path), edits)

    def held(self) -> dict[bytes, tuple[bytes, ...]]:
        """By pointer path, the files below the data root that Git itself had there when it was last looked at."""
        return held.load(self.directory / "held")

    def set_held(self, pointer_path: bytes, names: Iterable[bytes]) -> None:
        """Remember the files (paths below the root) that Git itself has in the place of data; none: it has left."""
        held.save(self._file("held", pointer_path), pointer_path, names)

    def written(self) -> None:
        """Let the scripts know that it was git-data who has just written pointers: their bases are as new."""
        with contextlib.suppress(OSError):
            os.utime(self.directory / "base")

    def told_ns(self, pointer_path: bytes) -> int:
        """When the last look that has found edits ended (nanoseconds, by the file system's clock), or 0."""
        return _modified_ns(self._file("edits", pointer_path))

    def tell(self) -> None:
        """Remember that the person was just told why the data could not follow; the hooks try again."""
        durable.make_folder(self.directory)
        durable.touch(self.directory / "told")

    def untell(self) -> None:
        """The data has followed."""
        (self.directory / "told").unlink(missing_ok=True)

    def told_since(self, moment_ns: int) -> bool:
        """Whether `tell` was called at or after `moment_ns` (nanoseconds since the epoch)."""
        return (_modified_ns(self.directory / "told") or -1) >= moment_ns

    @contextlib.contextmanager
    def locked(self, *, wait: bool = True) -> Iterator[None]:
        """One process at a time changes this work tree's data; `Locked` when another does and `wait` is false."""
        durable.make_folder(self.directory)
        for name in _OF_SCRIPTS:
            durable.prepare(self.directory / name)
        with durable.lock(self.directory / "worktree.lock", wait=wait):
            yield

    @property
    def writable(self) -> bool:
        """Whether anything may be remembered here: it may be the work tree of somebody else."""
        place = next(path for path in (self.directory, *self.directory.parents) if path.exists())
        return os.access(place, os.W_OK)

    def set_looked(self, roots: Iterable[bytes], started_ns: int, *, ruled: int | None = None) -> None:
        """Tell the fsmonitor script that pointers and data agree, as of a scan that began at `started_ns`.

        It asks again when anything below `roots` is newer than that. The pointers themselves are not
        watched: one that Git moves is not refreshed anyway. Without roots, or with a name that a
        line-based list cannot hold, the script always asks. `ruled`: `git.ignore.above`, of rules to leave out.
        """
        paths = sorted(roots)
        if not paths or any(b"\n" in path for path in paths):
            self.unset_looked()
            return
        durable.make_folder(self.directory)
        lines = b"".join(line + b"\n" for line in (b"" if ruled is None else b"%s %d" % (_RULED, ruled), *paths, _END))
        # A file may change within the clock tick in which the scan began.
        durable.write_file(self._looked, lines, fsync=False, modified_ns=started_ns - _MARGIN_NS)

    def set_recorded(self, entries: bytes | None) -> None:
        """Tell the pre-commit script what the index says when data is in order; None: it always asks.

        It asks as well without live status, and when packs came or went since.
        """
        file = self.directory / "recorded"
        if entries is None:
            file.unlink(missing_ok=True)
        else:
            durable.write_file(file, entries, fsync=False)

    def looked(self, root: bytes) -> Path | None:
        """The file whose time is that of the last complete look at the data root `root`.

        None when not all is known, or when something was left out by rules, which may have changed since.
        """
        rules, *roots = _content(self._looked).split(b"\n")
        # Clocks can be set back: what was edited since would look older.
        fits = root in roots and roots[-2:] == [_END, b""] and not rules
        return self._looked if fits and _modified_ns(self._looked) <= self.now_ns() else None

    def began_ns(self, who: str) -> int | None:
        """When the fsmonitor script `who` began to look (nanoseconds, by the file system's clock).

        None when another has begun since, so that nobody knows any more.
        """
        file = self.directory / "command"
        moment = _modified_ns(file)
        return moment if _content(file) == f"{who} looking\n".encode() else None  # in this order: who wrote it last

    def unset_looked(self) -> None:
        """Make the fsmonitor script ask next time."""
        self._looked.unlink(missing_ok=True)

    @property
    def _looked(self) -> Path:
        """Made by a complete look, of whose beginning its time is: rules in the first line, and the data roots."""
        return self.directory / "looked"

    def _file(self, kind: str, pointer_path: bytes) -> Path:
        return self.directory / f"{kind}/{blake3(pointer_path).hexdigest()[:32]}"


def _modified_ns(file: Path) -> int:
    """When a file was last written (nanoseconds, by the file system's clock); 0 when there is none."""
    try:
        return file.stat().st_mtime_ns
    except FileNotFoundError:
        return 0


def _content(file: Path) -> bytes:
    """What a file holds; nothing when there is none."""
    try:
        return file.read_bytes()
    except FileNotFoundError:
        return b""

"""Changes to the work tree that no symlink can redirect.

Every directory on the way is opened with O_NOFOLLOW relative to the one above it, files are written
under a temporary name in their own directory and renamed into place (a rename replaces a link or a
hard link instead of writing through it). A directory that is new is filled under a temporary name
itself: one rename for all of its files.

What is replaced or removed is looked at once more right before, in the same open directory, and must be
what it was when that was decided; where nothing was nothing may be. What was edited meanwhile stays.
"""

import contextlib
import os
import stat
from collections.abc import Iterable, Iterator
from functools import partial

from blake3 import blake3

from gitdata import durable, durable_at, half_written
from gitdata.descent import open_below, open_top
from gitdata.errors import UnsafeName
from gitdata.formats.names import TEMPORARY
from gitdata.formats.sizes import USUAL
from gitdata.store.signature import Signature, signature
from gitdata.values import frozen
from gitdata.worktree.before import Before, Edited, is_still

_READ = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
_PIECE = 1 << 20  # bytes read at a time
LARGE = 1 << 20  # bytes: a file from which on it is made to look older than it is
_ZEROS, _HEAD = bytes(USUAL.maximum), 64
_AGED_NS = 40_000_000  # more than two ticks of any kernel's clock
_COARSELY_AGED_NS = 4_000_000_000  # where times are kept in steps of two seconds
_CREATE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC


@frozen
class Place:
    """One open directory of the work tree; `noted` is its full path where Git sees what is made in it."""

    descriptor: int
    noted: bytes | None = None

    def write(
        self, name: bytes, chunks: Iterable[bytes | memoryview], before: Before | None, *, executable: bool
    ) -> Signature:
        """Put a whole file under `name`, in the place of the file or link `before` (None: nothing is there).

        Raises `Edited` when that is not there any more, or something else.
        """
        temporary = self._temporary()
        mode = 0o777 if executable else 0o666  # the umask takes its share, as with Git
        descriptor = os.open(temporary, _CREATE, mode, dir_fd=self.descriptor)
        try:
            try:
                _fill(descriptor, chunks)
                self._put(temporary, name, before)
            except BaseException:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(temporary, dir_fd=self.descriptor)
                raise
            return signature(os.fstat(descriptor))
        finally:
            os.close(descriptor)

    def put(self, name: bytes, text: bytes, *, alone: bool = False) -> None:
        """Put a small file of Git's or ours under `name`, whatever file or link is there.

        With `alone` nobody else writes that one meanwhile; then what a process that was killed has left of it goes.
        """
        temporary = self._temporary(TEMPORARY + blake3(name).hexdigest()[:16].encode() if alone else None)
        if alone:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=self.descriptor)
        try:
            self.create(temporary, [text], executable=False)
            durable_at.rename(self.descriptor, temporary, name)
        except BaseException:
            self.drop(temporary)
            raise

    def drop(self, name: bytes) -> None:
        """Remove such a file; nothing happens when it is gone."""
        durable.before_step("unlink")
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name, dir_fd=self.descriptor)

    def create(self, name: bytes, chunks: Iterable[bytes | memoryview], *, executable: bool) -> Signature:
        """Put a whole file under `name` in a directory that nobody sees yet."""
        descriptor = os.open(name, _CREATE, 0o777 if executable else 0o666, dir_fd=self.descriptor)
        try:
            _fill(descriptor, chunks)
            return signature(os.fstat(descriptor))
        finally:
            os.close(descriptor)

    @contextlib.contextmanager
    def filled(self, name: bytes) -> Iterator["Place"]:
        """A directory to fill, which takes the place of the empty directory `name` when the block ends well.

        Raises `OSError` when `name` is anything else; what was filled is gone then.
        """
        temporary = self._temporary()
        os.mkdir(temporary, dir_fd=self.descriptor)
        try:
            with _opened(temporary, self.descriptor) as place:
                yield place
            durable_at.rename(self.descriptor, temporary, name)
        except BaseException:
            self.discard(temporary)
            raise

    def discard(self, temporary: bytes) -> None:
        """Remove a file or directory of ours that was not finished, with the files in it."""
        try:
            os.unlink(temporary, dir_fd=self.descriptor)
        except FileNotFoundError:
            pass
        except OSError:  # a directory; systems disagree on the error
            with _opened(temporary, self.descriptor) as place:
                for name in os.listdir(place.descriptor):
                    os.unlink(name, dir_fd=place.descriptor)
            os.rmdir(temporary, dir_fd=self.descriptor)

    @contextlib.contextmanager
    def reading(self, name: bytes) -> Iterator[int | None]:
        """A descriptor to read the regular file `name`; None when there is none or it may not be read."""
        try:
            descriptor = os.open(name, _READ, dir_fd=self.descriptor)
        except OSError:
            yield None
            return
        try:
            yield descriptor if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
        finally:
            os.close(descriptor)

    def read(self, name: bytes, limit: int) -> bytes | None:
        """At most `limit` bytes of the regular file `name`; None when there is none or it may not be read."""
        with self.reading(name) as descriptor:
            if descriptor is None:
                return None
            parts = []
            while limit > 0 and (part := os.read(descriptor, min(limit, _PIECE))):
                parts.append(part)
                limit -= len(part)
            return b"".join(parts)

    def link(self, name: bytes, target: bytes, before: Before | None) -> None:
        """Put a symlink under `name`; otherwise like `write`."""
        temporary = self._temporary()
        os.symlink(target, temporary, dir_fd=self.descriptor)
        try:
            self._put(temporary, name, before)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(temporary, dir_fd=self.descriptor)
            raise

    def _temporary(self, name: bytes | None = None) -> bytes:
        """A name for what is not finished, or that `name`; it is noted where Git would see it."""
        temporary = name or durable.temporary_name(os.fsdecode(TEMPORARY)).encode()
        if self.noted is not None:
            half_written.note(os.path.join(self.noted, temporary))
        return temporary

    def _put(self, temporary: bytes, name: bytes, before: Before | None) -> None:
        if before is None:
            done = durable_at.name(self.descriptor, temporary, self.descriptor, name)
        else:
            done = durable_at.replace(
                self.descriptor, temporary, name, partial(is_still, self.descriptor, name, before)
            )
        if not done:
            raise Edited

    def remove(self, name: bytes, before: Before) -> bool:
        """Remove a file or link if it is what it was `before`; whether it is gone."""
        return durable_at.unlink(self.descriptor, name, partial(is_still, self.descriptor, name, before))

    def remove_directory(self, name: bytes) -> None:
        """Remove an empty directory; one that is gone or not empty is left as it is."""
        with contextlib.suppress(FileNotFoundError, OSError):
            os.rmdir(name, dir_fd=self.descriptor)


def _fill(descriptor: int, chunks: Iterable[bytes | memoryview]) -> None:
    """Write the chunks; long runs of zeros become holes, as files have them that were never filled."""
    size, hole = 0, False
    for chunk in chunks:
        view = memoryview(chunk)
        size += len(view)
        for part, hole in _parts(view):
            if hole:
                os.lseek(descriptor, len(part), os.SEEK_CUR)
            else:
                _write(descriptor, part)
    if hole:
        os.ftruncate(descriptor, size)
    if size >= LARGE:
        # So that whatever is written to it from now on looks different: nobody has to read it again to be sure.
        seen = os.fstat(descriptor)
        age_ns = _AGED_NS if seen.st_mtime_ns % 1_000_000_000 else _COARSELY_AGED_NS
        os.utime(descriptor, ns=(seen.st_atime_ns, seen.st_mtime_ns - age_ns))


def _parts(view: memoryview) -> Iterator[tuple[memoryview, bool]]:
    """Some content in parts that are zeros, or not."""
    starts = range(0, len(view) - USUAL.minimum + 1, USUAL.maximum)
    if not any(view[start : start + _HEAD] == _ZEROS[:_HEAD] for start in starts):
        yield view, False
        return
    for start in range(0, len(view), USUAL.maximum):
        part = view[start : start + USUAL.maximum]
        yield part, len(part) >= USUAL.minimum and part.tobytes() == _ZEROS[: len(part)]


def _write(descriptor: int, view: memoryview) -> None:
    while view:
        view = view[os.write(descriptor, view) :]


@contextlib.contextmanager
def _opened(name: bytes, parent: int) -> Iterator[Place]:
    descriptor = open_below(parent, name)
    try:
        yield Place(descriptor)
    finally:
        os.close(descriptor)


def move(top: bytes, old: bytes, new: bytes) -> bool:
    """Give the file or directory `old` the path `new`; both relative to `top`, the parents have to exist.

    Nothing may be at `new`; whether that was so, and it was done.
    """
    (old_parent, old_name), (new_parent, new_name) = split(old), split(new)
    with directory(top, old_parent) as here, directory(top, new_parent) as there:
        return durable_at.name(here.descriptor, old_name, there.descriptor, new_name)


@contextlib.contextmanager
def directory(top: bytes, path: bytes, *, create: bool = False, noted: bool = False) -> Iterator[Place]:
    """Open `path` (relative to `top`, `/`-separated, may be empty) one component at a time.

    With `noted` what is made in it is noted until it is finished, as Git would see it (half_written.py).

    Raises `FileNotFoundError` when it is missing and not to be created, `UnsafeName` when a
    component is a symlink or a file.
    """
    descriptor = open_top(top)
    try:
        for name in path.split(b"/") if path else ():
            descriptor = _step(descriptor, name, path, create=create)
        yield Place(descriptor, os.path.join(top, path) if noted else None)
    finally:
        os.close(descriptor)


def _step(parent: int, name: bytes, path: bytes, *, create: bool) -> int:
    if create:
        with contextlib.suppress(FileExistsError):
            os.mkdir(name, dir_fd=parent)
    try:
        child = open_below(parent, name)
    except FileNotFoundError:
        raise
    except OSError as error:
        kind = _kind(parent, name)
        if kind is None:
            raise
        raise UnsafeName(
            f"cannot go into {os.fsdecode(path)}: {os.fsdecode(name)} is {kind}", "move it out of the way"
        ) from error
    os.close(parent)
    return child


def _kind(parent: int, name: bytes) -> str | None:
    mode = os.stat(name, dir_fd=parent, follow_symlinks=False).st_mode
    if stat.S_ISLNK(mode):
        return "a symlink"
    return None if stat.S_ISDIR(mode) else "not a directory"


def split(path: bytes) -> tuple[bytes, bytes]:
    """The directory and the name of a path; the directory of a bare name is empty."""
    head, _, name = path.rpartition(b"/")
    return head, name

"""The system's locks, and locks that are files, as Git makes them, for file systems that know no others.

For `durable.lock`, and for a person who knows that nobody is at work.

A lock of a file is a file beside it that only one process can make. It says who made it, so that a process that
has ended without removing it is told apart from one at work, as far as one machine can tell. Readers that may be
many have a file each; whoever comes later than they waits for them. First comes the own file, then the look at
the others: so of two that come at the same moment at least one sees the other.
"""

import contextlib
import errno
import os
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

from gitdata.disk_errors import disk_errors
from gitdata.errors import Locked
from gitdata.sharing import share, sharing_at
from gitdata.values import frozen

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_NO_LOCKS = {errno.ENOLCK, errno.ENOTSUP, errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL, errno.EBADF}
_PAUSE_S = 0.02
_TURN_S = 60.0  # a turn at taking over lasts a moment; one this old was left behind
_ELSEWHERE_S = 30.0  # how long a process is waited for of which nobody here can tell whether it still runs
_NEW = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)


def flock(descriptor: int, path: Path, *, wait_s: float, shared: bool) -> bool:
    """Whether the lock is held now; False where the file system has none of this kind."""
    if fcntl is None:
        return True
    kind = (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | fcntl.LOCK_NB
    deadline = time.monotonic() + wait_s
    while True:
        try:
            fcntl.flock(descriptor, kind)
        except BlockingIOError as error:
            if time.monotonic() >= deadline:
                raise Locked(f"{path} is held by another process") from error
            time.sleep(_PAUSE_S)
        except OSError as error:
            # NFS wants a descriptor to write with for the lock of one who is alone.
            if error.errno in _NO_LOCKS:
                return False
            raise
        else:
            return True


def open_lock(path: Path) -> int:
    """A descriptor of the file that is to be locked, which is made if need be."""
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
    with disk_errors(str(path)):
        try:
            descriptor = os.open(path, flags, 0o666)
        except PermissionError:
            if not path.exists():
                raise
            return os.open(path, os.O_RDONLY | getattr(os, "O_CLOEXEC", 0))  # made by somebody else
    if sharing := sharing_at(path):
        share(descriptor, sharing)
    return descriptor


def locks_bytes(path: Path) -> bool:
    """Whether parts of files can be locked where `path` lies, as databases do; that file is made for the trial."""
    descriptor = open_lock(path)
    try:
        return locks_parts(descriptor)
    finally:
        os.close(descriptor)


def locks_parts(descriptor: int) -> bool:
    """Whether parts of an open file can be locked, as databases do."""
    if fcntl is None:
        return True
    try:
        fcntl.lockf(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB, 1)
    except BlockingIOError:
        return True
    except OSError as error:
        return error.errno not in _NO_LOCKS
    return True


@frozen
class Holder:
    """The process that made a lock."""

    machine: str  # where its number means something: host, start of the host, namespace
    process: int
    began: str  # when the process was started, by the machine's own count; numbers are used again
    since: str  # for people

    @classmethod
    def of(cls, process: int) -> "Holder":
        """A process of this machine that makes a lock now."""
        return cls(_machine(), process, _began(process), time.strftime("%Y-%m-%d %H:%M:%S"))

    def encode(self) -> bytes:
        """As it stands in the file, a line each."""
        lines = (self.machine, str(self.process), self.began, self.since)
        return "".join(f"{line}\n" for line in lines).encode("utf-8", "surrogateescape")

    @classmethod
    def read(cls, file: Path) -> "Holder | None":
        """Who made the lock `file`; None when nobody knows: it is gone, or being written."""
        try:
            lines = file.read_bytes()[:4096].decode("utf-8", "surrogateescape").split("\n")
            return cls(lines[0], int(lines[1]), lines[2], lines[3])
        except (OSError, ValueError, IndexError):
            return None

    @property
    def here(self) -> bool:
        """Whether this machine can tell if it still runs."""
        return self.machine == _machine()

    @property
    def gone(self) -> bool:
        """Whether it was a process of this machine that has ended."""
        return self.here and (not _runs(self.process) or _began(self.process) != self.began)


class FileLock:
    """A lock on `path`; `share` is told the descriptor of each file that is made."""

    def __init__(self, path: Path, *, shared: bool, share: Callable[[int], None]) -> None:
        self._path, self._shared, self._share = path, shared, share
        self._held = path.with_name(f"{path.name}.held")
        unique = f"{path.name}.reader-{os.urandom(8).hex()}"
        self._own = path.with_name(unique) if shared else self._held
        self._holder = Holder.of(os.getpid())

    def acquire(self, wait_s: float) -> None:
        """Take it; raises `Locked` naming the holder when it cannot be had within `wait_s` seconds."""
        began = time.monotonic()
        mine = False
        try:
            while True:
                mine = mine or (not self._own.exists() and self._make(self._own))
                other = self._other(mine=mine)
                if mine and other is None:
                    return
                if other is not None:
                    self._wait(other, time.monotonic() - began, wait_s)
                    if mine and self._shared:  # the one who is alone comes first
                        self._own.unlink(missing_ok=True)
                        mine = False
                time.sleep(_PAUSE_S)
        except BaseException:
            if mine:
                self.release()
            raise

    def release(self) -> None:
        """Give it back."""
        # Somebody may have taken ours for one that was left behind, and removed it by hand.
        if Holder.read(self._own) == self._holder:
            with contextlib.suppress(OSError):
                self._own.unlink()

    def _make(self, file: Path) -> bool:
        # Written under another name first: nobody ever reads the half of it.
        temporary = file.with_name(f"{self._path.name}.new-{os.urandom(8).hex()}")
        descriptor = os.open(temporary, _NEW, 0o666)
        try:
            self._share(descriptor)
            os.write(descriptor, self._holder.encode())
        finally:
            os.close(descriptor)
        try:
            return _link_or_create(temporary, file, self._holder.encode(), self._share)
        finally:
            temporary.unlink(missing_ok=True)

    def _other(self, *, mine: bool) -> Path | None:
        """A file of somebody else who is in the way; what was left behind is removed."""
        held = [self._held] if self._shared or not mine else []
        readers = [] if self._shared else self._path.parent.glob(f"{self._path.name}.reader-*")
        for file in (*held, *readers):
            holder = Holder.read(file)
            if holder is not None and holder.gone:
                self._take_over(file)
            elif file.exists():
                return file
        return None

    def _take_over(self, file: Path) -> None:
        """Remove a lock that was left behind: one at a time, so that nobody removes the next one's."""
        turn = self._path.with_name(f"{self._path.name}.turn")
        try:
            os.close(os.open(turn, _NEW, 0o666))
        except FileExistsError:
            with contextlib.suppress(OSError):
                if time.time() - turn.stat().st_mtime > _TURN_S:
                    turn.unlink()
            return
        try:
            holder = Holder.read(file)
            if holder is not None and holder.gone:
                file.unlink(missing_ok=True)
        finally:
            turn.unlink(missing_ok=True)

    def _wait(self, other: Path, waited_s: float, wait_s: float) -> None:
        holder = Holder.read(other)
        elsewhere = holder is not None and not holder.here
        if waited_s < (min(wait_s, _ELSEWHERE_S) if elsewhere else wait_s):
            return
        if holder is None:
            raise Locked(f"{self._path} is held by another process", "if none is at work, run `git data fsck --unlock`")
        where = f" on {holder.machine.split()[0]}" if elsewhere else ""
        raise Locked(
            f"{self._path} is held by process {holder.process}{where} since {holder.since}",
            "wait for it; if it is not at work any more, run `git data fsck --unlock`",
        )


def break_locks(folder: Path) -> list[str]:
    """Remove the locks in `folder` that are files, but for those of processes that run here; who held them."""
    told = []
    for file in sorted({*folder.glob("*.held"), *folder.glob("*.reader-*")}):
        holder = Holder.read(file)
        if holder is not None and holder.here and not holder.gone:
            continue
        file.unlink(missing_ok=True)
        name = file.name.removesuffix(".held").partition(".reader-")[0]
        who = "nobody knows whom"
        if holder is not None:
            who = f"process {holder.process} on {holder.machine.split()[0]} since {holder.since}"
        told.append(f"removed a lock of {folder / name}, held by {who}")
    return told


def _link_or_create(temporary: Path, file: Path, content: bytes, share: Callable[[int], None]) -> bool:
    """Give a file a name that nobody has; whether that was so."""
    try:
        os.link(temporary, file)
    except FileExistsError:
        return False
    except OSError:  # no hard links
        try:
            descriptor = os.open(file, _NEW, 0o666)
        except FileExistsError:
            return False
        try:
            share(descriptor)
            os.write(descriptor, content)
        finally:
            os.close(descriptor)
    return True


@cache
def _machine() -> str:
    parts = [os.uname().nodename if hasattr(os, "uname") else "here"]
    for place in ("/proc/sys/kernel/random/boot_id", "/proc/self/ns/pid"):
        with contextlib.suppress(OSError):
            parts.append(os.readlink(place) if place.endswith("pid") else Path(place).read_text().strip())
    return " ".join(parts)


def _began(process: int) -> str:
    try:
        text = Path(f"/proc/{process}/stat").read_text(errors="replace")
        return text.rpartition(")")[2].split()[19]
    except (OSError, IndexError):
        return ""


def _runs(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except OSError:  # somebody else's
        return True
    return True

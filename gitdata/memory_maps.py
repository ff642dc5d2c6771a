"""Files that a program may have in its memory: written to without a call that the system would notice."""

import contextlib
import errno
import os
import signal
import time

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

_LEASE: int | None = getattr(fcntl, "F_SETLEASE", None)
_SET_SIGNAL: int = getattr(fcntl, "F_SETSIG", 10)
_DIRTY_NS = 60_000_000_000  # Linux writes dirty pages out after half that time, unless it is told otherwise


def flush_mapped(descriptor: int, touched_ns: int) -> None:
    """Flush an open file that others may write to through a memory map; `touched_ns` is its latest time.

    Linux moves the times of a file only with the first such write to a page that is clean. When what is dirty
    has been flushed, the next one moves them. A file that nobody has open for writing, mapped or not, is left
    alone: whoever opens it later begins with clean pages. Nothing happens where the system has no leases.
    """
    if _LEASE is None:
        return
    try:
        # A lease to read is refused while somebody can write. Whoever comes while it is held waits for its end,
        # and is announced by a signal: by one that ends no process.
        fcntl.fcntl(descriptor, _SET_SIGNAL, signal.SIGURG)
        fcntl.fcntl(descriptor, _LEASE, fcntl.F_RDLCK)
    except OSError as error:
        told = error.errno in (errno.EAGAIN, errno.EWOULDBLOCK)
        # Of another's file, and on some file systems, it cannot be told: what was not touched lately is clean.
        if told or touched_ns > time.time_ns() - _DIRTY_NS:
            with contextlib.suppress(OSError):
                os.fdatasync(descriptor)
    else:
        fcntl.fcntl(descriptor, _LEASE, fcntl.F_UNLCK)

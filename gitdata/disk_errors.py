"""The system's errors, as one line for a person."""

import contextlib
import errno
import os
from collections.abc import Iterator
from pathlib import Path

from gitdata.errors import GitDataError, OutOfSpace
from gitdata.sharing import sharing_at

_NO_SPACE = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}
_TOO_MANY = {errno.EMFILE, errno.ENFILE}
_NOT_ALLOWED = {errno.EROFS, errno.EACCES, errno.EPERM}


@contextlib.contextmanager
def disk_errors(what: str) -> Iterator[None]:
    """Turn the system's errors on writing `what` into one line: `OutOfSpace` or `GitDataError`.

    Other errors stay what they are, but say what they are about: of an open file the system tells no name.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _NO_SPACE or error.errno in _NOT_ALLOWED:
            raise explain(error, what) from error
        if error.filename is None and error.errno:
            error.filename = what
        raise


def explain(error: OSError, what: str | None = None) -> GitDataError:
    """What the system's error means for a person; `what` stands in for the file it names."""
    name = what or os.fsdecode(error.filename or "a file")
    why = reason(error)
    if error.errno in _NO_SPACE:
        return OutOfSpace(f"cannot write {name}: {why}")
    if error.errno in _NOT_ALLOWED and sharing_at(Path(name)):
        return GitDataError(f"cannot write {name}: {why}", "whoever made it opens it to the others: `git data init`")
    if error.errno in _NOT_ALLOWED:
        return GitDataError(f"cannot write {name}: {why}", "check its permissions and run the command again")
    if error.errno in _TOO_MANY:
        what = f"cannot open {name}: {why}" if error.filename else f"cannot go on: {why}"
        return GitDataError(what, "allow more of them, `ulimit -n 1024`, and run the command again")
    return GitDataError(f"{name}: {why}", "nothing was lost; mend it and run the command again")


def in_words(error: GitDataError | OSError) -> str:
    """What an error says, for the middle of a sentence: the system's without its number and quotes."""
    if isinstance(error, GitDataError):
        return str(error)
    return f"{os.fsdecode(error.filename)}: {reason(error)}" if error.filename else reason(error)


def reason(error: OSError) -> str:
    """What the system says of an error, without its number and the file."""
    return os.strerror(error.errno).lower() if error.errno else str(error)

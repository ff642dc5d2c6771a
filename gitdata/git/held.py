"""Held: files whose content Git itself holds where a pointer should be, on branches that are older than their pattern.

Such a file is not modified as long as it has the content that is in the index.
"""

import hashlib
import os
import re
from pathlib import Path
from typing import NamedTuple

from gitdata.git.pointers import in_index_as
from gitdata.git.program import Asking, Git

_STAT = re.compile(
    rb"\n  ctime: (\d+):(\d+)\n  mtime: (\d+):(\d+)\n  dev: \d+\tino: (\d+)\n  uid: (\d+)\tgid: (\d+)\n  size: (\d+)\t"
)
_32_BITS = 0xFFFFFFFF
_ANCESTORS = 4  # Git, the shell that it starts filters with, and a wrapper or two


class Blob(NamedTuple):
    """The content of a file as the index has it."""

    oid: str
    size: int  # bytes

    def hasher(self) -> "hashlib._Hash":
        """A hasher that has the name of this blob when all of its bytes went through."""
        hasher = hashlib.sha256() if len(self.oid) == 64 else hashlib.sha1(usedforsecurity=False)
        hasher.update(b"blob %d\0" % self.size)
        return hasher


class Index:
    """What the index file holds; asked file by file, while Git may write it anew."""

    def __init__(self, git: Git, top: Path, file: Path) -> None:
        self._git, self._top, self._file = git, os.fsencode(top), file
        self._asking: Asking | None = None
        self._seen: tuple[int, int, int] | None = None

    def blob(self, path: bytes) -> Blob | None:
        """What is in the index, free of conflict, under `path`; None too where the file has not as many bytes.

        Raises `GitFailed`.
        """
        try:
            status = os.stat(self._file)
        except FileNotFoundError:
            return None
        if b"\n" in path:
            return None
        seen = (status.st_mtime_ns, status.st_size, status.st_ino)
        if self._asking is None or seen != self._seen:
            # A process that has read the index does not read it again.
            self.close()
            self._asking, self._seen = self._git.asking("cat-file", "--batch-check"), seen
        name = in_index_as(self._git, path)
        if name is None:
            return None
        oid, kind, size = [*self._asking.ask(os.fsencode(name)).rsplit(b" ", 2), b"", b""][:3]
        if kind != b"blob" or not size.isdigit() or self._size(path) not in (None, int(size)):
            return None
        return Blob(oid.decode(), int(size))

    def _size(self, path: bytes) -> int | None:
        try:
            return os.lstat(os.path.join(self._top, path)).st_size
        except OSError:
            return None

    def renormalizing(self, path: bytes) -> bool:
        """Whether Git asks for `path` because a person wants its attributes applied (`git add --renormalize`).

        The protocol of filters does not say so. Of a file that is as the index says no other command asks while
        it holds the index; where the index cannot tell, the command line of Git does, on systems that show it.
        """
        lock = self._file.with_name(self._file.name + ".lock")
        return lock.exists() and (self._is_up_to_date(path) or _asked_to())

    def _is_up_to_date(self, path: bytes) -> bool:
        """Whether stat data says that the file is as in the index, beyond doubt: Git would not look at the content."""
        sparse = ["--sparse"] if self._git.sparse else []  # an index that is one stays so
        told = self._git.run("ls-files", *sparse, "-s", "--debug", "--", f":(top,literal){os.fsdecode(path)}")
        found = _STAT.search(told)
        if found is None:
            return False
        try:
            seen, written = os.lstat(os.path.join(self._top, path)), os.stat(self._file)
        except OSError:
            return False
        ctime, mtime = divmod(seen.st_ctime_ns, 10**9), divmod(seen.st_mtime_ns, 10**9)
        now = (*ctime, *mtime, seen.st_ino & _32_BITS, seen.st_uid, seen.st_gid, seen.st_size & _32_BITS)
        return tuple(map(int, found.groups())) == now and mtime[0] < written.st_mtime_ns // 10**9

    def close(self) -> None:
        """End the process that was asked."""
        if self._asking is not None:
            self._asking.close()
            self._asking = None


def _asked_to() -> bool:
    """Whether one of the commands that have started us is `git add --renormalize`."""
    process = os.getppid()
    for _ in range(_ANCESTORS):
        try:
            words = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
            process = int(Path(f"/proc/{process}/stat").read_bytes().rpartition(b")")[2].split()[1])
        except (OSError, ValueError, IndexError):
            return False
        if os.path.basename(words[0]).startswith(b"git"):
            options = words[: words.index(b"--")] if b"--" in words else words
            return not {b"add", b"stage"}.isdisjoint(words) and any(word.startswith(b"--ren") for word in options)
    return False

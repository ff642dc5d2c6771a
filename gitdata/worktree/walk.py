"""What lies below a data root right now, in the order of the paths, without holding all of it in memory."""

import stat
import struct
from collections.abc import Iterator
from typing import NamedTuple

from gitdata import interrupts
from gitdata.descent import Descent, named
from gitdata.disk_errors import reason
from gitdata.formats.names import TEMPORARY
from gitdata.progress import UNSEEN, Step
from gitdata.store.signature import Signature
from gitdata.values import frozen
from gitdata.worktree.scan import Ignored, Scan, special

_STRETCH = 4096  # files
_SEEN = struct.Struct("<QQQqqI")
_SLASH = ord("/")  # ends the row of a directory; that of a file ends in the upper bytes of its mode, which are zero


class Stretch(NamedTuple):
    """Consecutive files and links of one directory."""

    prefix: bytes  # what their paths begin with; empty, or ending in a slash
    rows: list[bytes]  # a name and how the file was seen, as `seen_in` reads it


def seen_in(row: bytes) -> tuple[bytes, Signature]:
    """The name in a row, and how the file was seen."""
    end = len(row) - _SEEN.size
    return row[: end - 1], Signature._make(_SEEN.unpack_from(row, end))


def walk(down: Descent, root: bytes, found: Scan, ignored: Ignored | None, step: Step = UNSEEN) -> Iterator[Stretch]:
    """List the directory `root`, a path below the top of `down`, as `scan` does: files and links as stretches.

    The rest is in `found`. A directory in which there is nothing is a stretch of no files.
    """
    walking = _Walking(down, root, found, ignored, step)
    waiting = [(b"", walking.listed(b""))]
    while waiting:
        prefix, rows = waiting[-1]
        stretch: list[bytes] = []
        while rows and len(stretch) < _STRETCH and rows[-1][-1] != _SLASH:
            stretch.append(rows.pop())
        if stretch:
            yield Stretch(prefix, stretch)
        elif rows:
            below = prefix + rows.pop()
            inside = walking.listed(below)
            if inside is not None and not inside:
                yield Stretch(below, [])
            elif inside:
                waiting.append((below, inside))
        else:
            waiting.pop()


@frozen
class _Walking:
    """A walk, and what it has found."""

    down: Descent
    root: bytes
    found: Scan
    ignored: Ignored | None
    step: Step

    def listed(self, prefix: bytes) -> list[bytes] | None:
        """The rows of a directory, the last path first; None when it cannot be listed."""
        found, ignored = self.found, self.ignored
        rows: list[bytes] = []
        is_reg, is_dir, is_lnk, pack, add = stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK, _SEEN.pack, rows.append
        count = 0
        try:
            with self.down.entries(self.root + b"/" + prefix[:-1] if prefix else self.root) as listing:
                for entry in listing:
                    count += 1
                    name = named(entry)
                    if name.startswith(TEMPORARY):
                        found.leftovers.append(prefix + name)
                        continue
                    try:
                        st = entry.stat(follow_symlinks=False)
                    except FileNotFoundError:
                        continue
                    mode = st.st_mode
                    if ignored is not None and ignored(prefix + name, is_dir(mode)):
                        continue
                    if is_reg(mode) or is_lnk(mode):
                        # In this form they sort by path, and a name of its own would take as much memory again.
                        seen = pack(st.st_dev, st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns, mode)
                        add(name + b"\0" + seen)
                    elif is_dir(mode):
                        add(name + b"/")
                    else:
                        found.problems.append((prefix + name, special(mode)))
        except FileNotFoundError:
            return None  # vanished since its parent was listed: the parent's next scan will not see it
        except OSError as error:
            found.problems.append((prefix.rstrip(b"/"), reason(error)))
            return None
        interrupts.check()
        self.step.advance(count)
        rows.sort(reverse=True)
        return rows

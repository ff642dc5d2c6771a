"""What lies below one data root right now: names and stat data, no contents."""

import os
import stat
from collections.abc import Callable

from gitdata import interrupts
from gitdata.descent import Descent, named
from gitdata.disk_errors import reason
from gitdata.errors import Unreadable
from gitdata.formats.names import TEMPORARY
from gitdata.progress import UNSEEN, Step
from gitdata.store.signature import Signature, signature
from gitdata.values import field, frozen

Ignored = Callable[[bytes, bool], bool]
"""(path below the root, is a directory) -> whether `.gitdataignore` leaves it out."""


LINK = "is a symlink"
BIG_DISK = (
    "to have it on another disk, mount that directory in its place (`sudo mount --bind DIRECTORY {name}`) or keep the "
    'whole repository there: README, "A big disk"'
)
"""What to do about a symlink in the place of data; `name` is the path of the data."""


@frozen
class Scan:
    """Everything found below a data root; paths are relative to it, `/`-separated bytes."""

    files: dict[bytes, Signature] = field(default_factory=dict)
    links: dict[bytes, Signature] = field(default_factory=dict)
    empty: set[bytes] = field(default_factory=set)
    ignored: set[bytes] = field(default_factory=set)
    leftovers: list[bytes] = field(default_factory=list)  # our own half-written files and directories
    problems: list[tuple[bytes, str]] = field(default_factory=list)
    present: bool = True  # the root itself exists


def scan(down: Descent, root: bytes, ignored: Ignored | None = None, step: Step = UNSEEN) -> Scan:
    """List `root`, a path below the top of `down`. Symlinks are listed, never followed. `step` counts what is found.

    A root that is a single file is listed under the empty path. A missing root is `present=False`.
    What cannot be stored (unreadable directories, FIFOs, sockets, devices) goes to `problems`.
    """
    try:
        top = down.status(root)
    except (FileNotFoundError, NotADirectoryError):
        return Scan(present=False)
    if stat.S_ISREG(top.st_mode):
        return Scan(files={b"": signature(top)})
    if not stat.S_ISDIR(top.st_mode):
        return Scan(problems=[(b"", LINK if stat.S_ISLNK(top.st_mode) else "is neither a directory nor a file")])
    found = Scan()
    _walk(down, root, found, ignored, step)
    return found


def _walk(  # noqa: C901 - the innermost loop of every status
    down: Descent, root: bytes, found: Scan, ignored: Ignored | None, step: Step
) -> None:
    files, links, is_reg, is_dir, is_lnk = found.files, found.links, stat.S_ISREG, stat.S_ISDIR, stat.S_ISLNK
    pending = [b""]
    while pending:
        prefix = pending.pop()
        try:
            with down.entries(root + b"/" + prefix[:-1] if prefix else root) as listing:
                entries = list(listing)
        except FileNotFoundError:
            continue  # vanished since its parent was listed: the parent's next scan will not see it
        except OSError as error:
            found.problems.append((prefix.rstrip(b"/"), reason(error)))
            continue
        interrupts.check()
        step.advance(len(entries))
        kept = False
        for entry in entries:
            name = named(entry)
            path = prefix + name
            if name.startswith(TEMPORARY):
                found.leftovers.append(path)
                continue
            try:
                st = entry.stat(follow_symlinks=False)
            except FileNotFoundError:
                continue
            mode = st.st_mode
            if ignored is not None and ignored(path, is_dir(mode)):
                found.ignored.add(path)
                continue
            kept = True
            if is_reg(mode):
                files[path] = Signature(st.st_dev, st.st_ino, st.st_size, st.st_mtime_ns, st.st_ctime_ns, mode)
            elif is_dir(mode):
                pending.append(path + b"/")
            elif is_lnk(mode):
                links[path] = signature(st)
            else:
                found.problems.append((path, special(mode)))
        if not kept and prefix:
            found.empty.add(prefix[:-1])


def special(mode: int) -> str:
    """What something is that cannot be stored."""
    if stat.S_ISFIFO(mode):
        return "is a FIFO"
    if stat.S_ISSOCK(mode):
        return "is a socket"
    return "is a device"


def refuse_problems(root: bytes, problems: list[tuple[bytes, str]]) -> None:
    """Raise `Unreadable` naming every problem, when there is one."""
    if not problems:
        return
    if (b"", LINK) in problems:
        name = os.fsdecode(root)
        raise Unreadable(f"cannot record {name}: it is a symlink, and none is followed", BIG_DISK.format(name=name))
    names = "; ".join(f"{os.fsdecode(root + b'/' + path if path else root)} ({why})" for path, why in sorted(problems))
    raise Unreadable(f"cannot record {os.fsdecode(root)}: {names}")

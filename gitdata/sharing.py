"""Sharing: who may read and write what is made in a place that several people use.

Two places tell it: a repository by Git's `core.sharedRepository`, and the top folder of a directory remote by its
own permissions. `durable` makes everything accordingly; what the umask says does not count there.
"""

import contextlib
import os
import stat
from pathlib import Path

from gitdata.errors import UsageError
from gitdata.values import frozen, replace

_GROUP = 0o660
_EVERYBODY = 0o664
_NAMES = {"umask": 0, "0": 0, "false": 0, "no": 0, "off": 0}
_NAMES |= dict.fromkeys(("group", "true", "yes", "on", "1", ""), _GROUP)
_NAMES |= dict.fromkeys(("all", "world", "everybody", "2"), _EVERYBODY)


@frozen
class Sharing:
    """Permissions for new files and folders; made by `by_setting`, `by_folder` or as `UMASK`."""

    bits: int = 0  # who may read and write
    exact: bool = False  # these and no others; else they are added to what the umask leaves
    special: int = 0  # setgid and sticky bits of folders
    group: int | None = None  # the group that owns what is made

    def file(self, mode: int) -> int:
        """The permissions of a file that was made with `mode`: what is read-only or executable stays so."""
        if not self:
            return mode
        bits = self.bits if mode & stat.S_IWUSR else self.bits & ~0o222
        if mode & stat.S_IXUSR:
            bits |= (bits & 0o444) >> 2
        return bits if self.exact else mode | bits

    def folder(self, mode: int) -> int:
        """The permissions of a folder that was made with `mode`."""
        if not self:
            return mode
        new = self.file(mode & 0o777) | (mode & 0o7000) | self.special
        new |= (new & 0o444) >> 2
        # A folder that was the model says itself whether its group is handed on.
        return new | (stat.S_ISGID if new & 0o060 and self.group is None else 0)

    def without_strangers(self) -> "Sharing":
        """The same, but only owner and group may write."""
        return replace(self, bits=self.bits & ~0o002, special=self.special & ~stat.S_ISVTX)

    def __bool__(self) -> bool:
        return self.bits != 0


UMASK = Sharing()
"""Nothing is shared: the umask decides."""

_shared: dict[str, Sharing] = {}


def by_setting(value: str | None) -> Sharing:
    """What `core.sharedRepository` says (git-config(1)); raises `UsageError` as Git does for what it cannot be."""
    if value is None:
        return UMASK
    named = _NAMES.get(value.lower())
    if named is not None:
        return Sharing(named)
    try:
        bits = int(value, 8)
    except ValueError:
        bits = -1
    if bits < 0 or bits & 0o600 != 0o600:
        raise UsageError(
            f"core.sharedRepository is '{value}', which shares with nobody in a way that Git knows",
            "git config core.sharedRepository group",
        )
    return Sharing(bits & 0o666, exact=True)


def by_folder(seen: os.stat_result) -> Sharing:
    """What the permissions and the group of a folder say for everything below it."""
    mode = stat.S_IMODE(seen.st_mode)
    return Sharing(mode & 0o666 | 0o600, exact=True, special=mode & (stat.S_ISGID | stat.S_ISVTX), group=seen.st_gid)


def share(descriptor: int, sharing: Sharing) -> None:
    """Give an open file or folder, made just now, the permissions and the group that its place has."""
    if not sharing:
        return
    seen = os.fstat(descriptor)
    # Others may read less than they should where the system refuses; what was written is safe all the same.
    if sharing.group not in (None, seen.st_gid):
        with contextlib.suppress(OSError):
            os.fchown(descriptor, -1, sharing.group or 0)
            seen = os.fstat(descriptor)
    mode = stat.S_IMODE(seen.st_mode)
    wanted = sharing.folder(mode) if stat.S_ISDIR(seen.st_mode) else sharing.file(mode)
    if wanted != mode:
        with contextlib.suppress(OSError):
            os.fchmod(descriptor, wanted)


def widen(descriptor: int, sharing: Sharing) -> None:
    """Let the group into an open folder of ours that was made before its place was shared, or by an older version."""
    seen = os.fstat(descriptor)
    mode = stat.S_IMODE(seen.st_mode)
    wanted = mode | sharing.folder(mode)
    if sharing.bits & 0o020 and wanted != mode and seen.st_uid == os.geteuid():
        with contextlib.suppress(OSError):
            os.fchmod(descriptor, wanted)


def share_below(directory: Path, sharing: Sharing) -> None:
    """From now on `directory`, and whatever `durable` makes below it, is shared in that way."""
    _shared[str(directory)] = sharing


def sharing_at(path: Path) -> Sharing:
    """How what is made at `path` is shared."""
    if not any(_shared.values()):
        return UMASK
    places = (path, *path.parents)
    return next((_shared[name] for place in places if (name := str(place)) in _shared), UMASK)


def set_mode(path: Path, mode: int | None = None) -> None:
    """Give a file or folder of ours `mode`, or what it has, and what its place adds to that."""
    sharing = sharing_at(path)
    if mode is None and not sharing:
        return
    with contextlib.suppress(PermissionError):
        seen = stat.S_IMODE(path.stat().st_mode)
        before = seen if mode is None else mode
        wanted = sharing.folder(before) if path.is_dir() else sharing.file(before)
        if wanted != seen:
            path.chmod(wanted)


def make_read_only(path: Path) -> None:
    """Nobody may write to a file of ours any more; who may read it stays as it is."""
    with contextlib.suppress(PermissionError):  # there are no permissions to be changed
        path.chmod(stat.S_IMODE(path.stat().st_mode) & ~0o222)


def adjust(directory: Path) -> None:
    """Give everything of ours below a shared folder the permissions that it would be made with now."""
    if not sharing_at(directory) or not directory.is_dir():
        return
    for folder, _folders, files in os.walk(directory):
        for path in (Path(folder), *(Path(folder, name) for name in files)):
            with contextlib.suppress(OSError):
                if path.lstat().st_uid == os.geteuid() and not path.is_symlink():
                    set_mode(path)

"""Sharing: who may read and write what is made in a place that several people use.

Two places tell it: a repository by Git's `core.sharedRepository`, and the top folder of a directory remote by its
own permissions. `durable` applies it; what the umask says does not count there.
"""

import os
import stat
from dataclasses import dataclass, replace

from gitdata.errors import UsageError

_GROUP = 0o660
_EVERYBODY = 0o664
_NAMES = {"umask": 0, "0": 0, "false": 0, "no": 0, "off": 0}
_NAMES |= dict.fromkeys(("group", "true", "yes", "on", "1", ""), _GROUP)
_NAMES |= dict.fromkeys(("all", "world", "everybody", "2"), _EVERYBODY)


@dataclass(frozen=True, slots=True)
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

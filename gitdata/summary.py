"""The line at the end of a command that moved data: what it did, how much that was, and how long it took.

The rule for all of them: nothing is said of what did not happen, nor of what is noise. Time is said from a second on,
bytes that were fetched by the way from a MiB on, and what files have beside what was moved for them where the
difference is a MiB and a tenth of it.
"""

import time

from gitdata.values import frozen
from gitdata.wording import count, done_to_files, size

_LONG_S = 1.0
_MUCH = 1 << 20  # bytes


@frozen
class Amount:
    """What was stored, sent or received for some files."""

    files: int = 0
    size: int = 0  # bytes of the files
    moved: int = 0  # bytes that it took; fewer by what was there already and by compression

    def __add__(self, other: "Amount") -> "Amount":
        return Amount(self.files + other.files, self.size + other.size, self.moved + other.moved)


class Since:
    """The moment at which something began: now."""

    def __init__(self) -> None:
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """How long that is ago."""
        return time.monotonic() - self._began


def recorded(amount: Amount, seconds: float) -> str:
    """What was put into the store; nothing of little, or where it took no time and as many bytes as the files have."""
    if not amount.moved or amount.size < _MUCH or not (_took(seconds) or _instead(amount)):
        return ""
    return f"recorded {count(amount.files, 'file')}: {size(amount.moved)}{_instead(amount)}{_took(seconds)}"


def sent(amount: Amount, packs: int, seconds: float) -> str:
    """What was sent: "5.6 KiB in 1 pack instead of 83.8 MiB, 1.2 s"."""
    return f"{size(amount.moved)} in {count(packs, 'pack')}{_instead(amount)}{_took(seconds)}"


def fetched(amount: Amount, seconds: float) -> str:
    """What was fetched, into the store alone."""
    return f"fetched {count(amount.files, 'object')}, {size(amount.moved)}{_instead(amount)}{_took(seconds)}"


def done_to_work_tree(written: int, gone: int, came: Amount, seconds: float, *, word: str = "deleted") -> str:
    """What was done to files, and how much of it had to be fetched; nothing when nothing was done."""
    told = done_to_files(written, gone, word)
    return told + effort(came, seconds) if told else ""


def effort(came: Amount, seconds: float) -> str:
    """The end of a line: what had to be fetched for what it says, and how long that took; nothing of little."""
    by_the_way = f", {size(came.moved)} fetched{_instead(came)}" if _is_much(came) else ""
    return by_the_way + _took(seconds)


def fetched_by_the_way(came: Amount, seconds: float) -> str:
    """What Git's own command had to wait for; nothing of little."""
    return fetched(came, seconds) if _is_much(came) else ""


def span(seconds: float) -> str:
    """Time for people: "1.2 s", "14 s", "3 min 20 s", "2 h 5 min"."""
    if seconds < 9.95:
        return f"{seconds:.1f} s"
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min" + (f" {whole % 60} s" if whole % 60 else "")
    minutes = round(seconds / 60)
    return f"{minutes // 60:,} h" + (f" {minutes % 60} min" if minutes % 60 else "")


def _is_much(came: Amount) -> bool:
    return came.moved >= _MUCH or bool(_instead(came))


def _took(seconds: float) -> str:
    return f", {span(seconds)}" if seconds >= _LONG_S else ""


def _instead(amount: Amount) -> str:
    spared = amount.size - amount.moved
    return f" instead of {size(amount.size)}" if spared >= max(_MUCH, amount.size // 10) else ""

"""Texts: the contents of very many small blobs, of which only a few are in memory at a time."""

from collections.abc import Iterable, Iterator, Mapping

from gitdata.git.pointers import read
from gitdata.git.program import Git

_TOGETHER = 4 << 20  # bytes that are read in one go


class Texts(Mapping[str, bytes]):
    """The contents of blobs by object id (hex), as far as the repository has them and they are not too large.

    They are read when they are asked for, those together that were named one after the other: in that order, or the
    other way round, each is read once.
    """

    def __init__(self, git: Git, limits: Mapping[str, int]) -> None:
        """Look which are blobs, and not larger than the limit (bytes) of each."""
        self._git, self._limits = git, limits
        self._stretch: dict[str, int] = {}
        self._stretches: list[list[str]] = []
        self._held: Mapping[str, bytes] = {}
        room = 0
        for oid, size in sizes(git, limits).items():
            if size <= limits[oid]:
                if size > room or not self._stretches:
                    self._stretches.append([])
                    room = _TOGETHER
                room -= size
                self._stretch[oid] = len(self._stretches) - 1
                self._stretches[-1].append(oid)

    def __getitem__(self, oid: str) -> bytes:
        """Raises `GitFailed` for one that has gone since."""
        stretch = self._stretches[self._stretch[oid]]
        if oid not in self._held:
            self._held = {}  # before others take its place
            self._held = read(self._git, stretch, max(self._limits[one] for one in stretch))
        return self._held[oid]

    def beginning(self, oid: str) -> bytes:
        """The content, of one that is too large the first bytes; raises `GitFailed` when it is not there."""
        return self[oid] if oid in self else read(self._git, [oid], self._limits[oid])[oid]

    def __iter__(self) -> Iterator[str]:
        return iter(self._stretch)

    def __len__(self) -> int:
        return len(self._stretch)

    def __contains__(self, oid: object) -> bool:
        """Without reading anything."""
        return oid in self._stretch


def sizes(git: Git, oids: Iterable[str]) -> dict[str, int]:
    """The bytes of each blob of these that the repository has."""
    wanted = list(dict.fromkeys(oids))
    if not wanted:
        return {}
    asked = "".join(f"{oid}\n" for oid in wanted).encode()
    lines = git.run("cat-file", "--batch-check=%(objectname) %(objecttype) %(objectsize)", stdin=asked).splitlines()
    fields = [line.decode().split(" ") for line in lines]
    return {found[0]: int(found[2]) for found in fields if len(found) == 3 and found[1] == "blob"}

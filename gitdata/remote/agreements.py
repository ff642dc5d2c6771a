"""What this clone has agreed to: under which name data may go to which place, and the id that was found there.

One small file for each name and place, in `.git/gitdata/remotes/agreed` (docs/format.md), named by a hash.
An agreement stays until the person forgets it: other places come beside it and take nothing from it.
"""

import contextlib
import json
from pathlib import Path

from blake3 import blake3

from gitdata import durable
from gitdata.backends.location import Destination
from gitdata.errors import GitDataError
from gitdata.formats.remote_name import RemoteName, remote_name
from gitdata.reading import small
from gitdata.values import as_mapping, frozen

_LIMIT = 16384  # bytes
_FORMAT = 1


@frozen
class Agreement:
    """A place that is agreed to, under one name."""

    name: RemoteName
    destination: Destination
    remote_id: str | None = None  # of its gitdata.json; None: nothing was there yet
    refused_id: str | None = None  # found there instead, and not agreed to; "": nothing at all was there
    default: bool = False  # it was what is used where no remote is named


@frozen
class Agreements:
    """The agreements of a clone, in the folder that all of its work trees share."""

    folder: Path

    @property
    def begun(self) -> bool:
        """Whether this clone has ever agreed to a place, by a person's word or by its first use."""
        return self._own.is_dir() or any(self.folder.glob("*/*.id"))

    def all(self) -> list[Agreement]:
        """Every agreement, the latest last. A file that is damaged counts for nothing: the person is asked again."""
        if not self._own.is_dir():
            return []
        found = []
        for file in self._own.glob("*.json"):
            agreement = _read(file)
            with contextlib.suppress(FileNotFoundError):  # forgotten by another process
                found.append((file.stat().st_mtime_ns, file.name, agreement))
        return [agreement for _when, _name, agreement in sorted(found, key=lambda row: row[:2]) if agreement]

    def find(self, name: RemoteName, destination: Destination) -> Agreement | None:
        """The agreement to use `destination` under that name."""
        found = _read(self._file(name, destination))
        return found if found is not None and (found.name, found.destination) == (name, destination) else None

    def former_id(self, folder: str, name: RemoteName) -> str | None:
        """The id that an earlier version of git-data has remembered in `folder`, named by a hash."""
        data = small(self.folder / folder / f"{name}.id", _LIMIT, "the id of a remote")
        return None if data is None else data.decode(errors="replace").strip()

    def keep(self, agreement: Agreement) -> None:
        """Remember it, in place of what was known of the same name and place."""
        durable.make_folder(self._own)
        place = agreement.destination
        value = {"format": _FORMAT, **as_mapping(agreement)}
        value["destination"] = {"url": place.url, "endpoint": place.endpoint, "region": place.region}
        text = json.dumps(value, sort_keys=True).encode() + b"\n"
        durable.write_file(self._file(agreement.name, place), text, fsync=False)

    def forget(self, name: RemoteName) -> int:
        """Forget every place of that name; how many there were. What is used next under that name asks first."""
        files = [self._file(one.name, one.destination) for one in self.all() if one.name == name]
        files += self.folder.glob(f"*/{name}.id")  # of an earlier version; a checked name has nothing that glob knows
        durable.make_folder(self._own)
        for file in files:
            file.unlink(missing_ok=True)
        return len(files)

    @property
    def _own(self) -> Path:
        return self.folder / "agreed"

    def _file(self, name: RemoteName, destination: Destination) -> Path:
        what = "\0".join((name, destination.url, destination.endpoint or "", destination.region or ""))
        return self._own / f"{blake3(what.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"


def _read(file: Path) -> Agreement | None:
    with contextlib.suppress(GitDataError, ValueError, KeyError, TypeError, AttributeError):
        data = small(file, _LIMIT, "what was agreed to")
        if data is None:
            return None
        value = json.loads(data)
        if value.pop("format") == _FORMAT:
            name, place = remote_name(value.pop("name")), Destination.of(**value.pop("destination"))
            return Agreement(name, place, **value)
    return None

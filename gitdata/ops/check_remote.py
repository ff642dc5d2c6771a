"""Check a remote: what its server really does, tried with a small file that is removed again."""

from dataclasses import dataclass

from gitdata.backends import connect, location, probe
from gitdata.errors import NotTrusted
from gitdata.ops import remotes
from gitdata.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Checked:
    """What was found."""

    name: str
    url: str
    lines: tuple[str, ...]


def check_remote(place: Workspace, name: str | None = None) -> Checked:
    """Write, read, list and delete on the remote; raises what the backend raises when it cannot be used."""
    chosen = remotes.choose(place, name)
    if not chosen.trusted:
        raise NotTrusted(f"this repository proposes the data remote '{chosen.name}' at {chosen.url}")
    backend = connect.connect(location.parse(chosen.url), remotes.options(place, chosen))
    found = probe.probe(backend)
    return Checked(chosen.name, chosen.url, tuple(found.lines()))

"""Check a remote: what its server really does, tried with a small file that is removed again."""

from gitdata.backends import connect, probe
from gitdata.ops.remotes import agreed, configured
from gitdata.values import frozen
from gitdata.workspace import Workspace


@frozen
class Checked:
    """What was found."""

    name: str
    where: str
    lines: tuple[str, ...]


def check_remote(place: Workspace, name: str | None = None) -> Checked:
    """Write, read, list and delete on the remote; raises what the backend raises when it cannot be used.

    Raises `NotTrusted` and `RemoteMoved` for a place that the person has not agreed to.
    """
    chosen = configured.choose(place, name)
    to = agreed.require(place, chosen).destination
    found = probe.probe(connect.connect(to, configured.options(place, chosen)))
    return Checked(chosen.name, str(to), tuple(found.lines()))

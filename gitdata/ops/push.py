"""Push: upload the data of every commit that is about to be pushed and that the remote lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitdata.ops import remotes
from gitdata.ops.wanted import versions
from gitdata.progress import SILENT, Progress
from gitdata.remote.pins import pinned
from gitdata.workspace import Workspace

_MARK_AGE_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did."""

    remote: str | None  # None: there was nothing to push, and no remote was asked
    versions: int  # distinct versions of data in the pushed commits
    uploaded: int  # of them, versions the remote lacked
    packs: int
    sent: int  # bytes


def push(
    place: Workspace,
    tips: Sequence[str],
    excluded: Sequence[str] = (),
    remote_name: str | None = None,
    progress: Progress = SILENT,
) -> Pushed:
    """Upload what the commits reachable from `tips` and not from `excluded` need (and the tips themselves).

    Raises `DataMissing` when this clone lacks data that the remote lacks too, before any ref is sent.
    """
    wanted = versions(place, tips, excluded)
    if not wanted:
        return Pushed(None, 0, 0, 0, 0)
    chosen = remotes.choose(place, remote_name)
    with place.open_store() as store:
        known = pinned(remotes.cache(place, chosen), chosen.name)
        marked = store.marked(known, _MARK_AGE_S) if known is not None else set()
        fresh = [version for version in wanted if version.root not in marked]
        if not fresh:
            return Pushed(chosen.name, len(wanted), 0, 0, 0)  # seen there lately: no need to ask
        from gitdata.ops.send import send

        done = send(place, store, chosen, wanted, fresh, progress)
    return Pushed(chosen.name, len(wanted), done.versions, done.packs, done.sent)

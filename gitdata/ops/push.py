"""Push: upload the data of every commit that is about to be pushed and that the remote lacks."""

from collections.abc import Sequence
from dataclasses import dataclass

from gitdata.ops import agreed, remotes
from gitdata.ops.wanted import versions
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace

_MARK_AGE_S = 7 * 24 * 3600.0


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push did."""

    remote: str | None  # None: there was nothing to push, and no remote was asked
    where: str | None  # the remote is
    versions: int  # distinct versions of data in the pushed commits
    uploaded: int  # of them, versions the remote lacked
    packs: int
    sent: int  # bytes
    elsewhere: str | None = None  # where others look for it, when this clone's own settings say another place


def push(
    place: Workspace,
    tips: Sequence[str],
    excluded: Sequence[str] = (),
    remote_name: str | None = None,
    progress: Progress = SILENT,
) -> Pushed:
    """Upload what the commits reachable from `tips` and not from `excluded` need (and the tips themselves).

    It goes to the data remote `remote_name`, or, when there is none of that name, to the default one. Raises
    `DataMissing` when this clone lacks data that the remote lacks too, before any ref is sent, and what connecting
    raises.
    """
    with progress.step("looking for data to push"):
        wanted = versions(place, tips, excluded)
    if not wanted:
        return Pushed(None, None, 0, 0, 0, 0)
    chosen = remotes.choose(place, remote_name if remote_name in remotes.known(place) else None)
    known = agreed.require(place, chosen).remote_id
    where = str(chosen.destination)
    with place.open_store() as store:
        seen = remotes.marks(chosen.destination, known) if known is not None else None
        marked = store.marked(seen, _MARK_AGE_S) if seen is not None else set()
        fresh = [version for version in wanted if version.root not in marked]
        if not fresh:
            return Pushed(chosen.name, where, len(wanted), 0, 0, 0)  # seen there lately: no need to ask
        from gitdata.ops.send import send

        with progress.step(f"pushing to {chosen.name}"):
            done = send(place, store, chosen, wanted, fresh, progress)
    others = remotes.elsewhere(place, chosen)
    return Pushed(chosen.name, where, len(wanted), done.versions, done.packs, done.sent, others)


def advice(done: Pushed) -> str:
    """One line for the person about where others look for what was pushed."""
    return (
        f"others look for it at {done.elsewhere}, which .gitdata.toml says of '{done.remote}': if that is right, run "
        f"`git data trust {done.remote}` and push again; if not, `git data remote set-url {done.remote} URL`"
    )

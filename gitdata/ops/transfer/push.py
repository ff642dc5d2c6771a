"""Push: upload the data of every commit that is about to be pushed and that the remote lacks."""

import os
import shlex
from collections.abc import Sequence

from gitdata.ops.patterns.large_in_git import BigFile, above
from gitdata.ops.remotes import agreed, configured
from gitdata.ops.transfer.needed_versions import Needed, Unreadable, bad_pointers, needed_versions
from gitdata.progress import SILENT, Progress
from gitdata.remote.bad import Bad
from gitdata.summary import Amount
from gitdata.values import frozen, replace
from gitdata.wording import count, shown, size
from gitdata.workspace import Workspace

_MARK_AGE_S = 7 * 24 * 3600.0


@frozen
class Pushed:
    """What a push did."""

    remote: str | None  # None: there was nothing to push, and no remote was asked
    where: str | None  # the remote is
    versions: int  # distinct versions of data in the pushed commits
    uploaded: int  # of them, versions the remote lacked
    packs: int
    sent: int  # bytes
    mended: int = 0  # of those uploaded, versions that the remote had, and that were not whole there any more
    elsewhere: str | None = None  # where others look for it, when this clone's own settings say another place
    changed: int = 0  # bytes of files in what was uploaded that the versions before had not, as far as that is known
    unreadable: tuple[Unreadable, ...] = ()  # damaged pointers, for which nothing was sent
    plain: tuple[BigFile, ...] = ()  # these commits bring them along in Git itself, although a pattern names them

    @property
    def amount(self) -> Amount:
        """What was sent, for the files that had changed."""
        return Amount(size=self.changed, moved=self.sent)


def push(
    place: Workspace,
    tips: Sequence[str],
    excluded: Sequence[str] = (),
    remote_name: str | None = None,
    progress: Progress = SILENT,
    check: Bad | None = None,
) -> Pushed:
    """Upload what the commits reachable from `tips` and not from `excluded` need (and the tips themselves).

    With `check`, which says what is known to be bad there, nothing is taken for granted: all that these versions rely
    on is looked for, and sent again where it is not right.

    It goes to the data remote `remote_name`, or, when there is none of that name, to the default one. Raises
    `DataMissing` when this clone lacks data that the remote lacks too, and what connecting raises; with `check` when
    all else is there, else before any ref is sent. Without it, `BadPointer` for pointers that are damaged in the last
    commits.
    """
    with progress.step("looking for data to push"):
        found = needed_versions(place, tips, excluded)
        plain = tuple(above(place, found.plain, found.plain))
    now = [one for one in found.unreadable if not one.mended]
    if now and check is None:
        raise bad_pointers(now)
    done = Pushed(None, None, 0, 0, 0, 0)
    if found.versions:
        done = _push(place, found.versions, remote_name, progress, check)
    return replace(done, plain=plain, unreadable=found.unreadable)


def _push(
    place: Workspace, needed: Sequence[Needed], remote_name: str | None, progress: Progress, check: Bad | None
) -> Pushed:
    chosen = configured.choose(place, remote_name if remote_name in configured.known(place) else None)
    known = agreed.require(place, chosen).remote_id
    where = str(chosen.destination)
    with place.open_store() as store:
        seen = configured.marks(chosen.destination, known) if known is not None else None
        marked = store.marked(seen, _MARK_AGE_S) if seen is not None and check is None else set()
        fresh = [version for version in needed if version.root not in marked]
        if not fresh:
            return Pushed(chosen.name, where, len(needed), 0, 0, 0)  # seen there lately: no need to ask
        from gitdata.ops.transfer.send import Wanted, send

        with progress.step(f"pushing to {chosen.name}"), store.in_use():
            done = send(place, store, chosen, Wanted(needed, fresh, check), progress)
    others = configured.elsewhere(place, chosen)
    counts = (len(needed), done.versions, done.packs, done.sent, done.mended)
    return Pushed(chosen.name, where, *counts, elsewhere=others, changed=done.changed)


def advice(done: Pushed) -> list[str]:
    """Lines for the person: what Git carries that it need not, and where others look for what was pushed."""
    lines = [_plain(done.plain)] if done.plain else []
    if done.mended:
        lines.append(f"{count(done.mended, 'version')} on '{done.remote}' had lost data, which was sent again")
    if done.elsewhere is not None:
        lines.append(_elsewhere(done))
    if mended := [one for one in done.unreadable if one.mended]:
        it = "it" if len(mended) == 1 else "them"
        lines.append(f"{bad_pointers(mended)}; a later commit has mended {it}, and no data was pushed for {it}")
    return lines


def _plain(files: Sequence[BigFile]) -> str:
    name = f"{shown(files[0].path)} ({size(files[0].size)})"
    if len(files) == 1:
        only = shlex.quote(os.fsdecode(files[0].path))
        return f"{name} is in Git itself in these commits; to make it a pointer: `git add --renormalize {only}`"
    more = f"{len(files) - 1:,} more"
    return f"{name} and {more} are in Git itself in these commits; to make them pointers: `git add --renormalize .`"


def _elsewhere(done: Pushed) -> str:
    return (
        f"others look for it at {done.elsewhere}, which .gitdata.toml says of '{done.remote}': if that is right, run "
        f"`git data trust {done.remote}` and push again; if not, `git data remote set-url {done.remote} URL`"
    )

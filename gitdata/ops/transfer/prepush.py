"""Pre-push: from the lines Git hands the hook to the data that has to be on the remote first."""

from collections.abc import Sequence

from gitdata.ops.transfer.push import Pushed, push
from gitdata.progress import SILENT, Progress
from gitdata.workspace import Workspace


def pre_push(place: Workspace, git_remote: str, lines: Sequence[str], progress: Progress = SILENT) -> Pushed:
    """Push the data of the refs in `lines` (`<local ref> <local id> <remote ref> <remote id>`, githooks(5)).

    Deletions carry nothing. Commits that the Git remote is known to have are left out, the tips never.
    """
    tips, excluded = [], []
    for line in lines:
        _local_ref, local, _remote_ref, remote = line.rsplit(" ", 3)
        if set(local) != {"0"}:
            tips.append(local)
        if set(remote) != {"0"}:
            excluded.append(remote)
    if not tips:
        return Pushed(None, None, 0, 0, 0, 0)
    excluded += _tracking(place, git_remote)
    return push(place, tips, excluded, git_remote, progress)


def push_everything(place: Workspace, git_remote: str, local: str, progress: Progress = SILENT) -> Pushed:
    """Push the data of every branch and tag that the Git remote is not known to have, and of the revision `local`.

    The pre-commit framework keeps Git's lines to itself and tells only the first ref of a push
    (`git push --all`, `--tags` send more), so nothing less would be safe.
    """
    tips = [local, "--branches", "--tags"]
    return push(place, tips, _tracking(place, git_remote), git_remote, progress)


def _tracking(place: Workspace, git_remote: str) -> list[str]:
    """What we know the Git remote has; nothing for a remote given as an address."""
    if not git_remote or "/" in git_remote or ":" in git_remote:
        return []
    found = place.git.run("for-each-ref", "--format=%(objectname)", f"refs/remotes/{git_remote}/")
    return found.decode().split()

"""Lost commits: those that are in the repository and that no ref reaches, as Git leaves them until it collects garbage.

What `git stash drop`, `commit --amend`, `reset` or a deleted branch leave behind is among them.
"""

from collections.abc import Iterable
from typing import NamedTuple

from gitdata.git.changes import Introduced, changes, of_each
from gitdata.git.program import Git


class Said(NamedTuple):
    """What a commit says of itself."""

    when_s: int  # since the epoch
    subject: bytes


def lost_commits(git: Git) -> list[str]:
    """Their ids. Goes through the names of all objects: a second for each million."""
    listed = git.run("cat-file", "--batch-all-objects", "--unordered", "--batch-check=%(objecttype) %(objectname)")
    known = {line[7:].decode() for line in listed.splitlines() if line.startswith(b"commit ")}
    return sorted(known - set(git.run("rev-list", "--all").decode().split()))


def brought(git: Git, commits: Iterable[str], specs: Iterable[str]) -> list[Introduced]:
    """What these commits did to the paths that `specs` match, oldest first; commits of refs left out."""
    refs = git.run("for-each-ref", "--format=%(objectname)").decode().split()
    return changes(git, list(commits), refs, list(specs))


def said(git: Git, commits: Iterable[str]) -> dict[str, Said]:
    """What each of `commits` says of itself."""
    parts = ((commit, line.partition(b" ")) for commit, line in of_each(git, commits, "%ct %s").items())
    return {commit: Said(int(when), subject) for commit, (when, _, subject) in parts}

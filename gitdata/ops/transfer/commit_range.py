"""Commit range: which commits words as `REV` and `A..B` mean."""

from collections.abc import Sequence

from gitdata.errors import GitFailed
from gitdata.wording import shown
from gitdata.workspace import Workspace


def commit_range(place: Workspace, revisions: Sequence[str]) -> tuple[list[str], list[str]]:
    """The commits to begin with and those to leave out, with all that they reach; no words: HEAD.

    Raises `GitFailed` for a revision to be left out that there is not; what is asked for next does for the others.
    """
    tips, excluded = [], []
    for word in revisions or ["HEAD"]:
        before, dots, after = word.partition("..")
        if dots:
            excluded.append(before or "HEAD")
            tips.append(after or "HEAD")
        else:
            tips.append(word)
    for word in excluded:  # one that is not here would leave nothing out, and say so to nobody
        if word.startswith("-") or not place.git.ok("rev-parse", "--verify", "--quiet", f"{word}^{{commit}}"):
            raise GitFailed(f"there is no revision '{shown(word)}'", "see `git log --all`; a shallow clone has few")
    return tips, excluded


def without(place: Workspace, names: Sequence[str]) -> tuple[list[str], list[str]]:
    """The commits that would be named by no ref and no work tree were these branches or tags gone; those that would.

    Raises `GitFailed` for a name that is no ref.
    """
    gone = set()
    for name in names:
        full = "" if name.startswith("-") else _full_name(place, name)
        if not full:
            raise GitFailed(f"there is no branch or tag '{shown(name)}'", "see `git branch -a` and `git tag`")
        gone.add(full)
    refs = place.git.run("for-each-ref", "--format=%(refname)").decode(errors="surrogateescape").split("\n")
    kept = [ref for ref in refs if ref and ref not in gone]
    if _full_name(place, "HEAD") not in gone and place.git.ok("rev-parse", "--verify", "--quiet", "HEAD"):
        kept.append("HEAD")
    return sorted(gone), kept


def _full_name(place: Workspace, name: str) -> str:
    if not place.git.ok("rev-parse", "--verify", "--quiet", name):
        return ""
    return place.git.run("rev-parse", "--symbolic-full-name", name).decode(errors="surrogateescape").strip()

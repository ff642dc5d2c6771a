"""Words as git-log(1) takes them: revisions, then paths, with or without `--` between them; `-5` for `-n 5`."""

import os
import re
from collections.abc import Sequence

import click
from typer.core import TyperCommand

from gitdata.errors import GitFailed
from gitdata.values import frozen
from gitdata.wording import shown
from gitdata.workspace import Workspace

_AFTER = "gitdata.paths"
_SIMILAR = re.compile(r"-M\d.*")
_NUMBER = re.compile(r"-\d+")
_OF_TWO_FORMS = {"--word-diff": "--word-diff=plain", "-M": "--find-renames=50%", "--find-renames": "--find-renames=50%"}
"""Options that Git takes with a value and without: click knows either."""

_TAKE_NUMBER = ("-n", "--max-count")


class GitWords(TyperCommand):
    """A command that takes such words."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Keep apart what follows `--`: click forgets where it stood."""
        if "--" in args:
            position = args.index("--")
            ctx.meta[_AFTER] = args[position + 1 :]
            args = args[:position]
        words = [
            f"-n{word[1:]}" if _NUMBER.fullmatch(word) and before not in _TAKE_NUMBER else word
            for before, word in zip(["", *args], args, strict=False)
        ]
        return super().parse_args(ctx, words)


class PathsBehind(TyperCommand):
    """A command to which words behind `--` are paths (its option `--path`), and those before it revisions or paths."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """As click does it, with what it does not know in words that it does."""
        end = args.index("--") if "--" in args else len(args)
        words = [_OF_TWO_FORMS.get(word, word) for word in args[:end]]
        words = [f"--find-renames={word[2:]}" if _SIMILAR.fullmatch(word) else word for word in words]
        return super().parse_args(ctx, [*words, *(f"--path={word}" for word in args[end + 1 :])])


@frozen
class Words:
    """What was typed."""

    revisions: tuple[str, ...]
    typed: tuple[str, ...]  # the words that are paths
    paths: tuple[bytes, ...]  # what they mean, relative to the top, as `paths_of` says; none: all of it


def parted(place: Workspace, words: Sequence[str] | None) -> Words:
    """The revisions and paths in the words of the command that runs.

    Without `--` the first word that is no revision begins the paths; as for Git, it has to be there then.
    Paths may be pathspecs. Raises `UsageError` for one that is none and for a path outside, `GitFailed` for a word that
    is neither.
    """
    from gitdata.ops.versions.finding import paths_of

    after: list[str] | None = click.get_current_context().meta.get(_AFTER)
    before = list(words or [])
    if after is not None:
        return Words(tuple(before), tuple(after), paths_of(place, after))
    count = 0
    while count < len(before) and _is_revision(place, before[count]):
        count += 1
    if count < len(before) and not _is_here(place, before[count]):
        raise GitFailed(
            f"'{shown(before[count])}' is neither a revision nor a path that is here",
            "write `--` before paths that are not here any more; for revisions see `git log --all`",
        )
    return Words(tuple(before[:count]), tuple(before[count:]), paths_of(place, before[count:]))


def _is_here(place: Workspace, word: str) -> bool:
    """Whether the work tree has something at a path, or a pointer of it or of a folder that it lies in.

    Of a pattern nothing has to be there, as for Git.
    """
    from gitdata.formats.pathspec import read_word
    from gitdata.ops.versions.finding import typed_path

    if place.repository.bare or not read_word(word).is_plain:
        return True
    top = place.repository.top
    path = os.fsdecode(typed_path(place, read_word(word)))
    folders = [path[:end] for end, letter in enumerate(path) if letter == "/"]
    return os.path.lexists(top / path) or any(os.path.lexists(top / f"{one}.gitdata") for one in [*folders, path])


def _is_revision(place: Workspace, word: str) -> bool:
    from gitdata.git.graph import revisions

    try:
        return bool(revisions(place.git, [word]))
    except GitFailed:
        return False

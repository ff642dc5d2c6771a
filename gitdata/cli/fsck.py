"""git data fsck: verify stored data."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready

if TYPE_CHECKING:
    from gitdata.remote.spare import Spare


def fsck(
    remote: Annotated[str | None, typer.Option("--remote", "-r", help="Verify this remote as well.")] = None,
    repair: Annotated[
        bool, typer.Option("--repair", help="Set aside what is damaged and bring it again from where it is.")
    ] = False,
    full: Annotated[bool, typer.Option("--full", help="With --remote: also what no version names there.")] = False,
    unlock: Annotated[
        bool, typer.Option("--unlock", help="First remove locks that processes elsewhere have left behind.")
    ] = False,
    json: AsJson = False,
) -> None:
    """Read and hash everything in the store; check that the pointers of all refs can be served."""
    from gitdata import terminal
    from gitdata.errors import BAD_POINTERS_HINT, DataCorrupt, UsageError
    from gitdata.ops.keeping.fsck import fsck as op
    from gitdata.ops.keeping.unlock import unlock as remove_locks

    if full and remote is None:
        raise UsageError("--full is about what is on a remote", "name it: `--remote NAME`; here everything is read")
    place = ready()
    for line in remove_locks(place) if unlock else ():
        terminal.tell(line)
    result = op(place, remote, repair=repair, full=full, progress=terminal.progress())
    if json:
        show_json(result)
    else:
        for problem in result.problems:
            terminal.say(problem)
        if result.repaired is not None and (result.repaired.packs or result.repaired.chunks):
            terminal.say(
                f"repaired: {terminal.count(result.repaired.packs, 'damaged pack')} set aside, "
                f"{terminal.count(result.repaired.chunks, 'chunk')} had again"
            )
        if result.mended:
            versions = terminal.count(result.mended, "version")
            terminal.say(f"repaired on '{remote}': {versions}, whose lost data was sent again")
        if result.spare is not None:
            _tell_spare(result.spare, str(remote), terminal.say)
        there = f" here, and all of '{remote}'" if remote is not None else ""
        here = f"{terminal.count(result.packs, 'pack')} and {terminal.count(result.versions, 'version')}"
        terminal.say(f"checked {here}{there}")
        if result.absent:
            terminal.say(
                f"{terminal.count(result.absent, 'version')} not in this clone (fetch with `git data fetch REVISION`)"
            )
    if result.problems:
        only_pointers = len(result.problems) == result.pointers
        way = BAD_POINTERS_HINT if only_pointers else _way(remote, repaired=repair)
        raise DataCorrupt(f"{terminal.count(len(result.problems), 'problem')} found", way)


def _tell_spare(spare: "Spare", remote: str, say: Callable[[str], None]) -> None:
    """Packs of a remote that no version names: how many, whether they are right, and how they go."""
    from gitdata import terminal
    from gitdata.remote.spare import AGE_DAYS

    if spare.kept:
        say(f"what no version names on '{remote}' cannot be told: {spare.kept}")
        return
    for problem in spare.problems:
        say(problem)
    count, size = terminal.count(len(spare.packs), "pack"), terminal.size(sum(spare.packs.values()))
    if spare.removed:
        gone = terminal.count(len(spare.removed), "pack"), terminal.size(sum(spare.removed.values()))
        say(f"removed from '{remote}': {gone[0]} that no version names, {gone[1]}")
    left = len(spare.packs) - len(spare.removed or ())
    if left and spare.removed is None:
        say(
            f"{count} that no version names on '{remote}', {size}, left by pushes that were stopped or are at work: "
            f"`git data fsck --remote {remote} --full --repair` removes what was seen so for {AGE_DAYS} days"
        )
    elif left:
        say(f"{terminal.count(left, 'pack')} that no version names on '{remote}' for less than {AGE_DAYS} days: kept")


def _way(remote: str | None, *, repaired: bool) -> str:
    if repaired:
        return "what is missing may be in another clone: `git data push` there, then run this again"
    return f"`git data fsck --repair{f' --remote {remote}' if remote else ''}` brings it again from where it is"

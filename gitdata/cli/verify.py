"""git data verify: whether the data of commits is on a remote."""

import os
from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson


def verify(
    revisions: Annotated[
        list[str] | None,
        typer.Argument(metavar="[REVISION|A..B]...", help="Whose commits; HEAD's history if left out."),
    ] = None,
    remote: Annotated[
        str | None, typer.Option("--remote", "-r", help="Data remote; the branch's, or the default one, if left out.")
    ] = None,
    all_refs: Annotated[bool, typer.Option("--all", help="The commits of every branch and tag.")] = False,
    json: AsJson = False,
) -> None:
    """Check that every version of the data in these commits is whole on the remote; no data is fetched.

    It reads the manifests of the versions and looks for the packs that they name, and works in a clone without the
    data and in a bare repository: for a job that is to fail while somebody's data is not there.
    """
    from gitdata import terminal, workspace
    from gitdata.errors import BAD_POINTERS_HINT, NotOnRemote
    from gitdata.ops.keeping.verify import verify as op

    tips = ["--branches", "--tags"] if all_refs else list(revisions or [])
    result = op(workspace.anywhere(), tips, remote, terminal.progress())
    if json:
        show_json(result)
    else:
        for one in result.missing:
            what = f"version {one.root.hex()[:12]} of commit" if one.root else "in commit"
            terminal.say(
                f"{terminal.safe(os.fsdecode(one.path))}: {what} {one.commit[:12]} "
                f"by {terminal.safe(one.author)}: {one.why}"
            )
    versions = terminal.count(result.versions, "version")
    where = f"'{result.remote}' ({result.where})" if result.remote is not None else "any remote"
    if result.missing:
        broken = result.versions - result.whole
        message = f"{broken:,} of {versions} of data {'is' if broken == 1 else 'are'} not whole on {where}"
        only_pointers = not any(one.root for one in result.missing)
        raise NotOnRemote(message, BAD_POINTERS_HINT if only_pointers else None)
    if not json and result.remote is None:
        terminal.say("these commits have no data")
    elif not json:
        terminal.say(f"{versions} of data in {terminal.count(result.packs, 'pack')}: all whole on {where}")

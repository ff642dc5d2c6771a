"""git data push: upload data without pushing commits."""

from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.limit import keep_to_limit
from gitdata.cli.options import AsJson, RemoteName
from gitdata.cli.place import ready


def push(
    remote: RemoteName = None,
    revisions: Annotated[
        list[str] | None, typer.Argument(metavar="[REVISION]...", help="Whose data; HEAD's history if left out.")
    ] = None,
    all_refs: Annotated[bool, typer.Option("--all", help="The data of every branch and tag.")] = False,
    json: AsJson = False,
) -> None:
    """Upload the data of commits (`git push` does this by itself)."""
    from gitdata import terminal
    from gitdata.ops.remotes import configured
    from gitdata.ops.transfer.needed_versions import bad_pointers
    from gitdata.ops.transfer.push import advice
    from gitdata.ops.transfer.push import push as op
    from gitdata.remote.bad import Bad
    from gitdata.summary import Since, sent

    tips = ["--branches", "--tags"] if all_refs else list(revisions or ["HEAD"])
    since, place = Since(), ready()
    if remote is not None:
        configured.choose(place, remote)
    done = op(place, tips, (), remote, terminal.progress(), Bad())
    for line in advice(done):
        terminal.tell(line)
    if json:
        show_json(done)
    elif done.uploaded:
        terminal.say(
            f"pushed {terminal.count(done.uploaded, 'version')} to '{done.remote}' ({done.where}): "
            f"{sent(done.amount, done.packs, since.seconds)}"
        )
    else:
        terminal.say("everything is up to date")
    keep_to_limit(place)
    if damaged := [one for one in done.unreadable if not one.mended]:
        raise bad_pointers(damaged)

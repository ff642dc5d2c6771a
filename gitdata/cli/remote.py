"""git data remote: where data is pushed to and fetched from."""

from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.epilog import epilog
from gitdata.cli.options import AsJson

app = typer.Typer(no_args_is_help=True, rich_markup_mode=None, help="Manage data remotes: S3 buckets or directories.")

Name = Annotated[str, typer.Argument(metavar="NAME")]
Url = Annotated[str, typer.Argument(metavar="URL", help="s3://BUCKET/PATH or a directory.")]
Endpoint = Annotated[str | None, typer.Option(help="Address of an S3-compatible server.")]
Region = Annotated[str | None, typer.Option(help="AWS region.")]
Profile = Annotated[str | None, typer.Option(help="AWS profile; kept in this clone only.")]
Setting = Annotated[
    list[str] | None,
    typer.Option(
        "--set", metavar="KEY=VALUE", help="addressing, sse, kmsKey, storageClass, caBundle, requesterPays, anonymous."
    ),
]


@app.command(
    "add", epilog=epilog("git data remote add origin s3://bucket/path", "git data remote add nas /mnt/share/data")
)
def add(
    name: Name,
    url: Url,
    endpoint: Endpoint = None,
    region: Region = None,
    profile: Profile = None,
    setting: Setting = None,
) -> None:
    """Add a data remote; others are offered it through .gitdata.toml, which is staged."""
    from gitdata import terminal, workspace
    from gitdata.errors import UsageError
    from gitdata.ops.remotes import configured, edit

    place = workspace.here()
    known = {str(remote.name): remote for remote in configured.known(place).values()}
    if name in known and not known[name].proposed:
        raise UsageError(f"data remote '{name}' exists already", f"change it: `git data remote set-url {name} URL`")
    added = edit.add(place, name, url, _settings(endpoint, region, profile, setting))
    terminal.say(f"added data remote '{name}': {added.destination} (staged .gitdata.toml)")


@app.command("set-url", epilog=epilog("git data remote set-url origin s3://other-bucket/path"))
def set_url(
    name: Name,
    url: Url,
    endpoint: Endpoint = None,
    region: Region = None,
    profile: Profile = None,
    setting: Setting = None,
) -> None:
    """Change where a data remote is."""
    from gitdata import terminal, workspace
    from gitdata.ops.remotes import configured, edit

    place = workspace.here()
    configured.choose(place, name)
    changed = edit.add(place, name, url, _settings(endpoint, region, profile, setting))
    terminal.say(f"data remote '{name}' is now {changed.destination} (staged .gitdata.toml)")


@app.command("remove", epilog=epilog("git data remote remove nas"))
def remove(name: Name) -> None:
    """Forget a data remote; what lies on it stays."""
    from gitdata import terminal, workspace
    from gitdata.ops.remotes import edit

    gone = edit.remove(workspace.here(), name)
    terminal.say(f"removed data remote '{name}' ({gone.where}); what lies on it is untouched")


@app.command("list", epilog=epilog("git data remote list --json"))
def list_remotes(json: AsJson = False) -> None:
    """List the data remotes."""
    from gitdata import terminal, workspace
    from gitdata.ops.remotes.listing import list_remotes as list_op

    found = list_op(workspace.here())
    if json:
        show_json(found)
        return
    for remote in found:
        notes = ["default"] if remote.default else []
        notes += [] if remote.trusted else ["not trusted yet"]
        notes += [f"before: {remote.before}"] if remote.before else []
        notes += [f"proposed: {remote.elsewhere}"] if remote.elsewhere else []
        terminal.say(f"{remote.name}  {remote.where}" + (f" ({', '.join(notes)})" if notes else ""))
    if not found:
        terminal.say("there is no data remote yet (`git data remote add origin s3://BUCKET/PATH`)")


@app.command("default", epilog=epilog("git data remote default origin"))
def default(name: Name) -> None:
    """Choose the data remote that push, fetch and checkout use."""
    from gitdata import terminal, workspace
    from gitdata.ops.remotes import edit

    remote = edit.set_default(workspace.here(), name)
    terminal.say(f"'{name}' ({remote.where}) is the default data remote now")


@app.command("reset", epilog=epilog("git data remote reset origin"))
def reset(name: Name, json: AsJson = False) -> None:
    """Take a remote whose place was emptied or made anew for what it is now; nothing is written there."""
    from gitdata import terminal
    from gitdata.cli.place import ready
    from gitdata.ops.transfer.reset import reset as op

    done = op(ready(), name, terminal.progress())
    if json:
        show_json(done)
        return
    if not done.changed:
        terminal.say(f"data remote '{name}' ({done.where}) is what it was: there is nothing to reset")
        return
    terminal.say(f"data remote '{name}' ({done.where}) is taken for what is there now")
    if done.lacking:
        terminal.say(
            f"{terminal.count(done.lacking, 'version')} of your branches and tags, {terminal.size(done.size)}, "
            f"can be uploaded again: `git data push {name} --all`"
        )
    if done.elsewhere:
        versions = terminal.count(done.elsewhere, "version")
        terminal.say(f"{versions} must come from another clone: this one lacks their data")


@app.command("check", epilog=epilog("git data remote check", "git data remote check origin --json"))
def check(name: Annotated[str | None, typer.Argument(metavar="[NAME]")] = None, json: AsJson = False) -> None:
    """Try what the remote's server really does: write, read, ranges, listing, deletion."""
    from gitdata import terminal, workspace
    from gitdata.ops.remotes.check import check_remote

    result = check_remote(workspace.here(), name)
    if json:
        show_json(result)
        return
    terminal.say(f"'{result.name}' ({result.where}):")
    for line in result.lines:
        terminal.say(line)


def _settings(endpoint: str | None, region: str | None, profile: str | None, extra: list[str] | None) -> dict[str, str]:
    from gitdata.errors import UsageError
    from gitdata.wording import shown

    settings = {
        key: value for key, value in (("endpoint", endpoint), ("region", region), ("profile", profile)) if value
    }
    for item in extra or []:
        key, separator, value = item.partition("=")
        if not separator:
            raise UsageError(f"--set needs KEY=VALUE, not '{shown(item)}'")
        settings[key] = value
    return settings

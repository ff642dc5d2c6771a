"""Edit remotes: add, change and remove them, here and in what the repository proposes to others."""

import os
from pathlib import Path

from gitdata.backends.location import Destination
from gitdata.errors import UsageError
from gitdata.formats import project_edit
from gitdata.formats.project import ProposedRemote
from gitdata.formats.remote_name import RemoteName, remote_name
from gitdata.ops.remotes import agreed, configured
from gitdata.ops.remotes.configured import DataRemote
from gitdata.ops.remotes.edit_project import edit_project
from gitdata.remote.agreements import Agreement
from gitdata.values import frozen
from gitdata.workspace import Workspace

_PLACE = ("url", "endpoint", "region")  # the settings that say where a remote is


@frozen
class Edited:
    """A remote as it is now."""

    name: RemoteName
    destination: Destination


def add(place: Workspace, name: str, url: str, settings: dict[str, str]) -> Edited:
    """Add or replace a remote: active in this clone, proposed to others in `.gitdata.toml` (staged).

    Its place, typed here, is agreed to. A bucket keeps the endpoint and the region that `settings` do not
    name; an empty one takes them away. Raises `BadRemote` for an address that cannot be used and
    `UsageError` for a bad name.
    """
    checked = remote_name(name)
    unknown = settings.keys() - {*configured.OPTIONS, *configured.SWITCHES}
    if unknown:
        raise UsageError(f"unknown remote setting {', '.join(sorted(unknown))}")
    before = configured.known(place).get(checked)
    was = before.place if before is not None and isinstance(before.place, Destination) else None
    endpoint = settings.get("endpoint", was.endpoint if was else None)
    region = settings.get("region", was.region if was else None)
    to = Destination.of(absolute(url, Path.cwd()), endpoint, region)
    others = {key: value for key, value in settings.items() if key not in _PLACE}
    activate(place, checked, to, others)
    proposal = ProposedRemote(checked, to.url, to.endpoint, to.region)
    edit_project(place, lambda text: project_edit.with_remote(text, proposal))
    typed = DataRemote(checked, to, "")
    agreed.remember(place, typed, agreed.find(place, typed) or Agreement(checked, to))
    return Edited(checked, to)


def activate(place: Workspace, name: RemoteName, to: Destination, others: dict[str, str]) -> None:
    """Write a remote into this clone's own settings (`.git/config`)."""
    for key, value in {"url": to.url, "endpoint": to.endpoint, "region": to.region, **others}.items():
        if value is None:
            place.config.unset(f"{configured.SECTION}.{name}.{key}")
        else:
            place.config.set(f"{configured.SECTION}.{name}.{key}", value)


def give_up(place: Workspace, proposal: DataRemote) -> None:
    """Let the place that the repository proposes count instead of this clone's own settings."""
    for key in _PLACE:
        place.config.unset(f"{configured.SECTION}.{proposal.name}.{key}")
    if place.git.ok("config", "--get", f"{configured.SECTION}.{proposal.name}.url"):  # the person's, of all clones
        activate(place, proposal.name, proposal.destination, {})


def remove(place: Workspace, name: str) -> DataRemote:
    """Forget a remote here and in the proposals, and what was agreed about it; what lies on it stays. What it was."""
    removed = configured.choose(place, name)
    gone = removed.name
    if gone in configured.configured(place):
        place.git.run("config", "--local", "--remove-section", f"{configured.SECTION}.{gone}")
    if place.config.get("gitdata.remote") == gone:
        place.config.unset("gitdata.remote")
    agreed.agreements(place).forget(gone)
    if gone in configured.read_project(place).remotes:
        edit_project(place, lambda text: project_edit.without_remote(text, gone))
    return removed


def set_default(place: Workspace, name: str) -> DataRemote:
    """Make a remote the one that push, fetch and checkout use."""
    chosen = configured.choose(place, name)
    place.config.set("gitdata.remote", name)
    if name in configured.read_project(place).remotes:
        edit_project(place, lambda text: project_edit.with_default(text, name))
    return chosen


def absolute(url: str, cwd: Path) -> str:
    """A directory given relative to `cwd` as an absolute path; other addresses as they are."""
    if "://" in url or os.path.isabs(url):
        return url
    if url.startswith("~"):
        return str(Path(url).expanduser())
    return os.path.normpath(cwd / url)

"""Edit remotes: add, change and remove them, here and in what the repository proposes to others."""

import os
from collections.abc import Callable
from pathlib import Path

from gitdata.backends import location
from gitdata.durable import write_file
from gitdata.errors import UsageError
from gitdata.formats import project, project_edit
from gitdata.formats.project import ProposedRemote
from gitdata.ops import remotes
from gitdata.ops.remotes import DataRemote
from gitdata.workspace import Workspace


def add(place: Workspace, name: str, url: str, settings: dict[str, str]) -> DataRemote:
    """Add or replace a remote: active in this clone, proposed to others in `.gitdata.toml` (staged).

    Raises `BadRemote` for an address that cannot be used and `UsageError` for a bad name.
    """
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name):
        raise UsageError(f"'{name}' cannot be the name of a remote", "use letters, digits, - and _")
    unknown = settings.keys() - {*remotes.OPTIONS, *remotes.SWITCHES}
    if unknown:
        raise UsageError(f"unknown remote setting {', '.join(sorted(unknown))}")
    url = absolute(url, Path.cwd())
    location.parse(url)
    activate(place, name, url, settings)
    proposal = ProposedRemote(name, url, settings.get("endpoint"), settings.get("region"))
    _edit(place, lambda text: project_edit.with_remote(text, proposal))
    return DataRemote(name, url, settings.get("endpoint"), settings.get("region"))


def activate(place: Workspace, name: str, url: str, settings: dict[str, str]) -> None:
    """Write a remote into this clone's own settings (`.git/config`)."""
    for key, value in {"url": url, **settings}.items():
        place.config.set(f"{remotes.SECTION}.{name}.{key}", value)


def remove(place: Workspace, name: str) -> None:
    """Forget a remote here and in the proposals; what lies on it stays."""
    remotes.choose(place, name)
    if name in remotes.configured(place):
        place.git.run("config", "--local", "--remove-section", f"{remotes.SECTION}.{name}")
    if place.config.get("gitdata.remote") == name:
        place.config.unset("gitdata.remote")
    if name in remotes.read_project(place).remotes:
        _edit(place, lambda text: project_edit.without_remote(text, name))


def set_default(place: Workspace, name: str) -> None:
    """Make a remote the one that push, fetch and checkout use."""
    remotes.choose(place, name)
    place.config.set("gitdata.remote", name)
    if name in remotes.read_project(place).remotes:
        _edit(place, lambda text: project_edit.with_default(text, name))


def absolute(url: str, cwd: Path) -> str:
    """A directory given relative to `cwd` as an absolute path; other addresses as they are."""
    if "://" in url or os.path.isabs(url):
        return url
    if url.startswith("~"):
        return str(Path(url).expanduser())
    return os.path.normpath(cwd / url)


def _edit(place: Workspace, change: Callable[[bytes], bytes]) -> None:
    file = place.repository.top / project.FILE
    before = file.read_bytes() if file.exists() else b""
    after = change(before)
    if after != before:
        write_file(file, after)
        place.git.run("add", "--", project.FILE)

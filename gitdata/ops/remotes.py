"""Remotes: which data remotes this clone has, from its own settings and from the repository's proposals."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from gitdata.backends import location
from gitdata.backends.location import S3Options
from gitdata.durable import write_file
from gitdata.errors import NoRemote, UsageError
from gitdata.formats import project, project_edit
from gitdata.formats.project import Project, ProposedRemote
from gitdata.workspace import Workspace

PROJECT_FILE = ".gitdata.toml"
_SECTION = "gitdata-remote"
_OPTIONS = ("endpoint", "region", "profile", "addressing", "sse", "kmsKey", "storageClass", "caBundle")
_SWITCHES = ("requesterPays", "anonymous")


@dataclass(frozen=True, slots=True)
class DataRemote:
    """One data remote as this clone sees it."""

    name: str
    url: str
    endpoint: str | None = None
    region: str | None = None
    default: bool = False
    proposed: bool = False  # only in the tracked `.gitdata.toml`, not in this clone's settings
    trusted: bool = True  # False: a proposal that the person has to accept first


def known(place: Workspace) -> dict[str, DataRemote]:
    """Every remote by name: this clone's settings win over what the repository proposes."""
    proposals = read_project(place)
    trusted = set(place.config.all("gitdata.trust"))
    chosen = default_name(place, proposals)
    found = {}
    for proposal in proposals.remotes.values():
        found[proposal.name] = DataRemote(
            proposal.name,
            proposal.url,
            proposal.endpoint,
            proposal.region,
            proposal.name == chosen,
            proposed=True,
            trusted=needs_no_trust(proposal) or _address(proposal) in trusted,
        )
    for name in _configured(place):
        get = _getter(place, name)
        found[name] = DataRemote(name, get("url") or "", get("endpoint"), get("region"), name == chosen)
    return dict(sorted(found.items()))


def choose(place: Workspace, name: str | None) -> DataRemote:
    """The remote of that name, or the default one; raises `NoRemote`."""
    remotes = known(place)
    if name is not None:
        if name not in remotes:
            listed = ", ".join(remotes) or "none"
            raise NoRemote(
                f"there is no data remote '{name}' (known: {listed})",
                None if not remotes else "see `git data remote list`",
            )
        return remotes[name]
    for remote in remotes.values():
        if remote.default:
            return remote
    if len(remotes) == 1:
        return next(iter(remotes.values()))
    if "origin" in remotes:
        return remotes["origin"]
    if remotes:
        raise NoRemote(
            f"none of the data remotes {', '.join(remotes)} is the default",
            "choose one: `git data remote default NAME`",
        )
    raise NoRemote("no data remote is configured")


def options(place: Workspace, remote: DataRemote) -> S3Options:
    """How to reach an S3 remote: this clone's settings, else what the repository proposes."""
    get = _getter(place, remote.name)

    def flag(key: str) -> bool:
        return place.config.boolean(f"{_SECTION}.{remote.name}.{key}", default=False)

    return S3Options(
        endpoint=remote.endpoint,
        region=remote.region,
        profile=get("profile"),
        addressing=get("addressing"),
        sse=get("sse"),
        kms_key=get("kmsKey"),
        storage_class=get("storageClass"),
        ca_bundle=get("caBundle"),
        requester_pays=flag("requesterPays"),
        anonymous=flag("anonymous"),
    )


def read_project(place: Workspace) -> Project:
    """What the repository's `.gitdata.toml` proposes; nothing when there is none."""
    try:
        return project.parse((place.repository.top / PROJECT_FILE).read_bytes())
    except FileNotFoundError:
        return project.parse(b"")


def default_name(place: Workspace, proposals: Project) -> str | None:
    """The name of the default remote, when one was chosen."""
    return place.config.get("gitdata.remote") or proposals.default


def needs_no_trust(proposal: ProposedRemote) -> bool:
    """AWS itself needs no question; another endpoint or a path on this machine does."""
    return location.parse(proposal.url).scheme == "s3" and proposal.endpoint is None


def _address(proposal: ProposedRemote) -> str:
    """How `gitdata.trust` in a person's own configuration names a remote: its URL, and its endpoint if it has one."""
    return f"{proposal.url} {proposal.endpoint}" if proposal.endpoint else proposal.url


def add(place: Workspace, name: str, url: str, settings: dict[str, str]) -> DataRemote:
    """Add or replace a remote: active in this clone, proposed to others in `.gitdata.toml` (staged).

    Raises `BadRemote` for an address that cannot be used and `UsageError` for a bad name.
    """
    if not name or not all(letter.isalnum() or letter in "-_" for letter in name):
        raise UsageError(f"'{name}' cannot be the name of a remote", "use letters, digits, - and _")
    unknown = settings.keys() - {*_OPTIONS, *_SWITCHES}
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
        place.config.set(f"{_SECTION}.{name}.{key}", value)


def remove(place: Workspace, name: str) -> None:
    """Forget a remote here and in the proposals; what lies on it stays."""
    choose(place, name)
    if name in _configured(place):
        place.git.run("config", "--local", "--remove-section", f"{_SECTION}.{name}")
    if place.config.get("gitdata.remote") == name:
        place.config.unset("gitdata.remote")
    if name in read_project(place).remotes:
        _edit(place, lambda text: project_edit.without_remote(text, name))


def set_default(place: Workspace, name: str) -> None:
    """Make a remote the one that push, fetch and checkout use."""
    choose(place, name)
    place.config.set("gitdata.remote", name)
    if name in read_project(place).remotes:
        _edit(place, lambda text: project_edit.with_default(text, name))


def absolute(url: str, cwd: Path) -> str:
    """A directory given relative to `cwd` as an absolute path; other addresses as they are."""
    if "://" in url or os.path.isabs(url):
        return url
    if url.startswith("~"):
        return str(Path(url).expanduser())
    return os.path.normpath(cwd / url)


def _edit(place: Workspace, change: Callable[[bytes], bytes]) -> None:
    file = place.repository.top / PROJECT_FILE
    before = file.read_bytes() if file.exists() else b""
    after = change(before)
    if after != before:
        write_file(file, after)
        place.git.run("add", "--", PROJECT_FILE)


def _configured(place: Workspace) -> list[str]:
    prefix, suffix = f"{_SECTION}.", ".url"
    return [
        key[len(prefix) : -len(suffix)]
        for key in place.config.values
        if key.startswith(prefix) and key.endswith(suffix)
    ]


def _getter(place: Workspace, name: str) -> Callable[[str], str | None]:
    return lambda key: place.config.get(f"{_SECTION}.{name}.{key}")

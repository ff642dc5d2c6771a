"""Remotes: which data remotes this clone has, from its own settings and from the repository's proposals."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from blake3 import blake3

from gitdata.backends import location
from gitdata.backends.location import S3Options
from gitdata.errors import NoRemote
from gitdata.formats import project
from gitdata.formats.project import Project, ProposedRemote
from gitdata.workspace import Workspace

SECTION = "gitdata-remote"
OPTIONS = ("endpoint", "region", "profile", "addressing", "sse", "kmsKey", "storageClass", "caBundle")
SWITCHES = ("requesterPays", "anonymous")


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
    for name in configured(place):
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
        return place.config.boolean(f"{SECTION}.{remote.name}.{key}", default=False)

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


def cache(place: Workspace, remote: DataRemote) -> Path:
    """Where this clone keeps what it knows of a remote; another address is another remote."""
    address = f"{remote.url} {remote.endpoint or ''}".encode("utf-8", "surrogateescape")
    return place.store_directory / "remotes" / blake3(address).hexdigest()[:16]


def read_project(place: Workspace) -> Project:
    """What the repository's `.gitdata.toml` proposes; nothing when there is none."""
    try:
        return project.parse((place.repository.top / project.FILE).read_bytes())
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


def configured(place: Workspace) -> list[str]:
    """The names of the remotes in this clone's settings."""
    prefix, suffix = f"{SECTION}.", ".url"
    return [
        key[len(prefix) : -len(suffix)]
        for key in place.config.values
        if key.startswith(prefix) and key.endswith(suffix)
    ]


def _getter(place: Workspace, name: str) -> Callable[[str], str | None]:
    return lambda key: place.config.get(f"{SECTION}.{name}.{key}")

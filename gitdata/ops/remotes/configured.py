"""Remotes: which data remotes this clone has, from its own settings and from the repository's proposals."""

import os
from collections.abc import Callable, Iterable
from pathlib import Path

from blake3 import blake3

from gitdata.backends.location import Destination, S3Options
from gitdata.errors import BadRemote, NoRemote, UsageError
from gitdata.formats import project
from gitdata.formats.project import Project
from gitdata.formats.remote_name import RemoteName, remote_name
from gitdata.git import objects
from gitdata.reading import small
from gitdata.values import frozen, replace
from gitdata.workspace import Workspace

SECTION = "gitdata-remote"
OPTIONS = ("endpoint", "region", "profile", "addressing", "sse", "kmsKey", "storageClass", "caBundle")
SWITCHES = ("requesterPays", "anonymous")


@frozen
class DataRemote:
    """One data remote as this clone sees it."""

    name: RemoteName
    place: Destination | BadRemote  # the second: what is written is no place, and why
    former_folder: str  # where an earlier version of git-data kept what it knew of this place
    default: bool = False
    proposed: bool = False  # only in the tracked `.gitdata.toml`, not in this clone's settings
    unnamed: bool = False  # chosen by what the repository proposes, or as there is no other: no person named it

    @property
    def destination(self) -> Destination:
        """Where it is; raises `BadRemote` when that is no place."""
        if isinstance(self.place, BadRemote):
            raise BadRemote(f"data remote '{self.name}': {self.place}", self.place.hint)
        return self.place

    @property
    def where(self) -> str:
        """Where it is, for people."""
        return str(self.place)


def known(place: Workspace, proposals: Project | None = None) -> dict[RemoteName, DataRemote]:
    """Every remote by name: this clone's settings win over what the repository proposes."""
    proposals = proposals or read_project(place)
    chosen = default_name(place, proposals)
    found = proposed(proposals)
    for name in configured(place):
        get = _getter(place, name)
        found[name] = _remote(name, get("url") or "", get("endpoint"), get("region"))
    return {name: replace(found[name], default=name == chosen) for name in sorted(found)}


def proposed(proposals: Project) -> dict[RemoteName, DataRemote]:
    """The remotes of `.gitdata.toml` by name, also those for which this clone has settings of its own."""
    made = (_remote(one.name, one.url, one.endpoint, one.region) for one in proposals.remotes.values())
    return {remote.name: replace(remote, proposed=True) for remote in made}


def choose(place: Workspace, name: str | None) -> DataRemote:
    """The remote of that name, or the default one; raises `NoRemote`."""
    proposals = read_project(place)
    remotes = known(place, proposals)
    own = place.config.get("gitdata.remote")
    wanted = name or own
    if wanted is None:
        return replace(remotes[pick(remotes, proposals.default)], unnamed=True)
    for found in remotes.values():
        if found.name == wanted:
            return found
    listed = ", ".join(remotes) or "none"
    setting = "" if name else ", which `git config gitdata.remote` names"
    raise NoRemote(
        f"there is no data remote '{wanted}'{setting} (known: {listed})",
        None if not remotes else "see `git data remote list`",
    )


def elsewhere(place: Workspace, remote: DataRemote) -> str | None:
    """Where the repository proposes the remote to be, when this clone's own settings say another place."""
    proposal = proposed(read_project(place)).get(remote.name)
    return proposal.where if proposal is not None and proposal.place != remote.place else None


def pick(names: Iterable[RemoteName], proposed: RemoteName | None) -> RemoteName:
    """Which of `names` is used when no person has named one; raises `NoRemote`."""
    names = list(names)
    if proposed in names:
        return proposed
    if len(names) == 1:
        return names[0]
    origin = RemoteName("origin")
    if origin in names:
        return origin
    if names:
        raise NoRemote(
            f"none of the data remotes {', '.join(names)} is the default",
            "choose one: `git data remote default NAME`",
        )
    raise NoRemote("no data remote is configured")


def options(place: Workspace, remote: DataRemote) -> S3Options:
    """How to reach an S3 remote: only this clone's settings say that."""
    get = _getter(place, remote.name)

    def flag(key: str) -> bool:
        return place.config.boolean(f"{SECTION}.{remote.name}.{key}", default=False)

    return S3Options(
        profile=get("profile"),
        addressing=get("addressing"),
        sse=get("sse"),
        kms_key=get("kmsKey"),
        storage_class=get("storageClass"),
        ca_bundle=get("caBundle"),
        requester_pays=flag("requesterPays"),
        anonymous=flag("anonymous"),
    )


def folder(place: Workspace) -> Path:
    """Where this clone keeps what it knows of remotes."""
    return place.store_directory / "remotes"


def cache(place: Workspace, to: Destination) -> Path:
    """Where this clone keeps what it has read from a place."""
    return folder(place) / _hash(to.url, to.endpoint)


def marks(to: Destination, remote_id: str) -> str:
    """The name under which the store notes what was seen on a remote: a copied id makes no place another."""
    return f"{remote_id} {_hash(to.url, to.endpoint)}"


def read_project(place: Workspace) -> Project:
    """What the repository's `.gitdata.toml` proposes; nothing when there is none. Raises `BadFormat`."""
    if place.repository.bare:
        return project.parse(objects.committed(place.git, os.fsencode(project.FILE), project.LIMIT))
    return project.parse(small(place.repository.top / project.FILE, project.LIMIT, project.FILE) or b"")


def default_name(place: Workspace, proposals: Project) -> str | None:
    """The name of the default remote, when one was chosen."""
    return place.config.get("gitdata.remote") or proposals.default


def configured(place: Workspace) -> list[RemoteName]:
    """The names of the remotes in this clone's settings; raises `UsageError` for one that is no name."""
    prefix, suffix = f"{SECTION}.", ".url"
    return [
        _checked(key[len(prefix) : -len(suffix)])
        for key in place.config.values
        if key.startswith(prefix) and key.endswith(suffix)
    ]


def _checked(name: str) -> RemoteName:
    try:
        return remote_name(name)
    except UsageError as error:
        raise UsageError(f"{error}, as Git's configuration has it in {SECTION}.*.url", error.hint) from error


def _remote(name: RemoteName, url: str, endpoint: str | None, region: str | None) -> DataRemote:
    former = _hash(url, endpoint)
    try:
        return DataRemote(name, Destination.of(url, endpoint, region), former)
    except BadRemote as error:
        return DataRemote(name, error, former)


def _hash(url: str, endpoint: str | None) -> str:
    return blake3(f"{url} {endpoint or ''}".encode("utf-8", "surrogateescape")).hexdigest()[:16]


def _getter(place: Workspace, name: str) -> Callable[[str], str | None]:
    return lambda key: place.config.get(f"{SECTION}.{name}.{key}")

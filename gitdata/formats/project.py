"""`.gitdata.toml`, the tracked settings of a project: proposals, of which only known keys are taken."""

import sys
from typing import Any

from gitdata.errors import BadFormat, UsageError
from gitdata.formats import measured_files, plot_files
from gitdata.formats.measured_files import MeasuredFiles
from gitdata.formats.plot_files import PlotFiles
from gitdata.formats.remote_name import RemoteName, remote_name
from gitdata.values import field, frozen
from gitdata.wording import shown

if sys.version_info >= (3, 11):
    import tomllib
else:  # the same parser under its older name
    import tomli as tomllib

FILE = ".gitdata.toml"
LIMIT = 1 << 20  # bytes
_DOTS = 100  # in one line: a key of very many parts takes the parser a time that grows with their square
_KEYS = frozenset({"version", "default", "remote", "keys", "plots", *measured_files.CONVENTION})
_REMOTE_KEYS = frozenset({"url", "endpoint", "region"})


@frozen
class ProposedRemote:
    """A data remote that the repository proposes to those who clone it."""

    name: RemoteName
    url: str
    endpoint: str | None = None
    region: str | None = None


@frozen
class Project:
    """What `.gitdata.toml` says."""

    remotes: dict[RemoteName, ProposedRemote] = field(default_factory=dict)
    default: RemoteName | None = None
    measured: MeasuredFiles = field(default_factory=MeasuredFiles)
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)  # by pattern of paths, the columns that name a row
    plots: tuple[PlotFiles, ...] | None = None  # None: by convention


def parse(data: bytes) -> Project:
    """Read the file; raises `BadFormat` naming a key that is unknown, of the wrong type, or never belongs there."""
    if len(data) > LIMIT:
        raise BadFormat(f"{FILE} is larger than {LIMIT} bytes", "keep only settings in it")
    if any(line.count(b".") > _DOTS for line in data.splitlines()):
        raise BadFormat(f"{FILE} has a line with more than {_DOTS} dots", "keep only settings in it")
    try:
        table = tomllib.loads(data.decode())
    except (ValueError, RecursionError) as error:
        raise BadFormat(f"{FILE} cannot be read: {' '.join(str(error).split())}", "mend the file") from error
    _only(table, _KEYS, "")
    if table.get("version", 1) != 1:
        raise BadFormat(f"{FILE} has version {shown(str(table['version']))}", "update git-data with ./install.sh")
    remotes = table.get("remote", {})
    if not isinstance(remotes, dict):
        raise BadFormat(f"{FILE}: remote is not a table", "write [remote.NAME]")
    default = _text(table, "default", "")
    found = (_remote(_name(name), value) for name, value in remotes.items())
    named = {remote.name: remote for remote in found}
    chosen = None if default is None else _name(default)
    plots = plot_files.read(table["plots"], FILE) if "plots" in table else None
    return Project(named, chosen, measured_files.read(table, FILE), _row_keys(table.get("keys", {})), plots)


def _row_keys(table: object) -> dict[str, tuple[str, ...]]:
    """`[keys]`: patterns of paths, and a column or several."""
    if not isinstance(table, dict):
        raise BadFormat(f"{FILE}: keys is not a table", 'write [keys] and "data/*.csv" = "id" below it')
    found = {}
    for pattern, columns in table.items():
        listed = columns if isinstance(columns, list) else [columns]
        if not listed or not all(isinstance(name, str) and name for name in listed):
            raise BadFormat(f"{FILE}: keys.{shown(pattern)} names no columns", 'write "id" or ["year", "name"]')
        found[pattern] = tuple(listed)
    return found


def _name(text: str) -> RemoteName:
    try:
        return remote_name(text)
    except UsageError as error:
        raise BadFormat(f"{FILE}: {error}", error.hint) from error


def _remote(name: RemoteName, value: object) -> ProposedRemote:
    where = f"remote.{name}."
    if not isinstance(value, dict):
        raise BadFormat(f"{FILE}: remote.{name} is not a table", "write [remote.NAME]")
    _only(value, _REMOTE_KEYS, where)
    url = _text(value, "url", where)
    if url is None:
        raise BadFormat(f"{FILE}: {where}url is missing", 'add url = "s3://BUCKET/PATH"')
    if "@" in url.partition("://")[2].partition("/")[0]:
        raise BadFormat(f"{FILE}: {where}url holds credentials", "take them out; use an AWS profile or the environment")
    return ProposedRemote(name, url, _text(value, "endpoint", where), _text(value, "region", where))


def _only(table: dict[str, Any], allowed: frozenset[str], where: str) -> None:
    for key in table:
        if key not in allowed:
            raise BadFormat(
                f"{FILE}: unknown key {where}{key}",
                "remove it; credentials, profiles and file paths belong in `git config`, never in a tracked file",
            )


def _text(table: dict[str, Any], key: str, where: str) -> str | None:
    value = table.get(key)
    if value is not None and (not isinstance(value, str) or not value or not value.isprintable()):
        raise BadFormat(f"{FILE}: {where}{key} is not a line of text", "put it in double quotes")
    return value

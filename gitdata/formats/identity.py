"""The file gitdata.json: what makes a place a remote, and which one it is."""

import json

from gitdata.errors import BadFormat
from gitdata.values import frozen

NAME = "gitdata.json"
FORMAT = 1
LIMIT = 4096  # bytes


@frozen
class Identity:
    """The first thing that is written to a remote and read from it."""

    format: int
    remote_id: str  # 32 hex digits, random


def encode(remote_id: str) -> bytes:
    """The one encoding of an identity of the present format."""
    return b'{"format": %d, "remote": "%s"}\n' % (FORMAT, remote_id.encode("ascii"))


def decode(data: bytes) -> Identity:
    """Read an identity; raises `BadFormat`, with advice to update when the format is a newer one."""
    try:
        value = json.loads(data[: LIMIT + 1]) if len(data) <= LIMIT else None
    except (ValueError, RecursionError):
        value = None
    version = value.get("format") if isinstance(value, dict) else None
    if isinstance(version, int) and not isinstance(version, bool) and version > FORMAT:
        raise BadFormat(
            f"the remote has format {version}, this git-data knows {FORMAT}", "update git-data with ./install.sh"
        )
    remote_id = value.get("remote") if isinstance(value, dict) else None
    if not isinstance(remote_id, str) or encode_or_none(remote_id) != data:
        raise BadFormat(
            "gitdata.json on the remote is damaged", "look at the file; a remote is never repaired by guessing"
        )
    return Identity(FORMAT, remote_id)


def encode_or_none(remote_id: str) -> bytes | None:
    """The encoding when `remote_id` is 32 lower-case hex digits, else None."""
    if len(remote_id) != 32 or not set(remote_id) <= set("0123456789abcdef"):
        return None
    return encode(remote_id)

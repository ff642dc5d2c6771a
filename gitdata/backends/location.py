"""Addresses of remotes: `s3://BUCKET/PATH` or a directory."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Literal
from urllib.parse import unquote, urlsplit

from gitdata.errors import BadRemote


@dataclass(frozen=True, slots=True)
class Location:
    """A parsed address."""

    scheme: Literal["s3", "file"]
    bucket: str = ""
    prefix: str = ""  # without slashes at its ends
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class S3Options:
    """How to reach an S3 bucket; what is None is left to the AWS configuration."""

    endpoint: str | None = None
    region: str | None = None
    profile: str | None = None
    addressing: str | None = None  # "path", "virtual" or "auto"
    sse: str | None = None  # "AES256" or "aws:kms"
    kms_key: str | None = None
    storage_class: str | None = None
    ca_bundle: str | None = None
    requester_pays: bool = False
    anonymous: bool = False


def parse(url: str) -> Location:
    """The address `url`; raises `BadRemote` saying what is wrong with it. Directories have to be absolute."""
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in url):
        raise BadRemote("the address of the remote has control characters in it")
    scheme, separator, rest = url.partition("://")
    if not separator:
        if not os.path.isabs(url):
            raise BadRemote(f"{url!r} is not an absolute path")
        return Location("file", path=Path(url))
    if "@" in rest.partition("/")[0]:
        raise BadRemote(
            f"the address of the {scheme} remote holds credentials",
            "leave them out; use an AWS profile or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
        )
    if scheme == "file":
        parts = urlsplit(url)
        path = unquote(parts.path)
        if parts.netloc not in ("", "localhost") or not os.path.isabs(path):
            raise BadRemote(f"{url!r} is not a directory on this machine", "write file:///PATH")
        return Location("file", path=Path(path))
    if scheme != "s3":
        raise BadRemote(f"remotes of the kind {scheme}:// are not known")
    bucket, _, prefix = rest.partition("/")
    prefix = prefix.strip("/")
    if not bucket or "?" in bucket or " " in bucket:
        raise BadRemote(f"{url!r} names no bucket")
    if any(part in ("", ".", "..") for part in prefix.split("/")) and prefix:
        raise BadRemote(f"{url!r} has an empty or relative part in its path")
    return Location("s3", bucket=bucket, prefix=prefix)

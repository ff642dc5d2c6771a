"""Where data goes: `s3://BUCKET/PATH` or a directory, checked and in one spelling."""

import os
import re
from typing import Literal
from urllib.parse import SplitResult, unquote, urlsplit

from gitdata.errors import BadRemote
from gitdata.values import frozen

_BUCKET = re.compile(r"[A-Za-z0-9._:-]{1,255}")  # ARNs of access points have colons
_HOST = re.compile(r"[a-z0-9._-]+|[0-9a-f:.]*:[0-9a-f:.]*")
_REGION = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?<!-)")  # it becomes a part of a host's name
_PLAIN = re.compile(r"[^\s\"'`(),;]+")  # what needs no quotes in a sentence
_LONGEST = 900  # bytes of a prefix: with our own names after it a key has up to 1024
_PORTS = {"http": 80, "https": 443}


@frozen
class Destination:
    """A place that data comes from and goes to: all that decides which place it is, and nothing else.

    `of` makes one of what people write. Nothing is connected to but a `Destination`; two that are equal
    are the same place. How to get there, with which credentials, is in `S3Options`.
    """

    scheme: Literal["s3", "file"]
    bucket: str = ""
    prefix: str = ""  # without slashes at its ends
    path: str = ""  # of a directory; absolute
    endpoint: str | None = None  # None: AWS, or what the person's own AWS configuration says
    region: str | None = None

    def __post_init__(self) -> None:
        """However it was made, it is a place in its one spelling, or `BadRemote`."""
        _no_controls(self.bucket + self.prefix + self.path)
        if self.scheme == "file":
            if not os.path.isabs(self.path) or self.path != _clean(self.path):
                raise BadRemote(f"'{self.path}' is not an absolute path")
            return
        if not _BUCKET.fullmatch(self.bucket):
            raise BadRemote(f"'{self.url}' names no bucket")
        if len(self.prefix.encode("utf-8", "surrogateescape")) > _LONGEST:
            raise BadRemote(f"the path of the remote in the bucket '{self.bucket}' is longer than {_LONGEST} bytes")
        if self.prefix and any(part in ("", ".", "..") for part in self.prefix.split("/")):
            raise BadRemote(f"'{self.url}' has an empty or relative part in its path")
        if self.endpoint is not None and self.endpoint != _endpoint(self.endpoint):
            raise BadRemote(f"'{self.endpoint}' is not how an endpoint is written")
        if self.region is not None and not _REGION.fullmatch(self.region):
            raise BadRemote(f"'{self.region}' cannot be a region", "write it as in eu-central-1")

    @classmethod
    def of(cls, url: str, endpoint: str | None = None, region: str | None = None) -> "Destination":
        """The place that is written so; raises `BadRemote` saying what is wrong with it.

        Directories have to be absolute. They have no endpoint and no region: those are left out.
        """
        _no_controls(url)
        scheme, separator, rest = url.partition("://")
        if not separator:
            if not os.path.isabs(url):
                raise BadRemote(f"'{url}' is not an absolute path")
            return cls("file", path=_clean(url))
        scheme = scheme.lower()
        if "@" in rest.partition("/")[0]:
            raise BadRemote(
                f"the address of the {scheme} remote holds credentials",
                "leave them out; use an AWS profile or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY",
            )
        if scheme == "file":
            host, slash, path = rest.partition("/")
            path = unquote(slash + path, errors="surrogateescape")
            if host.lower() not in ("", "localhost") or not os.path.isabs(path):
                raise BadRemote(f"'{url}' is not a directory on this machine", "write file:///PATH")
            return cls("file", path=_clean(path))
        if scheme != "s3":
            raise BadRemote(f"remotes of the kind {scheme}:// are not known")
        bucket, _, prefix = rest.partition("/")
        return cls("s3", bucket, prefix.strip("/"), "", _endpoint(endpoint) if endpoint else None, region or None)

    @property
    def url(self) -> str:
        """The address alone, in its one spelling."""
        if self.scheme == "file":
            return self.path
        return f"s3://{self.bucket}/{self.prefix}" if self.prefix else f"s3://{self.bucket}"

    @property
    def on_aws(self) -> bool:
        """Whether it is a bucket on AWS itself, which answers only to an account that may use it."""
        return self.scheme == "s3" and self.endpoint is None

    def __str__(self) -> str:
        """All of it for people; there are no credentials in it, and no address can pass for more than one."""
        quoted = self.url.replace("\\", "\\\\").replace('"', '\\"')
        url = self.url if _PLAIN.fullmatch(self.url) else f'"{quoted}"'
        region = f" in {self.region}" if self.region else ""
        return url + region + (f" at {self.endpoint}" if self.endpoint else "")


@frozen
class S3Options:
    """How to reach an S3 bucket; what is None is left to the AWS configuration."""

    profile: str | None = None
    addressing: str | None = None  # "path", "virtual" or "auto"
    sse: str | None = None  # "AES256" or "aws:kms"
    kms_key: str | None = None
    storage_class: str | None = None
    ca_bundle: str | None = None
    requester_pays: bool = False
    anonymous: bool = False


def _no_controls(text: str) -> None:
    if any(ord(letter) < 32 or ord(letter) == 127 for letter in text):
        raise BadRemote("the address of the remote has control characters in it")


def _clean(path: str) -> str:
    """One spelling of a path; `..` stays, as what it leads to depends on links."""
    parts = [part for part in path.split("/") if part not in ("", ".")]
    return "/" + "/".join(parts) if path.startswith("/") else path


def _endpoint(text: str) -> str:
    """One spelling of the address of a server: scheme and host in lower case, no default port, no slash at its end."""
    if "@" in text:
        raise BadRemote("the endpoint of the remote holds credentials", "leave them out; use an AWS profile")
    parts, port = _split(text)
    if parts is None or parts.scheme not in _PORTS or not parts.hostname:
        raise BadRemote(f"the endpoint '{text}' is no address of a server", "write it as in https://minio.example.com")
    # A host in other letters can look like one that it is not.
    if not _HOST.fullmatch(parts.hostname) or parts.query or parts.fragment or not parts.path.isascii():
        raise BadRemote(f"the endpoint '{text}' is no address of a server", "write its host in plain letters (xn--...)")
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    where = host if port in (None, _PORTS[parts.scheme]) else f"{host}:{port}"
    return f"{parts.scheme}://{where}{parts.path.rstrip('/')}"


def _split(text: str) -> tuple[SplitResult | None, int | None]:
    if any(ord(letter) <= 32 or ord(letter) == 127 for letter in text):
        return None, None
    try:
        parts = urlsplit(text)
        return parts, parts.port
    except ValueError:  # not a number, or not an address between the brackets
        return None, None

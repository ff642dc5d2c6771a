"""A backend in an S3 bucket, on AWS or on any server that speaks its protocol."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    EndpointConnectionError,
    HTTPClientError,
    IncompleteReadError,
    NoCredentialsError,
    PartialCredentialsError,
    ProfileNotFound,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.exceptions import ConnectionError as BrokenConnection

from gitdata.backends.base import FILE_LIMIT, NotStored, Transient, check_name, is_name, short_read, too_large
from gitdata.backends.location import Destination, S3Options
from gitdata.backends.s3_client import client
from gitdata.errors import AccessDenied, BadRemote, RemoteUnavailable
from gitdata.wording import shown

_PIECE = 1 << 20  # bytes taken from a response at a time
_MISSING = {"NoSuchKey", "404", "NotFound"}
_PASSING = {
    "SlowDown",
    "InternalError",
    "ServiceUnavailable",
    "RequestTimeout",
    "ConditionalRequestConflict",
    "503",
    "500",
}
_DENIED = {
    "AccessDenied": "check the bucket's policy and which identity is used (`aws sts get-caller-identity`)",
    "403": "check the bucket's policy and which identity is used (`aws sts get-caller-identity`)",
    "InvalidAccessKeyId": "the access key is not known there; check AWS_PROFILE or AWS_ACCESS_KEY_ID",
    "SignatureDoesNotMatch": "the secret key does not fit; check AWS_SECRET_ACCESS_KEY",
    "ExpiredToken": "log in again (`aws sso login`), then repeat the command",
    "ExpiredTokenException": "log in again (`aws sso login`), then repeat the command",
    "InvalidToken": "log in again (`aws sso login`), then repeat the command",
    "RequestTimeTooSkewed": "set the clock of this machine",
}


class S3Backend:
    """Objects under the prefix of a bucket; credentials and defaults come from the AWS configuration."""

    def __init__(self, destination: Destination, options: S3Options) -> None:
        self._bucket = destination.bucket
        self._prefix = f"{destination.prefix}/" if destination.prefix else ""
        self._options = options
        self._where = f"s3://{self._bucket}" + (f" at {destination.endpoint}" if destination.endpoint else "")
        with self._explained(""):
            self._client = client(destination, options)

    def put(self, name: str, data: bytes | Path) -> None:
        """See `Backend`. One plain PUT: files are at most 64 MiB."""
        check_name(name)
        with self._explained(name), contextlib.ExitStack() as stack:
            body = data if isinstance(data, bytes) else stack.enter_context(open(data, "rb"))
            try:
                self._client.put_object(Bucket=self._bucket, Key=self._key(name), Body=body, **self._write_settings())
            except ClientError as error:
                # A bucket that demands create-only writes answers 412 when our first try arrived
                # and only its answer was lost; the size tells.
                if _code(error) not in ("PreconditionFailed", "412"):
                    raise
                if self.size(name) != (len(data) if isinstance(data, bytes) else data.stat().st_size):
                    raise RemoteUnavailable(f"{name} in {self._where} exists with other content") from error

    def read(self, name: str, start: int = 0, length: int | None = None, limit: int = FILE_LIMIT) -> bytes:
        """See `Backend`."""
        check_name(name)
        if length == 0:
            return b""
        ranged = (
            {}
            if start == 0 and length is None
            else {"Range": f"bytes={start}-{'' if length is None else start + length - 1}"}
        )
        with self._explained(name):
            answer = self._client.get_object(
                Bucket=self._bucket, Key=self._key(name), **ranged, **self._read_settings()
            )
            data = _received(answer["Body"], limit if length is None else length)
        if length is not None and len(data) != length:
            raise short_read(name)
        if len(data) > limit and length is None:
            raise too_large(name, self._where, limit)
        return data

    def size(self, name: str) -> int:
        """See `Backend`."""
        check_name(name)
        with self._explained(name):
            answer = self._client.head_object(Bucket=self._bucket, Key=self._key(name), **self._read_settings())
        return int(answer["ContentLength"])

    def names(self, prefix: str) -> Iterator[str]:
        """See `Backend`."""
        return iter(sorted(self.sizes(prefix)))

    def sizes(self, prefix: str) -> dict[str, int]:
        """See `Backend`."""
        found: dict[str, int] = {}
        with self._explained(prefix):
            pages = self._client.get_paginator("list_objects_v2").paginate(
                Bucket=self._bucket, Prefix=self._prefix + prefix, **self._read_settings()
            )
            for page in pages:
                for item in page.get("Contents", ()):
                    found[item["Key"].removeprefix(self._prefix)] = item["Size"]
        return {name: size for name, size in found.items() if is_name(name)}

    def delete(self, name: str) -> None:
        """See `Backend`. One at a time: bulk deletion needs checksums that some servers lack."""
        check_name(name)
        with self._explained(name), contextlib.suppress(NotStored):
            self._client.delete_object(Bucket=self._bucket, Key=self._key(name), **self._read_settings())

    def clear(self, prefix: str) -> int:  # noqa: ARG002 - see `Backend`
        """See `Backend`."""
        return 0  # what is not finished never appears

    def _key(self, name: str) -> str:
        return self._prefix + name

    def _read_settings(self) -> dict[str, str]:
        return {"RequestPayer": "requester"} if self._options.requester_pays else {}

    def _write_settings(self) -> dict[str, str]:
        settings = self._read_settings()
        if self._options.sse:
            settings["ServerSideEncryption"] = self._options.sse
        if self._options.kms_key:
            settings["SSEKMSKeyId"] = self._options.kms_key
        if self._options.storage_class:
            settings["StorageClass"] = self._options.storage_class
        return settings

    @contextlib.contextmanager
    def _explained(self, name: str) -> Iterator[None]:
        """Turn what boto3 raises into one line that names the bucket and what to do, and no secret."""
        try:
            yield
        except ClientError as error:
            self._explain(name, error)
        except (NoCredentialsError, PartialCredentialsError) as error:
            raise AccessDenied(f"no AWS credentials for {self._where}") from error
        except ProfileNotFound as error:
            profile = f"'{shown(self._options.profile)}'" if self._options.profile else "named in AWS_PROFILE"
            raise AccessDenied(
                f"the AWS profile {profile} does not exist",
                "see `aws configure list-profiles`",
            ) from error
        except EndpointConnectionError as error:
            raise Transient(
                f"cannot reach {self._where}", "check the network and the endpoint (`git data remote list`)"
            ) from error
        except (
            BrokenConnection,
            ReadTimeoutError,
            HTTPClientError,
            IncompleteReadError,
            ResponseStreamingError,
        ) as error:
            raise Transient(f"the connection to {self._where} broke: {type(error).__name__}") from error
        except BotoCoreError as error:
            raise BadRemote(f"{self._where}: {' '.join(str(error).split())}", "see `git data remote list`") from error
        except ValueError as error:
            raise BadRemote(f"{self._where}: {error}", "see `git data remote list`") from error

    def _explain(self, name: str, error: ClientError) -> NoReturn:
        code = _code(error)
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code == "NoSuchBucket" or (code in _MISSING and not name):
            raise RemoteUnavailable(
                f"the bucket {self._bucket} does not exist ({self._where})",
                "create it, or correct the address with `git data remote set-url`",
            ) from error
        if code in _MISSING:
            raise NotStored(f"{name} is not in {self._where}") from error
        if code in _DENIED:
            raise AccessDenied(f"{self._where} refuses: {code}", _DENIED[code]) from error
        if code in _PASSING or status >= 500:
            raise Transient(f"{self._where} is busy or in trouble: {code}") from error
        if code in ("InvalidRange", "416"):
            raise short_read(name) from error
        if code in ("PermanentRedirect", "301", "AuthorizationHeaderMalformed"):
            raise BadRemote(
                f"{self._where} is in another region", "name it: `git data remote set-url NAME URL --region REGION`"
            ) from error
        raise RemoteUnavailable(f"{self._where} answers {code}") from error


def _received(body: Any, most: int) -> bytes:
    """The body of a response; a little more than `most` bytes of one that is longer."""
    # All at once the HTTP library would join many small pieces, at three times the cost.
    pieces, size = [], 0
    with contextlib.closing(body):
        for piece in body.iter_chunks(_PIECE):
            pieces.append(piece)
            size += len(piece)
            if size > most:
                break
    return b"".join(pieces)


def _code(error: ClientError) -> str:
    return str(error.response.get("Error", {}).get("Code", "unknown"))

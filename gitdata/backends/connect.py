"""From a place to a backend; boto3 is loaded only for S3."""

from pathlib import Path

from gitdata.backends.base import Backend
from gitdata.backends.directory import DirectoryBackend
from gitdata.backends.location import Destination, S3Options
from gitdata.backends.retrying import RetryingBackend


def connect(destination: Destination, options: S3Options | None = None) -> Backend:
    """The backend at `destination`, which tries again what may pass. Nothing is sent yet."""
    if destination.scheme == "file":
        return DirectoryBackend(Path(destination.path))
    from gitdata.backends.s3 import S3Backend

    return RetryingBackend(S3Backend(destination, options or S3Options()))

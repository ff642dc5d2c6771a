"""From an address to a backend; boto3 is loaded only for S3."""

from gitdata.backends.base import Backend
from gitdata.backends.directory import DirectoryBackend
from gitdata.backends.location import Location, S3Options
from gitdata.backends.retrying import RetryingBackend


def connect(location: Location, options: S3Options | None = None) -> Backend:
    """The backend at `location`, which tries again what may pass. Nothing is sent yet."""
    if location.scheme == "file":
        if location.path is None:
            raise ValueError("a directory has a path")
        return DirectoryBackend(location.path)
    from gitdata.backends.s3 import S3Backend

    return RetryingBackend(S3Backend(location.bucket, location.prefix, options or S3Options()))

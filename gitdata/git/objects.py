"""The names that Git gives to objects."""

import hashlib


def blob_id(text: bytes, *, sha256: bool) -> str:
    """The id of a file of this content, in hex (gitformat-loose(5)); by SHA-1 unless the repository uses SHA-256."""
    algorithm = hashlib.sha256 if sha256 else hashlib.sha1
    return algorithm(b"blob %d\0" % len(text) + text).hexdigest()

"""Names of data remotes: in `.gitdata.toml`, in sections of Git's configuration, on the command line."""

from typing import NewType

from gitdata.errors import UsageError

RemoteName = NewType("RemoteName", str)
LONGEST = 64  # letters


def remote_name(text: str) -> RemoteName:
    """The name of a data remote; `UsageError` unless it is letters, digits, `_` and, but for its first, `-`."""
    plain = text and not text.startswith("-") and all(letter.isalnum() or letter in "-_" for letter in text)
    if not plain or len(text) > LONGEST:
        shown = text if len(text) <= LONGEST else f"{text[:LONGEST]}..."
        raise UsageError(
            f"'{shown}' cannot be the name of a data remote", f"use letters, digits, - and _, at most {LONGEST}"
        )
    return RemoteName(text)

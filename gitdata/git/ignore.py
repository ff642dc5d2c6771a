"""`.gitdataignore`: files below data roots that are not data, in the syntax of gitignore(5)."""

import os
from collections.abc import Callable
from pathlib import Path

FILE = ".gitdataignore"

Matcher = Callable[[bytes, bool], bool]
"""(path below the data root, is a directory) -> whether it is ignored."""


def matcher(top: Path, data: bytes) -> Matcher | None:
    """What is ignored below the data root `data` (relative to `top`); None when nothing can be.

    Read are the files at the top of the work tree, in the folders above the root and in the root
    itself; the last pattern that matches decides, and deeper files come after higher ones.
    """
    files = _files(top, data)
    return _compile(files, data) if files else None


def ruled(top: Path, data: bytes) -> bool:
    """Whether there are rules for the data root `data` (relative to `top`)."""
    return bool(_files(top, data))


def _files(top: Path, data: bytes) -> list[tuple[bytes, bytes]]:
    """The folders whose rules are read, and the files there, from the top downwards."""
    folders = [b""]
    parts = data.split(b"/")
    folders += [b"/".join(parts[: count + 1]) for count in range(len(parts))]
    files = [(folder, os.path.join(os.fsencode(top), folder, FILE.encode())) for folder in folders]
    return [(folder, file) for folder, file in files if os.path.isfile(file)]


def _compile(files: list[tuple[bytes, bytes]], data: bytes) -> Matcher:
    # Loaded only where a project has such a file: Git waits for us on every command.
    from dulwich.ignore import IgnoreFilter

    filters = []
    for folder, file in files:
        with open(file, "rb") as lines:
            filters.append((folder, IgnoreFilter([line.rstrip(b"\r\n") for line in lines])))

    def ignored(path: bytes, is_directory: bool) -> bool:
        full = data + b"/" + path if path else data
        decision = False
        for folder, rules in filters:
            relative = full[len(folder) + 1 :] if folder else full
            found = rules.is_ignored(relative + (b"/" if is_directory else b""))
            if found is not None:
                decision = found
        return decision

    return ignored

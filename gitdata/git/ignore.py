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
    folders = [b""]
    parts = data.split(b"/")
    folders += [b"/".join(parts[: count + 1]) for count in range(len(parts))]
    files = [
        (folder, os.path.join(os.fsencode(top), folder, FILE.encode()))
        for folder in folders
        if os.path.isfile(os.path.join(os.fsencode(top), folder, FILE.encode()))
    ]
    if not files:
        return None
    return _compile(files, data)


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

"""`.gitdataignore`: files below data roots that are not data, in the syntax of gitignore(5)."""

import io
import os
from collections.abc import Callable, Iterable
from pathlib import Path

from gitdata.formats import ignore_rules
from gitdata.formats.ignore_rules import Rule
from gitdata.reading import small

FILE = ".gitdataignore"
_LIMIT = 1 << 20  # bytes
_MARK = b"\xef\xbb\xbf"  # with which some editors begin a file in UTF-8

Matcher = Callable[[bytes, bool], bool]
"""(path below the data root, is a directory) -> whether it is ignored."""


def matcher(top: Path, data: bytes) -> Matcher | None:
    """What is ignored below the data root `data` (relative to `top`); None when nothing can be.

    Read are the files at the top of the work tree, in the folders above the root and in the root
    itself; the last pattern that matches decides, and deeper files come after higher ones. Raises
    `BadFormat` for a file that is a link, no regular file, or larger than 1 MiB.
    """
    files = _files(top, data)
    return _compiled(top, files, data) if files else None


def ruled(top: Path, data: bytes) -> bool:
    """Whether there are rules for the data root `data` (relative to `top`)."""
    return bool(_files(top, data))


def above(top: Path, roots: Iterable[bytes]) -> int | None:
    """How many files with rules lie in folders above each of these data roots, together; None: there are no rules."""
    found = [(root, folder) for root in roots for folder, _file in _files(top, root)]
    return sum(folder != root for root, folder in found) if found else None


def rules(text: bytes) -> list[Rule]:
    """The rules in the content of such a file."""
    # Loaded only where a project has such a file: Git waits for us on every command.
    from dulwich.ignore import read_ignore_patterns

    lines = read_ignore_patterns(io.BytesIO(text.removeprefix(_MARK)))
    return [rule for line in lines if (rule := ignore_rules.rule(line)) is not None]


def _files(top: Path, data: bytes) -> list[tuple[bytes, Path]]:
    """The folders whose rules are read, and the files there, from the top downwards."""
    parts = data.split(b"/")
    folders = [b"", *(b"/".join(parts[: count + 1]) for count in range(len(parts)))]
    files = [(folder, Path(os.fsdecode(os.path.join(os.fsencode(top), folder))) / FILE) for folder in folders]
    return [(folder, file) for folder, file in files if os.path.lexists(file)]


def _compiled(top: Path, files: list[tuple[bytes, Path]], data: bytes) -> Matcher:
    held = []
    for folder, file in files:
        what = os.fsdecode(os.path.join(folder, FILE.encode()))
        held.append((folder, rules(small(file, _LIMIT, what, top=top) or b"")))

    def ignored(path: bytes, is_directory: bool) -> bool:
        full = data + b"/" + path if path else data
        decision = False
        for folder, lines in held:
            found = ignore_rules.decided(lines, full[len(folder) + 1 :] if folder else full, is_directory)
            if found is not None:
                decision = found
        return decision

    return ignored

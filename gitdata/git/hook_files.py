"""The hook scripts that git-data installs: the files of the top-level `hooks/` folder."""

import os
import shlex
from pathlib import Path

from gitdata.durable import write_file
from gitdata.sharing import set_mode

NAMES = (
    "pre-commit",
    "pre-merge-commit",
    "prepare-commit-msg",
    "post-checkout",
    "post-merge",
    "post-rewrite",
    "post-commit",
    "pre-push",
)
SCRIPTS = "hooks"  # the folder of our scripts in `<common dir>/gitdata`
LIVE = "fsmonitor"
CHAIN = "chain"
READ = ("questions", "unmoved", "in-order")  # by the others
OWN = (*NAMES, LIVE, *READ)  # what lies there
# Hooks of other people that may appear at any time, and change nothing in Git by being there (githooks(5)).
HARMLESS = (
    "applypatch-msg",
    "commit-msg",
    "post-applypatch",
    "pre-applypatch",
    "pre-auto-gc",
    "pre-rebase",
)
# These change what Git does by being there, or run so often that they cost time: only where somebody has them.
TELLING = (
    "post-index-change",
    "post-receive",
    "post-update",
    "pre-receive",
    "proc-receive",
    "push-to-checkout",
    "reference-transaction",
    "sendemail-validate",
    "update",
)
_PLACEHOLDER = b"@GIT_DATA@"


def script(name: str, program: str) -> bytes:
    """The script `name`, made to call `program` (an absolute path)."""
    return _template(name).replace(_PLACEHOLDER, shlex.quote(program).encode())


def is_current(name: str, text: bytes) -> bool:
    """Whether `text` is the script `name` of this version of git-data, whatever program it calls."""
    before, found, after = _template(name).partition(_PLACEHOLDER)
    if not found:
        return text == before
    called = text[len(before) : -len(after)]
    return text == before + called + after and b"\n" not in called


def _template(name: str) -> bytes:
    # A wheel carries the folder inside the package; in a checkout it stands beside it.
    here = Path(__file__).resolve().parent.parent
    for folder in (here / "_hooks", here.parent / "hooks"):
        file = folder / name
        if file.is_file():
            return file.read_bytes()
    raise FileNotFoundError(f"the hook script {name} is missing from the installation")


def write(file: Path, text: bytes) -> None:
    """Write an executable file, keeping the mode of one that is there; nothing when it says so already."""
    there = file.exists()
    if there and file.read_bytes() == text and os.access(file, os.X_OK):
        return
    mode = file.stat().st_mode & 0o777 if there else 0o755
    write_file(file, text)
    set_mode(file, mode | 0o100)

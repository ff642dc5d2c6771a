"""The hook scripts that git-data installs: the files of the top-level `hooks/` folder."""

import shlex
from pathlib import Path

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
LIVE = "fsmonitor"
_PLACEHOLDER = b"@GIT_DATA@"


def script(name: str, program: str) -> bytes:
    """The script `name`, made to call `program` (an absolute path)."""
    # A wheel carries the folder inside the package; in a checkout it stands beside it.
    here = Path(__file__).resolve().parent.parent
    for folder in (here / "_hooks", here.parent / "hooks"):
        file = folder / name
        if file.is_file():
            return file.read_bytes().replace(_PLACEHOLDER, shlex.quote(program).encode())
    raise FileNotFoundError(f"the hook script {name} is missing from the installation")

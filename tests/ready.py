"""Places that many tests begin with: made once in every test process by the real commands, then copied.

A copy takes some milliseconds where the commands take a third of a second. Whoever shows what those commands do runs
them: they are made again wherever they could do anything else, on another disk, as somebody else, with other
settings or in another environment.
"""

import atexit
import functools
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

_OF_A_TEST = ("HOME", "GIT_CONFIG_GLOBAL", "AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE", "PYTEST_CURRENT_TEST")
_made: dict[tuple[object, ...], Path] = {}


def ready(place: Path, make: Callable[[], object], *, environment: dict[str, str]) -> None:
    """Let `place`, which is not there yet, be what `make` makes there; nothing in it may name where it is."""
    sort = (place.name, make.__qualname__, place.parent.stat().st_dev, os.geteuid(), *_settings(environment))
    if sort in _made:
        shutil.copytree(_made[sort], place, symlinks=True)
        return
    make()
    if place.parent.stat().st_dev == _kept().stat().st_dev and not _names(place, place.parent):
        _made[sort] = _kept() / str(len(_made))
        shutil.copytree(place, _made[sort], symlinks=True)


def _settings(environment: dict[str, str]) -> tuple[object, ...]:
    """What the commands go by, beside the place: variables, and the user's settings."""
    umask = os.umask(0o022)
    os.umask(umask)
    file = Path(environment.get("GIT_CONFIG_GLOBAL", os.devnull))
    settings = file.read_bytes() if file.exists() else b""
    return umask, settings, frozenset(item for item in environment.items() if item[0] not in _OF_A_TEST)


@functools.cache
def _kept() -> Path:
    """The folder of what is copied, of this process."""
    folder = Path(tempfile.mkdtemp(prefix="ready-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


def _names(place: Path, above: Path) -> bool:
    """Whether a file there holds the path of the folder that it is in."""
    return any(os.fsencode(above) in file.read_bytes() for file in place.rglob("*") if file.is_file())

"""Rehook: put git-data's hooks back when something took their place, or git-data is newer; quick when all is well."""

import contextlib
from collections.abc import Iterable
from pathlib import Path

from gitdata.durable import write_file
from gitdata.errors import GitDataError
from gitdata.git import hook_files, hooks, hooks_folder
from gitdata.ops.setting_up import filter_settings
from gitdata.workspace import Workspace, program

_LIVE = "core.fsmonitor"
_FORMER = ("live", "stamp", "began", "asked", "committing")  # marks by which older versions told scripts something


def rehook(place: Workspace) -> str | None:
    """Install the hooks again if Git would not run them; a line for the person when it was so.

    Hook managers write hook files, or set `core.hooksPath`, whenever somebody runs them. Scripts and
    configuration that another version of git-data has left are replaced without a word. Nothing is
    done where git-data was never set up or was taken out; what cannot be written is left as it is.
    """
    own = place.store_directory / hook_files.SCRIPTS
    if not _set_up(place):
        return None
    _renew_live(place)
    filter_settings.renew(place)
    newest_ns = _newest_ns(place.repository.common_dir)
    in_place = _in_place(place)
    if in_place and hooks.current(place.repository):
        if place.initialised:
            _see(own, newest_ns)
        return None
    try:
        hooks.install(place.repository, place.git, program())
        newest_ns = _newest_ns(place.repository.common_dir)
        for name in _FORMER:
            (place.state.directory / name).unlink(missing_ok=True)
    except (GitDataError, OSError):
        return None
    _see(own, newest_ns)
    if in_place:
        return None
    return (
        "something had taken the place of git-data's hooks; they run again, before those that are there now "
        "(if you pushed meanwhile, send the data: `git data push --all`)"
    )


def _renew_live(place: Workspace) -> None:
    present = place.config.get(_LIVE)
    if not hooks.is_live_command(present):
        return
    if place.config.get(hooks.REMOTE) is None and place.state.writable:
        with contextlib.suppress(GitDataError):
            place.config.set(hooks.REMOTE, "true")
    if present == hooks.live_command():
        return
    with contextlib.suppress(GitDataError):
        # What another file says, or the command line, is not for us to change.
        local = place.git.run("config", "--local", "--default", "", "--get", _LIVE).decode("utf-8", "surrogateescape")
        if hooks.is_live_command(local):
            place.config.set(_LIVE, hooks.live_command())


def hooked(place: Workspace) -> bool:
    """Whether Git itself calls git-data's hooks in this clone."""
    return _set_up(place) and _in_place(place)


def _set_up(place: Workspace) -> bool:
    return (place.store_directory / hook_files.SCRIPTS / hook_files.LIVE).exists()


def _in_place(place: Workspace) -> bool:
    if hooks.in_place(place.repository, place.config.all(hooks_folder.KEY)):
        return True
    # `git -c core.hooksPath=...` is for one command, and no reason to change anything.
    return hooks.in_place(place.repository, hooks_folder.lasting(place.git))


def _newest_ns(common_dir: Path) -> int:
    """When the files that tell were last written: those that the fsmonitor script looks at as well."""
    folders = (common_dir / "hooks", common_dir / "gitdata" / hooks_folder.NAME)
    files = [folder / name for folder in folders for name in hook_files.NAMES]
    return max(_modified_ns([common_dir / "config", *folders, *files]))


def _modified_ns(files: Iterable[Path]) -> Iterable[int]:
    for file in files:
        try:
            yield file.stat().st_mtime_ns
        except OSError:
            yield 0


def _see(own: Path, newest_ns: int) -> None:
    """Tell the fsmonitor script that all is well as long as nothing is newer than this."""
    seen = own / "seen"
    try:
        if not seen.exists() or seen.stat().st_mtime_ns != newest_ns:
            # Another file: the one that is there may be somebody else's.
            write_file(seen, fsync=False, modified_ns=newest_ns)
    except (GitDataError, OSError):
        pass  # then the script asks every time

"""git data prune: give back the disk space of what nothing needs."""

import os
import shlex
import time
from typing import Annotated

import typer

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson
from gitdata.cli.place import ready

_PATH = 4096  # bytes: all of it, as it may be in another work tree, and it ends with what it is about


def prune(
    uploaded: Annotated[
        bool,
        typer.Option("--uploaded", help="Also versions that a remote has, unless they are checked out."),
    ] = False,
    checked_out: Annotated[
        bool, typer.Option("--all", help="With --uploaded: checked-out versions, too; the files themselves stay.")
    ] = False,
    remote: Annotated[
        str | None, typer.Option("--remote", "-r", help="With --uploaded: which; the default one if left out.")
    ] = None,
    dry: Annotated[bool, typer.Option("--dry-run", "-n", help="Only say what would go.")] = False,
    json: AsJson = False,
) -> None:
    """Remove from this clone's store what nothing names: no ref, reflog, stash, index, work tree or kept edit.

    What was recorded within `gitdata.pruneDays` (14) stays. With --uploaded it also removes what a remote has, and a
    checkout that needs it later fetches it.
    """
    from gitdata import terminal
    from gitdata.errors import UsageError
    from gitdata.ops.keeping.prune import Wish
    from gitdata.ops.keeping.prune import prune as op
    from gitdata.wording import shown, some_of

    if (checked_out or remote) and not uploaded:
        raise UsageError("--all and --remote are about what is on a remote", "add --uploaded")
    done = op(ready(), Wish(uploaded, checked_out, remote), dry=dry, progress=terminal.progress())
    if json:
        show_json(done)
        return
    for one in done.listed if dry else ():
        day = time.strftime("%Y-%m-%d", time.localtime(one.last_s))
        version = f"version {one.root.hex()[:12]} of commit {one.commit[:12]}, {day}"
        terminal.say(f"{terminal.size(one.size):>10}  {terminal.safe(os.fsdecode(one.path))}: {version}")
    versions = f"{terminal.count(done.versions, 'version')} ({terminal.count(done.files, 'file')}) on '{done.remote}'"
    if done.unknown:
        named = some_of(
            done.unknown, lambda one: shown(one[0], _PATH) + (f" in commit {one[1][:12]}" if one[1] else "")
        )
        here = [os.path.split(path) for path, commit in done.unknown if not commit]
        terminal.tell(
            f"nobody can tell what {named} needs, which cannot be read: only what a remote has may go"
            + (f" (first restore it: `{_restoring(*here[0])}`)" if here else "")
        )
    went = [versions] if done.versions and (done.packs or done.rewritten) else []
    went += [f"{terminal.count(done.packs, 'pack')} removed"] if done.packs else []
    went += [f"{terminal.count(done.rewritten, 'pack')} written anew"] if done.rewritten else []
    went += [f"{terminal.count(done.aside, 'damaged pack')} removed"] if done.aside else []
    kept = [f"{terminal.size(done.checked_out)} checked out"]
    kept += [f"{terminal.size(done.not_uploaded)} {_why(done.remote)}"] if done.not_uploaded else []
    why = "recorded lately" if not done.unknown else "named by nothing that can be read"
    kept += [f"{terminal.size(done.young)} {why}"] if done.young else []
    kept += [f"{terminal.size(done.scattered)} scattered among it"] if done.scattered else []
    verb = "would be freed" if dry else "freed"
    what = f" ({', '.join(went)})" if went else ""
    terminal.say(f"{terminal.size(done.freed)} {verb}{what}; {terminal.size(done.kept)} kept: {', '.join(kept)}")


def _restoring(folder: bytes, name: bytes) -> str:
    """The command that brings back a pointer as it was committed."""
    at = f"-C {shlex.quote(os.fsdecode(folder))} " if folder else ""
    return f"git {at}checkout HEAD -- {shlex.quote(os.fsdecode(name))}"


def _why(remote: str | None) -> str:
    return f"not seen on '{remote}'" if remote is not None else "in other commits"

"""Git's hooks: each reads what Git hands it, calls one operation and says at most a line."""

import os
import sys
from collections.abc import Callable, Sequence

from gitdata import terminal, workspace
from gitdata.errors import UsageError
from gitdata.progress import Progress
from gitdata.values import replace
from gitdata.wording import some_of
from gitdata.workspace import Workspace


def run(name: str, arguments: Sequence[str]) -> int:
    """Run the hook `name` as Git would; its exit status. Raises what the operation raises."""
    hook = _HOOKS.get(name)
    if hook is None:
        raise UsageError(f"there is no hook '{name}'", f"known: {', '.join(_HOOKS)}")
    return hook(arguments)


def _progress() -> Progress:
    return terminal.progress()


def _pre_commit(arguments: Sequence[str]) -> int:
    from gitdata.ops.patterns.large_in_git import big_files, refuse
    from gitdata.ops.recording.guard import guard
    from gitdata.ops.recording.left_out import left_out
    from gitdata.ops.recording.record import record
    from gitdata.ops.recording.refuse_marked import refuse_marked
    from gitdata.ops.recording.refuse_moved import refuse_moved
    from gitdata.ops.roots.ignore_lines import keep_ignored
    from gitdata.plumbing.follow_renames import follow_renames
    from gitdata.plumbing.put_back import put_back
    from gitdata.summary import Since, recorded

    since = Since()
    place = workspace.here()
    put_back(place)
    follow_renames(place)
    keep_ignored(place)
    guard(place)
    refuse_moved(place)
    done = record(place, seen="--seen" in arguments, progress=_progress())
    if done.behind:
        from gitdata.ops.following.catch_up import catch_up

        for path, error in catch_up(place, done.behind, _progress()):
            terminal.tell(f"{os.fsdecode(path)} is committed as it is, its data could not be brought here: {error}")
        before, done = done.read, record(place, progress=_progress())
        done = replace(done, read=before + done.read)
    if told := recorded(done.read, since.seconds):
        terminal.tell(told)
    refuse_marked(place)
    terminal.fail_each(done.refused, "are not taken for pointers")
    for path in done.unstaged:
        data = os.fsdecode(path.removesuffix(b".gitdata"))
        terminal.tell(f"{data} has changes that are not part of this commit (add them: `git add {os.fsdecode(path)}`)")
    if gone := left_out(place):
        names = some_of(gone, os.fsdecode)
        terminal.tell(f"{names} left out of this commit, as .gitdataignore says; earlier commits and the disk keep it")
    if done.alone:
        names = ", ".join(os.fsdecode(path.removesuffix(b".gitdata")) for path in done.staged)
        terminal.tell(f"{names} is staged now; if Git says that there is nothing to commit, run the same command again")
    large = big_files(place)
    refuse(place, large)
    for file in large:
        name, size = os.fsdecode(file.path), terminal.size(file.size)
        if file.named:
            terminal.tell(f"{name} ({size}) is in Git itself; to make it a pointer: `git add --renormalize {name}`")
            continue
        folder = os.fsdecode(os.path.dirname(file.path) or file.path)
        terminal.tell(f"{name} ({size}) goes into Git itself; to keep it out: `git data track {folder}`")
    return 0


def _store_missed(place: Workspace) -> None:
    if place.state.missed:
        from gitdata.ops.roots.known import roots
        from gitdata.plumbing.follow import store_missed

        store_missed(place, roots(place).pointers)


def _prepare_commit_msg(arguments: Sequence[str]) -> int:
    from gitdata.ops.looking.summarise import summarise
    from gitdata.plumbing.put_back import put_back

    place = workspace.here()
    put_back(place)
    # With -m, -F, --amend -C and merges Git may keep lines that begin with the comment character.
    told = arguments[1:2] or [workspace.environment().get("PRE_COMMIT_COMMIT_MSG_SOURCE", "")]
    if told[0] in ("", "template"):
        summarise(place, arguments[0])
    return 0


def _post(_arguments: Sequence[str]) -> int:
    from gitdata.plumbing.follow import follow

    return 0 if follow() is None else 1


def _pre_push(arguments: Sequence[str]) -> int:
    from gitdata.ops.setting_up.rehook import hooked
    from gitdata.ops.transfer.prepush import pre_push, push_everything
    from gitdata.ops.transfer.push import advice
    from gitdata.plumbing.put_back import put_back
    from gitdata.summary import Since, sent

    since = Since()
    place = workspace.here()
    lines = sys.stdin.buffer.read().decode("utf-8", "surrogateescape").splitlines()
    framework = workspace.environment()
    if lines or "PRE_COMMIT_REMOTE_NAME" not in framework:
        put_back(place)
        _store_missed(place)
        done = pre_push(place, arguments[0] if arguments else "", lines, _progress())
    elif hooked(place):
        return 0  # Git has called our own hook for this push, with all of its refs
    else:
        local = framework.get("PRE_COMMIT_TO_REF") or framework.get("PRE_COMMIT_LOCAL_BRANCH", "HEAD")
        done = push_everything(place, framework["PRE_COMMIT_REMOTE_NAME"], local, _progress())
    if done.uploaded:
        terminal.tell(
            f"pushed {terminal.count(done.uploaded, 'version')} of data to '{done.remote}' ({done.where}): "
            f"{sent(done.amount, done.packs, since.seconds)}"
        )
    for line in advice(done):
        terminal.tell(line)
    if place.config.get("gitdata.storeLimit") is not None:
        from gitdata.ops.keeping.keep_below import keep_below

        if (kept := keep_below(place, _progress())) is not None:
            terminal.tell(kept.line)
    return 0


_HOOKS: dict[str, Callable[[Sequence[str]], int]] = {
    "pre-commit": _pre_commit,
    "pre-merge-commit": _pre_commit,
    "prepare-commit-msg": _prepare_commit_msg,
    "post-checkout": _post,
    "post-merge": _post,
    "post-rewrite": _post,
    "post-commit": _post,
    "pre-push": _pre_push,
}

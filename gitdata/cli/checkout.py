"""git data checkout: bring the data in the work tree to what the pointers say."""

from gitdata.cli.as_json import show_json
from gitdata.cli.limit import keep_to_limit
from gitdata.cli.options import AsJson, Force, Paths
from gitdata.cli.place import ready


def checkout(paths: Paths = None, force: Force = False, json: AsJson = False) -> None:
    """Write the data that the pointers name (Git's own checkout does this by itself)."""
    write(paths, force, json, whole=False)


def write(paths: list[str] | None, force: bool, json: bool, *, whole: bool) -> None:
    """Write data and say what was done; with `whole` also what is outside of the part that the work tree takes."""
    from gitdata import terminal
    from gitdata.ops.following.checkout import checkout as op
    from gitdata.summary import Since, done_to_work_tree

    since, place = Since(), ready()
    done = op(place, paths or [], force=force, whole=whole, progress=terminal.progress())
    if json:
        show_json(done)
    else:
        written = sum(root.written for root in done.roots)
        deleted = sum(root.deleted for root in done.roots)
        saved = sum(root.saved for root in done.roots)
        if told := done_to_work_tree(written, deleted, done.came, since.seconds):
            terminal.say(told)
        elif done.error is None:
            terminal.say("everything is as the pointers say")
        if saved:
            terminal.say(f"{terminal.count(saved, 'unrecorded file')} kept before being replaced: `git data undo`")
    keep_to_limit(place)
    if done.error is not None:
        raise done.error

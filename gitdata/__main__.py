"""Chooses the door by the first word, and turns every error into one line and an exit code."""

import gc
import os
import sys
from collections.abc import Callable, Sequence
from typing import NoReturn

from gitdata import remarks
from gitdata.errors import BROKEN_PIPE, BUG, INTERRUPTED, GitDataError


def program() -> NoReturn:
    """`main` as the whole program."""
    code = main()
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:  # closed before we were started
                stream.flush()
    except BrokenPipeError:
        code = BROKEN_PIPE
    except OSError as error:
        code = _system(error)
    if watching := sys.modules.get("gitdata.half_written"):
        watching.end()
    # Everything is closed and every thread has ended. To take down module by module, and to ask `atexit`, is a sixth of
    # a hook's time.
    os._exit(code)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run `git data ARGUMENTS`; the exit status."""
    # Millions of short-lived tuples and no cycles: looking for cycles often would only cost time.
    gc.set_threshold(200_000, 20, 50)
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _told(words)
    except GitDataError as error:
        from gitdata import terminal

        terminal.fail(error)
        return error.exit_code
    except KeyboardInterrupt:
        print("git-data: interrupted; nothing is lost, run the command again to go on", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # The reader went away (`| head`). Python would complain again when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        return BROKEN_PIPE
    except OSError as error:
        return _system(error)
    except Exception as error:  # noqa: BLE001 - the last net: a fault of ours is a line and a report, not a traceback
        return _bug(error)


def _told(words: list[str]) -> int:
    try:
        door = _git_door(words)
        return door() if door is not None else _people(words)
    finally:
        lines = remarks.taken()
        if lines:
            from gitdata import terminal

            for line in lines:
                terminal.tell(line)


def _git_door(words: list[str]) -> Callable[[], int] | None:
    """What Git itself calls; only the module that is needed is loaded."""
    if not words:
        return None
    name, rest = words[0], words[1:]
    if rest and rest[0] in ("-h", "--help"):
        return None
    if name == "filter-process":
        from gitdata.plumbing import filter_process

        return filter_process.run
    if name == "fsmonitor":
        from gitdata.plumbing import fsmonitor

        return lambda: fsmonitor.run(rest)
    if name == "hook" and rest:
        from gitdata.plumbing import hook

        return lambda: hook.run(rest[0], rest[1:])
    if name == "merge-driver":
        from gitdata.plumbing import merge_driver

        return lambda: merge_driver.run(rest)
    if name == "textconv" and len(rest) == 1:
        from gitdata.plumbing import textconv

        return lambda: textconv.run(rest[0])
    return None


def _people(words: list[str]) -> int:
    from gitdata.cli.app import run

    return run(words)


def _system(error: OSError) -> int:
    from gitdata import terminal
    from gitdata.disk_errors import explain

    explained = explain(error)
    terminal.fail(explained)
    return explained.exit_code


def _bug(error: Exception) -> int:
    from gitdata import terminal
    from gitdata.ops.setting_up.report import report

    terminal.tell(f"a fault of git-data itself: {type(error).__name__}: {error}; details are in {report(error)}")
    return BUG


if __name__ == "__main__":
    program()

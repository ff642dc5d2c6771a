"""Putting git-data's hooks among those that are there already, and taking them out again.

Our scripts lie in `<common dir>/gitdata/hooks`. Where no hook exists the script is installed itself;
an existing shell hook gets a marked block that calls ours first; any other hook is kept under
another name and called after ours. Nothing is ever overwritten.
"""

import os
from dataclasses import dataclass
from pathlib import Path

from gitdata.durable import write_file
from gitdata.errors import GitDataError
from gitdata.git import hook_files
from gitdata.git.program import Git
from gitdata.git.repository import Repository

BEGIN = b"# >>> git-data >>>\n"
END = b"# <<< git-data <<<\n"
_OURS = b"# git-data: "
_KEPT = ".before-git-data"
_SHELLS = ("sh", "bash", "dash", "ksh", "zsh")
_CALL = b"""gitdata_hook=$(git rev-parse --git-common-dir)/gitdata/hooks/%s
if [ -x "$gitdata_hook" ]; then
    "$gitdata_hook" "$@" || exit $?
fi
"""
_CALL_WITH_REFS = b"""gitdata_hook=$(git rev-parse --git-common-dir)/gitdata/hooks/%s
gitdata_refs=$(cat)
if [ -x "$gitdata_hook" ] && [ -n "$gitdata_refs" ]; then
    printf '%%s\\n' "$gitdata_refs" | "$gitdata_hook" "$@" || exit $?
fi
if [ -n "$gitdata_refs" ]; then
exec <<GITDATA_REFS
$gitdata_refs
GITDATA_REFS
else
exec </dev/null
fi
"""


@dataclass(frozen=True, slots=True)
class Installed:
    """Where hooks went; `notes` are lines for the person."""

    directory: Path
    notes: tuple[str, ...]


def install(repository: Repository, git: Git, program: str) -> Installed:
    """Install all hooks; doing it twice changes nothing.

    Raises `GitDataError` when `core.hooksPath` names a folder that is part of the repository: what
    lies there belongs to everybody and is for a person to change.
    """
    directory = _directory(repository, git)
    own = repository.common_dir / "gitdata" / "hooks"
    own.mkdir(parents=True, exist_ok=True)
    for name in (*hook_files.NAMES, hook_files.LIVE):
        _write(own / name, hook_files.script(name, program))
    if _is_shared(repository, directory):
        calls = ", ".join(hook_files.NAMES)
        raise GitDataError(
            f"core.hooksPath is {directory}, which is part of the repository",
            f'let {calls} there call: "$(git rev-parse --git-common-dir)/gitdata/hooks/$(basename "$0")" "$@"',
        )
    directory.mkdir(parents=True, exist_ok=True)
    notes = [note for name in hook_files.NAMES if (note := _install_one(directory / name, name, program))]
    return Installed(directory, tuple(notes))


def _directory(repository: Repository, git: Git) -> Path:
    named = git.run("rev-parse", "--git-path", "hooks").decode("utf-8", "surrogateescape").removesuffix("\n")
    return Path(os.path.normpath(repository.top / Path(named).expanduser()))


def _is_shared(repository: Repository, directory: Path) -> bool:
    """Whether the folder lies in the work tree (and not in the `.git` that may be there too)."""
    resolved = directory.resolve()
    inside = resolved.is_relative_to(repository.top.resolve())
    return inside and not resolved.is_relative_to(repository.common_dir.resolve())


def _install_one(file: Path, name: str, program: str) -> str | None:
    if not file.exists():
        _write(file, hook_files.script(name, program))
        return None
    text = file.read_bytes()
    if _is_ours(text):
        _write(file, hook_files.script(name, program))
        return None
    if BEGIN in text:
        _write(file, _with_block(_without_block(text), name))
        return None
    if _is_shell(text):
        _write(file, _with_block(text, name))
        return f"your {name} hook is kept; git-data's runs before it"
    kept = file.with_name(file.name + _KEPT)
    os.link(file, kept)
    call = b'exec "$(dirname "$0")/%s" "$@"\n' % kept.name.encode()
    _write(file, _with_block(b"#!/bin/sh\n" + call, name))
    return f"your {name} hook is kept as {kept.name}; git-data's runs before it"


def _is_ours(text: bytes) -> bool:
    lines = text.splitlines()
    return len(lines) > 1 and lines[1].startswith(_OURS)


def _is_shell(text: bytes) -> bool:
    first = text.split(b"\n", 1)[0].decode(errors="replace")
    if not first.startswith("#!"):
        return False
    words = first[2:].split()
    names = [word.rpartition("/")[2] for word in words if not word.startswith("-")]
    return bool(names) and (names[-1] if names[0] == "env" else names[0]) in _SHELLS


def _with_block(text: bytes, name: str) -> bytes:
    shebang, _, rest = text.partition(b"\n")
    call = (_CALL_WITH_REFS if name == "pre-push" else _CALL) % name.encode()
    return shebang + b"\n" + BEGIN + call + END + rest


def _without_block(text: bytes) -> bytes:
    before, found, rest = text.partition(BEGIN)
    return before + rest.partition(END)[2] if found else text


def uninstall(repository: Repository, git: Git) -> None:
    """Remove our hooks; what was there before is there again, byte for byte."""
    directory = _directory(repository, git)
    for name in hook_files.NAMES:
        file = directory / name
        if not file.exists():
            continue
        text = file.read_bytes()
        kept = file.with_name(file.name + _KEPT)
        if _is_ours(text):
            file.unlink()
        elif BEGIN in text and kept.exists():
            file.unlink()
            os.link(kept, file)
            kept.unlink()
        elif BEGIN in text:
            _write(file, _without_block(text))


def live_command() -> str:
    """The value of `core.fsmonitor`: a shell command, because a path would break when the repository is moved.

    Git runs it at the top of the work tree. Asking Git is left to linked work trees: it costs 2 ms.
    """
    find = "d=.git; [ -d .git ] || d=$(unset GIT_INTERNAL_SUPER_PREFIX; git rev-parse --git-common-dir)"
    call = f'd=$d/gitdata/hooks/{hook_files.LIVE}; [ ! -x "$d" ] || exec "$d" "$@"'
    # Git also asks for a submodule while it is in the superproject, where there may be no such script.
    everything = r"""[ "$1" = 1 ] || printf 'gitdata\0'; printf '/\0'"""
    return f"f() {{ {find}; {call}; {everything}; }}; f"


def _write(file: Path, text: bytes) -> None:
    """Write an executable file, keeping the mode of one that is there; nothing when it says so already."""
    if file.exists() and file.read_bytes() == text and os.access(file, os.X_OK):
        return
    mode = file.stat().st_mode & 0o777 if file.exists() else 0o777
    write_file(file.resolve(), text)
    if mode != 0o777:
        file.chmod(mode | 0o100)
    else:
        file.chmod(0o755)

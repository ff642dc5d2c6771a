"""Putting git-data's hooks among those that are there already, and taking them out again.

Our scripts lie in `<common dir>/gitdata/hooks`. Where Git looks for hooks in its usual place, the script itself is
installed where there is no hook; an existing shell hook gets a marked block that calls ours first; the pre-commit
framework is given ours as the hook that was there before it. Everywhere else - `core.hooksPath`, links, programs -
nothing is touched and a folder of our own comes first (hooks_folder.py). Nothing is ever overwritten.
"""

import os
from pathlib import Path

from gitdata.durable import make_folder
from gitdata.git import exclude_file, hook_files, hook_text, hooks_folder
from gitdata.git.program import Git
from gitdata.git.repository import Repository
from gitdata.values import frozen

_LIVE_SCRIPT = f"gitdata/{hook_files.SCRIPTS}/{hook_files.LIVE}"


@frozen
class Installed:
    """Where Git finds our hooks now; `notes` are lines for the person."""

    directory: Path
    notes: tuple[str, ...]


def install(repository: Repository, git: Git, program: str) -> Installed:
    """Install all hooks; doing it twice changes nothing."""
    own = repository.common_dir / "gitdata" / hook_files.SCRIPTS
    make_folder(own)
    exclude_file.add(repository.common_dir)
    for name in hook_files.OWN:
        hook_files.write(own / name, hook_files.script(name, program))
    usual = repository.common_dir / "hooks"
    values = hooks_folder.lasting(git)
    others = hooks_folder.others(repository, values) or _expected(repository)
    if others or not _plain(repository):
        first = not hooks_folder.leads(repository, values)
        _clear(usual)
        other = others[-1] if others else usual
        hooks_folder.lead(repository, git, other, hook_files.script(hook_files.CHAIN, program))
        note = f"the hooks in {other} are kept; git-data's run before them"
        if str(other) == os.devnull:
            note = f"hooks are off in this clone: core.hooksPath is {other}"
        return Installed(hooks_folder.folder(repository), (note,) if first else ())
    hooks_folder.release(repository, git)
    usual.mkdir(parents=True, exist_ok=True)
    made = [_install_one(usual / name, name, program) for name in hook_files.NAMES]
    return Installed(usual, tuple(note for note in made if note is not None))


def in_place(repository: Repository, values: list[str]) -> bool:
    """Whether Git would run our hooks, given all values of `core.hooksPath`; quick, and asks no program."""
    usual = repository.common_dir / "hooks"
    others = hooks_folder.others(repository, values)
    if others or hooks_folder.leads(repository, values):
        # With several work trees another one may be the reason for our folder.
        needed = bool(others or _expected(repository)) or (repository.common_dir / "worktrees").is_dir()
        other = others[-1] if others else usual
        leads = hooks_folder.leads(repository, values) and hooks_folder.complete(repository, other)
        return leads and (needed or not _plain(repository))
    if _expected(repository) or not _plain(repository):
        return False
    return all(_calls_ours(usual / name) for name in hook_files.NAMES)


def current(repository: Repository) -> bool:
    """Whether the scripts that are installed are those of this version of git-data."""
    own = repository.common_dir / "gitdata" / hook_files.SCRIPTS
    try:
        return all(hook_files.is_current(name, (own / name).read_bytes()) for name in hook_files.OWN)
    except FileNotFoundError:
        return False


def uninstall(repository: Repository, git: Git) -> None:
    """Remove our hooks; what was there before is there again, byte for byte."""
    hooks_folder.release(repository, git)
    exclude_file.remove(repository.common_dir)
    _clear(repository.common_dir / "hooks")


def live_command() -> str:
    """The value of `core.fsmonitor`: a shell command, because a path would break when the repository is moved.

    Git runs it at the top of the work tree, wherever it is itself, and a GIT_DIR that is relative counts from there:
    Linux tells where that is. The script is read by the shell that runs the command, so that no other has to start.
    """
    # Git before 2.41 sets this for submodules, and then its own commands refuse to run.
    found = "unset GIT_INTERNAL_SUPER_PREFIX; d=${GIT_DIR:-.git} p=/proc/$PPID/cwd"
    found += '; case $d in /*) ;; *) [ ! -d "$p/$d" ] || [ "$p" -ef . ] || d=$p/$d ;; esac'
    found += '; [ -d "$d" ] || d=$(git rev-parse --git-dir 2>/dev/null)'
    common = 'c=; [ ! -f "$d/commondir" ] || read -r c <"$d/commondir"; case $c in /*) ;; *) c=$d${c:+/$c} ;; esac'
    call = f'gitdata_dir=$d script=$c/{_LIVE_SCRIPT}; [ ! -x "$script" ] || . "$script"'
    # Git also asks for a submodule while it is in the superproject, where there may be no such script.
    everything = r"""[ "$1" = 1 ] || printf 'gitdata\0'; printf '/\0'"""
    return f"f() {{ {found}; {common}; {call}; {everything}; }}; f"


REMOTE = "fsmonitor.allowRemote"
"""Without it Git 2.55 asks nobody on NFS, CIFS and FUSE, and warns at every command, as programs that watch files miss
there what other machines do. Ours watches nothing; it looks."""


def is_live_command(command: str | None) -> bool:
    """Whether a value of `core.fsmonitor` is git-data's, of whatever version."""
    return command is not None and _LIVE_SCRIPT in command


def _expected(repository: Repository) -> list[Path]:
    """The folder that husky will name in `core.hooksPath` as soon as somebody runs `npm install`."""
    husky, package = repository.top / ".husky", repository.top / "package.json"
    return [husky / "_"] if husky.is_dir() and package.is_file() and b"husky" in package.read_bytes() else []


def _plain(repository: Repository) -> bool:
    """Whether ours can be put among the hooks in Git's usual place without touching what is not for us to touch."""
    usual = repository.common_dir / "hooks"
    if usual.resolve() != repository.common_dir.resolve() / "hooks":
        return False
    return all(_is_plain(usual / name) for name in hook_files.NAMES)


def _is_plain(file: Path) -> bool:
    if not os.path.lexists(file):
        return True
    if file.is_symlink() or not file.is_file():
        return False
    text = file.read_bytes()
    if hook_text.is_framework(text):
        return _is_plain(_before_framework(file))
    # A hook that may not be executed was switched off by somebody.
    return hook_text.is_ours(text) or (hook_text.is_shell(text) and b"\n" in text and os.access(file, os.X_OK))


def _before_framework(file: Path) -> Path:
    return file.with_name(f"{file.name}.legacy")


def _calls_ours(file: Path) -> bool:
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return False
    if hook_text.is_framework(text):
        return _calls_ours(_before_framework(file))
    if not os.access(file, os.X_OK) or hook_text.with_others(text, _own(file)) is not None:
        return False
    return hook_text.is_ours(text) or hook_text.BEGIN in text


def _own(file: Path) -> bytes:
    """Our script that a hook file in Git's usual place was made from."""
    own = file.parent.parent / "gitdata" / hook_files.SCRIPTS / file.name.partition(".")[0]
    return own.read_bytes() if own.is_file() else b""


def _install_one(file: Path, name: str, program: str) -> str | None:
    text = file.read_bytes() if file.exists() else None
    if text is not None and hook_text.is_framework(text):
        # What a framework wrote over it may have had our block; the framework calls this file first.
        _install_one(_before_framework(file), name, program)
        return None
    others = None if text is None else hook_text.with_others(text, _own(file))
    if others is None and (text is None or hook_text.is_ours(text)):
        hook_files.write(file, hook_files.script(name, program))
        return None
    text = others or text or b""
    hook_files.write(file, hook_text.with_block(text, name))
    return None if hook_text.BEGIN in text else f"your {name} hook is kept; git-data's runs before it"


def _clear(usual: Path) -> None:
    """Take our scripts and blocks out of Git's usual place, where they are files of this clone."""
    if usual.is_symlink():
        return
    for name in hook_files.NAMES:
        # Hook managers keep what they write over: `.legacy` pre-commit, `.old` lefthook.
        for file in (usual / name, _before_framework(usual / name), usual / f"{name}.old"):
            if file.is_symlink() or not file.is_file():
                continue
            text = file.read_bytes()
            if hook_text.is_ours(text):
                file.unlink()
            elif hook_text.BEGIN in text:
                hook_files.write(file, hook_text.without_block(text))

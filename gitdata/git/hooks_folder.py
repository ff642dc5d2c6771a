"""A hooks folder of git-data's own, put before the folder that `core.hooksPath` names.

What lies in that other folder may belong to everybody who has the repository, or to a program that writes it anew
(husky), so nothing in it is touched, nor is the setting. Instead two lines at the end of this clone's configuration
include a file of `<common dir>/gitdata`, which is read last and names our folder; the scripts in it run git-data's
hook and then the other folder's. Whoever sets `core.hooksPath` again changes only which folder comes second. When
`<common dir>/gitdata` is deleted, Git ignores the lines, and everything is as before.
"""

import contextlib
import os
from collections.abc import Iterable
from pathlib import Path

from gitdata.durable import make_folder
from gitdata.git import hook_files, hook_text
from gitdata.git.program import Git
from gitdata.git.repository import Repository

KEY = "core.hooksPath"
NAME = "hooks.d"
_ENDING = f"/gitdata/{NAME}"
# The folder is named relative to the top of the work tree, so that the repository can be moved; a linked
# work tree has no `.git` folder, and includes an absolute name after it.
_MAIN, _LINKED = "gitdata/hooks.config", "gitdata/hooks-linked.config"
_ALWAYS = "includeIf.gitdir:**.path"  # a section that nobody else has, so it is the last
_INCLUDES = ((_ALWAYS, _MAIN), ("includeIf.gitdir:./worktrees/*.path", _LINKED))
_OURS = "gitdata/hooks(-linked)?[.]config$"  # values of these keys


def leads(repository: Repository, values: list[str]) -> bool:
    """Whether Git takes its hooks from our folder, given all values of `core.hooksPath`."""
    return bool(values) and values[-1].endswith(_ENDING) and _resolved(repository, values[-1]) == folder(repository)


def folder(repository: Repository) -> Path:
    """Our folder."""
    return repository.common_dir.resolve() / "gitdata" / NAME


def others(repository: Repository, values: Iterable[str]) -> list[Path]:
    """The folders that `core.hooksPath` names besides ours and Git's own place for hooks."""
    usual = (repository.common_dir / "hooks").resolve()
    found = [_resolved(repository, value) for value in values if value and not value.endswith(_ENDING)]
    return [directory for directory in found if directory != usual]


def lasting(git: Git) -> list[str]:
    """All values of `core.hooksPath` but those given for one command only (`git -c`, the environment)."""
    if not git.ok("config", "--get-all", KEY):
        return []
    fields = git.run("config", "-z", "--show-scope", "--get-all", KEY).decode("utf-8", "surrogateescape").split("\0")
    return [value for scope, value in zip(fields[::2], fields[1::2], strict=False) if scope != "command"]


def complete(repository: Repository, other: Path) -> bool:
    """Whether our folder has a script for every hook that `other` or git-data has."""
    own = folder(repository)
    return all(_is_complete(own / name, name) for name in _names(other))


def lead(repository: Repository, git: Git, other: Path, script: bytes) -> None:
    """Put our folder before `other`; `script` is the one that runs both hooks."""
    own = folder(repository)
    make_folder(own)
    wanted = _names(other)
    for present in _files(own):
        if present.name not in wanted and hook_text.is_ours(present.read_bytes()):
            present.unlink()
    for name in wanted:
        text = (own / name).read_bytes() if (own / name).exists() else None
        if text is None or hook_text.is_ours(text):
            hook_files.write(own / name, script)
        elif hook_text.is_shell(text) and name in hook_files.NAMES:
            # A hook manager asked Git where hooks go, and has written over ours.
            hook_files.write(own / name, hook_text.with_block(text, name))
    for file, value in ((_MAIN, _relative(repository)), (_LINKED, str(own))):
        git.run("config", "--file", str(repository.common_dir / file), KEY, value)
    if not leads(repository, lasting(git)):
        _exclude(git, "--local")
        for key, file in _INCLUDES:
            git.run("config", "--local", key, file)
    if not leads(repository, lasting(git)) and git.ok("config", "--type=bool", "extensions.worktreeConfig"):
        # This work tree has settings of its own, and they are read last.
        _exclude(git, "--worktree")
        file = _MAIN if repository.git_dir == repository.common_dir else _LINKED
        git.run("config", "--worktree", _ALWAYS, os.path.relpath(repository.common_dir / file, repository.git_dir))


def release(repository: Repository, git: Git) -> None:
    """Give the hooks back to the folder that was named before."""
    scopes = ["--local"]
    if git.ok("config", "--type=bool", "extensions.worktreeConfig"):
        scopes.append("--worktree")
    for scope in scopes:
        _exclude(git, scope)
    for file in (_MAIN, _LINKED):
        (repository.common_dir / file).unlink(missing_ok=True)
    own = folder(repository)
    if own.is_dir():
        _empty(own, repository.common_dir / "hooks")


def _empty(own: Path, usual: Path) -> None:
    """Take our scripts away; what others have written into our folder goes where they would have written it."""
    for present in _files(own):
        text = present.read_bytes()
        if not hook_text.is_ours(text):
            usual.mkdir(parents=True, exist_ok=True)
            name = present.name if not (usual / present.name).exists() else f"{present.name}.from-git-data"
            hook_files.write(usual / name, hook_text.without_block(text))
        present.unlink()
    with contextlib.suppress(OSError):  # somebody's folder is in it
        own.rmdir()


def _files(own: Path) -> list[Path]:
    return [file for file in own.iterdir() if file.is_file()]


def _is_complete(file: Path, name: str) -> bool:
    try:
        text = file.read_bytes()
    except FileNotFoundError:
        return False
    if hook_text.is_ours(text) or hook_text.BEGIN in text or name not in hook_files.NAMES:
        return True
    return not hook_text.is_shell(text)


def _names(other: Path) -> set[str]:
    theirs = {file.name for file in other.iterdir() if "." not in file.name} if other.is_dir() else set()
    return {*hook_files.NAMES, *hook_files.HARMLESS, *(theirs & set(hook_files.TELLING))}


def _exclude(git: Git, scope: str) -> None:
    for key, _file in _INCLUDES:
        if git.ok("config", scope, "--get-all", key, _OURS):
            git.run("config", scope, "--unset-all", key, _OURS)


def _relative(repository: Repository) -> str:
    if repository.git_dir == repository.common_dir:
        return os.path.relpath(folder(repository), repository.top.resolve())
    if repository.common_dir.name == ".git":
        return f".git{_ENDING}"
    return str(folder(repository))


def _resolved(repository: Repository, value: str) -> Path:
    return Path(os.path.normpath(repository.top / Path(value).expanduser())).resolve()

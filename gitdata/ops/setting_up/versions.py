"""Versions: of the programs that work together here."""

from pathlib import Path

from gitdata.git.program import Git


def git_version() -> str:
    """What `git version` says, without the words."""
    return Git(Path.cwd()).run("version").decode().split()[2]

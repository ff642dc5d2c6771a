"""The doors that Git uses, as commands, so that their help can be read; Git itself comes in by `__main__`."""

from typing import Annotated

import typer

Words = Annotated[list[str] | None, typer.Argument(metavar="[ARGUMENT]...")]


def hook(name: Annotated[str, typer.Argument(metavar="NAME")], arguments: Words = None) -> None:
    """Run one of Git's hooks: pre-commit, pre-push, post-checkout and so on. Called by Git."""


def filter_process() -> None:
    """The long-running pass-through filter for pointer files. Called by Git."""


def merge_driver(arguments: Words = None) -> None:
    """Merge three versions of a pointer (%O %A %B %P). Called by Git."""


def textconv(file: Annotated[str, typer.Argument(metavar="FILE")]) -> None:
    """Print a pointer as one line per file. Called by Git."""


def fsmonitor(arguments: Words = None) -> None:
    """Bring the pointers up to date with the data (live status). Called by Git."""

"""git data install and uninstall: the user's global Git configuration, or one repository."""

from typing import Annotated

import typer

Here = Annotated[bool, typer.Option("--repo", help="This repository instead of your global Git configuration.")]


def install() -> None:
    """Put the filter and the drivers into your global Git configuration, so that plain `git clone` brings data."""
    from gitdata import terminal, workspace
    from gitdata.ops.setting_up import initialise

    for line in initialise.install_globally(workspace.program()):
        terminal.say(line)


def uninstall(repo: Here = False) -> None:
    """Take git-data out of your global Git configuration, or out of this repository; data files stay."""
    from gitdata import terminal, workspace
    from gitdata.ops.setting_up import initialise

    lines = initialise.take_down(workspace.here()) if repo else initialise.uninstall_globally()
    for line in lines:
        terminal.say(line)

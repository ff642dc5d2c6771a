"""git data install and uninstall: the user's global Git configuration, or one repository."""

from typing import Annotated

import typer

Here = Annotated[bool, typer.Option("--repo", help="This repository instead of your global Git configuration.")]

Purge = Annotated[bool, typer.Option("--purge", help="With --repo: delete the stored versions, if all are on remotes.")]


def install() -> None:
    """Put the filter and the drivers into your global Git configuration, so that plain `git clone` brings data."""
    from gitdata import terminal, workspace
    from gitdata.ops.setting_up import initialise

    for line in initialise.install_globally(workspace.program()):
        terminal.say(line)


def uninstall(repo: Here = False, purge: Purge = False) -> None:
    """Take git-data out of your global Git configuration, or out of this repository; data files stay."""
    from gitdata import terminal, workspace
    from gitdata.errors import UsageError
    from gitdata.ops.setting_up import initialise

    if purge and not repo:
        raise UsageError("--purge deletes the stored versions of one repository", "see `git data uninstall -h`")
    if purge:
        from gitdata.ops.setting_up.purge import purge as take_down_and_delete

        lines = take_down_and_delete(workspace.here(), terminal.progress())
    else:
        lines = initialise.take_down(workspace.here()) if repo else initialise.uninstall_globally()
    for line in lines:
        terminal.say(line)

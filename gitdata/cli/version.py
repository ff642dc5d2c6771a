"""git data version: what is installed."""

from gitdata.cli.as_json import show_json
from gitdata.cli.options import AsJson


def version(json: AsJson = False) -> None:
    """Print the version of git-data, Python and Git."""
    import platform

    from gitdata import __version__, terminal
    from gitdata.ops.setting_up.versions import git_version

    found = {"git-data": __version__, "git": git_version(), "python": platform.python_version()}
    if json:
        show_json(found)
    else:
        terminal.say(f"git-data {found['git-data']} (git {found['git']}, Python {found['python']})")

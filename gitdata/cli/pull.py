"""git data pull: download what the work tree needs and write it."""

from gitdata.cli.options import AsJson, Force, Paths


def pull(paths: Paths = None, force: Force = False, json: AsJson = False) -> None:
    """Fetch and check out the data of the work tree's pointers."""
    from gitdata.cli.checkout import checkout

    checkout(paths, force, json)

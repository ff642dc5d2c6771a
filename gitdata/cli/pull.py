"""git data pull: download what the work tree needs and write it."""

from gitdata.cli.options import AsJson, Force, Paths


def pull(paths: Paths = None, force: Force = False, json: AsJson = False) -> None:
    """Fetch and check out the data of the work tree's pointers; files and folders that are named also if left out."""
    from gitdata.cli.checkout import write

    write(paths, force, json, whole=bool(paths))

"""Options that several commands share."""

from typing import Annotated

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
RemoteName = Annotated[str | None, typer.Argument(metavar="[REMOTE]", help="Data remote; the default one if left out.")]
Paths = Annotated[
    list[str] | None, typer.Argument(metavar="[PATH]...", help="Tracked directories or files; all if left out.")
]
Force = Annotated[
    bool, typer.Option("--force", "-f", help="Replace local edits; their bytes are kept in the store first.")
]
Behind = Annotated[list[str] | None, typer.Option("--path", hidden=True)]
"""The words behind `--`, which `app.run` hands over so: click would not tell them from those before it."""
Offline = Annotated[
    bool, typer.Option("--offline", help="Fetch nothing: what is not in this clone is an error that says so.")
]

"""Edit the project: what `.gitdata.toml` proposes to everybody is written and staged."""

from collections.abc import Callable

from gitdata.durable import write_file
from gitdata.formats import project
from gitdata.reading import small
from gitdata.workspace import Workspace


def edit_project(place: Workspace, change: Callable[[bytes], bytes]) -> None:
    """Write and stage what `change` makes of the file; raises what it raises, before anything is written."""
    file = place.repository.top / project.FILE
    before = small(file, project.LIMIT, project.FILE) or b""
    after = change(before)
    if after != before:
        write_file(file, after)
        place.git.run("add", "--", project.FILE)

"""What is wanted of the contents of files that differ."""

from collections.abc import Sequence

from gitdata.values import frozen


@frozen
class Wanted:
    """How contents are to be shown."""

    options: Sequence[str]  # for Git's own diff
    as_text: bool = False  # tables and their like, too
    key: tuple[str, ...] = ()  # the columns by which rows of tables are known
    summary: bool | None = None  # of the columns that changed; None: of tables that are not large
    contents: bool = True  # whether contents are to be shown at all

"""The limit of the store: what commands that bring data or send it do at their end."""

from gitdata.workspace import Workspace


def keep_to_limit(place: Workspace) -> None:
    """Keep the store below `gitdata.storeLimit`, where that is set, and say so."""
    if place.config.get("gitdata.storeLimit") is None:
        return
    from gitdata import terminal
    from gitdata.ops.keeping.keep_below import keep_below

    if (kept := keep_below(place, terminal.progress())) is not None:
        terminal.tell(kept.line)

"""Colours, where Git would show them: `color.ui`, `color.diff` and its like, `--color`, NO_COLOR; none into a pipe."""

from typing import Annotated

import typer

from gitdata.cli.pager import on_screen
from gitdata.errors import UsageError
from gitdata.values import frozen
from gitdata.workspace import Workspace, environment

_RESET = "\x1b[m"
_DEFAULTS = {
    "old": "red", "new": "green", "meta": "bold", "frag": "cyan", "commit": "yellow", "context": "normal",
    "added": "green", "changed": "red",
}  # fmt: skip

Colour = Annotated[
    str | None,
    typer.Option("--color", metavar="WHEN", help="always, never or auto (on a terminal); `color.ui` if left out."),
]
"""The option `--color=WHEN` of a command."""


@frozen
class Palette:
    """The escape sequences of this output; none when it has no colours."""

    place: Workspace
    shown: bool
    kind: str  # of Git's settings: `diff`, `status`

    def paint(self, slot: str, text: str) -> str:
        """`text` in the colour of a slot (`old`, `new`, `meta`, `frag`, `commit`), which the configuration may name."""
        if not self.shown or not text:
            return text
        sequence = self.sequence(slot)
        return f"{sequence}{text}{_RESET}" if sequence else text

    def sequence(self, slot: str) -> str:
        """What begins a colour."""
        chosen = self.place.config.get(f"color.{self.kind}.{slot}") or _DEFAULTS.get(slot, "normal")
        known = _known.get(chosen)
        if known is None:
            name = f"gitdata.no.{slot}"
            known = self.place.git.run("config", "--get-color", name, chosen).decode(errors="replace")
            _known[chosen] = known
        return known


_known: dict[str, str] = {
    "normal": "", "red": "\x1b[31m", "green": "\x1b[32m", "yellow": "\x1b[33m", "cyan": "\x1b[36m", "bold": "\x1b[1m",
}  # fmt: skip


def palette(place: Workspace, when: str | None = None, kind: str = "diff") -> Palette:
    """The colours of a command; `when` is what `--color` says. Raises `UsageError` for another word than those."""
    if when not in (None, "always", "never", "auto"):
        raise UsageError(f"--color={when}", "write always, never or auto")
    if when in ("always", "never"):
        return Palette(place, when == "always", kind)
    seen = on_screen() and environment().get("TERM", "") not in ("", "dumb")
    if when == "auto":
        return Palette(place, seen, kind)
    if environment().get("NO_COLOR"):
        return Palette(place, False, kind)
    answer = place.git.run("config", "--get-colorbool", f"color.{kind}", "true" if seen else "false")
    return Palette(place, answer.strip() == b"true", kind)

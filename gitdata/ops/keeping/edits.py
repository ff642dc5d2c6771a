"""Edits that can be brought back, whoever took them away."""

from gitdata.formats.pointer_path import PointerPath
from gitdata.formats.tree import Listing
from gitdata.values import frozen


@frozen
class Edits:
    """Files of one data root that went together."""

    when_ns: int  # since the epoch
    command: bytes  # which did it, or the commit that had them; empty: not known
    pointer: PointerPath
    files: Listing
    single: bool = False  # a file that is tracked by pattern: it has no pointer file, the path is as if it had

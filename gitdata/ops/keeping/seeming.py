"""Seeming: what a pointer that cannot be read may need; it stays, as nobody can tell what was meant."""

import re

from gitdata.formats.pointer import form_of
from gitdata.ids import BlobId, RootId
from gitdata.values import frozen

_ID = re.compile(rb"\b[0-9a-f]{64}\b")
_TREE = re.compile(rb"^root ([0-9a-f]{64})\r?$", re.MULTILINE)
_OURS = b"gitdata pointer "
_WITHOUT_ID = (b"files ", b"bytes ", b"<<<<<<<", b"=======", b">>>>>>>", b"|||||||")


@frozen
class Seeming:
    """What the text of a damaged pointer has to say."""

    blobs: frozenset[BlobId]
    roots: frozenset[RootId]  # of them, those that are trees
    everything: bool  # that it ever named is among them; else it may need anything


def seeming(text: bytes) -> Seeming:
    """Look for ids in a text that is no pointer: one that was merged badly has all of them, one that is cut off not."""
    roots = frozenset(RootId(bytes.fromhex(one.decode())) for one in _TREE.findall(text))
    blobs = frozenset(BlobId(bytes.fromhex(one.decode())) for one in _ID.findall(text))
    lines = [line.removesuffix(b"\r") for line in text.split(b"\n")]
    ours = not text or any(line.startswith(_OURS) for line in lines)
    everything = not ours or (text.endswith(b"\n") and all(map(_says_all, lines[:-1])))
    return Seeming(blobs, roots, everything)


def _says_all(line: bytes) -> bool:
    if line.startswith(_OURS):
        return form_of(line + b"\n") is not None
    return line.startswith(_WITHOUT_ID) or _ID.search(line) is not None

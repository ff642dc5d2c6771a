"""Tables: whether packs on a remote are what their own tables of contents and their names say.

Nothing is read by these tables as long as the manifests are right; a pack that is taken over whole needs its own.
"""

from collections.abc import Mapping

from blake3 import blake3

from gitdata.errors import BadFormat, DataCorrupt
from gitdata.formats.pack import TRAILER_SIZE, Frame, Location, Toc, check_table, decode_toc, parse_trailer
from gitdata.ids import ChunkId, PackId, short
from gitdata.remote.remote import Remote, pack_name
from gitdata.store.reading import verified
from gitdata.wording import count

_TAIL = 64 << 10  # bytes read at the end of a pack: most tables are shorter
_BLOCK = 16 << 20  # bytes read at a time


def table_problem(remote: Remote, pack: PackId, named: Mapping[ChunkId, Location]) -> str | None:
    """What is wrong with the table of a pack, in which manifests find the chunks `named`; None: it is right.

    Raises what the backend raises.
    """
    size = remote.backend.size(pack_name(pack))
    where = f"pack {short(pack)} on {remote.called}"
    try:
        table = _table(remote, pack, size)
    except BadFormat as error:
        return f"the table of contents of {where} cannot be read: {error}"
    frames = set(table.frames)
    other = [
        chunk
        for chunk, (_pack, offset, stored, raw) in named.items()
        if Frame(chunk, offset, stored, raw) not in frames
    ]
    if other:
        some = f"{count(len(other), 'chunk')}, {short(min(other))} first"
        return f"the table of contents of {where} does not have what manifests find there: {some}"
    return None


def pack_problem(remote: Remote, pack: PackId, named: Mapping[ChunkId, Location]) -> str | None:
    """What is wrong with a pack as a whole, beside the chunks `named`; None when it is what its name says."""
    size = remote.backend.size(pack_name(pack))
    hasher = blake3()
    for start in range(0, size, _BLOCK):
        hasher.update(remote.backend.read(pack_name(pack), start, min(_BLOCK, size - start)))
    if hasher.digest() == pack:
        return None
    where = f"pack {short(pack)} on {remote.called}"
    try:
        unnamed = [frame for frame in _table(remote, pack, size).frames if frame.chunk not in named]
    except BadFormat:  # told by `table_problem`
        unnamed = []
    bad = sum(1 for frame in unnamed if not _is_right(remote, pack, frame))
    what = f": {count(bad, 'chunk')} in it that no version names cannot be read" if bad else ""
    return f"{where} is not what its name says{what}"


def _table(remote: Remote, pack: PackId, size: int) -> Toc:
    """The table of a pack of `size` bytes; raises `BadFormat` unless it is one and accounts for all of them."""
    name = pack_name(pack)
    tail = remote.backend.read(name, max(0, size - _TAIL), min(size, _TAIL))
    length, digest = parse_trailer(tail)
    if length + TRAILER_SIZE > size:
        raise BadFormat("the table of a pack is cut off")
    start = len(tail) - TRAILER_SIZE - length
    data = tail[start:-TRAILER_SIZE] if start >= 0 else remote.backend.read(name, size - TRAILER_SIZE - length, length)
    check_table(data, digest)
    table = decode_toc(data)
    if sum(frame.stored for frame in table.frames) + length + TRAILER_SIZE != size:
        raise BadFormat("it tells of more or fewer bytes than the pack has")
    return table


def _is_right(remote: Remote, pack: PackId, frame: Frame) -> bool:
    chunk, offset, stored, raw = frame
    try:
        verified(chunk, remote.backend.read(pack_name(pack), offset, stored), Location(pack, offset, stored, raw))
    except DataCorrupt:
        return False
    return True

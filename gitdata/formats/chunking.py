"""Content-defined chunks: FastCDC 2020 with normalised chunking (Xia et al., IEEE TPDS 31(9)), by pyfastcdc.

The sizes (sizes.py) are part of format version 1: others would cut the same content into other chunks.
"""

from functools import cache

from gitdata.formats.sizes import USUAL, Sizes


def cut(buffer: bytes | bytearray | memoryview, sizes: Sizes = USUAL, *, final: bool) -> list[int]:
    """The lengths of the chunks at the start of `buffer`.

    When more content follows (`final` is false) the chunk that touches the end of the buffer is not
    decided yet and left out; the caller puts those bytes before what follows. A decided chunk
    depends on its own bytes only, so the chunks are the same however the content was buffered.
    """
    if len(buffer) <= sizes.minimum:
        return [len(buffer)] if final and buffer else []
    lengths = [chunk.length for chunk in _cutter(sizes).cut_buf(buffer)]
    if not final and lengths[-1] < sizes.maximum:
        lengths.pop()
    return lengths


@cache
def _cutter(sizes: Sizes):  # type: ignore[no-untyped-def]
    # Loaded when there is something to cut: on most Git commands there is not, and Git waits.
    from pyfastcdc import FastCDC

    return FastCDC(avg_size=sizes.average, min_size=sizes.minimum, max_size=sizes.maximum)

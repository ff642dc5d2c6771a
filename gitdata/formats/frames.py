"""Frames: one chunk as it is stored, raw or as one zstd frame.

The lengths say which: as many bytes stored as raw is a raw frame, fewer is a zstd frame.
"""

import threading

import zstandard

from gitdata.errors import BadFormat

LEVEL = 1
_SAMPLE_SHARE = 8  # one byte in so many is tried before a chunk is compressed
_LARGEST_SAMPLE = 4096  # bytes
_SAMPLED_FROM = 4096  # bytes; to try a part of less costs as much as the whole
_WORTH_IT = 0.97  # a sample that does not shrink below this share is not worth more time
_WINDOW_LIMIT = 8 << 20  # bytes of memory a hostile frame may ask for

_local = threading.local()


def compress(raw: bytes | memoryview, *, sample_first: bool = True) -> bytes | memoryview:
    """The stored form of a chunk: compressed if that is shorter, else `raw` itself.

    With `sample_first` a part of it is tried, and when that does not shrink the whole is not.
    """
    compressor = getattr(_local, "compressor", None)
    if compressor is None:
        compressor = _local.compressor = zstandard.ZstdCompressor(level=LEVEL, write_content_size=True)
    if sample_first and len(raw) >= _SAMPLED_FROM:
        middle = len(raw) // 2
        sample = raw[middle : middle + min(len(raw) // _SAMPLE_SHARE, _LARGEST_SAMPLE)]
        if len(compressor.compress(sample)) > _WORTH_IT * len(sample):
            return raw
    stored: bytes = compressor.compress(raw)
    return stored if len(stored) < len(raw) else raw


def expand(stored: bytes | memoryview, raw_length: int) -> bytes | memoryview:
    """The raw bytes of a frame; never more than `raw_length` bytes of memory. Raises `BadFormat`."""
    if len(stored) == raw_length:
        return stored
    if len(stored) > raw_length:
        raise BadFormat("a frame is longer than its content")
    try:
        head = zstandard.get_frame_parameters(stored)
        # A frame that declares another size is refused before anything is allocated for it:
        # zstandard trusts the declaration, whatever max_output_size says.
        if head.content_size != raw_length or head.window_size > _WINDOW_LIMIT or head.has_checksum:
            raise BadFormat("a frame declares another length than its pack does")
        # One buffer of the declared (and now checked) size: more output than that is an error.
        raw = _decompressor().decompress(stored, allow_extra_data=False)
    except zstandard.ZstdError as error:
        raise BadFormat(f"a frame cannot be decompressed: {error}") from error
    if len(raw) != raw_length:
        raise BadFormat("a frame does not expand to what its pack says")
    return raw


def _decompressor() -> zstandard.ZstdDecompressor:
    found = getattr(_local, "decompressor", None)
    if found is None:
        found = _local.decompressor = zstandard.ZstdDecompressor(max_window_size=_WINDOW_LIMIT)
    return found

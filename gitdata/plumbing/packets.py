"""The pkt-line framing of Git's long-running filter protocol (gitprotocol-common(5), gitattributes(5))."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

MAXIMUM = 65516  # bytes of payload in one packet


def read_packet(stream: BinaryIO) -> bytes | None:
    """One payload; b"" for a flush packet, None at the end of input. Raises `ValueError` for other bytes."""
    head = _read(stream, 4)
    if len(head) < 4:
        return None
    length = int(head, 16)
    if length == 0:
        return b""
    if not 4 < length <= MAXIMUM + 4:
        raise ValueError(f"a packet of {length} bytes")
    return _read(stream, length - 4)


def _read(stream: BinaryIO, count: int) -> bytes:
    """`count` bytes, fewer at the end of input: a pipe that is not buffered gives what it has."""
    data = stream.read(count) or b""
    while 0 < len(data) < count and (more := stream.read(count - len(data))):
        data += more
    return data


def read_list(stream: BinaryIO) -> list[bytes] | None:
    """The text lines up to a flush packet, without their newlines; None at the end of input."""
    lines: list[bytes] = []
    while True:
        packet = read_packet(stream)
        if packet is None:
            return None
        if not packet:
            return lines
        lines.append(packet.removesuffix(b"\n"))


def read_content(stream: BinaryIO) -> Iterator[bytes]:
    """The payloads up to a flush packet, one after the other; raises `EOFError` when the input ends before it."""
    while packet := read_packet(stream):
        yield packet
    if packet is None:
        raise EOFError("the input ended in the middle of some content")


def write_list(stream: BinaryIO, lines: Iterable[bytes]) -> None:
    """Text lines and a flush packet."""
    for line in lines:
        stream.write(b"%04x%s\n" % (len(line) + 5, line))
    stream.write(b"0000")


def write_content(stream: BinaryIO, parts: Iterable[bytes | memoryview]) -> None:
    """Payloads and a flush packet."""
    for part in parts:
        for start in range(0, len(part), MAXIMUM):
            piece = part[start : start + MAXIMUM]
            stream.write(b"%04x" % (len(piece) + 4))
            stream.write(piece)
    stream.write(b"0000")


def drain(parts: Iterable[bytes]) -> None:
    """Read content to its end and drop it: nothing may be answered before."""
    for _part in parts:
        pass


def answer(stream: BinaryIO, parts: Iterable[bytes | memoryview]) -> None:
    """A successful answer with its content."""
    write_list(stream, [b"status=success"])
    write_content(stream, parts)
    write_list(stream, [])

"""The pkt-line framing of Git's long-running filter protocol (gitprotocol-common(5), gitattributes(5))."""

from collections.abc import Iterable
from typing import BinaryIO

MAXIMUM = 65516  # bytes of payload in one packet


def read_packet(stream: BinaryIO) -> bytes | None:
    """One payload; b"" for a flush packet, None at the end of input. Raises `ValueError` for other bytes."""
    head = stream.read(4)
    if len(head) < 4:
        return None
    length = int(head, 16)
    if length == 0:
        return b""
    if not 4 < length <= MAXIMUM + 4:
        raise ValueError(f"a packet of {length} bytes")
    return stream.read(length - 4)


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


def read_content(stream: BinaryIO) -> list[bytes]:
    """The payloads up to a flush packet."""
    parts: list[bytes] = []
    while packet := read_packet(stream):
        parts.append(packet)
    return parts


def write_list(stream: BinaryIO, lines: Iterable[bytes]) -> None:
    """Text lines and a flush packet."""
    for line in lines:
        stream.write(b"%04x%s\n" % (len(line) + 5, line))
    stream.write(b"0000")


def write_content(stream: BinaryIO, parts: Iterable[bytes]) -> None:
    """Payloads and a flush packet."""
    for part in parts:
        for start in range(0, len(part), MAXIMUM):
            piece = part[start : start + MAXIMUM]
            stream.write(b"%04x%s" % (len(piece) + 4, piece))
    stream.write(b"0000")

"""An HTTP proxy in front of the S3 server that counts, and makes every answer wait: `python -m bench.proxy`.

It runs as a process of its own, so that it neither shares the interpreter's lock with the benchmark
nor makes the benchmark's memory part of what is measured. It prints its port, and then, for every
line on its standard input, the counts since the last one as JSON. Bodies are passed on in pieces, as
they come, and connections are kept alive.
"""

import argparse
import contextlib
import json
import socket
import sys
import threading
import time
from dataclasses import dataclass, field

_PIECE = 1 << 18  # bytes passed on at a time
_HEAD = 1 << 16  # bytes of the longest head of a message


@dataclass
class Counts:
    """What went through since the last look."""

    requests: int = 0
    up_bytes: int = 0
    down_bytes: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)

    def add(self, requests: int = 0, up: int = 0, down: int = 0) -> None:
        with self.lock:
            self.requests += requests
            self.up_bytes += up
            self.down_bytes += down

    def take(self) -> dict[str, int]:
        with self.lock:
            found = {"requests": self.requests, "up_bytes": self.up_bytes, "down_bytes": self.down_bytes}
            self.requests = self.up_bytes = self.down_bytes = 0
        return found


class Closed(Exception):
    """The other side is gone."""


class Side:
    """One end of a connection: bytes that came and were not used yet, and the socket."""

    def __init__(self, connection: socket.socket) -> None:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket = connection
        self._buffer = bytearray()
        self._piece = bytearray(_PIECE)

    def head(self) -> bytes:
        """A message up to the empty line; raises `Closed` at the end of the connection."""
        return self._until(b"\r\n\r\n")

    def line(self) -> bytes:
        """A line with its end."""
        return self._until(b"\r\n")

    def send(self, content: bytes | memoryview) -> None:
        self._socket.sendall(content)

    def pass_on(self, other: "Side", count: int) -> None:
        """Move the next `count` bytes to `other`."""
        if early := bytes(self._buffer[:count]):
            del self._buffer[:count]
            other.send(early)
            count -= len(early)
        view = memoryview(self._piece)
        while count:
            got = self._socket.recv_into(view[: min(count, _PIECE)])
            if not got:
                raise Closed
            other.send(view[:got])
            count -= got

    def pass_on_all(self, other: "Side") -> int:
        """Move everything up to the end of the connection; how much it was."""
        count = len(self._buffer)
        self.pass_on(other, count)
        while part := self._socket.recv(_PIECE):
            other.send(part)
            count += len(part)
        return count

    def pass_on_chunks(self, other: "Side") -> int:
        """Move a body that is sent in chunks (RFC 9112, 7.1); how much it was."""
        total = 0
        while True:
            line = self.line()
            other.send(line)
            length = int(line.split(b";")[0], 16)
            self.pass_on(other, length + 2 if length else 0)
            total += len(line) + length + 2
            if not length:
                while (line := self.line()) != b"\r\n":
                    other.send(line)
                other.send(line)
                return total

    def _until(self, end: bytes) -> bytes:
        while (position := self._buffer.find(end)) < 0:
            part = self._socket.recv(_HEAD)
            if not part or len(self._buffer) > _HEAD:
                raise Closed
            self._buffer += part
        found = bytes(self._buffer[: position + len(end)])
        del self._buffer[: position + len(end)]
        return found


def _headers(head: bytes) -> dict[bytes, bytes]:
    lines = head.split(b"\r\n")[1:]
    return {name.lower(): value.strip() for name, _colon, value in (line.partition(b":") for line in lines) if name}


def _body(headers: dict[bytes, bytes], source: Side, target: Side) -> int:
    if b"chunked" in headers.get(b"transfer-encoding", b"").lower():
        return source.pass_on_chunks(target)
    length = int(headers.get(b"content-length", b"0"))
    source.pass_on(target, length)
    return length


def _answer(client: Side, server: Side, method: bytes, delay: float, counts: Counts) -> tuple[int, bool]:
    """Pass on one answer; its status, and whether the connection can be used again."""
    head = server.head()
    status = int(head.split(b" ", 2)[1])
    if status < 200:
        client.send(head)
        return status, True
    time.sleep(delay)
    client.send(head)
    headers = _headers(head)
    count = 0
    alive = headers.get(b"connection", b"").lower() != b"close"
    if method != b"HEAD" and status not in (204, 304):
        if b"content-length" in headers or b"transfer-encoding" in headers:
            count = _body(headers, server, client)
        else:
            count, alive = server.pass_on_all(client), False
    counts.add(down=len(head) + count)
    return status, alive


def _exchange(client: Side, server: Side, delay: float, counts: Counts) -> bool:
    """Pass on one request and its answer; whether there may be another on this connection."""
    head = client.head()
    method, headers = head.split(b" ", 1)[0], _headers(head)
    counts.add(requests=1, up=len(head))
    server.send(head)
    if headers.get(b"expect", b"").lower() == b"100-continue":
        status, _alive = _answer(client, server, method, delay, counts)
        if status != 100:
            return False  # refused before the body: the client may or may not send it now
    counts.add(up=_body(headers, client, server))
    while True:
        status, alive = _answer(client, server, method, delay, counts)
        if status >= 200:
            return alive


def _serve(connection: socket.socket, to: int, delay: float, counts: Counts) -> None:
    with (
        contextlib.suppress(Closed, OSError, ValueError),
        connection,
        socket.create_connection(("127.0.0.1", to)) as upstream,
    ):
        client, server = Side(connection), Side(upstream)
        while _exchange(client, server, delay, counts):
            pass


def _accept(listener: socket.socket, to: int, delay: float, counts: Counts) -> None:
    while True:
        connection, _address = listener.accept()
        threading.Thread(target=_serve, args=(connection, to, delay, counts), daemon=True).start()


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.proxy", description=__doc__)
    parser.add_argument("--to", type=int, required=True, help="the port of the server")
    parser.add_argument("--delay", type=float, default=0, help="seconds before every answer")
    options = parser.parse_args()
    counts = Counts()
    listener = socket.create_server(("127.0.0.1", 0), backlog=256)
    print(listener.getsockname()[1], flush=True)
    threading.Thread(target=_accept, args=(listener, options.to, options.delay, counts), daemon=True).start()
    for _line in sys.stdin:
        print(json.dumps(counts.take()), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

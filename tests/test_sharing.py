"""Sharing: the permissions that Git itself gives, compared with Git."""

import errno
import os
import stat
import subprocess
from pathlib import Path

import pytest

from gitdata import sharing
from gitdata.disk_errors import explain
from gitdata.errors import UsageError


def gits(directory: Path, setting: str) -> tuple[int, int]:
    """The permissions of an object and of its folder in a repository of Git's with that setting."""
    subprocess.run(["git", "init", "-q", str(directory)], check=True)
    subprocess.run(["git", "-C", str(directory), "config", "core.sharedRepository", setting], check=True)
    done = subprocess.run(
        ["git", "-C", str(directory), "hash-object", "-w", "--stdin"], input=b"x", capture_output=True, check=True
    )
    name = done.stdout.decode().strip()
    made = directory / ".git/objects" / name[:2] / name[2:]
    return stat.S_IMODE(made.stat().st_mode), stat.S_IMODE(made.parent.stat().st_mode)


@pytest.mark.parametrize(
    "setting",
    ["umask", "group", "all", "world", "everybody", "true", "false", "0", "1", "2", "0640", "0660", "0600", "0644"],
)
@pytest.mark.parametrize("umask", [0o077, 0o022])
def test_permissions_are_those_of_git(tmp_path: Path, setting: str, umask: int) -> None:
    before = os.umask(umask)
    try:
        file, folder = gits(tmp_path / "git", setting)
        found = sharing.by_setting(setting)
        assert found.file(0o444 & ~umask) == file, oct(file)
        assert found.folder(0o777 & ~umask) == folder, oct(folder)
    finally:
        os.umask(before)


@pytest.mark.parametrize("setting", ["0060", "nonsense", "0444", "-1", "9"])
def test_what_shares_with_nobody(tmp_path: Path, setting: str) -> None:
    with pytest.raises(UsageError, match="core.sharedRepository"):
        sharing.by_setting(setting)


def test_executable_files_stay_so() -> None:
    assert sharing.by_setting("group").file(0o755) == 0o775
    assert sharing.by_setting("0640").file(0o700) == 0o750


def test_nothing_is_shared_without_a_setting() -> None:
    assert not sharing.by_setting(None)
    assert sharing.by_setting(None).file(0o600) == 0o600


def test_what_somebody_else_made_is_said_to_be_theirs_to_open(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharing, "_shared", {})
    sharing.share_below(tmp_path / "gitdata", sharing.by_setting("group"))
    for name, hint in (("gitdata/packs", "`git data init`"), ("elsewhere", "check its permissions")):
        error = PermissionError(errno.EACCES, "no", str(tmp_path / name))
        assert hint in explain(error).hint

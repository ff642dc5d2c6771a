"""Packs on a remote that no version names, as a push leaves them that was stopped: told, kept for a week, removed."""

import errno
from pathlib import Path

import pytest
from shell import Shell, first_commit, project
from steps import Steps


@pytest.mark.any_git
def test_what_a_stopped_push_has_left(shell: Shell) -> None:
    repo, steps = project(shell), Steps.prepare(shell.cwd.parent, shell.cwd)
    repo.write("data/a", "a\n")
    first_commit(repo)
    repo.git("push -q origin main")
    repo.write("data/b", "b\n" * 1000)
    repo.git("add -A")
    repo.git("commit -qm second")
    failing = steps.shell(repo, fail=f"mkdir:bucket/manifests:{errno.EIO}")
    assert failing.run("git push -q origin main", code=1).err
    half = shell.cwd / "bucket/packs/00/.tmp-0123"
    half.parent.mkdir(exist_ok=True)
    half.write_text("of a process that was killed")
    (shell.cwd / "bucket/manifests/.tmp-4567").mkdir()

    assert "no version names" not in repo.git("data fsck --remote origin")
    told = repo.git("data fsck --remote origin --full")
    assert "1 pack that no version names on 'origin'" in told and "--repair" in told
    assert "for less than 7 days: kept" in repo.git("data fsck --remote origin --full --repair")
    assert not list((shell.cwd / "bucket").rglob(".tmp-*"))

    (noted,) = (repo.cwd / ".git/gitdata/remotes").rglob("spare")
    pack = age(noted)
    found = shell.cwd / f"bucket/packs/{pack[:2]}/{pack}"
    broken = found.read_bytes()
    found.chmod(0o644)
    found.write_bytes(broken[:-1] + b"x")
    told = repo.git("data fsck --remote origin --full")
    assert f"pack {pack[:12]} on 'origin'" in told and "is not what its name says" in told
    found.write_bytes(broken)

    removed = repo.git("data fsck --remote origin --full --repair")
    assert "removed from 'origin': 1 pack that no version names" in removed
    assert not found.exists() and (shell.cwd / f"bucket/dead/{pack}").exists()
    repo.git("push -q origin main")  # which still knows of that pack: the tombstone tells it otherwise
    found.unlink(missing_ok=True)  # whatever has that name once more: nobody needs it
    repo.git("data fsck --remote origin --full")
    shell.git("data install")
    shell.git(f"config --global gitdata.trust {shell.cwd / 'bucket'}")
    shell.git("clone -q hub.git clone")
    assert shell.cd("clone").read("data/b") == b"b\n" * 1000


def age(noted: Path) -> str:
    """As if it had been seen so for a week; the pack."""
    name, when = noted.read_text().split()
    noted.write_text(f"{name} {int(when) - 8 * 86_400}\n")
    return name


@pytest.mark.any_git
def test_none_goes_while_a_manifest_cannot_be_read(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a", "a\n")
    first_commit(repo)
    repo.git("push -q origin main")
    for manifest in (shell.cwd / "bucket/manifests").glob("*/*"):
        manifest.chmod(0o644)
        manifest.write_bytes(manifest.read_bytes()[:-3])
    for cached in (repo.cwd / ".git/gitdata/remotes").rglob("manifests/*/*"):
        cached.unlink()
    told = repo.run("git data fsck --remote origin --full", code=None).out
    assert "what no version names on 'origin' cannot be told" in told and "is damaged" in told

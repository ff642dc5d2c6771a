"""Disk space comes back: what nothing names any more, and what a remote has; nothing that is needed ever goes."""

import json
import os
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from blake3 import blake3
from faulty import Stop
from shell import Shell, project

from gitdata import durable, workspace
from gitdata.errors import Locked
from gitdata.ids import BlobId
from gitdata.ops.keeping.prune import Wish, prune

pytestmark = pytest.mark.any_git

BIG = 200_000  # bytes of a file, in several chunks


@pytest.fixture
def repo(lasting: Shell, request: pytest.FixtureRequest) -> Shell:
    """Three versions of a directory and of a file tracked by pattern; the first two are pushed."""
    form = getattr(request, "param", "listing")
    top, kept = lasting.cwd / form, lasting.cwd / f"{form}-kept"
    if not kept.exists():
        top.mkdir()
        build(Shell(top), form)
        shutil.copytree(top, kept, symlinks=True)
    shutil.rmtree(top)
    shutil.copytree(kept, top, symlinks=True)
    return Shell(top / "project")


def build(top: Shell, form: str) -> None:
    repo = project(top)
    repo.git("config gitdata.fsync false")
    if form == "tree":
        repo.git("config gitdata.listingLimit 1")
    for number in (1, 2, 3):
        repo.write("data/big", os.urandom(BIG))
        repo.write(f"data/sub/only-{number}", os.urandom(BIG // 4))
        repo.write("model.onnx", os.urandom(BIG // 2))
        if number == 1:
            repo.git("data track data '*.onnx'")
        repo.git("add .")
        repo.git(f"commit -qam v{number}")
        repo.git(f"tag v{number}")
    repo.git("push -q origin v2:refs/heads/main")


def pruned(repo: Shell, words: str = "") -> dict[str, Any]:
    found: dict[str, Any] = json.loads(repo.git(f"data prune {words} --json"))
    return found


def forget(repo: Shell, days: int = 0) -> None:
    """Nothing remembers what no ref names, and all that was recorded is `days` old."""
    unlog(repo)
    repo.git("prune --expire=now")
    age(repo, days)


def unlog(repo: Shell) -> None:
    repo.git("reflog expire --expire=now --all")
    (repo.cwd / ".git/ORIG_HEAD").unlink(missing_ok=True)


def age(repo: Shell, days: int) -> None:
    then = time.time() - days * 24 * 3600
    for file in (repo.cwd / ".git/gitdata/packs").rglob("*.pack"):
        os.utime(file, (then, then))


def stored(repo: Shell) -> int:
    return sum(file.stat().st_size for file in (repo.cwd / ".git/gitdata/packs").rglob("*.pack"))


def every_version(repo: Shell) -> None:
    """Each version can be checked out, byte for byte, and the store is in order."""
    for number in (1, 2, 3):
        repo.git(f"checkout -q v{number}")
        assert (repo.cwd / f"data/sub/only-{number}").stat().st_size == BIG // 4
        assert repo.clean
        for one in json.loads(repo.git("data ls --json")):
            assert blake3(repo.read(one["path"])).hexdigest() == one["blob"]
    repo.git("checkout -q main")
    repo.git("data fsck")


@pytest.mark.parametrize("repo", ["listing", "tree"], indirect=True)
def test_what_is_on_a_remote_goes_and_comes_back(repo: Shell) -> None:
    before = stored(repo)
    assert pruned(repo)["freed"] == 0, "all of it is in commits"
    planned = pruned(repo, "--uploaded --dry-run")
    assert planned["versions"] == 4 and stored(repo) == before
    told = repo.git("data prune --uploaded --dry-run").splitlines()
    assert sum(": version " in line for line in told) == 4 and any("model.onnx: version " in line for line in told)
    done = pruned(repo, "--uploaded")
    assert done["freed"] == before - stored(repo) > 2 * BIG and abs(done["freed"] - planned["freed"]) < 5000
    said = repo.git("data prune --uploaded")
    assert said.startswith("0 B freed; ") and "checked out" in said
    assert repo.clean and "4 versions not in this clone" in repo.git("data fsck")

    repo.git("data prune --uploaded --all")
    assert repo.clean, "the third version is nowhere else"
    repo.git("push -q origin main")
    repo.git("data prune --uploaded --all")
    assert stored(repo) < 2000
    repo.write("data/sub/new", "an edit\n")
    repo.git("commit -qam edit")
    repo.git("push -q origin main")
    repo.git("checkout -q v3")
    repo.git("checkout -q main")
    assert repo.read("data/sub/new") == b"an edit\n"
    every_version(repo)


def test_a_mark_is_no_proof(repo: Shell) -> None:
    """What the remote has lost since it was pushed stays here, with what shares it."""
    bucket = repo.cwd.parent / "bucket"
    for file in (bucket / "packs").rglob("*"):
        if file.is_file():
            file.unlink()
    done = pruned(repo, "--uploaded")
    assert (done["versions"], done["freed"], done["waiting"]) == (0, 0, 4)
    repo.git("data push --all")
    assert pruned(repo, "--uploaded")["versions"] == 4


def test_what_nothing_names_goes_once_it_is_old(repo: Shell) -> None:
    repo.write("data/big", os.urandom(BIG))
    repo.git("commit -qam 'a mistake'")
    repo.git("reset -q --hard HEAD~1")
    repo.write("data/staged", os.urandom(BIG))
    repo.git("data add")
    repo.write("data/stashed", os.urandom(BIG))
    repo.git("stash -q")
    repo.write("data/discarded", os.urandom(BIG))
    repo.git("status")
    repo.git("restore data.gitdata")
    repo.git("worktree add -q ../linked v1")
    linked = repo.cd("../linked")
    linked.write("data/there", os.urandom(BIG))
    linked.git("add -A")

    age(repo, 30)
    assert pruned(repo)["freed"] == 0, "the reflog has it"
    unlog(repo)
    assert pruned(repo)["freed"] == 0, "the commit is young: `git data undo --lost` lists it"
    forget(repo)
    done = pruned(repo)
    assert done["freed"] == 0 and BIG < done["young"] < 2 * BIG
    assert "recorded lately" in repo.git("data prune")
    forget(repo, days=15)
    assert BIG < pruned(repo)["freed"] < 2 * BIG
    assert pruned(repo)["freed"] == 0
    repo.git("stash pop -q")
    assert len(repo.read("data/stashed")) == len(repo.read("data/staged")) == BIG
    repo.git("data undo 1")
    assert len(repo.read("data/discarded")) == BIG
    linked.git("commit -qm there")
    repo.git("reset -q --hard")
    every_version(repo)


def test_a_file_that_the_cache_knows_is_stored_anew(repo: Shell) -> None:
    """Content that was recorded, and went, is back in the work tree with the times that it had."""
    repo.write("data/edit", os.urandom(BIG))
    repo.git("add -A")
    os.rename(repo.cwd / "data/edit", repo.cwd.parent / "edit")
    repo.git("reset -q --hard")
    (repo.cwd / ".git/gitdata/undo").exists()
    forget(repo, days=30)
    assert pruned(repo)["freed"] > BIG
    os.rename(repo.cwd.parent / "edit", repo.cwd / "data/edit")
    repo.git("add -A")
    repo.git("commit -qm again")
    assert "not in this clone" not in repo.git("data fsck")


def test_while_others_are_at_work(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace.here(repo.cwd)
    before = stored(repo)
    monkeypatch.chdir(repo.cwd)
    at_once = Wish(uploaded=True, wait=False)
    with place.open_store() as store, store.in_use(), pytest.raises(Locked, match="pruning.lock is held by"):
        prune(place, at_once)
    with place.state.locked(), pytest.raises(Locked, match="worktree.lock is held by"):
        prune(place, at_once)
    lock = repo.cwd / ".git/index.lock"
    lock.write_bytes(b"")
    with pytest.raises(Locked, match="Git is at work"):
        prune(place, at_once)
    lock.unlink()
    assert stored(repo) == before
    for words in ("--all", "--remote origin"):
        assert "add --uploaded" in repo.run(f"git data prune {words}", code=2).err


def at_step(number: int) -> Callable[[str], None]:
    """A `before_step` at which the program dies."""
    steps = iter(range(1, number + 1))

    def before(_name: str) -> None:
        if next(steps, None) == number:
            raise Stop

    return before


def test_wherever_it_is_killed(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything can be read after each step, and the next run does the rest."""
    place = workspace.here(repo.cwd)
    monkeypatch.chdir(repo.cwd)
    keep = repo.cwd.parent / "keep"
    repo.run(f"cp -a .git/gitdata {keep}")
    needed = {BlobId(bytes.fromhex(one["blob"])) for one in json.loads(repo.git("data ls --json"))}
    step = 0
    while True:
        step += 1
        monkeypatch.setattr(durable, "before_step", at_step(step))
        try:
            prune(place, Wish(uploaded=True))
        except Stop:
            pass
        else:
            break
        finally:
            monkeypatch.setattr(durable, "before_step", lambda _name: None)
        with place.open_store() as store:
            assert store.fsck() == []
            assert store.has(needed) == needed
        prune(place, Wish(uploaded=True))
        left = stored(repo)
        assert left < 3 * BIG
        repo.run("rm -r .git/gitdata")
        repo.run(f"cp -a {keep} .git/gitdata")
    assert step > 8
    every_version(repo)


def test_a_damaged_pack_that_was_set_aside_goes_when_it_is_of_no_use(repo: Shell) -> None:
    repo.git("push -q origin main")
    pack: Path = max((repo.cwd / ".git/gitdata/packs").rglob("*.pack"), key=lambda file: file.stat().st_mtime)
    pack.chmod(0o600)
    content = bytearray(pack.read_bytes())
    content[1000] ^= 1
    pack.write_bytes(content)
    repo.git("data fsck --repair")
    aside = repo.cwd / ".git/gitdata/quarantine"
    assert len(list(aside.iterdir())) == 2
    assert pruned(repo)["aside"] == 0, "it is young"
    then = time.time() - 30 * 24 * 3600
    for file in aside.iterdir():
        os.utime(file, (then, then))
    assert pruned(repo)["aside"] == 1 and list(aside.iterdir()) == []
    repo.git("data fsck")


def test_who_takes_how_much(repo: Shell) -> None:
    """Two roots that share a file, versions in commits alone, something discarded, something that nothing names."""
    repo.git("data track --create other")
    repo.write("other/same", repo.read("data/big"))
    repo.write("other/own", os.urandom(BIG // 10))
    repo.git("commit -qam other")
    repo.write("data/sub/only-3", os.urandom(BIG // 4))
    repo.git("status")
    repo.git("restore data.gitdata")
    repo.write("data/gone", os.urandom(BIG // 20))
    repo.git("add -A")
    (repo.cwd / "data/gone").unlink()
    repo.git("add -A")
    found = json.loads(repo.git("data du --json"))
    roots = {root["path"]: root for root in found["roots"]}
    groups = {group["use"]: group["stored"] for group in found["groups"]}

    def about(size: float) -> object:
        return pytest.approx(size, abs=6000)

    assert roots["data"]["stored"] == about(3 * BIG + 4 * BIG / 4) and roots["other"]["stored"] == about(1.1 * BIG)
    assert roots["data"]["alone"] == about(2 * BIG + 4 * BIG / 4) and roots["other"]["alone"] == about(BIG / 10)
    assert roots[""]["stored"] == roots[""]["alone"] == about(1.5 * BIG) and roots[""]["work_tree"] == BIG // 2
    assert roots["other"]["work_tree"] == BIG + BIG // 10
    assert groups["checked out"] == about(BIG * (1 + 0.75 + 0.1 + 0.5))
    assert groups["commits"] == about(3 * BIG) and groups["undo"] == about(BIG / 4)
    assert found["unnamed"] == about(BIG / 20) and found["packs"] == stored(repo)
    said = repo.git("data du")
    assert "files by pattern" in said and "named by nothing" in said and ".git/gitdata" in said.splitlines()[-1]


def test_a_push_after_packs_were_put_together_sends_nothing_twice(repo: Shell) -> None:
    bucket = repo.cwd.parent / "bucket/packs"
    before = {file: file.stat().st_size for file in bucket.rglob("*") if file.is_file()}
    with workspace.here(repo.cwd).open_store() as store:
        for number in range(51):
            with store.ingest() as ingest:
                ingest.add(b"many commits, %d" % number)
    packs = list((repo.cwd / ".git/gitdata/packs").rglob("*.pack"))
    assert len(packs) == 1, "the end of a command has put them together"
    repo.write("data/sub/new", "an edit\n")
    repo.git("commit -qam edit")
    repo.git("push -q origin main")
    new = [file.stat().st_size for file in bucket.rglob("*") if file.is_file() and file not in before]
    assert sum(new) < 1.75 * BIG + 5000, "the third version and the edit"
    assert "all whole" in repo.git("data verify")


def test_a_store_with_a_limit(repo: Shell) -> None:
    """The oldest version goes first; what is not pushed stays, and is told of once."""

    def told(command: str) -> str:
        lines = repo.run(f"git {command}").err.splitlines()
        return next((line for line in lines if "storeLimit" in line), "")

    assert told("push origin v2:refs/heads/again") == ""
    repo.git(f"config gitdata.storeLimit {int(4.5 * BIG)}")  # of 5.25
    assert "2 versions that 'origin' has left" in told("data push origin v2")
    assert repo.git("data fsck").count("2 versions not in this clone") == 1
    repo.git("checkout -q v2")
    assert stored(repo) < 4.5 * BIG, "the second version was here"
    repo.git(f"config gitdata.storeLimit {BIG}")
    assert "is not on 'origin' (`git data push --all`)" in told("checkout -q v1")
    assert told("data push origin v2") == "", "it was said"
    repo.git("data fsck")
    repo.git("data push origin v3")
    for command in ("data fetch v3", "data checkout", "data pull", "data undo 1"):
        (repo.cwd / ".git/gitdata/tried-limit").unlink(missing_ok=True)
        if command.endswith("undo 1"):
            repo.write("data/sub/only-1", "an edit\n")
            repo.git("data checkout --force")
            (repo.cwd / ".git/gitdata/tried-limit").unlink(missing_ok=True)
        assert "is checked out" in told(command) or "has left" in told(command), command
    repo.git("data fsck")


def test_what_a_kill_has_left_half_written_goes(repo: Shell) -> None:
    """Nothing takes such a file for one of git-data's, wherever it lies; what somebody may still write stays."""
    repo.git("worktree add -q ../linked v1")
    for pack in (repo.cwd / ".git/gitdata/packs").rglob("*.pack"):
        (repo.cwd / ".git/gitdata/quarantine").mkdir(exist_ok=True)
        shutil.copy(pack, repo.cwd / ".git/gitdata/quarantine")
    folders = [repo.cwd / ".git/hooks", repo.cwd / ".git/info"]
    for own in (repo.cwd / ".git/gitdata", repo.cwd / ".git/worktrees/linked/gitdata"):
        folders += [own, *(path for path in own.rglob("*") if path.is_dir() and path.name != "half-written")]
    said = [repo.run(line, code=None).said for line in ("git data fsck", "git data status", "git data verify")]
    left = [folder / ".gitdata-tmp-0123456789abcdef" for folder in folders]
    for file in left:
        file.write_bytes(b"half")
        os.utime(file, (1, 1))
    fresh = repo.cwd / ".git/gitdata/base/.gitdata-tmp-fedcba9876543210"
    fresh.write_bytes(b"half")
    assert [repo.run(line, code=None).said for line in ("git data fsck", "git data status", "git data verify")] == said
    pruned(repo, "--dry-run")
    assert left[0].exists()
    pruned(repo)
    assert not [file for file in left if file.exists()] and fresh.exists()
    repo.cd("../linked").git("data status")

"""Clones of every kind: with git-data in the person's own Git settings, and set up afterwards by `git data init`."""

import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from beside import Beside, beside, present, somewhere_else
from shell import Shell

KINDS = [
    "",
    "--depth 1",
    "--single-branch",
    "--single-branch --branch other",
    "--branch v1",
    "--filter=blob:none",
    "--filter=tree:0",
    "--recurse-submodules",
    "--no-local",
    "--reference {project}",
    "--origin upstream",
]


def published(shell: Shell) -> Beside:
    """Two versions on main, the first with a tag, a third on a branch; all pushed."""
    pair = beside(shell)
    pair.git("tag v1")
    pair.write("data/a.txt", "two\n")
    pair.write("data/new/c.txt", "c\n")
    pair.commit("two")
    pair.git("checkout -qb other")
    pair.write("data/a.txt", "other\n")
    pair.commit("other")
    pair.git("checkout -q main")
    pair.git("push -q origin main other v1")
    for repo in (pair.ours, pair.plain):
        repo.cd("../hub.git").git("config uploadpack.allowFilter true")
    return pair


@pytest.fixture(scope="module")
def source(lasting: Shell) -> Beside:
    """For tests that only clone from it."""
    return published(lasting)


@pytest.fixture
def pair(shell: Shell) -> Beside:
    """For tests that push."""
    return published(shell)


def address(pair: Beside, name: str = "ours") -> str:
    """The hub as a file:// address: a directory would make Git leave out --depth and --filter."""
    return f"file://{(pair.ours.cwd if name == 'ours' else pair.plain.cwd).parent / 'hub.git'}"


def bucket(pair: Beside) -> Path:
    return pair.ours.cwd.parent / "bucket"


@pytest.mark.parametrize("options", KINDS)
def test_a_clone_brings_its_data(shell: Shell, source: Beside, options: str) -> None:
    mine, twins = (options.format(project=shell.cwd) for shell in (source.ours, source.plain))
    ours = somewhere_else(shell, "clone", address(source), bucket=bucket(source), options=mine)
    shell.git(f"clone -q {twins} {address(source, 'plain')} twin")
    ours.same(shell.cwd / "twin", "data")
    assert ours.clean
    assert ours.git("log --format=%s") == shell.cd("twin").git("log --format=%s")


@pytest.mark.parametrize("options", ["", "--depth 1", "--filter=blob:none", "--no-checkout"])
def test_a_clone_that_is_set_up_afterwards(shell: Shell, source: Beside, options: str) -> None:
    shell.git(f"clone -q {options} {address(source)} later")
    later = shell.cd("later")
    assert not present(later, "data")
    later.git(f"config gitdata.trust {bucket(source)}")
    later.git("data init")
    if options == "--no-checkout":
        later.git("checkout -q main")
    later.same(source.plain.cwd, "data")
    assert later.clean


@pytest.mark.parametrize("options", ["--local", "--shared", "--no-hardlinks"])
def test_a_clone_of_a_directory(shell: Shell, source: Beside, options: str) -> None:
    """Also of a work tree: its own store is no source, the data remote is."""
    there = somewhere_else(shell, "clone", str(source.ours.cwd), bucket=bucket(source), options=options)
    there.same(source.plain.cwd, "data")
    assert there.clean


def test_no_checkout_brings_nothing_until_there_is_a_checkout(shell: Shell, source: Beside) -> None:
    there = somewhere_else(shell, "clone", address(source), bucket=bucket(source), options="--no-checkout")
    assert not present(there, "data")
    there.git("checkout -q v1")
    shell.git(f"clone -q --branch v1 {address(source, 'plain')} twin")
    there.same(shell.cwd / "twin", "data")
    assert there.clean


def test_pushing_from_a_shallow_clone_and_making_it_whole(shell: Shell, pair: Beside) -> None:
    there = somewhere_else(shell, "clone", address(pair), bucket=bucket(pair), options="--depth 1")
    shell.git(f"clone -q --depth 1 {address(pair, 'plain')} twin")
    both = Beside(there, shell.cd("twin"))
    both.write("data/shallow.txt", "shallow\n")
    both.commit("shallow")
    both.git("push -q origin HEAD:main")
    pair.git("pull -q origin main")
    pair.same()
    both.git("fetch -q --unshallow")
    both.git("checkout -q HEAD~2")
    both.same()
    both.git("checkout -q -")
    both.same()


def test_deepening_brings_older_versions_within_reach(shell: Shell, pair: Beside) -> None:
    there = somewhere_else(shell, "clone", address(pair), bucket=bucket(pair), options="--depth 1")
    there.git("fetch -q --depth 2")
    there.git("checkout -q HEAD~1")
    pair.git("checkout -q main~1")
    there.same(pair.plain.cwd, "data")


def test_a_partial_clone_moves_through_history_and_pushes(shell: Shell, pair: Beside) -> None:
    there = somewhere_else(shell, "clone", address(pair), bucket=bucket(pair), options="--filter=blob:none")
    shell.git(f"clone -q --filter=blob:none {address(pair, 'plain')} twin")
    both = Beside(there, shell.cd("twin"))
    for target in ("v1", "origin/other", "main"):
        both.git(f"checkout -q {target}")
        both.same()
    both.write("data/a.txt", "partial\n")
    both.commit("partial")
    both.git("push -q origin main")
    pair.git("pull -q origin main")
    pair.same()


@contextmanager
def daemon(base: Path) -> Iterator[int]:
    """`git daemon` on 127.0.0.1; its port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    server = subprocess.Popen(
        ["git", "daemon", "--export-all", "--enable=receive-pack", "--reuseaddr", "--listen=127.0.0.1",
         f"--port={port}", f"--base-path={base}", str(base)],
        stderr=subprocess.DEVNULL, start_new_session=True,
    )  # fmt: skip
    try:
        deadline = time.monotonic() + 20
        while time.monotonic() < deadline:
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port
    finally:
        server.terminate()
        server.wait(20)


def test_through_git_daemon(shell: Shell, pair: Beside) -> None:
    with daemon(shell.cwd) as port:
        url = f"git://127.0.0.1:{port}/ours/hub.git"
        there = somewhere_else(shell, "clone", url, bucket=bucket(pair), options="--depth 1")
        there.same(pair.plain.cwd, "data")
        there.write("data/daemon.txt", "daemon\n")
        there.git("commit -qam daemon")
        there.git("push -q origin main")
    copy = there.copy("daemon", "data")
    pair.ours.git("pull -q origin main")
    pair.ours.same(copy, "data")


def test_a_mirror_has_no_work_tree_and_says_so(shell: Shell, source: Beside) -> None:
    shell.git(f"clone -q --mirror {address(source)} mirror.git")
    mirror = shell.cd("mirror.git")
    said = mirror.run("git data init", code=128).err
    assert "bare repository" in said and said.count("\n") == 1

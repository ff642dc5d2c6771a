"""What happens around twins: other clones, other work trees, patches, bisection, cleaning."""

import random
import shutil

from shell import Shell
from twins import ROOTS, Twins, difference, files


def clean(twins: Twins, rng: random.Random) -> None:
    """What Git ignores is the data itself: `-x` takes it away, and one command brings back what is recorded."""
    if rng.random() < 0.5 or twins.may_be_dirty:
        twins.git("clean -q -fd")
        return
    twins.git("clean -q -fdx")
    assert not any((twins.ours.cwd / root).exists() for root in ROOTS)
    twins.ours.git("data checkout")


def patch(twins: Twins, rng: random.Random) -> None:
    """The last commit leaves as a patch and comes back with `git am`."""
    if twins.may_be_dirty or twins.plain.run("git rev-parse -q --verify HEAD~1", code=None).code or _is_merge(twins):
        return
    for shell in (twins.plain, twins.ours):
        (shell.cwd / ".git/one.patch").write_text(shell.git("format-patch -1 --stdout --binary"))
    twins.git("reset -q --hard HEAD~1")
    twins.agree()
    if twins.git("am -q .git/one.patch").code != 0:
        twins.git("am --abort")


def _is_merge(twins: Twins) -> bool:
    return twins.plain.git("rev-list --parents -n 1 HEAD").count(" ") > 1


def linked(twins: Twins, rng: random.Random) -> None:
    """A linked work tree is made, used and removed; the first one does not notice."""
    target, text = rng.choice(("main", "side", "HEAD")), f"linked {rng.random()}\n"
    twins.session.append(f"git worktree add --detach ... {target}; edit, commit -a, remove")
    seen = []
    for shell in (twins.plain, twins.ours):
        place = shell.cwd.with_name(f"{shell.cwd.name}-linked")
        shell.git(f"worktree add -q --detach {place} {target}")
        there = Shell(place)
        before = [files(place / root) for root in ROOTS]
        there.write("data/keep.txt", text)
        there.git("commit -qam linked")
        status = there.git("status --porcelain")
        shell.git(f"worktree remove --force {place}")
        seen.append((before, status, there.cwd.exists()))
    assert seen[0] == seen[1], twins.explain(f"the linked work trees differ: {seen}")


def bisect(twins: Twins, rng: random.Random) -> None:
    """The commit since which a data file is no longer as it is now, found by a script that looks at the data."""
    if twins.may_be_dirty or twins.plain.run("git rev-parse -q --verify HEAD~3", code=None).code:
        return
    name = rng.choice(("data/a.csv", "data/b.csv", "config/a.csv"))
    wanted = twins.plain.cwd / name
    text = wanted.read_bytes() if wanted.is_file() else b""
    for shell in (twins.plain, twins.ours):
        (shell.cwd / ".git/wanted").write_bytes(text)
    twins.git("bisect start -q HEAD HEAD~3")
    twins.git(f"bisect run sh -c 'test ! -f {name} || ! cmp -s {name} .git/wanted'")
    bad = [shell.run("git log -1 --format=%s refs/bisect/bad", code=None).out for shell in (twins.plain, twins.ours)]
    assert bad[0] == bad[1], twins.explain(f"bisect found {bad}")
    twins.git("bisect reset -q")


_PUSHES = (
    ("push -q -f origin --all", "main"),
    ("push -q -f origin --tags", "main"),
    ("push -q -f --follow-tags origin main side", "side"),
    ("push -q --mirror mirror", "main"),
    ("push -q --force-with-lease origin main", "main"),
    ("push -q --force-with-lease --atomic origin main side", "side"),
    ("push -q -f origin HEAD:refs/heads/other", "other"),
    ("push -q -f origin HEAD~1:refs/heads/other", "other"),
    ("push -q origin --delete other", "main"),
    ("push -q origin :refs/heads/other", "main"),
    ("push -q origin --delete n0 n1", "main"),
    ("push -q --dry-run origin HEAD:refs/heads/never", "never"),
    ("push -q origin HEAD:refs/heads/main", "main"),
)
"""Pushes of every kind, and a branch to look at afterwards."""


def publish(twins: Twins, rng: random.Random) -> None:
    """A push of one kind or another: what it sent can be had by others."""
    if rng.random() < 0.3:
        twins.git(f"tag -a -m note n{rng.randrange(3)}")
    push, branch = rng.choice(_PUSHES)
    twins.git(push)
    hub = "mirror" if "mirror" in push else "origin"
    if rng.random() < 0.4 and twins.git(f"ls-remote -q --exit-code {hub} refs/heads/{branch}").code == 0:
        _compare_clones(twins, f"-b {branch}", "mirror" if hub == "mirror" else "hub")


def clone(twins: Twins, rng: random.Random) -> None:
    """What was pushed can be cloned, one way or another, with its data."""
    how = rng.choice(("", "", "--no-local", "--depth 1 --no-local", "--single-branch", "--filter=blob:none --no-local"))
    if twins.git("push -q -f origin --all").code == 0:
        _compare_clones(twins, how)


def _compare_clones(twins: Twins, how: str, hub: str = "hub") -> None:
    twins.session.append(f"git clone {how} {hub}")
    seen = []
    for shell in (twins.plain, twins.ours):
        place = _colleague(twins, shell, how, hub)
        seen.append([files(place.cwd / root) for root in ROOTS])
        assert place.git("status --porcelain") == "", twins.explain("a clone is not clean")
        shutil.rmtree(place.cwd)
    for there, here in zip(*seen, strict=True):
        assert there == here, twins.explain(f"clones differ: {difference(there, here)}")


def pull(twins: Twins, rng: random.Random) -> None:
    """A colleague pushes a change; it is pulled."""
    text, name = f"pulled {rng.random()}\n", rng.choice(("data/a.csv", "data/new.csv", "config/d.csv"))
    how = rng.choice(("--no-rebase", "--ff-only", "--rebase"))
    if twins.may_be_dirty or twins.plain.run("git symbolic-ref -q HEAD", code=None).out != "refs/heads/main\n":
        return
    twins.git("push -q -f origin main")
    twins.session.append(f"a colleague changes {name}")
    for shell in (twins.plain, twins.ours):
        place = _colleague(twins, shell, "-b main")
        path = place.cwd / name
        if path.is_dir() or path.parent.is_file():
            shutil.rmtree(place.cwd)
            return
        place.write(name, text)
        place.git("add -A")
        place.git("commit -qam pulled")
        place.git("push -q origin main")
        shutil.rmtree(place.cwd)
    if rng.random() < 0.5:
        twins.edit("commit here", lambda top: (top / "data/keep.txt").write_text(text))
        twins.git("commit -qam here")
    if twins.git(f"pull -q {how} origin main").code != 0 and how != "--ff-only":
        twins.git("rebase --abort" if how == "--rebase" else "merge --abort")


def _colleague(twins: Twins, shell: Shell, how: str, hub: str = "hub") -> Shell:
    """A clone of what a twin has pushed, by somebody who has git-data and the remote for all repositories."""
    place = shell.cwd.with_name(f"{shell.cwd.name}-colleague")
    if shell is twins.ours:
        shell.git("data install")
        shell.git(f"config --global gitdata-remote.origin.url {shell.cwd.parent / 'bucket'}")
    shell.git(f"clone -q {how} {shell.cwd}-{hub}.git {place}")
    return Shell(place)


_OVER = ("checkout -q --detach", "switch -q --detach", "checkout -q -f --detach", "reset -q --hard", "reset -q --keep")


def border(twins: Twins, rng: random.Random) -> None:
    """Git itself has the files of a root for two commits; the way leads over that border, and back, with edits."""
    name = twins.plain.run("git symbolic-ref -q --short HEAD", code=None).out.strip()
    if not name:
        return
    if twins.may_be_dirty:
        twins.git("add -A")
        twins.git("commit -q -m before")
        twins.agree()
    twins.git("checkout -q --detach")
    twins.session.append("git data untrack data; git add -A; git commit -m held")
    (twins.ours.cwd / ".git/info/attributes").write_text("data/** -merge -text\n")
    twins.ours.git("data untrack data")
    twins.ours.git("add -A")
    twins.ours.git("commit -qm held")
    twins.plain.git("commit -q --allow-empty -m held")
    text = f"held {rng.random()}\n"
    twins.edit("edit data/keep.txt, which Git has", lambda top: (top / "data/keep.txt").write_text(text))
    twins.agree()
    twins.git(f"{rng.choice(_OVER[:2])} {name}")  # refused, here or in both, or the edit is taken along
    twins.git("commit -qam 'held and edited'" if _is_held(twins) else "reset -q --hard")
    twins.git("branch -q held")
    twins.agree()
    for target in (name, "held", name):
        twins.git(f"{rng.choice(_OVER)} {target}")
        twins.ours.git("status")  # no hook tells of a reset to files of Git
        twins.agree()
    _given_up(twins, rng.choice(("merge", "cherry-pick", "rebase")))
    twins.git("checkout -q --detach held")
    twins.edit("an untracked file", lambda top: (top / "data/untracked.csv").write_text(text))
    twins.git(f"{rng.choice(_OVER[:2])} {name}")
    twins.agree()
    twins.edit("which goes again", lambda top: (top / "data/untracked.csv").unlink())
    twins.git(f"checkout -q {name}")
    twins.git("branch -q -D held")


def _is_held(twins: Twins) -> bool:
    return not (twins.ours.cwd / "data.gitdata").exists()


def _given_up(twins: Twins, verb: str) -> None:
    """For Git files and their pointer stand against each other; when that is given up, all is as it was."""
    twins.session.append(f"git {verb} held; git {verb} --abort")
    if twins.ours.run(f"git {verb} held", code=None).code == 0:
        twins.ours.git("reset -q --hard ORIG_HEAD" if verb != "cherry-pick" else "reset -q --hard HEAD~1")
    else:
        twins.ours.git(f"{verb} --abort")
    twins.ours.git("status")
    twins.agree()

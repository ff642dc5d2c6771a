"""What a push of any kind leaves on the data remote: proved by somebody who has that remote and nothing else."""

from pathlib import Path

import pytest
from beside import Beside, beside, somewhere_else
from jobs import copy
from shell import Shell

pytestmark = pytest.mark.any_git


@pytest.fixture(scope="module")
def prepared(lasting: Shell) -> Beside:
    """What every test begins with, made once; its `pair` is a copy in the same place."""
    pair = beside(lasting)
    pair.git("tag start")
    for name in ("left", "right"):
        pair.git(f"checkout -q -b {name} main")
        pair.write("data/a.txt", f"{name}\n")
        pair.write(f"data/{name}.txt", f"{name} alone\n")
        pair.commit(name)
    pair.git("checkout -q main")
    pair.write("data/sub/b.txt", "main\n")
    pair.commit("two")
    pair.git("tag -m note noted")
    copy(lasting.cwd, lasting.cwd.parent / "prepared")
    return pair


@pytest.fixture
def pair(prepared: Beside) -> Beside:
    """Three branches, each with data of its own, and two tags; nothing is pushed."""
    place = prepared.ours.cwd.parents[1]
    copy(place.parent / "prepared", place)
    return prepared


def proves(shell: Shell, pair: Beside, name: str, *, reachable: int, hub: str = "hub.git", bucket: str = "") -> None:
    """A newcomer gets, of every commit of the hub, the data that plain Git has there.

    `reachable` is the number of distinct versions of the data; the data remote holds no other.
    """
    top = pair.ours.cwd.parent
    place = Path(bucket) if bucket else top / "bucket"
    there = somewhere_else(shell, name, str(top / hub), bucket=place, options="--no-checkout")
    twin = shell.cwd / f"{name}-twin"
    shell.git(f"clone -q --no-checkout {pair.plain.cwd.parent / hub} {twin}")
    plain = Shell(twin)
    refs = "--branches --remotes --tags"
    mine, theirs = (repo.git(f"log --format=%s/%H {refs} --").splitlines() for repo in (there, plain))
    assert sorted(line.split("/")[0] for line in mine) == sorted(line.split("/")[0] for line in theirs)
    twins = dict(line.split("/") for line in theirs)
    for line in mine:
        subject, commit = line.split("/")
        if there.run(f"git cat-file -e {commit}:data.gitdata", code=None).code:
            continue
        there.git(f"checkout -q {commit}")
        plain.git(f"checkout -q {twins[subject]}")
        there.same(twin, "data")
        assert there.clean
    assert len(list((place / "manifests").iterdir())) == reachable


def test_a_push_of_one_branch_carries_its_commits_alone(shell: Shell, pair: Beside) -> None:
    pair.git("push -q origin left")
    proves(shell, pair, "one", reachable=2)
    pair.git("push -q origin right main")
    proves(shell, pair, "all", reachable=4)


def test_push_all(shell: Shell, pair: Beside) -> None:
    pair.git("push -q --all origin")
    proves(shell, pair, "there", reachable=4)


def test_push_tags_alone(shell: Shell, pair: Beside) -> None:
    pair.git("push -q origin start")
    proves(shell, pair, "one", reachable=1)
    pair.git("push -q --tags origin")
    proves(shell, pair, "two", reachable=2)


def test_follow_tags(shell: Shell, pair: Beside) -> None:
    pair.git("push -q --follow-tags origin main")
    assert "noted" in pair.ours.git("ls-remote origin")
    proves(shell, pair, "there", reachable=2)


def test_mirror(shell: Shell, pair: Beside) -> None:
    pair.git("push -q --mirror origin")
    proves(shell, pair, "there", reachable=4)
    pair.git("branch -D left")
    pair.git("push -q --mirror origin")
    assert "refs/heads/left" not in pair.ours.git("ls-remote origin")
    proves(shell, pair, "again", reachable=4)


def test_forced_and_deleted_branches(shell: Shell, pair: Beside) -> None:
    pair.git("push -q origin main left")
    pair.write("data/a.txt", "again\n")
    pair.plain.git("add -A data")
    pair.git("commit -q -a --amend -m two")
    pair.git("push -q origin main", code=1)
    pair.git("push -q --force-with-lease origin main")
    pair.git("push -q origin --delete left")
    pair.git("push -q origin +right:left")
    pair.git("push -q origin :left")
    proves(shell, pair, "there", reachable=5)


def test_a_commit_under_another_name_and_a_detached_head(shell: Shell, pair: Beside) -> None:
    pair.git("checkout -q --detach right")
    pair.write("data/detached.txt", "detached\n")
    pair.commit("detached")
    pair.git("push -q origin HEAD:refs/heads/elsewhere")
    proves(shell, pair, "there", reachable=3)


def test_a_second_git_remote_with_the_same_data_remote(shell: Shell, pair: Beside) -> None:
    pair.git("push -q origin main")
    for repo in (pair.ours, pair.plain):
        repo.git("init -q --bare ../second.git")
    pair.git("remote add second ../second.git")
    pair.git("push -q second left")
    proves(shell, pair, "there", reachable=3, hub="second.git")


def test_a_data_remote_named_like_the_git_remote_is_the_one_for_it(shell: Shell, pair: Beside) -> None:
    for repo in (pair.ours, pair.plain):
        repo.git("init -q --bare ../second.git")
    pair.git("remote add second ../second.git")
    bucket = pair.ours.cwd.parent / "second-bucket"
    pair.ours.git(f"data remote add second {bucket}")
    pair.git("push -q second left")
    assert not (pair.ours.cwd.parent / "bucket/manifests").exists()
    there = somewhere_else(shell, "there", str(pair.ours.cwd.parent / "second.git"), bucket=bucket, options="-n")
    there.git(f"config gitdata-remote.mine.url {bucket}")
    there.git("config gitdata.remote mine")
    there.git("checkout -q left")
    pair.git("checkout -q left")
    there.same(pair.plain.cwd, "data")


def test_an_address_instead_of_a_name(shell: Shell, pair: Beside) -> None:
    for repo in (pair.ours, pair.plain):
        repo.git(f"push -q {repo.cwd.parent / 'hub.git'} left")
    proves(shell, pair, "there", reachable=2)


def test_a_push_from_a_linked_work_tree(shell: Shell, pair: Beside) -> None:
    pair.git("worktree add -q ../linked right")
    linked = pair.cd("../linked")
    linked.write("data/linked.txt", "linked\n")
    linked.commit("linked")
    linked.git("push -q origin right")
    proves(shell, pair, "there", reachable=3)


def test_versions_that_are_known_by_their_trees_build_on_each_other(shell: Shell, pair: Beside) -> None:
    pair.ours.git("config gitdata.listingLimit 1")
    for number in range(8):
        pair.write(f"data/sub/deeper{number % 3}/{number}.txt", f"{number}\n")
        pair.write("data/a.txt", f"{number}\n")
        pair.commit(f"more{number}")
        if number % 3 == 1:
            pair.git("push -q origin main")
    assert b" tree\n" in pair.ours.read("data.gitdata")
    for place in (pair.ours, pair.plain):
        (place.cwd / "data/sub").rename(place.cwd / "data/elsewhere")
    pair.commit("renamed")
    pair.git("checkout -q -b aside HEAD~3")
    pair.write("data/aside.txt", "aside\n")
    pair.commit("aside2")
    pair.git("push -q origin main aside")
    proves(shell, pair, "there", reachable=12)


def test_dry_run_uploads_nothing_that_git_would_not_send(pair: Beside) -> None:
    pair.git("push -q --dry-run origin left")
    assert pair.ours.git("ls-remote origin") == ""


def test_fetch_changes_nothing_and_pull_brings_everything(shell: Shell, pair: Beside) -> None:
    pair.git("push -q -u origin main")
    other = Beside(
        somewhere_else(shell, "o", str(pair.ours.cwd.parent / "hub.git"), bucket=pair.ours.cwd.parent / "bucket"),
        shell.cd("twin"),
    )
    shell.git(f"clone -q {pair.plain.cwd.parent / 'hub.git'} twin")
    pair.write("data/a.txt", "newer\n")
    pair.commit("newer")
    pair.git("push -q")
    other.write("data/other.txt", "other\n")
    other.commit("other")
    other.git("fetch -q")
    other.same()
    other.git("pull -q --rebase")
    other.same()
    assert other.ours.read("data/a.txt") == b"newer\n"
    other.git("push -q")
    pair.write("data/zzz.txt", "here\n")
    pair.commit("here")
    pair.git("pull -q --no-rebase --no-edit")
    pair.same()
    pair.git("push -q")
    other.git("pull -q --ff-only")
    other.same()
    other.write("data/dirty.txt", "kept\n")
    other.plain.git("add data/dirty.txt")
    other.git("-c rebase.autoStash=true pull -q --rebase")
    other.ours.same(other.plain.cwd, "data")


def test_pushing_without_the_older_data_is_refused_before_a_ref_is_sent(shell: Shell, pair: Beside) -> None:
    """A clone that never had the data of a version cannot bring it to another remote, and says so."""
    pair.git("push -q origin main")
    top = pair.ours.cwd.parent
    there = somewhere_else(shell, "there", str(top / "hub.git"), bucket=top / "bucket")
    there.git("init -q --bare ../empty.git")
    there.git("remote add empty ../empty.git")
    there.git(f"data remote add empty {shell.cwd / 'empty-bucket'}")
    refused = there.run("git push -q empty main", code=1)
    assert "git data fetch" in refused.err and "start" not in refused.out
    assert there.git("ls-remote empty") == ""
    there.git("data fetch origin/main origin/main~1")
    there.git("push -q empty main")

"""`git checkout` between branches where the post-checkout hook can leave early: what moved is never missed."""

import time

import pytest
from jobs import copy
from shell import Shell, project


@pytest.fixture(scope="module")
def prepared(lasting: Shell) -> Shell:
    """What every test begins with, made once; its `repo` is a copy in the same place."""
    repo = project(lasting)
    repo.write("data/a", "a\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("checkout -qb more")
    repo.write("models/m", "m\n")
    repo.git("data track models")
    repo.git("commit -qm second")
    repo.git("push -q origin main more")
    repo.git("checkout -q main")
    copy(lasting.cwd, lasting.cwd.parent / "prepared")
    return repo


@pytest.fixture
def repo(prepared: Shell) -> Shell:
    """On main only `data`, on the branch more `models` as well; live status has had its look."""
    place = prepared.cwd.parent
    copy(place.parent / "prepared", place)
    settle(prepared)
    return prepared


def settle(repo: Shell) -> None:
    time.sleep(1.1)  # what is as old as Git's index is looked at every time
    assert repo.clean
    assert repo.clean


def test_a_pointer_comes_and_goes(repo: Shell) -> None:
    for _ in range(2):
        assert not (repo.cwd / "models").exists()
        repo.git("checkout -q more")
        assert repo.read("models/m") == b"m\n"
        settle(repo)
        repo.git("checkout -q main")
        settle(repo)


def test_a_pointer_goes_before_anyone_looked(repo: Shell) -> None:
    repo.git("checkout -q more")
    repo.git("checkout -q main")
    assert not (repo.cwd / "models").exists()
    assert repo.clean


def test_a_new_pointer_without_its_data_fails_the_checkout(repo: Shell) -> None:
    repo.git("clone -q ../hub.git ../other")
    other = repo.cd("../other")
    other.git("data init", code=18)
    other.git("data trust")
    other.git("checkout -q more")
    other.write("fresh/f", "f\n")
    other.git("data track fresh")
    other.git("commit -qm third")
    other.git("push -q --no-verify origin more")
    repo.git("fetch -q origin")
    said = repo.run("git checkout -q origin/more", code=1)
    assert "fresh has not followed" in said.err
    assert said.err.count("fresh has not followed") == 1
    repo.git("checkout -q main")
    settle(repo)
    other.git("push -q origin more")
    other.git("data push --all")
    repo.git("checkout -q origin/more")
    assert repo.read("fresh/f") == b"f\n"


def test_a_pointer_comes_where_the_attributes_do_not_name_the_filter(repo: Shell) -> None:
    repo.git("checkout -q more")
    repo.git("rm -q .gitattributes")
    repo.git("commit -qm plain")
    repo.git("checkout -q main")
    settle(repo)
    assert not (repo.cwd / "models").exists()
    repo.git("checkout -q more")
    assert repo.read("models/m") == b"m\n"


def test_a_pointer_comes_after_the_filter_was_taken_from_the_configuration(repo: Shell) -> None:
    settle(repo)
    repo.git("config --remove-section filter.gitdata")
    settle(repo)
    repo.git("checkout -q more")
    assert repo.read("models/m") == b"m\n"


@pytest.mark.parametrize("how", ["merge -q --ff-only code", "rebase -q code"])
def test_what_brings_only_code_starts_no_python(repo: Shell, how: str) -> None:
    repo.git("checkout -qb code")
    repo.write("code", "1\n")
    repo.git("add code")
    repo.git("commit -qm code")
    repo.git("checkout -q main")
    if "ff" not in how:
        repo.write("other", "1\n")
        repo.git("add other")
        repo.git("commit -qm other")
    assert "import time:" not in repo.run(f"git {how}", PYTHONPROFILEIMPORTTIME="1").err
    assert repo.read("code") == b"1\n"
    amended = repo.run("git commit -q --amend -m amended", PYTHONPROFILEIMPORTTIME="1")
    assert "import time:" not in amended.err


@pytest.mark.parametrize("how", ["merge -q --ff-only more", "merge -q --no-edit more", "rebase -q more"])
def test_what_brings_a_pointer_brings_its_data(repo: Shell, how: str) -> None:
    if "ff" not in how:
        repo.write("other", "1\n")
        repo.git("add other")
        repo.git("commit -qm other")
    repo.git(how)
    assert repo.read("models/m") == b"m\n"
    repo.git("rm -q models.gitdata")
    repo.git("commit -qm gone")
    repo.git("branch gone")
    repo.git("reset -q --hard HEAD~1")
    assert repo.read("models/m") == b"m\n"
    settle(repo)
    repo.git("merge -q --ff-only gone")
    assert not (repo.cwd / "models").exists()


def test_a_known_pointer_moves_past_the_filter(repo: Shell) -> None:
    repo.git("checkout -q more")
    repo.write("data/a", "b\n")
    repo.git("commit -qam third")
    settle(repo)
    repo.git("-c filter.gitdata.process= checkout -q HEAD~1")
    assert repo.read("data/a") == b"a\n"


def test_a_filter_that_died_leaves_a_mark_that_goes_with_the_next(repo: Shell) -> None:
    (repo.cwd / ".git/gitdata/smudged").touch()
    repo.git("checkout -q -b next")
    assert (repo.cwd / ".git/gitdata/smudged").exists()
    repo.git("checkout -q more")
    assert not (repo.cwd / ".git/gitdata/smudged").exists()
    assert repo.read("models/m") == b"m\n"

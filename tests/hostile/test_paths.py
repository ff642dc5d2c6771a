"""The path of a pointer is the attacker's choice: through no door does it lead out of the data that is allowed."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from evil import BY_NAME, BY_NEIGHBOURS, NO_POINTERS, REFUSED, evil, fingerprint, trusting, written_by_git
from shell import Shell, project

from gitdata.errors import UnsafeName
from gitdata.formats.pointer_path import PointerPath, checked, clashes

ROOTS = ("good", "fine", "innocent", "single")


@pytest.mark.parametrize("name", BY_NAME)
def test_a_path_that_no_data_may_have_makes_no_pointer_path(name: str) -> None:
    with pytest.raises(UnsafeName) as refused:
        PointerPath(os.fsencode(name))
    assert isinstance(checked(os.fsencode(name)), UnsafeName)
    assert "b'" not in str(refused.value) and "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "name", ["a.gitdata", "a/b.gitdata", ".hidden.gitdata", "a.gitdata.d/b.gitdata", "-x.gitdata", "a b.gitdata",
             ".github/data.gitdata", "git.gitdata", "x.git.gitdata", ".gitkeep.gitdata", "a:b.gitdata"],
)  # fmt: skip
def test_other_paths_make_one(name: str) -> None:
    path = PointerPath(os.fsencode(name))
    assert path == os.fsencode(name) and path.data + b".gitdata" == path
    assert PointerPath.of_data(path.data) == path


@pytest.mark.parametrize("name", ["a", "a.gitdat", ".gitdata", "a/.gitdata", "a.gitdata/b"])
def test_what_is_not_named_as_a_pointer_is_neither(name: str) -> None:
    assert checked(os.fsencode(name)) is None


def test_data_that_meets_other_data_is_named_with_it() -> None:
    paths = [PointerPath(f"{name}.gitdata".encode()) for name in ("a", "A", "b", "b/c", "B/d/e", "f/g", "f/h", "fg")]
    assert {path.data for path in clashes(paths)} == {b"a", b"A", b"b", b"b/c", b"B/d/e"}


Door = Callable[[Shell], Shell]


def clone(shell: Shell) -> Shell:
    shell.git("clone -q -b evil hub.git clone")
    return shell.cd("clone")


def _harmless(shell: Shell) -> Shell:
    shell.git("clone -q -b main hub.git clone")
    return shell.cd("clone")


def checkout(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.git("checkout -q evil")
    return repo


def switch_back_and_forth(shell: Shell) -> Shell:
    repo = checkout(shell)
    repo.git("switch -q main")
    repo.git("switch -q evil")
    return repo


def restore(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.git("restore -s origin/evil --staged --worktree -- :/")
    return repo


def reset(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.git("reset -q --hard origin/evil")
    return repo


def pull(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.git("pull -q origin evil")
    return repo


def merge(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.write("code", "1\n")
    repo.git("add code")
    repo.git("commit -qm code")
    repo.git("merge -q --no-edit origin/evil")
    return repo


def rebase(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.write("code", "1\n")
    repo.git("add code")
    repo.git("commit -qm code")
    repo.git("rebase -q origin/evil")
    return repo


def cherry_pick(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.git("cherry-pick origin/evil")
    return repo


def stash(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.git("cherry-pick -n origin/evil")
    repo.git("stash -q")
    repo.git("stash pop -q --index", code=None)
    return repo


def work_tree(shell: Shell) -> Shell:
    repo = _harmless(shell)
    repo.git("worktree add -q ../linked origin/evil")
    return shell.cd("linked")


def submodule(shell: Shell) -> Shell:
    shell.git("init -q super")
    above = shell.cd("super")
    above.git("submodule --quiet add -b main ../hub.git sub")
    above.git("commit -qm sub")
    above.git("submodule --quiet deinit -f sub")
    above.git("submodule --quiet update --init")
    above.cd("sub").git("fetch -q")
    above.cd("sub").git("checkout -q origin/evil")
    above.git("add sub")
    above.git("commit -qm evil")
    above.git("submodule --quiet update --force --recursive", code=None)
    return above.cd("sub")


DOORS: list[Door] = [
    clone, checkout, switch_back_and_forth, restore, reset, pull, merge, rebase, cherry_pick, stash, work_tree,
    submodule,
]  # fmt: skip


@pytest.fixture(scope="module")
def attacked(lasting: Shell) -> Shell:
    evil(lasting)
    return lasting


@pytest.fixture
def twins(attacked: Shell, shell: Shell) -> tuple[Shell, Shell]:
    """The same upstream beside two people: one has git-data, one has only Git."""
    for name in ("victim", "plain"):
        (shell.cwd / name).mkdir()
        shell.run(f"cp -a {attacked.cwd / 'hub.git'} {name}/hub.git")
    shell.write("plain-gitconfig", (Path(os.environ["HOME"]) / "gitconfig").read_bytes())
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust {attacked.cwd / 'bucket'}")
    plain = {"GIT_CONFIG_GLOBAL": str(shell.cwd / "plain-gitconfig")}
    return shell.cd("victim"), Shell(shell.cwd / "plain", plain)


@pytest.mark.parametrize("door", DOORS)
def test_nothing_but_the_data_that_is_allowed_is_written_through_any_door(
    twins: tuple[Shell, Shell], door: Door
) -> None:
    victim, plain = twins
    home = Path(os.environ["HOME"])
    before = fingerprint(home)
    repo = door(victim)
    other = door(plain)
    for place in (repo, other):
        place.git("status")
        place.git("commit -q --allow-empty -m 'and on'")
    assert fingerprint(victim.cwd, *_roots(victim, repo)) == fingerprint(plain.cwd)
    assert fingerprint(home) == before
    assert repo.read("good/a") == b"good\n"
    assert repo.read("fine/main.py") == b"evil = True\n"
    assert repo.git("status --porcelain") == other.git("status --porcelain")


def _roots(victim: Shell, repo: Shell) -> list[str]:
    places = {str(repo.cwd.relative_to(victim.cwd)), "clone"}  # a linked work tree has another one beside it
    return [f"{place}/{root}" for place in places for root in ROOTS]


def test_each_is_told_in_one_line_and_keeps_nobody_from_working(twins: tuple[Shell, Shell]) -> None:
    victim, _plain = twins
    said = victim.run("git clone -q -b evil hub.git clone").err
    repo = victim.cd("clone")
    names = [name for name in REFUSED if written_by_git(name)]
    assert sum("is not taken for a pointer" in line for line in said.splitlines()) == len(names)
    assert "--force" not in said and "b'" not in said and "Errno" not in said
    for name in NO_POINTERS:
        assert name not in said
    repo.write("good/a", "better\n")
    committed = repo.run("git commit -qam better")
    assert sum("is not taken for a pointer" in line for line in committed.err.splitlines()) == len(names)
    pushed = repo.run("git push -q origin HEAD:better")
    assert "pushed 1 version" in pushed.err
    assert repo.git("status --porcelain") == ""


def test_verbs_that_are_given_such_a_path_refuse_it(twins: tuple[Shell, Shell]) -> None:
    victim, _plain = twins
    repo = clone(victim)
    before = fingerprint(victim.cwd, *_roots(victim, repo))
    git_before = {path: (repo.cwd / ".git" / path).read_bytes() for path in ("HEAD", "description", "info/exclude")}
    paths = [name for name in REFUSED if written_by_git(name)]
    chosen = (".git.gitdata", "...gitdata", "src.gitdata")
    assert set(chosen) < set(paths)
    for verb in ("checkout --force", "add", "untrack"):
        for name in chosen:
            for path in (name, name.removesuffix(".gitdata")):
                done = repo.run(f"git data {verb} ./{path}", code=None)
                assert done.code in (2, 22, 26), (verb, path, done)
                assert "Errno" not in done.said and "--force" not in done.said
    for verb in ("checkout", "pull", "checkout --force"):
        assert "is not taken for a pointer" in repo.run(f"git data {verb}", code=22).err
    for verb in ("status", "ls", "fetch", "fsck", "add", "init", "push", "ls evil"):
        repo.run(f"git data {verb}")
    assert "src: refused" in repo.run("git data status").out
    assert fingerprint(victim.cwd, *_roots(victim, repo)) == before
    assert {path: (repo.cwd / ".git" / path).read_bytes() for path in git_before} == git_before
    assert not (Path(os.environ["HOME"]) / "owned").exists()
    assert (victim.cwd / "hub.git").is_dir()


@pytest.mark.parametrize("name", BY_NEIGHBOURS[-4:])
def test_a_root_is_served_again_when_nothing_of_git_is_in_its_place(twins: tuple[Shell, Shell], name: str) -> None:
    victim, _plain = twins
    repo = clone(victim)
    inside = {"src": "src", "script": "script", "module": "module", "holder": "holder/module"}
    data = name.removesuffix(".gitdata")
    repo.git(f"rm -rq --cached {inside[data]}")
    where = repo.cwd / data
    where.rename(repo.cwd / "aside") if where.exists() else None
    repo.git("commit -qm 'out of Git'")
    repo.run(f"git data checkout {data}")
    assert repo.read(f"{data}/main.py") == b"evil = True\n"


@pytest.mark.parametrize("word", ["literal", "glob", "noglob", "icase"])
def test_how_a_person_wants_typed_paths_read_changes_nothing_of_ours(shell: Shell, word: str) -> None:
    repo = project(shell)
    repo.write("data/a", "1\n")
    repo.write("code", "1\n")
    repo.git("data track data")
    repo.git("add code")
    repo.git("commit -qm one")
    repo.write("data/a", "2\n")
    repo.write("code", "2\n")
    repo.git(f"--{word}-pathspecs commit -qam two")
    assert repo.clean
    assert "pushed 2 versions" in repo.run(f"git --{word}-pathspecs push -q origin HEAD:main").err
    shell.git("clone -q -b main hub.git other")
    other = shell.cd("other")
    other.run("git data init", code=None)
    other.run("git data trust")
    other.run(f"git --{word}-pathspecs checkout -q HEAD~1")
    other.run("git data pull")
    assert other.read("data/a") == b"1\n"


def test_a_root_behind_a_link_or_in_another_repository_is_refused(shell: Shell) -> None:
    repo = project(shell)
    repo.write("sub/data/a", "1\n")
    repo.git("data track sub/data")
    repo.git("commit -qm one")
    shell.write("outside/data/precious", "mine\n")
    shell.write("outside/data.gitdata", repo.read("sub/data.gitdata"))
    before = fingerprint(shell.cwd / "outside")
    (repo.cwd / "sub").rename(repo.cwd / "aside")
    (repo.cwd / "sub").symlink_to(shell.cwd / "outside")
    repo.git("status")
    refused = repo.run("git data checkout --force", code=22)
    assert "sub is a symlink" in refused.err
    repo.run("git commit -m link --allow-empty")
    repo.run("git data add", code=None)
    assert fingerprint(shell.cwd / "outside") == before
    (repo.cwd / "sub").unlink()
    (repo.cwd / "aside").rename(repo.cwd / "sub")
    shell.git("init -q project/sub")
    repo.write("sub/data/a", "2\n")
    assert "sub is a repository of its own" in repo.run("git data status").out
    assert repo.read("sub/data/a") == b"2\n"


def test_what_would_be_refused_is_not_tracked_and_nothing_is_touched(shell: Shell) -> None:
    repo = project(shell)
    repo.git("commit -qm remote")
    for name in (".mailmap", ".gitdataignore"):
        repo.write(name, "x\n")
    for name in ("data/a", "Data/a", "nested/.git/HEAD", "nested/data/a"):
        repo.write(name, "x\n")
    before = repo.git("status --porcelain -uall")
    for words in (".mailmap", ".gitdataignore", "data Data", "nested/data"):
        refused = repo.run(f"git data track {words}", code=None)
        assert refused.code in (22, 25) and refused.err.count("\n") == 1, refused
        assert repo.git("status --porcelain -uall") == before
    repo.git("data track data")
    assert "is that of data.gitdata" in repo.run("git data track Data", code=25).err


def test_data_is_never_put_among_files_that_were_there_before(shell: Shell) -> None:
    repo = project(shell)
    repo.write("code", "1\n")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.git("branch -M main")
    repo.git("push -q origin main")
    trusting(shell)
    shell.git("clone -q -b main hub.git other")
    other = shell.cd("other")
    other.write("keys/id_rsa", "secret\n")
    repo.write("keys/readme", "no harm\n")
    repo.git("data track keys")
    repo.git("commit -qm keys")
    repo.git("push -q origin main")
    said = other.run("git pull -q", code=None).err
    assert "keys is there already" in said and "--force" not in said
    assert sorted(os.listdir(other.cwd / "keys")) == ["id_rsa"]
    other.run("git commit -q --allow-empty -m mine", code=None)
    other.run("git push -q origin HEAD:mine", code=None)
    assert b"id_rsa" not in other.read("keys.gitdata")
    other.run("git data add", code=None)
    assert b"id_rsa" not in other.read("keys.gitdata")
    (other.cwd / "keys").rename(other.cwd / "my-keys")
    other.run("git data checkout keys")
    assert other.read("keys/readme") == b"no harm\n"

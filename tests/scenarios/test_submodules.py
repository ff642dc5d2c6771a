"""Submodules and bare repositories."""

import subprocess

import pytest
from beside import present, somewhere_else
from shell import Shell, project


@pytest.fixture
def module(shell: Shell) -> Shell:
    """A repository with data, pushed: the submodule to be. Its hub is `module/hub.git`."""
    (shell.cwd / "module").mkdir()
    repo = project(shell.cd("module"))
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    repo.git("push -q origin main")
    return repo


def superproject(shell: Shell, module_url: str, *, data: bool) -> Shell:
    """A repository with the module at `lib`, pushed; with data of its own or not."""
    (shell.cwd / "super").mkdir()
    place = shell.cd("super")
    if data:
        top = project(place)
        top.write("data/top.txt", "top\n")
        top.git("data track data")
    else:
        place.git("init -q --bare hub.git")
        place.git("init -q project")
        top = place.cd("project")
        top.git("remote add origin ../hub.git")
    top.git(f"submodule --quiet add {module_url} lib")
    top.git("commit -qm super")
    top.git("push -q origin main")
    return top


def installed(shell: Shell, *buckets: str) -> None:
    shell.run("git data install")
    for bucket in buckets:
        shell.git(f"config --global --add gitdata.trust {shell.cwd / bucket}")


@pytest.mark.parametrize("data", [False, True])
def test_a_submodule_with_data(shell: Shell, module: Shell, data: bool) -> None:
    installed(shell, "module/bucket", "super/bucket")
    one = module.copy("one", "data")
    top = superproject(shell, str(shell.cwd / "module/hub.git"), data=data)
    lib = top.cd("lib")
    assert (lib.cwd / ".git").is_file()
    lib.same(one, "data")
    assert top.clean and lib.clean
    module.write("data/a.txt", "two\n")
    module.git("commit -qam two")
    module.git("push -q origin main")
    two = module.copy("two", "data")
    top.git("submodule --quiet update --remote lib")
    lib.same(two, "data")
    top.git("commit -qam bump")
    top.git("push -q --recurse-submodules=check origin main")
    top.git("checkout -q HEAD~1")
    top.git("submodule --quiet update")
    lib.same(one, "data")
    assert top.clean and lib.clean
    top.git("checkout -q --recurse-submodules main")
    lib.same(two, "data")


def test_edits_in_a_submodule_are_seen_by_the_superproject_and_pushed_with_it(shell: Shell, module: Shell) -> None:
    installed(shell, "module/bucket")
    top = superproject(shell, str(shell.cwd / "module/hub.git"), data=False)
    lib = top.cd("lib")
    lib.write("data/a.txt", "edited\n")
    assert top.git("status --porcelain") == " M lib\n"
    assert lib.git("status --porcelain") == " M data.gitdata\n"
    lib.git("checkout -q main")
    lib.git("commit -qam edited")
    assert top.git("submodule foreach --quiet git log -1 --format=%s") == "edited\n"
    edited = lib.copy("edited", "data")
    top.git("commit -qam bump")
    top.git("push -q --recurse-submodules=on-demand origin main")
    module.git("pull -q origin main")
    module.same(edited, "data")


def test_a_recursive_clone(shell: Shell, module: Shell) -> None:
    installed(shell, "module/bucket", "super/bucket")
    top = superproject(shell, str(shell.cwd / "module/hub.git"), data=True)
    settings = f"-c gitdata.trust={shell.cwd / 'module/bucket'}"
    there = somewhere_else(shell, "there", str(shell.cwd / "super/hub.git"), bucket=shell.cwd / "super/bucket")
    there.git(f"config --global --add gitdata.trust {shell.cwd / 'module/bucket'}")
    there.git(f"{settings} submodule --quiet update --init --recursive")
    there.same(top.cwd, "data", "lib/data")
    shell.git("clone -q --recurse-submodules super/hub.git straight")
    straight = shell.cd("straight")
    straight.same(top.cwd, "data", "lib/data")
    assert straight.clean and straight.cd("lib").clean


def test_a_superproject_with_data_and_a_submodule_without(shell: Shell) -> None:
    shell.git("init -q code")
    code = shell.cd("code")
    code.write("lib.py", "1\n")
    code.git("add lib.py")
    code.git("commit -qm code")
    top = superproject(shell, str(code.cwd), data=True)
    top.write("data/top.txt", "edited\n")
    assert top.git("status --porcelain") == " M data.gitdata\n"
    top.git("commit -qam edited")
    assert top.clean
    lib = top.cd("lib")
    lib.write("lib.py", "2\n")
    lib.git("commit -qam two")
    assert not present(lib, ".gitdata.toml") and "hook" not in lib.git("config --list")
    top.git("submodule --quiet update")
    assert lib.read("lib.py") == b"1\n"
    refused = lib.run("git data status", code=10)
    assert "git data init" in refused.err


def test_data_cannot_be_tracked_across_the_border(shell: Shell, module: Shell) -> None:
    top = superproject(shell, str(shell.cwd / "module/hub.git"), data=True)
    top.write("lib/more/x.txt", "x\n")
    refused = top.run("git data track lib/more", code=None)
    assert refused.code != 0 and "from inside the submodule" in refused.err
    lib = top.cd("lib")
    assert "git data trust" in lib.run("git data init", code=18).err
    lib.git("data trust")
    lib.git("data track more")
    assert present(lib, "more.gitdata") and not present(top, "lib/more/.gitdata")


def test_removing_a_submodule_and_taking_it_back(shell: Shell, module: Shell) -> None:
    installed(shell, "module/bucket")
    top = superproject(shell, str(shell.cwd / "module/hub.git"), data=False)
    one = module.copy("one", "data")
    top.git("submodule --quiet deinit lib")
    assert not present(top, "lib/data")
    top.git("submodule --quiet update --init lib")
    top.cd("lib").same(one, "data")


def test_what_does_not_work_in_a_bare_repository_is_said_in_one_line(shell: Shell, module: Shell) -> None:
    bare = shell.cd("module/hub.git")
    for command in ("init", "status", "track data", "pull", "checkout", "push", "fetch", "ls", "fsck"):
        refused = bare.run(f"git data {command}", code=128)
        assert refused.err.count("\n") == 1 and "bare repository" in refused.err and "clone" in refused.err


def test_a_work_tree_of_a_bare_repository_has_data(shell: Shell, module: Shell) -> None:
    installed(shell, "module/bucket")
    one = module.copy("one", "data")
    shell.git("clone -q --bare module/hub.git centre.git")
    shell.cd("centre.git").git("worktree add -q ../leaf main")
    leaf = shell.cd("leaf")
    leaf.same(one, "data")
    leaf.write("data/a.txt", "leaf\n")
    assert leaf.git("status --porcelain") == " M data.gitdata\n"
    leaf.git("commit -qam leaf")
    assert leaf.clean
    leaf.git("push -q origin main")
    module.git("pull -q origin main")
    assert module.read("data/a.txt") == b"leaf\n"


def test_archives_and_bundles_of_a_bare_repository_hold_pointers(shell: Shell, module: Shell) -> None:
    installed(shell)
    bare = shell.cd("module/hub.git")
    for repository in (bare, module):
        made = repository.run("git archive --format=tar -o ../made.tar main")
        assert made.err == ""
        names = shell.run(f"tar tf {repository.cwd.parent / 'made.tar'}").out.split()
        assert "data.gitdata" in names and "data/a.txt" not in names


def test_a_fetch_of_submodules_says_nothing(shell: Shell, module: Shell) -> None:
    installed(shell, "module/bucket")
    top = superproject(shell, str(shell.cwd / "module/hub.git"), data=False)
    shell.git(f"clone -q --recurse-submodules {shell.cwd / 'super/hub.git'} clone")
    module.write("data/a.txt", "two\n")
    module.git("commit -qam two")
    module.git("push -q origin main")
    top.git("submodule --quiet update --remote lib")
    top.git("commit -qam bump")
    top.git("push -q origin main")
    clone = shell.cd("clone")
    clone.write("lib/data/a.txt", "edited\n")
    assert clone.run("git fetch --quiet --recurse-submodules").said == ""
    module_dir = clone.cd(".git/modules/lib")
    assert module_dir.run("git ls-files -m").said == "data.gitdata\n"
    # Where the system does not tell in which folder Git is, live status is left out.
    blind = module_dir.git("config core.fsmonitor").strip().replace("/proc/", "/nowhere/")
    subprocess.run(["git", "config", "core.fsmonitor", blind], cwd=module_dir.cwd, check=True)
    assert module_dir.run("git ls-files -m").err == ""
    assert clone.cd("lib").git("status --porcelain") == " M data.gitdata\n"

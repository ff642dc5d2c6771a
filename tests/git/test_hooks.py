"""Our hooks among hooks that are there already."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    shell.git("init -q --bare hub.git")
    shell.git("init -q project")
    repo = shell.cd("project")
    repo.git("remote add origin ../hub.git")
    return repo


def tracked(repo: Shell) -> None:
    repo.write("data/a.txt", "one\n")
    repo.git(f"data remote add origin {repo.cwd.parent / 'bucket'}")
    repo.git("data track data")


def hook(repo: Shell, name: str, text: str) -> Path:
    file = repo.cwd / ".git/hooks" / name
    file.write_text(text)
    file.chmod(0o755)
    return file


def snapshot(directory: Path) -> dict[str, tuple[bytes, int]]:
    return {file.name: (file.read_bytes(), file.stat().st_mode) for file in directory.iterdir()}


def test_installing_twice_changes_nothing_and_uninstalling_leaves_what_was_there(repo: Shell) -> None:
    hook(repo, "pre-commit", "#!/bin/sh\necho mine >> ran\n")
    hook(repo, "pre-push", "#!/usr/bin/env bash\ncat\n").chmod(0o700)
    before = snapshot(repo.cwd / ".git/hooks")
    repo.git("data init")
    once = snapshot(repo.cwd / ".git/hooks"), repo.git("config --list")
    repo.git("data init")
    assert (snapshot(repo.cwd / ".git/hooks"), repo.git("config --list")) == once
    assert once[0] != before
    repo.git("data uninstall --repo")
    assert snapshot(repo.cwd / ".git/hooks") == before
    assert "gitdata" not in repo.git("config --local --list")


@pytest.mark.parametrize("options", ["", "--no-live"])
@pytest.mark.parametrize("folder", ["", ".githooks"])
def test_uninstalling_leaves_the_configuration_byte_for_byte(repo: Shell, folder: str, options: str) -> None:
    if folder:
        repo.git(f"config core.hooksPath {folder}")
    before = repo.read(".git/config")
    repo.git(f"data init {options}")
    assert repo.read(".git/config") != before
    repo.git("data uninstall --repo")
    assert repo.read(".git/config") == before


def test_an_existing_shell_hook_runs_and_its_exit_code_counts(repo: Shell) -> None:
    hook(repo, "pre-commit", "#!/bin/sh\necho mine >> ran\nexit 3\n")
    repo.git("data init")
    tracked(repo)
    repo.run("git commit -qm one", code=1)
    assert repo.read("ran") == b"mine\n"
    hook(repo, "pre-commit", (repo.cwd / ".git/hooks/pre-commit").read_text().replace("exit 3", "exit 0"))
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    assert repo.git("show HEAD:data.gitdata").count("\n") == 2
    assert repo.clean or repo.git("status --porcelain") == "?? ran\n"


@pytest.mark.parametrize(
    "interpreter",
    ["#!/bin/sh\ncat > pushed\n", "#!/usr/bin/env python3\nimport sys\nopen('pushed', 'w').write(sys.stdin.read())\n"],
)
def test_both_pre_push_hooks_get_the_refs(repo: Shell, interpreter: str) -> None:
    hook(repo, "pre-push", interpreter)
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    repo.git("push -q origin main")
    head = repo.git("rev-parse HEAD").strip()
    assert repo.read("pushed").decode() == f"refs/heads/main {head} refs/heads/main {'0' * 40}\n"
    assert (repo.cwd.parent / "bucket/gitdata.json").exists()
    repo.git("push -q origin main")
    assert repo.read("pushed") == b""


def commit_with_hooks_only(repo: Shell, text: str) -> None:
    """Commit a data edit that Git does not see by itself: only pre-commit can take it along."""
    repo.write("data/a.txt", text)
    repo.write("code.py", text)
    repo.git("add code.py")
    repo.git("-c core.fsmonitor=false commit -qm edit")
    assert repo.git("show --name-only --format= HEAD") == "code.py\ndata.gitdata\n"


def ran(name: str) -> str:
    """A hook that writes down that it ran, and what it was given."""
    return f'#!/bin/sh\n[ -t 0 ] || cat >"{name}.stdin"\necho "$0 $*" >>{name}.ran\n'


@pytest.mark.parametrize("place", ["../my-hooks", ".githooks", ".git/my-hooks"])
def test_the_folder_that_hookspath_names_is_kept_and_runs_after_ours(repo: Shell, place: str) -> None:
    own = Path(os.path.normpath(repo.cwd / place))
    for name in ("pre-commit", "commit-msg", "post-checkout", "pre-push", "post-index-change"):
        repo.write(f"{place}/{name}", ran(name))
        (own / name).chmod(0o755)
    repo.write(f"{place}/post-commit", "#!/bin/sh\ntouch not-executable\n")
    repo.git(f"config core.hooksPath {place}")
    before, settings = snapshot(own), repo.git("config --local --list")
    said = repo.git("data init")
    assert "are kept; git-data's run before them" in said
    once = repo.git("config --list"), snapshot(repo.cwd / ".git/gitdata/hooks.d")
    assert "kept" not in repo.git("data init")
    assert (repo.git("config --list"), snapshot(repo.cwd / ".git/gitdata/hooks.d")) == once
    tracked(repo)
    repo.git("commit -qm one")
    commit_with_hooks_only(repo, "two\n")
    repo.git("push -q origin main")
    assert (repo.cwd.parent / "bucket/gitdata.json").exists()
    repo.git("checkout -q HEAD~1")
    assert repo.read("data/a.txt") == b"one\n"
    head = repo.git("rev-parse main").strip()
    assert repo.read("pre-push.stdin").decode() == f"refs/heads/main {head} refs/heads/main {'0' * 40}\n"
    assert repo.read("pre-push.ran").decode() == f"{place}/pre-push origin ../hub.git\n"
    assert repo.read("commit-msg.ran").decode().startswith(f"{place}/commit-msg .git/COMMIT_EDITMSG\n")
    assert repo.read("pre-commit.ran").count(b"\n") == 2
    assert b" 1\n" in repo.read("post-checkout.ran")
    assert b"post-index-change" in repo.read("post-index-change.ran")
    assert not (repo.cwd / "not-executable").exists()
    assert snapshot(own) == before
    repo.git("data uninstall --repo")
    assert snapshot(own) == before
    assert [line for line in repo.git("config --local --list").split() if "remote" not in line] == [
        line for line in settings.split() if "remote" not in line
    ]


def test_a_hooks_folder_for_all_repositories_of_a_person(repo: Shell) -> None:
    own = repo.cwd.parent / "my-hooks"
    repo.write("../my-hooks/commit-msg", "#!/bin/sh\necho everywhere >>ran\n")
    (own / "commit-msg").chmod(0o755)
    repo.git(f"config --global core.hooksPath {own}")
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    commit_with_hooks_only(repo, "two\n")
    assert repo.read("ran") == b"everywhere\n" * 2
    assert os.listdir(own) == ["commit-msg"]
    # Another repository of the same person has nothing to do with git-data.
    repo.git("init -q ../other")
    assert repo.cd("../other").git("config core.hooksPath") == f"{own}\n"


def test_exit_codes_of_both_count_behind_hookspath(repo: Shell) -> None:
    repo.write(".githooks/pre-commit", "#!/bin/sh\nexit 3\n")
    repo.write(".githooks/post-checkout", "#!/bin/sh\necho theirs >>ran\nexit 7\n")
    repo.write(".githooks/pre-push", "#!/bin/sh\nexit 1\n")
    for file in (repo.cwd / ".githooks").iterdir():
        file.chmod(0o755)
    repo.git("config core.hooksPath .githooks")
    repo.git("data init")
    tracked(repo)
    repo.run("git commit -qm one", code=1)
    repo.git("commit -qm one --no-verify")
    repo.run("git checkout -q -b other", code=1)
    assert repo.read("ran") == b"theirs\n"
    repo.run("git push -q origin other", code=1)
    assert repo.git("ls-remote origin") == ""


def test_no_hooks_at_all_stays_no_hooks(repo: Shell) -> None:
    repo.git("config core.hooksPath /dev/null")
    assert "hooks are off" in repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    repo.git("push -q origin main")
    assert not (repo.cwd.parent / "bucket").exists()


def test_a_hooks_folder_and_a_hook_that_are_links(repo: Shell) -> None:
    repo.write("shared/pre-commit", ran("pre-commit"))
    (repo.cwd / "shared/pre-commit").chmod(0o755)
    for file in (repo.cwd / ".git/hooks").iterdir():
        file.unlink()
    (repo.cwd / ".git/hooks").rmdir()
    (repo.cwd / ".git/hooks").symlink_to("../shared")
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    assert repo.read("pre-commit.ran") == b".git/hooks/pre-commit \n"
    assert os.listdir(repo.cwd / "shared") == ["pre-commit"]
    (repo.cwd / ".git/hooks").unlink()
    (repo.cwd / ".git/hooks").mkdir()
    (repo.cwd / ".git/hooks/pre-commit").symlink_to("../../shared/pre-commit")
    assert "hooks/pre-push" not in repo.git("data init")
    commit_with_hooks_only(repo, "two\n")
    assert repo.read("pre-commit.ran").count(b"\n") == 2
    repo.git("push -q origin main")
    assert (repo.cwd.parent / "bucket/gitdata.json").exists()
    repo.git("data uninstall --repo")
    assert os.readlink(repo.cwd / ".git/hooks/pre-commit") == "../../shared/pre-commit"
    assert repo.read("shared/pre-commit").decode() == ran("pre-commit")


def test_a_hook_that_was_switched_off_stays_off(repo: Shell) -> None:
    hook(repo, "pre-commit", "#!/bin/sh\nexit 1\n").chmod(0o644)
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    repo.git("data uninstall --repo")
    assert (repo.cwd / ".git/hooks/pre-commit").stat().st_mode & 0o777 == 0o644


def test_both_hooks_run_after_a_checkout_and_ours_counts_too(repo: Shell) -> None:
    hook(repo, "post-checkout", "#!/bin/sh\necho theirs >>ran\n")
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    shutil.rmtree(repo.cwd / ".git/gitdata/packs")
    shutil.rmtree(repo.cwd.parent / "bucket", ignore_errors=True)
    failed = repo.run("git checkout -q HEAD~1", code=1)
    assert "git data push" in failed.err
    assert repo.read("ran") == b"theirs\n"


def test_linked_work_trees_with_a_hooks_folder(repo: Shell) -> None:
    repo.write(".githooks/pre-commit", ran("pre-commit"))
    (repo.cwd / ".githooks/pre-commit").chmod(0o755)
    repo.git("config core.hooksPath .githooks")
    repo.git("data init")
    tracked(repo)
    repo.git("add .githooks")
    repo.git("commit -qm one")
    for settings in ("false", "true"):
        repo.git(f"config extensions.worktreeConfig {settings}")
        repo.git(f"worktree add -q ../linked-{settings}")
        linked = Shell(repo.cwd.parent / f"linked-{settings}")
        if settings == "true":
            linked.git("config --worktree core.hooksPath .githooks")
            linked.git("data status")
        commit_with_hooks_only(linked, settings)
        assert linked.read("pre-commit.ran") == b".githooks/pre-commit \n"
    repo.git("data uninstall --repo")
    assert linked.git("config core.hooksPath") == ".githooks\n"


def test_a_later_setting_or_a_later_hook_file_does_not_put_ours_out(repo: Shell) -> None:
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    # A hook manager writes its own files over ours.
    hook(repo, "pre-push", "#!/bin/sh\necho managed >>ran\n")
    assert "run again" in repo.run("git status").err
    assert repo.run("git status").err == ""
    repo.git("push -q origin main")
    assert repo.read("ran") == b"managed\n"
    assert (repo.cwd.parent / "bucket/gitdata.json").exists()
    # It sets core.hooksPath, for the first time and again.
    repo.write(".hooks/pre-push", "#!/bin/sh\necho elsewhere >>ran\n")
    (repo.cwd / ".hooks/pre-push").chmod(0o755)
    repo.git("config core.hooksPath .hooks")
    assert "run again" in repo.run("git status").err
    repo.git("config core.hooksPath .hooks")
    assert repo.run("git status").err == ""
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    objects = len(list((repo.cwd.parent / "bucket/packs").rglob("*")))
    repo.git("config core.hooksPath .hooks")
    repo.git("push -q origin main")
    assert repo.read("ran") == b"managed\nelsewhere\n"
    assert len(list((repo.cwd.parent / "bucket/packs").rglob("*"))) > objects
    # It is taken out again.
    repo.git("config --unset core.hooksPath")
    assert repo.run("git status").err == "" or repo.git("config --get core.hooksPath", code=1) == ""
    commit_with_hooks_only(repo, "three\n")


def test_a_manager_that_writes_into_our_folder(repo: Shell) -> None:
    repo.write(".githooks/pre-commit", ran("pre-commit"))
    (repo.cwd / ".githooks/pre-commit").chmod(0o755)
    repo.git("config core.hooksPath .githooks")
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    folder = repo.git("rev-parse --git-path hooks").strip()
    assert folder == ".git/gitdata/hooks.d"
    repo.write(f"{folder}/pre-push", "#!/bin/sh\necho managed >>ran; cat >refs\n")
    assert "run again" in repo.run("git data status").err
    assert repo.run("git data status").err == ""
    repo.git("push -q origin main")
    assert repo.read("ran") == b"managed\n"
    assert b"refs/heads/main" in repo.read("refs")
    assert (repo.cwd.parent / "bucket/gitdata.json").exists()
    repo.git("data uninstall --repo")
    assert repo.read(".git/hooks/pre-push") == b"#!/bin/sh\necho managed >>ran; cat >refs\n"


def test_a_setting_for_one_command_changes_nothing(repo: Shell) -> None:
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    before = repo.git("config --list")
    repo.write("data/a.txt", "two\n")
    repo.git("-c core.hooksPath=/dev/null commit -qam two")
    repo.git("-c core.hooksPath=/dev/null checkout -q HEAD~1")
    assert repo.git("config --list") == before
    assert repo.read("data/a.txt") == b"one\n"


def test_without_its_folder_everything_is_as_before(repo: Shell) -> None:
    repo.write(".githooks/pre-commit", ran("pre-commit"))
    (repo.cwd / ".githooks/pre-commit").chmod(0o755)
    repo.git("config core.hooksPath .githooks")
    repo.git("data init")
    shutil.rmtree(repo.cwd / ".git/gitdata")
    assert repo.git("config core.hooksPath") == ".githooks\n"
    repo.git("commit -q --allow-empty -m one")
    assert repo.read("pre-commit.ran") == b".githooks/pre-commit \n"


def test_hooks_still_work_after_the_repository_was_moved(repo: Shell) -> None:
    hook(repo, "pre-commit", "#!/bin/sh\ntrue\n")
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    repo.cwd.rename(repo.cwd.parent / "moved")
    moved = Shell(repo.cwd.parent / "moved")
    moved.write("data/a.txt", "two\n")
    assert moved.git("status --porcelain") == " M data.gitdata\n"
    moved.git("commit -qam two")
    moved.git("checkout -q HEAD~1")
    assert moved.read("data/a.txt") == b"one\n"


def without_git_data(repo: Shell) -> dict[str, str]:
    """The environment of a machine on which git-data is not installed any more."""
    for directory in (repo.cwd / ".git/hooks", repo.cwd / ".git/gitdata/hooks"):
        for file in directory.iterdir():
            text = file.read_text()
            if "git_data=" in text:
                lines = [
                    "git_data=/nowhere/git-data" if line.strip().startswith("git_data=/") else line
                    for line in text.split("\n")
                ]
                file.write_text("\n".join(lines))
    value = repo.git("config filter.gitdata.process").strip()
    moved = re.sub(r"p=\S+;", "p=/nowhere/git-data;", value, count=1)
    subprocess.run(["git", "config", "filter.gitdata.process", moved], cwd=repo.cwd, check=True)
    return {"PATH": "/usr/bin:/bin"}


def test_a_machine_without_git_data(repo: Shell) -> None:
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    bare = without_git_data(repo)
    # Git looks at the pointer again whenever its times are new: that must not need git-data.
    (repo.cwd / "data.gitdata").touch()
    repo.write("code.py", "1\n")
    repo.git("add code.py", **bare)
    repo.git("commit -qm code", **bare)
    (repo.cwd / "data.gitdata").touch()
    repo.git("diff HEAD~1", **bare)
    repo.git("checkout -q -b other", **bare)
    repo.git("checkout -q HEAD~1", **bare)
    repo.git("checkout -q other", **bare)
    assert repo.git("status --porcelain", **bare) == ""
    refused = repo.run("git push -q origin other", code=1, **bare)
    assert "git-data is not installed here" in refused.err
    assert repo.git("ls-remote origin") == ""


def test_git_works_with_a_bare_path_and_no_terminal(repo: Shell) -> None:
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    bare = {"PATH": "/usr/bin:/bin"}
    repo.write("data/a.txt", "two\n")
    assert repo.git("status --porcelain", **bare) == " M data.gitdata\n"
    repo.git("commit -qam two", **bare)
    repo.git("push -q origin main", **bare)
    repo.git("checkout -q HEAD~1", **bare)
    assert repo.read("data/a.txt") == b"one\n"


def test_a_users_own_fsmonitor_stays(repo: Shell) -> None:
    repo.git("config core.fsmonitor /usr/bin/true")
    said = repo.git("data init")
    assert "core.fsmonitor is /usr/bin/true" in said
    assert repo.git("config core.fsmonitor") == "/usr/bin/true\n"


def test_our_own_fsmonitor_of_another_version_is_renewed(repo: Shell) -> None:
    repo.git("data init")
    now = repo.git("config core.fsmonitor")
    older = now.strip().replace("script", "d").replace('. "$d"', 'exec "$d" "$@"')
    assert older != now.strip()
    subprocess.run(["git", "config", "core.fsmonitor", older], cwd=repo.cwd, check=True)
    assert "it stays" not in repo.git("data init")
    assert repo.git("config core.fsmonitor") == now
    subprocess.run(["git", "config", "core.fsmonitor", older], cwd=repo.cwd, check=True)
    repo.git("data init --no-live")
    assert repo.git("config core.fsmonitor", code=1) == ""


@pytest.mark.parametrize("command", ["git data status", "git status"])
def test_what_an_older_version_has_installed_is_renewed_by_the_first_command(repo: Shell, command: str) -> None:
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    folders = [repo.cwd / ".git/hooks", repo.cwd / ".git/gitdata/hooks"]
    scripts = [file for folder in folders for file in folder.iterdir() if b"git-data: " in file.read_bytes()]
    assert len(scripts) > 15
    now = repo.git("config core.fsmonitor"), {file: file.read_bytes() for file in scripts}
    older = now[0].strip().replace("gitdata_dir=$d ", "")
    assert older != now[0].strip()
    repo.write("data/a.txt", "two\n")
    subprocess.run(["git", "config", "core.fsmonitor", older], cwd=repo.cwd, check=True)
    for file in scripts:
        file.write_bytes(file.read_bytes().replace(b"# git-data: ", b"# git-data: in older words, ", 1))
    assert repo.run(command).err == ""
    assert (repo.git("config core.fsmonitor"), {file: file.read_bytes() for file in scripts}) == now
    # A line for one command is no setting of the clone.
    subprocess.run(["git", "config", "core.fsmonitor", "mine"], cwd=repo.cwd, check=True)
    subprocess.run(["git", "-c", f"core.fsmonitor={older}", "data", "status"], cwd=repo.cwd, check=True)
    assert repo.git("config core.fsmonitor") == "mine\n"


@pytest.mark.parametrize("lost", ["questions", "unmoved"])
def test_a_script_that_the_others_read_may_be_lost(repo: Shell, lost: str) -> None:
    repo.git("data init")
    tracked(repo)
    repo.git("commit -qm one")
    for number, command in enumerate(("commit -qam two", "checkout -q HEAD~1", "merge -q main")):
        (repo.cwd / ".git/gitdata/hooks" / lost).unlink()
        repo.write("data/a.txt", "two\n") if number == 0 else None
        assert "not found" not in repo.run(f"git {command}").err
        assert repo.read("data/a.txt") == (b"one\n" if number == 1 else b"two\n")
        repo.git("data status")
    assert (repo.cwd / ".git/gitdata/hooks" / lost).exists()
    assert repo.git("show HEAD:data.gitdata").count("\n") == 2


def test_another_installation_of_the_same_version_leaves_the_scripts(repo: Shell) -> None:
    repo.git("data init")
    for file in (repo.cwd / ".git/gitdata/hooks").iterdir():
        text = file.read_bytes()
        file.write_bytes(re.sub(rb"(?m)^( *)git_data=/.*$", rb"\1git_data='/opt/another place/git-data'", text))
    repo.git("data status")  # takes a note
    before = snapshot(repo.cwd / ".git/gitdata/hooks")
    repo.git("data status")
    assert b"another place" in before["pre-push"][0]
    assert snapshot(repo.cwd / ".git/gitdata/hooks") == before


def test_hooks_that_do_not_concern_us_start_no_python(shell: Shell) -> None:
    repo = project(shell)
    for directory in (repo.cwd / ".git/hooks", repo.cwd / ".git/gitdata/hooks"):
        for file in directory.iterdir():
            lines = file.read_text().split("\n")
            changed = ["git_data=/bin/false" if line.strip().startswith("git_data=/") else line for line in lines]
            file.write_text("\n".join(changed))
    repo.write("code.py", "1\n")
    repo.git("add code.py")
    repo.git("rm -q --cached .gitdata.toml", code=None)
    repo.git("commit -qm code")
    repo.git("checkout -qb other")
    repo.git("push -q origin other")

"""Hook managers as they are: the pre-commit framework and husky, before git-data, after it, and again."""

import shutil
import subprocess
from pathlib import Path

import pytest
from managers import code_only, commit_edit, files, noted, start
from shell import Shell

pytestmark = pytest.mark.any_git

TOP = Path(__file__).parents[2]
STAGES = ("pre-commit", "pre-push", "post-checkout", "post-merge", "post-rewrite", "post-commit")
LOCAL = """
repos:
- repo: local
  hooks:
  - {id: note, name: note, entry: sh -c 'echo "$1" >>../noted' note, args: [commit], language: system,
     stages: [pre-commit], always_run: true, pass_filenames: false}
  - {id: push, name: push, entry: sh -c 'echo push "$PRE_COMMIT_REMOTE_NAME" >>../noted', language: system,
     stages: [pre-push], always_run: true, pass_filenames: false}
"""

needs_pre_commit = pytest.mark.skipif(shutil.which("pre-commit") is None, reason="the pre-commit framework is missing")


@pytest.fixture(autouse=True)
def cache_of_the_framework(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRE_COMMIT_HOME", str(tmp_path / "pre-commit"))


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """A project with a hub and a bucket, where git-data is not set up yet, and a commit of code."""
    return code_only(shell, ".pre-commit-config.yaml", LOCAL)


def works(repo: Shell, text: str, *, pushed: list[str]) -> None:
    """One round of work: the edit is recorded by the hook, both pre-push hooks see the push, the data goes along."""
    before = len(files(repo.cwd.parent / "bucket"))
    commit_edit(repo, text)
    assert noted(repo) == ["commit"]
    repo.git("push -q origin HEAD")
    assert noted(repo) == pushed
    assert len(files(repo.cwd.parent / "bucket")) > before
    repo.git("checkout -q HEAD~1")
    repo.git("checkout -q -")
    assert repo.read("data/a.txt").decode() == text


@needs_pre_commit
def test_the_framework_first_and_git_data_second(repo: Shell) -> None:
    repo.run("pre-commit install")
    before = files(repo.cwd / ".git/hooks")
    start(repo)
    once = files(repo.cwd / ".git/hooks")
    repo.git("data init")
    assert files(repo.cwd / ".git/hooks") == once
    works(repo, "two\n", pushed=[])
    # Installing it again, for more stages, keeps ours.
    repo.run("pre-commit install --hook-type pre-commit --hook-type pre-push")
    works(repo, "three\n", pushed=["push origin"])
    repo.run("pre-commit uninstall --hook-type pre-push")
    repo.git("data uninstall --repo")
    assert files(repo.cwd / ".git/hooks") == before
    assert repo.read("data/a.txt") == b"three\n"


@needs_pre_commit
def test_git_data_first_and_the_framework_second(repo: Shell) -> None:
    start(repo)
    ours = files(repo.cwd / ".git/hooks")
    stages = " ".join(f"--hook-type {stage}" for stage in STAGES)
    repo.run(f"pre-commit install {stages}")
    assert (repo.cwd / ".git/hooks/pre-push.legacy").exists()
    works(repo, "two\n", pushed=["push origin"])
    repo.run(f"pre-commit install {stages}")
    works(repo, "three\n", pushed=["push origin"])
    # Overwriting throws ours away; the next command puts them back.
    repo.run(f"pre-commit install --overwrite {stages}")
    assert not (repo.cwd / ".git/hooks/pre-push.legacy").exists()
    assert "run again" in repo.run("git status").err
    works(repo, "four\n", pushed=["push origin"])
    repo.run(f"pre-commit uninstall {stages}")
    assert files(repo.cwd / ".git/hooks") == ours


@needs_pre_commit
def test_a_persons_own_hook_before_the_framework(repo: Shell) -> None:
    own = repo.cwd / ".git/hooks/pre-push"
    own.write_text("#!/bin/sh\ncat >../refs\n")
    own.chmod(0o755)
    repo.run("pre-commit install --hook-type pre-commit --hook-type pre-push")
    before = files(repo.cwd / ".git/hooks")
    start(repo)
    works(repo, "two\n", pushed=["push origin"])
    assert " refs/heads/main " in (repo.cwd.parent / "refs").read_text()
    repo.git("data uninstall --repo")
    assert files(repo.cwd / ".git/hooks") == before


@needs_pre_commit
def test_a_hook_of_the_framework_that_refuses_stops_the_commit_and_the_push(repo: Shell) -> None:
    start(repo)
    repo.run("pre-commit install --hook-type pre-commit --hook-type pre-push")
    repo.write(".pre-commit-config.yaml", LOCAL.replace(">>../noted", ">>../noted; false"))
    repo.git("add .pre-commit-config.yaml")
    assert "failed" in repo.run("git commit -qm refused", code=1).said.lower()
    repo.git("commit -qm config --no-verify")
    repo.run("git push -q origin main", code=1)
    assert repo.git("ls-remote origin") == ""


@needs_pre_commit
@pytest.mark.parametrize("live", ["", "--no-live"])
def test_unstaged_changes_survive_the_frameworks_stash(repo: Shell, live: str) -> None:
    start(repo)
    repo.git(f"data init {live}")
    repo.run("pre-commit install")
    repo.git("config gitdata.autostage false")
    repo.write("data/a.txt", "edited\n")
    repo.write("data/new.txt", "new\n")
    repo.write("code.py", "staged\n")
    repo.git("add code.py")
    repo.write("code.py", "staged and edited\n")
    repo.git("status")
    copy = repo.copy("edited", "data")
    said = repo.run("git commit -qm code").err
    assert "Stashing unstaged files" in said and "Restored changes" in said
    assert repo.git("show --name-only --format= HEAD").split() == ["code.py"]
    repo.same(copy, "data")
    assert repo.read("code.py") == b"staged and edited\n"
    repo.git("commit -qam all")
    assert repo.git("status --porcelain") == ""
    repo.same(copy, "data")
    repo.git("push -q origin main")
    shutil.rmtree(repo.cwd / "data")
    shutil.rmtree(repo.cwd / ".git/gitdata/packs")
    repo.git("data fsck", code=None)
    repo.git("data checkout")
    repo.same(copy, "data")


def hooks_repository(shell: Shell, *names: str) -> Path:
    """A Git repository from which the framework can take our hooks."""
    source = shell.cwd / "git-data"
    source.mkdir()
    for name in (".pre-commit-hooks.yaml", *names):
        target = source / name
        if (TOP / name).is_dir():
            shutil.copytree(TOP / name, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(TOP / name, target)
    inside = shell.cd("git-data")
    inside.git("init -q")
    inside.git("add .")
    inside.git("commit -qm hooks")
    inside.git("tag v1")
    return source


def ours_only(repo: Shell, source: Path, language: str) -> None:
    """A configuration that has nothing but our hooks."""
    ids = ("pre-commit", "prepare-commit-msg", *STAGES[1:])
    extra = f", language: {language}" if language else ""
    hooks = "".join(f"  - {{id: git-data-{name}{extra}}}\n" for name in ids)
    repo.write(".pre-commit-config.yaml", f"repos:\n- repo: {source}\n  rev: v1\n  hooks:\n{hooks}")


@needs_pre_commit
def test_every_hook_of_ours_that_the_framework_can_run_has_an_id(shell: Shell) -> None:
    source = hooks_repository(shell)
    subprocess.run(
        ["pre-commit", "validate-manifest", str(source / ".pre-commit-hooks.yaml")], check=True, capture_output=True
    )
    text = (source / ".pre-commit-hooks.yaml").read_text()
    offered = {
        stage for line in text.splitlines() if "stages:" in line for stage in line.split("[")[1][:-1].split(", ")
    }
    assert offered == {path.name for path in (TOP / "hooks").iterdir()} - {
        "fsmonitor",
        "chain",
        "questions",
        "unmoved",
        "in-order",
    }


@needs_pre_commit
def test_a_repository_that_has_our_hooks_by_the_framework_alone(shell: Shell, repo: Shell) -> None:
    start(repo)
    ours_only(repo, hooks_repository(shell), "system")
    repo.git("add .pre-commit-config.yaml")
    repo.git("commit -qm config")
    repo.git("push -q origin main")
    # Another person has the filter, and hooks from the framework's configuration only.
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust {shell.cwd / 'bucket'}")
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    assert clone.read("data/a.txt") == b"one\n"
    clone.git("data uninstall --repo")
    clone.run("pre-commit install " + " ".join(f"--hook-type {stage}" for stage in (*STAGES, "prepare-commit-msg")))
    clone.write("data/a.txt", "two\n")
    clone.write("code.py", "2\n")
    clone.git("add code.py")
    clone.git("commit -qm two")
    assert "data.gitdata" in clone.git("show --name-only --format= HEAD").split()
    assert clone.git("log -1 --format=%B") == "two\n\n"
    # The framework names only the first ref of a push; the data of all has to go along.
    clone.git("checkout -q -b other")
    clone.write("data/a.txt", "three\n")
    clone.write("code.py", "3\n")
    clone.git("add code.py")
    clone.git("commit -qm three")
    clone.git("push -q origin main other")
    shell.git("clone -q -b other hub.git second")
    assert shell.cd("second").read("data/a.txt") == b"three\n"
    shell.cd("second").git("checkout -q main")
    assert shell.cd("second").read("data/a.txt") == b"two\n"
    # Without the bucket the push is refused, in one line.
    (shell.cwd / "bucket").rename(shell.cwd / "away")
    (shell.cwd / "bucket").write_text("in the way")
    clone.write("data/a.txt", "four\n")
    clone.write("code.py", "4\n")
    clone.git("add code.py")
    clone.git("commit -qm four")
    head = clone.git("ls-remote origin")
    refused = clone.run("git push -q origin other", code=1)
    assert [line for line in refused.said.splitlines() if line.startswith("git-data: ")] != []
    assert clone.git("ls-remote origin") == head


@needs_pre_commit
def test_the_framework_installs_git_data_by_itself(shell: Shell, repo: Shell) -> None:
    start(repo)
    source = hooks_repository(shell, "gitdata", "hooks", "docs", "pyproject.toml", "README.md", "LICENSE")
    ours_only(repo, source, "")
    repo.git("add .pre-commit-config.yaml")
    repo.run("pre-commit install")
    # As on a machine that has the framework and not git-data.
    alone = shell.cwd / "bin"
    alone.mkdir()
    (alone / "pre-commit").symlink_to(shutil.which("pre-commit") or "")
    made = repo.run("pre-commit install-hooks", code=None)
    if made.code != 0:
        pytest.skip("no package index is in reach")
    repo.git("commit -qm config")
    repo.git("data uninstall --repo")
    repo.write("data/a.txt", "two\n")
    repo.write("code.py", "2\n")
    repo.git("add code.py")
    repo.git("commit -qm two", PATH=f"{alone}:/usr/bin:/bin")
    assert "data.gitdata" in repo.git("show --name-only --format= HEAD").split()


@pytest.fixture(scope="session")
def husky(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The package of husky, fetched once."""
    if shutil.which("npm") is None:
        pytest.skip("npm is missing")
    folder = tmp_path_factory.mktemp("husky")
    done = subprocess.run(
        ["npm", "pack", "husky@9"], cwd=folder, capture_output=True, text=True, check=False, timeout=60
    )
    found = list(folder.glob("husky-*.tgz"))
    if done.returncode != 0 or not found:
        pytest.skip(f"npm cannot fetch husky: {done.stderr.strip()[-200:]}")
    return found[0]


def npm_install(repo: Shell) -> None:
    """What everybody types after a clone; husky sets core.hooksPath in its `prepare` script."""
    repo.run("npm install --offline --no-audit --no-fund")


def with_husky(repo: Shell, package: Path) -> None:
    repo.write(
        "package.json",
        f'{{"name": "p", "version": "1.0.0", "scripts": {{"prepare": "husky"}}, '
        f'"devDependencies": {{"husky": "file:{package}"}}}}\n',
    )
    with open(repo.cwd / ".gitignore", "a") as ignored:  # the lines of git-data may be there
        ignored.write("node_modules/\npackage-lock.json\n")
    repo.write(".husky/pre-commit", "echo commit >>../noted\n")
    repo.write(".husky/commit-msg", 'echo "message $(cat "$1")" >>../noted\n')
    repo.write(".husky/pre-push", "echo push $1 >>../noted; cat >../refs\n")
    repo.git("add .")
    repo.git("commit -qm husky")


def works_with_husky(repo: Shell, text: str) -> None:
    before = len(files(repo.cwd.parent / "bucket"))
    noted(repo)
    repo.write("data/a.txt", text)
    repo.write("code.py", text)
    repo.git("add code.py")
    repo.git("-c core.fsmonitor=false commit -qm edit")
    assert "data.gitdata" in repo.git("show --name-only --format= HEAD").split()
    assert noted(repo) == ["commit", "message edit"]
    repo.git("push -q origin HEAD")
    assert noted(repo) == ["push origin"]
    assert "refs/heads/main" in (repo.cwd.parent / "refs").read_text()
    assert len(files(repo.cwd.parent / "bucket")) > before


def test_husky_first_and_git_data_second(repo: Shell, husky: Path) -> None:
    with_husky(repo, husky)
    npm_install(repo)
    before = files(repo.cwd / ".husky"), repo.git("config --local --list"), files(repo.cwd / ".git/hooks")
    assert "core.hookspath=.husky/_" in before[1]
    start(repo)
    works_with_husky(repo, "two\n")
    npm_install(repo)
    works_with_husky(repo, "three\n")
    assert files(repo.cwd / ".husky") == before[0]
    repo.write(".husky/pre-commit", "exit 1\n")
    repo.write("data/a.txt", "four\n")
    repo.run("git commit -qam refused", code=1)
    repo.git("data uninstall --repo")
    repo.git("checkout -q -- .husky")
    left = [line for line in repo.git("config --local --list").splitlines() if not line.startswith("gitdata-remote")]
    assert (files(repo.cwd / ".husky"), "\n".join(left) + "\n", files(repo.cwd / ".git/hooks")) == before
    assert repo.read("data/a.txt") == b"four\n"


@pytest.mark.parametrize("live", ["", "--no-live"])
def test_git_data_first_and_husky_second(shell: Shell, repo: Shell, husky: Path, live: str) -> None:
    with_husky(repo, husky)
    start(repo)
    repo.git("push -q origin main")
    # As everybody does it: clone, which sets git-data up, and npm install after it.
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.run(f"git data init {live}", code=18)
    clone.git("data trust")
    clone.git("data pull")
    npm_install(clone)
    works_with_husky(clone, "two\n")
    npm_install(clone)
    works_with_husky(clone, "three\n")


def test_husky_is_brought_in_later(repo: Shell, husky: Path) -> None:
    start(repo)
    with_husky(repo, husky)
    npm_install(repo)
    repo.git("status")
    works_with_husky(repo, "two\n")

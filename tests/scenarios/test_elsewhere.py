"""Git in one folder, the work tree in another."""

import pytest
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """A repository whose data was edited after the first commit; its work tree is `tree`, beside the repository."""
    repo = project(shell)
    repo.write("code.py", "1\n")
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm one")
    assert repo.clean
    (shell.cwd / "tree").mkdir()
    for path in (".gitattributes", ".gitignore", ".gitdata.toml", "code.py", "data", "data.gitdata"):
        (repo.cwd / path).rename(shell.cwd / "tree" / path)
    shell.write("tree/data/a.txt", "edited\n")
    return repo


@pytest.mark.parametrize(
    "where",
    [
        "--git-dir=.git --work-tree=../tree",
        "--git-dir=.git --work-tree={tree}",
        "--git-dir={git_dir} --work-tree=../tree",
        "",
    ],
)
def test_git_looks_from_the_repository_at_a_work_tree_elsewhere(repo: Shell, where: str) -> None:
    where = where.format(tree=repo.cwd.parent / "tree", git_dir=repo.cwd / ".git")
    if not where:
        repo.git(f"config core.worktree {repo.cwd.parent / 'tree'}")
    done = repo.run(f"git {where} ls-files -m")  # stays where it is, while others go to the work tree
    assert (done.out, done.err) == ("data.gitdata\n", "")
    assert repo.git(f"{where} status -s -uno") == " M data.gitdata\n"
    assert repo.run(f"git {where} data status").out.startswith("data: modified, 1 file, 7 B\n")
    repo.git(f"{where} commit -qam two")
    assert repo.git("show HEAD:data.gitdata") == (repo.cwd.parent / "tree/data.gitdata").read_text()
    repo.git(f"{where} checkout -q HEAD~1")
    assert (repo.cwd.parent / "tree/data/a.txt").read_text() == "one\n"


def test_another_repository_in_that_work_tree_is_left_alone(repo: Shell) -> None:
    other = project(repo.cd(".."), name="other")
    other.write("data/b.txt", "other\n")
    other.git("data track data")
    other.git("commit -qm other")
    assert other.clean
    other.write("data/b.txt", "other, edited\n")
    pointer = other.read("data.gitdata")
    done = repo.run("git --git-dir=.git --work-tree=../other ls-files -m")
    assert done.err == ""
    assert other.read("data.gitdata") == pointer
    assert other.git("status --porcelain") == " M data.gitdata\n"

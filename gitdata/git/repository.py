"""Where the repository around a directory is."""

from pathlib import Path

from gitdata.errors import GitDataError, GitFailed, NotARepository
from gitdata.git.program import Git
from gitdata.values import frozen


@frozen
class Repository:
    """One work tree of a repository; all paths are absolute."""

    top: Path  # of the work tree
    git_dir: Path  # of this work tree
    common_dir: Path  # shared by all work trees of the repository
    bare: bool = False  # there is no work tree: the top is the repository itself


def called_by_git(directory: Path, git_dir: str | None) -> Repository | None:
    """The repository at `directory` when Git itself has started us there, at the top of the work tree.

    Then GIT_DIR says `.git`, and that is a plain directory: there is nothing to ask. None: ask.
    """
    if git_dir != ".git" or (directory / ".git/commondir").exists() or not (directory / ".git/HEAD").exists():
        return None
    return Repository(directory, directory / ".git", directory / ".git")


def find(directory: Path) -> Repository:
    """The repository around `directory`, as Git sees it (GIT_DIR and GIT_WORK_TREE count).

    Raises `NotARepository` outside of one, in a bare one, and inside `.git`; `GitFailed` in Git's own words for one
    that Git does not trust, because somebody else owns it.
    """
    git = Git(directory)
    try:
        answer = git.run("rev-parse", "--absolute-git-dir", "--git-common-dir", "--show-toplevel")
    except GitFailed as error:
        raise _explained(git, directory, error) from error
    git_dir, common, top = answer.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    return Repository(Path(top), Path(git_dir), (directory / common).resolve())


def find_bare(directory: Path) -> Repository | None:
    """The bare repository around `directory`; None when there is none."""
    try:
        answer = Git(directory).run("rev-parse", "--is-bare-repository", "--absolute-git-dir")
    except GitFailed:
        return None
    bare, git_dir = answer.decode("utf-8", "surrogateescape").removesuffix("\n").split("\n")
    return Repository(Path(git_dir), Path(git_dir), Path(git_dir), bare=True) if bare == "true" else None


def _explained(git: Git, directory: Path, error: GitFailed) -> GitDataError:
    """Why there is no work tree here."""
    said = str(error)
    if "dubious ownership" in said:
        # Not `NotARepository`: where that is no reason to worry, this one is.
        sentence, advice, rest = said.partition(" To add an exception")
        return GitFailed(sentence.removeprefix("git rev-parse: "), f"to add an exception{rest}" if advice else "")
    if "not a git repository" in said:
        return NotARepository(f"{directory} is not in a Git repository")
    if "must be run in a work tree" in said:
        bare, git_dir = git.run("rev-parse", "--is-bare-repository", "--absolute-git-dir").decode().split("\n")[:2]
        if bare == "true":
            return NotARepository(f"{git_dir} is a bare repository: it has no data of its own", "use a clone of it")
        return NotARepository(f"{directory} is inside {git_dir}", "go to the work tree")
    return error

"""Where the repository around a directory is."""

from dataclasses import dataclass
from pathlib import Path

from gitdata.errors import GitFailed, NotARepository
from gitdata.git.program import Git


@dataclass(frozen=True, slots=True)
class Repository:
    """One work tree of a repository; all paths are absolute."""

    top: Path  # of the work tree
    git_dir: Path  # of this work tree
    common_dir: Path  # shared by all work trees of the repository


def find(directory: Path) -> Repository:
    """The repository around `directory`, as Git sees it (GIT_DIR and GIT_WORK_TREE count).

    Raises `NotARepository` outside of one, in a bare one, and inside `.git`.
    """
    git = Git(directory)
    try:
        answer = git.run(
            "rev-parse", "--is-bare-repository", "--is-inside-work-tree", "--absolute-git-dir", "--git-common-dir"
        )
    except GitFailed as error:
        if "dubious ownership" in str(error):
            raise NotARepository(
                f"Git does not trust the repository at {directory}: somebody else owns it",
                f"git config --global --add safe.directory {directory}",
            ) from error
        if "not a git repository" in str(error):
            raise NotARepository(f"{directory} is not in a Git repository") from error
        raise
    bare, inside, git_dir, common = answer.decode("utf-8", "surrogateescape").split("\n")[:4]
    if bare == "true":
        raise NotARepository(f"{git_dir} is a bare repository: it has no data of its own", "use a clone of it")
    if inside != "true":
        raise NotARepository(f"{directory} is inside {git_dir}", "go to the work tree")
    top = git.run("rev-parse", "--show-toplevel").decode("utf-8", "surrogateescape").removesuffix("\n")
    return Repository(Path(top), Path(git_dir), (directory / common).resolve())

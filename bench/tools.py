"""What a person types with each tool, step by step."""

from collections.abc import Callable
from dataclasses import dataclass, field

from bench.s3 import Remote


@dataclass(frozen=True)
class Commands:
    """Lines for a shell in the repository. The Git remote is `origin`; a clone goes to `../clone`."""

    set_up: tuple[str, ...]
    steps: dict[str, str] = field(default_factory=dict)  # a step that a tool does not have is left out
    store: tuple[str, ...] = (".git",)  # the folders of the repository that hold versions
    cloned: str = "../clone"  # where the data of the clone is


def git_data(remote: Remote, roots: str, hub: str) -> Commands:
    endpoint = f" --endpoint {remote.endpoint}" if remote.endpoint else ""
    trusted = f"{remote.url} {remote.endpoint}" if remote.endpoint else remote.url
    commit, push = "git commit -qam version", "git push -q origin HEAD"
    return Commands(
        (
            "git data install",
            f"git config --global --add gitdata.trust '{trusted}'",
            "git data init",
            f"git data remote add origin {remote.url}{endpoint}",
            f"mkdir -p {roots}",
            f"git data track {roots}",
            "git commit -qm start",
        ),
        {
            "commit": commit,
            "status": "git status --porcelain",
            "push": push,
            "second commit": commit,
            "second push": push,
            "checkout": "git checkout -q HEAD~1",
            "scattered commit": commit,
            "scattered push": push,
            "clone": f"git clone -q {hub} ../clone",
        },
    )


def dvc(remote: Remote, roots: str, hub: str) -> Commands:
    endpoint = (f"dvc remote modify origin endpointurl {remote.endpoint}",) if remote.endpoint else ()
    commit = f"dvc add -q {roots} && git add -A && git commit -qm version"
    push = "dvc push -q && git push -q origin HEAD"
    return Commands(
        (
            "dvc init -q",
            "dvc config core.check_update false",
            f"dvc remote add -q -d origin {remote.url}",
            *endpoint,
            "git add -A",
            "git commit -qm start",
        ),
        {
            "commit": commit,
            "status": "dvc status -q && git status --porcelain",
            "push": push,
            "second commit": commit,
            "second push": push,
            "checkout": "git checkout -q HEAD~1 && dvc checkout -q",
            "scattered commit": commit,
            "scattered push": push,
            "clone": f"git clone -q {hub} ../clone && cd ../clone && dvc pull -q",
        },
        (".git", ".dvc"),
    )


def git_lfs(_remote: Remote, roots: str, hub: str) -> Commands:
    """Git LFS has no way to a bucket without a server: its remote is always the directory of the Git remote."""
    commit, push = "git add -A && git commit -qm version", "git push -q origin HEAD"
    patterns = " ".join(f"'{root}/**'" for root in roots.split())
    return Commands(
        ("git lfs install", f"git lfs track {patterns}", "git add -A", "git commit -qm start"),
        {
            "commit": commit,
            "status": "git status --porcelain",
            "push": push,
            "second commit": commit,
            "second push": push,
            "checkout": "git checkout -q HEAD~1",
            "scattered commit": commit,
            "scattered push": push,
            "clone": f"git clone -q {hub} ../clone",
        },
    )


def restic(remote: Remote, roots: str, _hub: str) -> Commands:
    """A backup is commit and push in one; there is no store besides the repository, and no checkout."""
    where = f"s3:{remote.endpoint}/{remote.url.removeprefix('s3://')}" if remote.endpoint else remote.url
    program = f"restic -q -r {where}"
    return Commands(
        (f"{program} init",),
        {
            "status": f"{program} backup --dry-run {roots}",
            "push": f"{program} backup {roots}",
            "second push": f"{program} backup {roots}",
            "clone": f"{program} --cache-dir ../fresh-cache restore latest --target ../clone",
        },
        (),
    )


TOOLS: dict[str, Callable[[Remote, str, str], Commands]] = {
    "git-data": git_data,
    "dvc": dvc,
    "git-lfs": git_lfs,
    "restic": restic,
}

"""What commits did to paths: Git's raw diff format, and revisions as commits. Object ids are hex text."""

from collections.abc import Iterable, Sequence

from gitdata.errors import GitFailed
from gitdata.git.program import Git
from gitdata.values import frozen
from gitdata.wording import shown


@frozen
class Introduced:
    """A version of a file, and a commit that has it."""

    path: bytes
    oid: str
    commit: str
    mode: str = ""
    before: str | None = None  # the id of the version that it replaced there, if that was a file


def changes(git: Git, tips: Sequence[str], excluded: Sequence[str], specs: Sequence[str]) -> list[Introduced]:
    """What those commits did to the paths that `specs` match, oldest first; where one was deleted the id is zeros."""
    git = git.adding({"GIT_NO_REPLACE_OBJECTS": "1"})
    options = [tip for tip in tips if tip.startswith("--")]
    ids = _commits(git, [tip for tip in tips if not tip.startswith("--")], required=True)
    if not ids and not options:
        return []
    hidden = _commits(git, excluded, required=False)
    revisions = "\n".join([*ids, *(f"^{commit}" for commit in hidden)]) + "\n"
    raw = git.run(
        "log", "--no-show-signature", "--format=%x01%H", "--raw", "-z", "--no-abbrev", "-m", "--root", "--no-renames",
        "--topo-order", "--reverse", "--full-history", *options, "--stdin", "--", *specs,
        stdin=revisions.encode(),
    )  # fmt: skip
    return list(raw_items(raw))


def there(git: Git, commits: Sequence[str]) -> list[str]:
    """Those of `commits` (ids) that the repository has: what Git has written down it may have collected since."""
    return _commits(git, commits, required=False)


def tip_commits(git: Git, tips: Sequence[str]) -> list[str]:
    """The commits that `tips` are: revisions, or all that `--all`, `--branches` and `--tags` mean."""
    options = [tip for tip in tips if tip.startswith("--")]
    ids = _commits(git, [tip for tip in tips if not tip.startswith("--")], required=True)
    if ids or not options:
        return ids
    return _commits(git, git.run("rev-parse", *options).decode().split(), required=False)


def authors(git: Git, commits: Iterable[str]) -> dict[str, str]:
    """Who has made each of `commits` (ids), with the address."""
    return {commit: name.decode(errors="replace") for commit, name in of_each(git, commits, "%an <%ae>").items()}


def commit_times(git: Git, commits: Iterable[str]) -> dict[str, int]:
    """When each of `commits` (ids) was made, in seconds since the epoch."""
    return {commit: int(time) for commit, time in of_each(git, commits, "%ct").items() if time.isdigit()}


def of_each(git: Git, commits: Iterable[str], what: str) -> dict[str, bytes]:
    """What a format of git-log(1) gives for each of `commits` (ids); one line."""
    wanted = sorted(set(commits))
    if not wanted:
        return {}
    asked = "".join(f"{commit}\n" for commit in wanted).encode()
    options = ("--no-walk=unsorted", "--no-show-signature", f"--format=%H {what}", "--stdin")
    lines = git.run("log", *options, stdin=asked).splitlines()
    return {commit.decode(): said for commit, _, said in (line.partition(b" ") for line in lines)}


def _commits(git: Git, revisions: Sequence[str], *, required: bool) -> list[str]:
    """Revisions as commit ids, in one process; tags are peeled, what is no commit is left out or refused."""
    wanted = list(dict.fromkeys(revisions))
    if not wanted:
        return []
    asked = "".join(f"{revision}^{{commit}}\n" for revision in wanted)
    lines = git.run("cat-file", "--batch-check=%(objectname) %(objecttype)", stdin=asked.encode()).decode().splitlines()
    found = []
    for revision, line in zip(wanted, lines, strict=True):
        oid, _, kind = line.partition(" ")
        if kind == "commit":
            found.append(oid)
        elif required and not git.ok("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{object}}"):
            raise GitFailed(f"there is no revision '{shown(revision)}'", "see `git log --all`")
    return list(dict.fromkeys(found))


def raw_items(raw: bytes) -> Iterable[Introduced]:
    """The entries of Git's raw diff format (git-diff(1)) with `-z`, after commit ids as `%x01%H`."""
    commit = ""
    meta = b""
    for field in raw.split(b"\0"):
        if meta:  # then this is a path, whatever it begins with
            columns = meta.decode().split(" ")
            before = columns[2] if columns[0].startswith(":100") else None
            yield Introduced(field, columns[3], commit, columns[1], before)
            meta = b""
            continue
        text = field.lstrip(b"\n")
        if text.startswith(b"\x01"):
            head, _, text = text.partition(b"\n")
            commit = head[1:].decode()
            text = text.lstrip(b"\n")
        if text.startswith(b":"):
            meta = text

"""What commits say of themselves, and which of many a person wants to see."""

from collections.abc import Sequence

from gitdata.git.program import Git
from gitdata.values import frozen

_FIELDS = ("%H", "%h", "%an", "%ae", "%aI", "%ad", "%at", "%cn", "%ce", "%ct", "%cI", "%D", "%P", "%s", "%B")
_FORMAT = "--format=" + "%x00".join(_FIELDS)


@frozen
class Facts:
    """One commit."""

    commit: str
    short: str  # its id abbreviated as Git does
    author: str
    email: str
    date: str  # of the author, ISO 8601
    shown_date: str  # the same as `log.date` or `--date` say
    time: int  # the same, in seconds since the epoch
    committer: str
    committer_email: str
    committed: int
    committer_date: str
    refs: str  # that point to it, for people
    parents: tuple[str, ...]
    subject: str
    message: str


def facts(git: Git, commits: Sequence[str], choice: Sequence[str] = ()) -> list[Facts]:
    """Those of `commits` (ids) that the words `choice` of git-log(1) leave, in the same order."""
    if not commits:
        return []
    asked = "".join(f"{commit}\n" for commit in commits).encode()
    said = git.run(
        "log", "--no-walk=unsorted", "--no-show-signature", "--no-patch", "--encoding=UTF-8", "-z", _FORMAT,
        *choice, "--stdin",
        stdin=asked,
    )  # fmt: skip
    fields = said.decode(errors="replace").split("\0")
    return [_facts(fields[start : start + len(_FIELDS)]) for start in range(0, len(fields) - 1, len(_FIELDS))]


def _facts(fields: list[str]) -> Facts:
    (oid, brief, author, email, date, shown, time, committer, committer_email, committed, committer_date, refs, parents,
     subject, message) = fields  # fmt: skip
    return Facts(
        oid, brief, author, email, date, shown, int(time or 0), committer, committer_email, int(committed or 0),
        committer_date, refs, tuple(parents.split()), subject, message.rstrip("\n"),
    )  # fmt: skip

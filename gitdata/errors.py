"""Everything that can go wrong, as one line for a person: what happened, to what, and what to do.

Each class has an exit code of its own, listed in docs/exit-codes.md; a test keeps the two equal.
Codes 0-2 are left to their usual meanings (success, a finding, wrong usage), 128 is Git's own
code for "not a repository" and 130 is an interrupt.
"""

from typing import ClassVar


class GitDataError(Exception):
    """An expected failure. `str(error)` says what happened and to what; `hint` says what to do."""

    exit_code: ClassVar[int] = 1
    default_hint: ClassVar[str] = ""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message)
        self.hint = self.default_hint if hint is None else hint


class UsageError(GitDataError):
    """The command makes no sense as typed."""

    exit_code = 2
    default_hint = "see `git data --help`"


class Incomplete(GitDataError):
    """A part was done and the rest was not; nothing is lost."""

    exit_code = 3
    default_hint = "run the command again"


class Conflict(GitDataError):
    """Local edits stand where other content should go; the edits were kept."""

    exit_code = 4
    default_hint = "keep the edits with `git data add`, or replace them with `git data checkout --force`"


class NotInitialised(GitDataError):
    """The repository does not use git-data yet."""

    exit_code = 10
    default_hint = "run `git data init`"


class Locked(GitDataError):
    """Another process is writing."""

    exit_code = 11
    default_hint = "wait for the other git-data process to end, then try again"


class RemoteUnavailable(GitDataError):
    """The remote does not answer, or not in time."""

    exit_code = 12
    default_hint = "check the network and `git data remote list`"


class DataMissing(GitDataError):
    """Bytes that a pointer names are neither here nor on the remote."""

    exit_code = 13
    default_hint = "push them from a clone that has them: `git data push`"


class DataCorrupt(GitDataError):
    """Stored bytes are not the bytes that were stored."""

    exit_code = 14
    default_hint = "run `git data fsck`"


class NoRemote(GitDataError):
    """No data remote is configured, or none of that name."""

    exit_code = 15
    default_hint = "add one: `git data remote add origin s3://BUCKET/PATH`"


class BadRemote(GitDataError):
    """The address of a remote cannot be used."""

    exit_code = 16
    default_hint = "use s3://BUCKET/PATH or a directory"


class AccessDenied(GitDataError):
    """The remote refuses: no credentials, wrong ones, or not allowed."""

    exit_code = 17
    default_hint = "set AWS_PROFILE, or AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"


class NotTrusted(GitDataError):
    """A remote proposed by the repository needs the person's consent."""

    exit_code = 18
    default_hint = "look at it, then run `git data trust`"


class RemoteMoved(GitDataError):
    """The repository proposes another place for data than the one this clone has agreed to."""

    exit_code = 19
    default_hint = "if it is right, run `git data trust`"


class BadPointer(GitDataError):
    """A pointer file is not one."""

    exit_code = 20
    default_hint = "restore it: `git checkout HEAD -- FILE.gitdata`"


class BadFormat(GitDataError):
    """Bytes that should be a pack, tree, manifest or configuration are not, or are of a newer version."""

    exit_code = 21
    default_hint = "run `git data fsck`; if a newer git-data wrote it, update with ./install.sh"


class UnsafeName(GitDataError):
    """A name that could leave the tracked directory or take over a repository."""

    exit_code = 22
    default_hint = "rename it; names such as `.git` and `..` are never written"


class Unreadable(GitDataError):
    """Files of the tracked data cannot be read, or are of a kind that cannot be stored."""

    exit_code = 23
    default_hint = "make them readable, remove them, or name them in .gitdataignore"


class FileChanging(GitDataError):
    """A file changes while it is read."""

    exit_code = 24
    default_hint = "wait until the program that writes it has finished, then try again"


class CannotTrack(GitDataError):
    """The path cannot become tracked data."""

    exit_code = 25
    default_hint = ""


class NotTracked(GitDataError):
    """The path is not tracked data."""

    exit_code = 26
    default_hint = "track it: `git data track PATH`"


class OutOfSpace(GitDataError):
    """The disk is full or the quota used up."""

    exit_code = 27
    default_hint = "free some space and run the command again; nothing was lost"


class Unfinished(GitDataError):
    """The data in the work tree does not match its pointer yet."""

    exit_code = 28
    default_hint = "finish with `git data checkout`"


class NotOnRemote(GitDataError):
    """Data of commits is not, or not whole, on a remote."""

    exit_code = 29
    default_hint = "push it from a clone that has it: `git data push --all`"


class Offline(GitDataError):
    """Something would have to be fetched, and was not to be."""

    exit_code = 30
    default_hint = "leave out `--offline`, or bring it with `git data fetch REVISION`"


class NotText(GitDataError):
    """The content is not what was asked for, or what its name says: binary in place of text, no table, no array."""

    exit_code = 31
    default_hint = "write its bytes to a file: `git data show -o FILE REVISION:PATH`"


class NoReader(GitDataError):
    """Contents of this kind are read, or drawn, by a package that is not installed."""

    exit_code = 32
    default_hint = "install it: `pip install 'git-data[diff]'`"


class NotParsed(GitDataError):
    """A file of parameters, metrics or plots is not what its name says."""

    exit_code = 36
    default_hint = "mend the file, or name others in .gitdata.toml"


class NotARepository(GitDataError):
    """No Git work tree here."""

    exit_code = 128
    default_hint = "go to a Git repository, or make one: `git init`"


class GitFailed(GitDataError):
    """The git program said no."""

    exit_code = 129
    default_hint = ""


BAD_POINTERS_HINT = "put one that is right in a new commit: `git log -p -- FILE.gitdata` shows those before"
"""What to do about a pointer that is damaged in a commit."""

INTERRUPTED = 130  # Ctrl-C, as the shell counts it
BROKEN_PIPE = 141  # the reader of our output went away
BUG = 70  # EX_SOFTWARE of sysexits.h: a fault of git-data itself

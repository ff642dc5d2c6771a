"""Calls of the git program."""

import contextlib
import os
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import IO, BinaryIO

from gitdata.errors import GitFailed
from gitdata.values import frozen, replace

# Our own calls must neither ask our own fsmonitor script nor start our own filter: a filter process
# would wait for the lock that its caller holds. Pointers pass it unchanged anyway.
OWN_SETTINGS = {"core.fsmonitor": "false", "core.quotepath": "false", "filter.gitdata.process": ""}
_ALWAYS = tuple(word for key, value in OWN_SETTINGS.items() for word in ("-c", f"{key}={value}"))
_PATHSPECS = tuple(f"GIT_{how}_PATHSPECS" for how in ("LITERAL", "GLOB", "NOGLOB", "ICASE"))
_ERRORS = ("fatal: ", "error: ")
_NOT_INSTALLED = "git is not installed, or not on PATH", "install Git"
_PASSED = 1 << 20  # bytes
_AHEAD = 500  # questions, of up to 65 bytes: a pipe holds them all


@frozen
class Git:
    """The git program, run in one directory."""

    directory: Path
    environment: Mapping[str, str] | None = None  # added to the process's own
    settings: tuple[str, ...] = ()  # more of Git's `-c` words; they come last and so count
    sparse: bool = False  # a sparse checkout may have put directories into the index in place of their files

    def with_filter(self, command: str | None) -> "Git":
        """The same, but content of pattern files goes through the filter that `command` starts.

        Never while this process holds a lock that the filter waits for.
        """
        return replace(self, settings=("-c", f"filter.gitdata.process={command or ''}"))

    def with_settings(self, *settings: str) -> "Git":
        """The same with these settings (`KEY=VALUE`)."""
        return replace(self, settings=(*self.settings, *(word for setting in settings for word in ("-c", setting))))

    @property
    def whole(self) -> "Git":
        """The same, but what lies in directories that a sparse checkout leaves out counts as well: slow."""
        return replace(self, sparse=False)

    def adding(self, environment: Mapping[str, str]) -> "Git":
        """The same with more in the environment."""
        return replace(self, environment={**(self.environment or {}), **environment})

    def run(
        self,
        *arguments: str,
        stdin: bytes | None = None,
        environment: Mapping[str, str] | None = None,
        highest: int = 0,
    ) -> bytes:
        """What `git ARGUMENTS` prints; `GitFailed` with Git's own words when its exit code is above `highest`."""
        done = self._call(arguments, stdin, environment)
        if done.returncode > highest or done.returncode < 0:
            raise _failed(arguments, done.stderr)
        return done.stdout

    def feed(self, *arguments: str, parts: Iterable[bytes | memoryview]) -> None:
        """Run `git ARGUMENTS` with `parts` as its standard input; raises `GitFailed`, and what they raise."""
        process = self._started(arguments, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            with contextlib.suppress(BrokenPipeError):  # it has said why
                for part in parts:
                    if process.stdin is not None:
                        process.stdin.write(part)
        except BaseException:
            process.kill()
            process.communicate()
            raise
        said = process.communicate()[1]
        if process.returncode:
            raise _failed(arguments, said)

    def run_from(self, file: Path, *arguments: str) -> bytes:
        """What `git ARGUMENTS` prints when it reads `file`; raises as `run` does."""
        with open(file, "rb") as content:
            done = self._call(arguments, content, None)
        if done.returncode:
            raise _failed(arguments, done.stderr)
        return done.stdout

    def ok(self, *arguments: str) -> bool:
        """Whether `git ARGUMENTS` succeeds."""
        return self._call(arguments, None, None).returncode == 0

    def show(self, *arguments: str) -> int:
        """Let `git ARGUMENTS` write to our own standard output and error; its exit code. Flush before."""
        words = ["git", *_ALWAYS, *self.settings, *arguments]
        environment = _environment(self.environment or {})
        try:
            return subprocess.run(
                words, cwd=self.directory, stdin=subprocess.DEVNULL, check=False, env=environment
            ).returncode
        except FileNotFoundError as error:
            raise GitFailed(*_NOT_INSTALLED) from error

    def asking(self, *arguments: str) -> "Asking":
        """`git ARGUMENTS` as a process that answers each line on its standard input with one; raises `GitFailed`."""
        return Asking(self._started(arguments, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL))

    def _started(self, arguments: tuple[str, ...], *, stdout: int, stderr: int) -> "subprocess.Popen[bytes]":
        """`git ARGUMENTS`, which waits for what it is given on its standard input."""
        try:
            return subprocess.Popen(
                ["git", *_ALWAYS, *self.settings, *arguments],
                cwd=self.directory,
                stdin=subprocess.PIPE,
                stdout=stdout,
                stderr=stderr,
                env=_environment(self.environment or {}),
            )
        except FileNotFoundError as error:
            raise GitFailed(*_NOT_INSTALLED) from error

    def _call(
        self, arguments: tuple[str, ...], stdin: bytes | BinaryIO | None, environment: Mapping[str, str] | None
    ) -> subprocess.CompletedProcess[bytes]:
        extra = {**(self.environment or {}), **(environment or {})}
        try:
            return subprocess.run(
                ["git", *_ALWAYS, *self.settings, *arguments],
                cwd=self.directory,
                input=stdin if isinstance(stdin, bytes) else None,
                stdin=None if isinstance(stdin, bytes) else subprocess.DEVNULL if stdin is None else stdin,
                capture_output=True,
                check=False,
                env=_environment(extra),
            )
        except FileNotFoundError as error:
            if not self.directory.is_dir():
                raise GitFailed(f"{self.directory} is gone", "go to a directory that exists") from error
            raise GitFailed(*_NOT_INSTALLED) from error


class Asking:
    """A git program that is asked line by line."""

    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self._process = process

    def ask(self, line: bytes) -> bytes:
        """The line that it answers, without its end; empty when it has gone. `line` has no newline in it."""
        questions, answers = self._process.stdin, self._process.stdout
        if questions is None or answers is None:
            return b""
        try:
            questions.write(line + b"\n")
            questions.flush()
        except BrokenPipeError:
            return b""
        return answers.readline().removesuffix(b"\n")

    def contents(self, names: Sequence[bytes], at_most: int | None = None) -> Iterator[bytes | None]:
        """What `content` gives for each name; they are asked for together, so that nobody waits for each answer.

        Of what is longer than `at_most` one byte more is given.
        """
        for start in range(0, len(names), _AHEAD):
            some = names[start : start + _AHEAD]
            questions, answers = self._process.stdin, self._process.stdout
            if questions is None or answers is None:
                return
            with contextlib.suppress(BrokenPipeError):  # it has gone: there is no answer
                questions.write(b"".join(name + b"\n" for name in some))
                questions.flush()
            for _name in some:
                size = answers.readline().rstrip(b"\n").rpartition(b" ")[2]
                yield _answer(answers, int(size), at_most) if size.isdigit() else None

    def content(self, name: bytes, at_most: int | None = None) -> bytes | None:
        """What `git cat-file --batch` answers for `name`; None when there is no such object."""
        return next(self.contents([name], at_most), None)

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def _answer(answers: IO[bytes], size: int, at_most: int | None) -> bytes:
    """What follows the line that names its size, up to a byte more than `at_most`; the rest is passed over."""
    kept = size if at_most is None else min(size, at_most + 1)
    content = answers.read(kept)
    left = size + 1 - kept  # with the end of the line
    while left and (passed := len(answers.read(min(left, _PASSED)))):
        left -= passed
    return content


def _failed(arguments: Sequence[str], said: bytes) -> GitFailed:
    """The error of `git ARGUMENTS`, in Git's own words."""
    name = next((word for word in arguments if not word.startswith("-")), "")
    return GitFailed(f"git {name}: {_reason(said.decode(errors='surrogateescape'))}")


def _reason(said: str) -> str:
    """Git's last error as one line, with the lines that belong to it; without advice and decoration."""
    lines = [line for line in said.splitlines() if line.strip() and not line.startswith("hint:")]
    starts = [number for number, line in enumerate(lines) if line.startswith(_ERRORS)]
    whole = " ".join(" ".join(lines[starts[-1] if starts else -1 :]).split())
    return next((whole.removeprefix(start) for start in _ERRORS if whole.startswith(start)), whole) or "no reason given"


def _environment(extra: Mapping[str, str]) -> dict[str, str]:
    environment = {**os.environ, **extra, "GIT_TERMINAL_PROMPT": "0", "LC_ALL": "C"}
    # What is relative counts from where we are, and not from where the call runs.
    for name in ("GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR"):
        if value := os.environ.get(name):
            environment[name] = os.path.abspath(value)
    # Git before 2.41 says with this where a submodule lies, and most of its own commands refuse to run with it.
    environment.pop("GIT_INTERNAL_SUPER_PREFIX", None)
    # `git --literal-pathspecs` and its like are about what the person has typed: our own patterns would match nothing.
    for name in _PATHSPECS:
        environment.pop(name, None)
    # A relative or empty entry of PATH would let a repository bring its own `git`.
    path = environment.get("PATH", os.defpath)
    environment["PATH"] = os.pathsep.join(entry for entry in path.split(os.pathsep) if os.path.isabs(entry))
    return environment

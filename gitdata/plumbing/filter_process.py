"""The filter: learns which pointers Git writes, lets the data follow, and swaps pattern files for pointers.

Pointers of data roots (`*.gitdata`) go through unchanged both ways. On the clean side the blobs that one names
are stored; at the end of input, when Git has finished and waits, the work tree is materialised once. The
content of pattern files is another module's matter (pattern_files.py), loaded when there is one.
It never fails a Git command: what goes wrong is one line on standard error.
"""

import os
import select
import sys
import time
from functools import cache
from typing import TYPE_CHECKING, Any, BinaryIO

from gitdata.errors import GitDataError
from gitdata.plumbing import packets

if TYPE_CHECKING:
    from gitdata.ops.recording.record_for_git import Recorder
    from gitdata.workspace import Workspace
    from gitdata.worktree.state import State

_LIMIT = 16 << 20  # bytes; larger content is no pointer and only passes through
_PAUSE_S = 0.02  # Git that asks nothing for so long is at something else


def run() -> int:
    """Speak the protocol on standard input and output until Git closes it; always 0."""
    began_ns = time.time_ns()
    # Whatever prints by accident must not end up in the protocol.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    # Not buffered: whether Git has asked something more must show on the descriptor.
    door = _Door(open(0, "rb", buffering=0, closefd=False), answers)  # noqa: SIM115 - Git closes it
    try:
        door.serve()
    except (ValueError, EOFError, BrokenPipeError) as error:
        print(f"git-data: the filter protocol broke off: {error}", file=sys.stderr)
        return 0
    finally:
        door.close()
        if _recorder.cache_info().currsize:
            _recorder().close()
    if door.recorded:
        _put_in_place()
        _tell_recorded()
    followed = not door.smudged or _follow(began_ns, door.smudged)
    if door.state is not None and followed:
        door.state.end_smudge()
    return 0


class _Door:
    """One conversation with Git."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests, self._answers = requests, answers
        self.smudged: set[bytes] = set()  # the pointers and pattern files that Git may have written
        self.recorded = False  # Git was told the recorded pointer instead of one that tells of edits
        self.state: State | None = None  # once a pointer of a data root was handed to Git
        self._delays = False
        self._files: Any = None  # pattern_files.PatternFiles, once there is a pattern file

    def serve(self) -> None:
        """Answer every request."""
        if not self._handshake():
            return
        while (header := self._next()) is not None:
            fields = dict(line.partition(b"=")[::2] for line in header)
            command, path = fields.get(b"command"), fields.get(b"pathname", b"")
            if command == b"list_available_blobs":
                packets.write_list(self._answers, self._pattern_files().available())
                packets.write_list(self._answers, [b"status=success"])
                self._answers.flush()
                continue
            if command == b"smudge":
                self.smudged.add(path)
            if path.endswith(b".gitdata"):
                self._pointer(command, path)
            elif command == b"smudge":
                self._pattern_files().smudge(path, may_delay=self._delays and fields.get(b"can-delay") == b"1")
            else:
                self._pattern_files().clean(path)
            self._answers.flush()

    def close(self) -> None:
        """Publish what was cleaned and say what could not be smudged."""
        if self._files is not None:
            self._files.close()

    def _handshake(self) -> bool:
        if not (welcome := packets.read_list(self._requests)) or welcome[0] != b"git-filter-client":
            return False
        packets.write_list(self._answers, [b"git-filter-server", b"version=2"])
        self._answers.flush()
        offered = packets.read_list(self._requests)
        if offered is None:
            return False
        self._delays = b"capability=delay" in offered
        delay = [b"capability=delay"] if self._delays else []
        packets.write_list(self._answers, [b"capability=clean", b"capability=smudge", *delay])
        self._answers.flush()
        return True

    def _next(self) -> list[bytes] | None:
        if self._files is not None and self._files.pending and (self._files.full or not self._asked()):
            self._files.publish()
        return packets.read_list(self._requests)

    def _asked(self) -> bool:
        """Whether Git asks something more right now."""
        if os.name == "nt":
            return False  # pipes cannot be waited for
        return bool(select.select([self._requests], [], [], _PAUSE_S)[0])

    def _pointer(self, command: bytes | None, path: bytes) -> None:
        content = list(packets.read_content(self._requests))
        if command == b"clean" and sum(map(len, content)) <= _LIMIT:
            text = b"".join(content)
            recorded = _record(path, text)
            if recorded is None:
                packets.write_list(self._answers, [b"status=error"])
                return
            self.recorded |= recorded != text
            content = [recorded]
        if command == b"smudge" and self.state is None:
            self.state = _begin_smudge()
        packets.answer(self._answers, content)

    def _pattern_files(self) -> Any:
        if self._files is None:
            from gitdata.plumbing.pattern_files import PatternFiles

            self._files = PatternFiles(self._requests, self._answers)
        return self._files


def _record(path: bytes, text: bytes) -> bytes | None:
    """What Git is to have for the pointer `text`, once what it names is stored; None when that cannot be."""
    from gitdata import terminal
    from gitdata.disk_errors import in_words
    from gitdata.formats.unrecorded import is_unrecorded
    from gitdata.ops.recording.may_lack_content import may_lack_content

    try:
        place = _here()
        if is_unrecorded(text):
            return _recorder().record(path, text, terminal.progress())
        if may_lack_content(place, path, text):
            from gitdata.ops.recording.store_named import store_named

            store_named(place, path, text, terminal.progress())
    except GitDataError as error:
        terminal.fail(error)
    except OSError as error:
        terminal.tell(f"could not store the data of {os.fsdecode(path)}: {in_words(error)}")
    return None if is_unrecorded(text) else text


def _put_in_place() -> None:
    from gitdata import terminal
    from gitdata.disk_errors import in_words
    from gitdata.ops.recording.put_in_place import put_in_place

    try:
        put_in_place(_here())
    except GitDataError as error:
        terminal.fail(error)
    except OSError as error:
        terminal.tell(f"could not renew the pointers: {in_words(error)}; the next commit does")


def _tell_recorded() -> None:
    from gitdata import terminal
    from gitdata.summary import recorded

    if told := recorded(_recorder().read, _recorder().seconds):
        terminal.tell(told)


@cache
def _recorder() -> "Recorder":
    from gitdata.ops.recording.record_for_git import Recorder

    return Recorder(_here())


@cache
def _here() -> "Workspace":
    """Where Git is: asked for once, however many pointers it hands over."""
    from gitdata import workspace

    return workspace.here()


def _begin_smudge() -> "State | None":
    from gitdata import workspace

    try:
        state = workspace.state()
    except GitDataError:  # a bare repository, with `git archive`
        return None
    state.begin_smudge()
    return state


def _follow(began_ns: int, smudged: set[bytes]) -> bool:
    """Bring the data along; whether all was looked at, and what could not be done is remembered."""
    from gitdata import terminal
    from gitdata.disk_errors import in_words
    from gitdata.plumbing.follow import follow

    try:
        follow(unless_told_since_ns=began_ns, written=frozenset(smudged))
    except GitDataError as error:
        terminal.fail(error)
        return False
    except OSError as error:
        terminal.tell(f"could not bring the data along: {in_words(error)}; run `git data checkout`")
        return False
    return True

"""The pass-through filter: learns which pointers Git writes, and lets the data follow when Git is done.

Pointer text goes through unchanged both ways. On the clean side the blobs that a pointer names are
stored; at the end of input, when Git has finished and waits, the work tree is materialised once.
It never fails a Git command: what goes wrong is one line on standard error.
"""

import os
import sys
import time
from typing import BinaryIO

from gitdata.errors import GitDataError
from gitdata.plumbing import packets

_LIMIT = 16 << 20  # bytes; larger content is no pointer and only passes through


def run() -> int:
    """Speak the protocol on standard input and output until Git closes it; always 0."""
    began_ns = time.time_ns()
    # Whatever prints by accident must not end up in the protocol.
    answers = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    try:
        smudged = _serve(sys.stdin.buffer, answers)
    except (ValueError, BrokenPipeError) as error:
        print(f"git-data: the filter protocol broke off: {error}", file=sys.stderr)
        return 0
    if smudged:
        _follow(began_ns, smudged)
    return 0


def _serve(requests: BinaryIO, answers: BinaryIO) -> set[bytes]:
    """Answer every request; the pointers that Git may have written to the work tree."""
    smudged: set[bytes] = set()
    if not _handshake(requests, answers):
        return smudged
    while (header := packets.read_list(requests)) is not None:
        fields = dict(line.partition(b"=")[::2] for line in header)
        content = packets.read_content(requests)
        path = fields.get(b"pathname", b"")
        if fields.get(b"command") == b"smudge":
            if path.endswith(b".gitdata"):
                smudged.add(path)
        elif path.endswith(b".gitdata") and sum(map(len, content)) <= _LIMIT:
            _store(path, b"".join(content))
        packets.write_list(answers, [b"status=success"])
        packets.write_content(answers, content)
        packets.write_list(answers, [])
        answers.flush()
    return smudged


def _handshake(requests: BinaryIO, answers: BinaryIO) -> bool:
    if not (welcome := packets.read_list(requests)) or welcome[0] != b"git-filter-client":
        return False
    packets.write_list(answers, [b"git-filter-server", b"version=2"])
    answers.flush()
    if packets.read_list(requests) is None:
        return False
    packets.write_list(answers, [b"capability=clean", b"capability=smudge"])
    answers.flush()
    return True


def _store(path: bytes, text: bytes) -> None:
    from gitdata import terminal, workspace
    from gitdata.ops.serve import serve

    try:
        serve(workspace.here(), path, text)
    except GitDataError as error:
        terminal.fail(error)
    except OSError as error:
        terminal.tell(f"could not store the data of {os.fsdecode(path)}: {error}")


def _follow(began_ns: int, smudged: set[bytes]) -> None:
    from gitdata import terminal
    from gitdata.plumbing.follow import follow

    try:
        follow(unless_told_since_ns=began_ns, written=frozenset(smudged))
    except GitDataError as error:
        terminal.fail(error)
    except OSError as error:
        terminal.tell(f"could not bring the data along: {error}; run `git data checkout`")

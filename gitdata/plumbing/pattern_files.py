"""The filter's work on pattern files: content becomes a pointer on its way into Git, and content again on its way out.

The protocol is that of gitattributes(5), "Long Running Filter Process": nothing may be answered before the whole
content was read, and content that turns out wrong half-way is taken back by a last status.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from itertools import chain
from typing import Any, BinaryIO, NamedTuple

from gitdata import terminal, workspace
from gitdata.disk_errors import in_words
from gitdata.errors import GitDataError, NotARepository
from gitdata.formats.pointer import file_entry
from gitdata.formats.tree import Entry
from gitdata.git.held import Index
from gitdata.git.patterns import is_pattern_file
from gitdata.ops.patterns.clean import Cleaning
from gitdata.plumbing import packets
from gitdata.progress import counted
from gitdata.store.store import Store

_BLOCK = 1 << 20
_IN_MEMORY = 8 << 20  # bytes of passing content that are kept in memory


class PatternFiles:
    """Answers for pattern files; opens the store of the repository when the first of them comes by."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO) -> None:
        self._requests, self._answers = requests, answers
        self._delayed: dict[bytes, _Asked] = {}
        self._ready: dict[bytes, _Asked] = {}  # delayed before, looked for since
        self._opened: tuple[workspace.Workspace, Store] | None = None
        self._cleaning: Cleaning | None = None
        self._index: Index | None = None  # None: every content becomes a pointer
        self._taking_in = False  # Git has asked in order to change its index, not only to look
        self._smudging: Any = None  # ops.smudge.Smudging, once there is something to smudge
        try:
            self._open(workspace.here())
        except NotARepository:
            pass  # `git archive` in a bare repository: pointers stay pointers
        except (GitDataError, OSError) as error:
            terminal.tell(f"the store cannot be used, so pattern files are left as they are: {in_words(error)}")

    def _open(self, place: workspace.Workspace) -> None:
        if not place.initialised:
            # Before the store is there: a clone with nothing but the global configuration gets its hooks.
            from gitdata.ops.setting_up import initialise

            initialise.set_up(place)
            place = workspace.here()
        self._opened = place, place.open_store()
        self._index = None if place.renormalizing else Index(place.git, place.repository.top, place.index)
        self._cleaning = Cleaning(*self._opened, terminal.progress())

    # --- into Git -----------------------------------------------------------------------------

    def clean(self, path: bytes) -> None:
        """Read the content of a file and answer with its pointer, or with the content where Git holds just that."""
        content = packets.read_content(self._requests)
        if self._cleaning is None or not is_pattern_file(path):
            self._pass(content)
            return
        self._taking_in = self._taking_in or (self._opened is not None and self._opened[0].index_held)
        with ExitStack() as stack:
            try:
                parts = self._cleaned(path, content, self._cleaning, stack)
            except (GitDataError, OSError) as error:
                packets.drain(content)
                terminal.tell(f"could not store {os.fsdecode(path)}: {in_words(error)}")
                packets.write_list(self._answers, [b"status=error"])
            else:
                packets.answer(self._answers, parts)

    def _cleaned(
        self, path: bytes, content: Iterable[bytes], cleaning: Cleaning, stack: ExitStack
    ) -> Iterable[bytes | memoryview]:
        blob = self._index.blob(path) if self._index is not None else None
        if blob is None:
            return [cleaning.clean(path, content)]
        import tempfile  # seldom needed, and Git waits while it is loaded

        kept = stack.enter_context(tempfile.SpooledTemporaryFile(_IN_MEMORY))  # noqa: SIM115
        hasher = blob.hasher()
        for part in content:
            hasher.update(part)
            kept.write(part)
        kept.seek(0)
        parts = iter(partial(kept.read, _BLOCK), b"")
        if self._index is not None and hasher.hexdigest() == blob.oid and not self._index.renormalizing(path):
            return parts
        return [cleaning.clean(path, parts)]

    @property
    def pending(self) -> bool:
        """Whether something was cleaned and is not published yet."""
        return self._cleaning is not None and self._cleaning.pending

    @property
    def full(self) -> bool:
        """Whether that is as much as should be published together."""
        return self._cleaning is not None and self._cleaning.full

    def publish(self) -> None:
        """Make what was cleaned part of the store; where that fails it is kept for the next command."""
        if self._cleaning is not None:
            try:
                self._cleaning.publish()
            except (GitDataError, OSError) as error:
                terminal.tell(f"what was just added is kept aside until it can be stored: {in_words(error)}")

    # --- out of Git ---------------------------------------------------------------------------

    def smudge(self, path: bytes, *, may_delay: bool) -> None:
        """Answer with the content that a pointer stands for; with the text itself when it cannot be had or is none."""
        self.publish()
        content = packets.read_content(self._requests)
        if path in self._ready:
            packets.drain(content)  # empty: Git has sent it before
            self._send(path, self._ready.pop(path))
            return
        head = next(content, b"")
        entry = file_entry(head) if self._opened is not None and is_pattern_file(path) else None
        if entry is None:
            self._pass(chain((head,), content))
            return
        packets.drain(content)
        if not self._takes(path):
            packets.answer(self._answers, [head])
            return
        asked = _Asked(head, entry)
        if self._smudger().here(entry):
            self._send(path, asked)
        elif may_delay:
            self._delayed[path] = asked
            packets.write_list(self._answers, [b"status=delayed"])
        else:
            self._fetch({path: asked})
            self._send(path, self._ready.pop(path))

    def _takes(self, path: bytes) -> bool:
        """Whether the work tree takes the content: of a file outside of its part it has the pointer."""
        return self._opened is None or self._opened[0].takes(path)

    def available(self) -> list[bytes]:
        """Fetch everything that was delayed; the lines that tell Git to ask for all of it again."""
        wanted, self._delayed = self._delayed, {}
        if wanted:
            self._fetch(wanted)
        return [b"pathname=" + path for path in wanted]

    def _smudger(self) -> Any:
        if self._smudging is None and self._opened is not None:
            # Loaded for smudging only: what fetches comes with it, and `git add` waits for this process.
            from gitdata.ops.following.smudge import Smudging

            self._smudging = Smudging(*self._opened, terminal.progress())
        return self._smudging

    def _fetch(self, wanted: dict[bytes, "_Asked"]) -> None:
        served = self._smudger().fetch({path: asked.entry for path, asked in wanted.items()})
        for path, asked in wanted.items():
            self._ready[path] = asked if path in served else _Asked(asked.text, None)

    def _send(self, path: bytes, asked: "_Asked") -> None:
        if asked.entry is None:
            packets.answer(self._answers, [asked.text])
            return
        with terminal.progress().step(f"writing {os.fsdecode(path)}", asked.entry.size) as step:
            self._send_content(path, asked.text, counted(self._smudging.content(path, asked.entry), step))

    def _send_content(self, path: bytes, text: bytes, chunks: Iterator[bytes | memoryview]) -> None:
        try:
            first = next(chunks)
        except GitDataError as error:
            self._smudging.left[path] = error
            packets.answer(self._answers, [text])
            return
        packets.write_list(self._answers, [b"status=success"])
        last: list[bytes] = []
        try:
            packets.write_content(self._answers, chain((first,), chunks))
        except GitDataError as error:
            # What was sent is taken back; Git writes the pointer.
            self._smudging.left[path] = error
            packets.write_list(self._answers, [])
            last = [b"status=error"]
        packets.write_list(self._answers, last)

    # --- both ---------------------------------------------------------------------------------

    def _pass(self, content: Iterable[bytes]) -> None:
        """Hand content back as it is; a lot of it waits in a file until Git has sent all."""
        import tempfile  # seldom needed, and Git waits while it is loaded

        with tempfile.SpooledTemporaryFile(_IN_MEMORY) as kept:
            for part in content:
                kept.write(part)
            kept.seek(0)
            packets.answer(self._answers, iter(partial(kept.read, _BLOCK), b""))

    def close(self) -> None:
        """Publish, and tell the person in one line what had to stay a pointer."""
        self.publish()
        self._tell_amounts()
        if self._smudging is not None and (advice := self._smudging.advice()):
            terminal.tell(advice)
        if self._index is not None:
            self._index.close()
        if self._opened is not None:
            self._opened[1].close()

    def _tell_amounts(self) -> None:
        from gitdata.summary import fetched_by_the_way, recorded

        if (
            self._cleaning is not None
            and self._taking_in
            and (told := recorded(self._cleaning.read, self._cleaning.seconds))
        ):
            terminal.tell(told)
        if self._smudging is not None and (told := fetched_by_the_way(self._smudging.came, self._smudging.seconds)):
            terminal.tell(told)


class _Asked(NamedTuple):
    """A pattern file that Git wants in the work tree."""

    text: bytes  # of its pointer
    entry: Entry | None  # None: the pointer is all there is

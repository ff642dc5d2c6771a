"""Rows of a text table, as the bytes they are: a table is cut into them without being parsed."""

from collections.abc import Iterable, Iterator

from gitdata.errors import NotText

ROW_LIMIT = 8 << 20  # bytes of one row; in a hostile table a quote may never close


class Cutter:
    """Cuts a stream of bytes into rows; a newline in double quotes ends none, where `quotes` count.

    Raises `NotText` for a NUL byte, and for a row of more than 8 MiB.
    """

    __slots__ = ("count", "quotes", "rest")

    def __init__(self, *, quotes: bool) -> None:
        self.quotes = quotes
        self.rest = b""  # the beginning of the row that has not ended
        self.count = 0  # rows so far

    def feed(self, part: bytes | memoryview) -> list[bytes]:
        """The rows that end in the next part, without their line ends."""
        data = self.rest + bytes(part)
        if b"\0" in data:
            raise NotText("a table has NUL bytes in it")
        lines = data.split(b"\n")
        self.rest = lines.pop()
        self._check()
        rows = self._joined(lines) if self.quotes and any(b'"' in line for line in lines) else lines
        self.count += len(rows)
        return [row.removesuffix(b"\r") for row in rows]

    def _joined(self, lines: list[bytes]) -> list[bytes]:
        rows: list[bytes] = []
        open_row: list[bytes] = []
        odd = 0  # whether a quote is open
        for line in lines:
            open_row.append(line)
            odd ^= line.count(b'"') % 2
            if not odd:
                rows.append(b"\n".join(open_row))
                open_row = []
        if open_row:  # it goes on in the next part
            self.rest = b"\n".join([*open_row, self.rest])
            self._check()
        return rows

    def skip(self, part: bytes | memoryview) -> None:
        """The same for a part whose rows nobody wants."""
        if self.quotes and (b'"' in self.rest or b'"' in bytes(part)):
            self.feed(part)
            return
        data = bytes(part)
        end = data.rfind(b"\n")
        if end < 0:
            self.rest += data
        else:
            self.count += data.count(b"\n")
            self.rest = data[end + 1 :]
        self._check()

    def _check(self) -> None:
        if len(self.rest) > ROW_LIMIT:
            raise NotText(f"a row has more than {ROW_LIMIT >> 20} MiB")

    def end(self) -> list[bytes]:
        """What is left at the end: a row without a newline."""
        last, self.rest = self.rest, b""
        if not last:
            return []
        self.count += 1
        return [last.removesuffix(b"\r")]


class Run:
    """A part of two files: bytes that are the same in both, or those of each."""

    __slots__ = ("after", "before", "same")

    def __init__(
        self,
        before: Iterable[bytes | memoryview],
        after: Iterable[bytes | memoryview] = (),
        *,
        same: bool = False,
    ) -> None:
        self.before, self.after, self.same = before, after, same


def rows_of(parts: Iterable[bytes | memoryview], *, quotes: bool) -> Iterator[bytes]:
    """All rows of a table."""
    cutter = Cutter(quotes=quotes)
    for part in parts:
        yield from cutter.feed(part)
    yield from cutter.end()

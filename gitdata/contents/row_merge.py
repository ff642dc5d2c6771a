"""Tables merged row by row: three versions of a CSV, TSV or JSON-lines file into one, where lines could not be.

With a key, rows of one key are one row: cells that one side changed take that side. Without one, a row is what is
written in it, so a changed row is one that went and one that came. What is not sure is in conflict (`CannotMerge`).
"""

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from gitdata.contents.key_merge import merge_values
from gitdata.contents.ordered import CannotMerge, merged_order

_QUOTE = b'"'
DELIMITERS: Mapping[bytes, bytes] = {b"csv": b",", b"tsv": b"\t", b"jsonl": b"", b"ndjson": b""}
"""By the ending of a file's name in lower case; JSON lines have none."""

Row = bytes
"""A row as it is written, without the end of its line."""
Key = tuple[bytes, ...]


class _Table(NamedTuple):
    """A version of a table."""

    head: Row | None  # None: JSON lines
    rows: list[Row]
    end: bytes  # of each line


def merge_table(base: bytes, ours: bytes, theirs: bytes, ending: bytes, key: Sequence[bytes] = ()) -> bytes:
    """Merge tables whose name has this `ending`; `key` names columns. Raises `CannotMerge`."""
    delimiter = DELIMITERS[ending]
    tables = [_read(text, delimiter) for text in (base, ours, theirs)]
    ends = {table.end for table in tables if table.end}
    if len(ends) > 1:
        raise CannotMerge("lines end in different ways")
    if not key:
        if len({table.head for table in tables}) > 1:
            raise CannotMerge("columns differ, and no key is known")
        head, rows = tables[1].head, _by_identity(*(table.rows for table in tables))
    elif delimiter:
        head, rows = _by_cells(tables, delimiter, key)
    else:
        head, rows = None, _by_members([table.rows for table in tables], key)
    end = ends.pop() if ends else b"\n"
    text = b"".join(row + end for row in ([] if head is None else [head]) + rows)
    return text if ours.endswith(b"\n") or theirs.endswith(b"\n") else text[: -len(end)]


def _read(text: bytes, delimiter: bytes) -> _Table:
    end = b"\r\n" if b"\r\n" in text else b"\n"
    rows = list(_rows(text, end, quoted=bool(delimiter)))
    if any(not row.strip() for row in rows):
        raise CannotMerge("a line is empty")
    if not delimiter:
        return _Table(None, rows, end if rows else b"")
    if not rows:
        raise CannotMerge("there is no header")
    return _Table(rows[0], rows[1:], end)


def _rows(text: bytes, end: bytes, *, quoted: bool) -> Iterator[Row]:
    """Rows; an end of a line between quotes belongs to a cell."""
    parts = text.split(end)
    if not parts[-1]:
        parts.pop()
    row: list[bytes] = []
    quotes = 0
    for part in parts:
        row.append(part)
        quotes += part.count(_QUOTE) if quoted else 0
        if quotes % 2 == 0:
            yield end.join(row)
            row, quotes = [], 0
    if row:
        raise CannotMerge("a quote is open")


def _by_identity(base: list[Row], ours: list[Row], theirs: list[Row]) -> list[Row]:
    counts = [Counter(rows) for rows in (base, ours, theirs)]
    for row in counts[0].keys() | counts[1].keys() | counts[2].keys():
        numbers = [count[row] for count in counts]
        if max(numbers) > 1 and len(set(numbers)) > 1:
            raise CannotMerge("rows that are there more than once changed in number")
    if max(counts[0].values(), default=0) > 1:
        # Equal rows are told apart by which of them it is.
        numbered = [_numbered(rows) for rows in (base, ours, theirs)]
    else:
        numbered = [[(row, 0) for row in rows] for rows in (base, ours, theirs)]
    was, mine, other = map(set, numbered)
    if (was - mine) & (was - other) and mine - was != other - was:
        raise CannotMerge("both sides changed one row, or it is not sure that they did not")
    gone = (was - mine) | (was - other)
    return [row for row, number in merged_order(*numbered) if (row, number) not in gone]


def _numbered(rows: list[Row]) -> list[tuple[Row, int]]:
    seen: Counter[Row] = Counter()
    found = []
    for row in rows:
        found.append((row, seen[row]))
        seen[row] += 1
    return found


def _by_cells(tables: Sequence[_Table], delimiter: bytes, key: Sequence[bytes]) -> tuple[Row, list[Row]]:
    columns = [_cells(table.head or b"", delimiter) for table in tables]
    for names in columns:
        if len(set(names)) != len(names) or not set(key) <= {_plain(name) for name in names}:
            raise CannotMerge("the columns of the key are not there, or one is there twice")
    gone = {name for name in columns[0] if name not in columns[1] or name not in columns[2]}
    merged = [name for name in merged_order(*columns) if name not in gone]
    sides = [_keyed(table.rows, names, delimiter, key) for table, names in zip(tables, columns, strict=True)]
    rows = []
    for found in _three_ways(sides):
        _refuse_lost(gone, found)
        cells = [_cell(name, found, columns) for name in merged]
        rows.append(delimiter.join(cells))
    return delimiter.join(merged), rows


def _keyed(
    rows: list[Row], names: Sequence[bytes], delimiter: bytes, key: Sequence[bytes]
) -> dict[Key, dict[bytes, bytes]]:
    found: dict[Key, dict[bytes, bytes]] = {}
    wanted = [next(name for name in names if _plain(name) == part) for part in key]
    for row in rows:
        cells = _cells(row, delimiter)
        if len(cells) != len(names):
            raise CannotMerge("a row has another number of cells than the header")
        by_name = dict(zip(names, cells, strict=True))
        name = tuple(_plain(by_name[column]) for column in wanted)
        if name in found:
            raise CannotMerge("a key is there twice")
        found[name] = by_name
    return found


Sides = tuple[Mapping[bytes, bytes] | None, Mapping[bytes, bytes] | None, Mapping[bytes, bytes] | None]


def _three_ways(sides: Sequence[dict[Key, dict[bytes, bytes]]]) -> Iterator[Sides]:
    """The rows that stay, in their three versions."""
    for key in merged_order(*(list(side) for side in sides)):
        was, mine, other = (side.get(key) for side in sides)
        if was is not None and (mine is None or other is None):
            if (mine or other or was) != was:
                raise CannotMerge("one side changed a row that the other took away")
            continue
        yield was, mine, other


def _refuse_lost(gone: AbstractSet[bytes], found: Sides) -> None:
    """Columns that one side took away go only with cells that the other side had not touched."""
    was, *sides = found
    for side in sides:
        for name in gone:
            if side is not None and name in side and (was is None or was.get(name) != side[name]):
                raise CannotMerge("one side took a column away, the other changed a cell in it")


def _cell(name: bytes, found: Sides, columns: Sequence[Sequence[bytes]]) -> bytes:
    """A cell of the merged row; a row that one side added is as that side has it."""
    was, mine, other = (None if row is None else row.get(name) for row in found)
    if found[0] is None and (found[1] is None or found[2] is None):
        only = mine if found[1] is not None else other
        if only is None:
            raise CannotMerge("one side added a column, the other a row without it")
        return only
    if name not in columns[1] or name not in columns[2]:  # one side added the column
        return (other if mine is None else mine) or b""
    if other in (mine, was):
        return mine or b""
    if mine == was:
        return other or b""
    raise CannotMerge("both sides changed one cell")


def _cells(row: Row, delimiter: bytes) -> list[bytes]:
    """Cells as they are written, quotes and all."""
    parts = row.split(delimiter)
    if _QUOTE not in row:
        return parts
    cells: list[bytes] = []
    open_cell: list[bytes] = []
    quotes = 0
    for part in parts:
        open_cell.append(part)
        quotes += part.count(_QUOTE)
        if quotes % 2 == 0:
            cells.append(delimiter.join(open_cell))
            open_cell = []
    if open_cell:
        raise CannotMerge("a quote is open")
    return cells


def _plain(cell: bytes) -> bytes:
    """What is in a cell."""
    if len(cell) > 1 and cell.startswith(_QUOTE) and cell.endswith(_QUOTE):
        return cell[1:-1].replace(_QUOTE * 2, _QUOTE)
    return cell


def _by_members(sides: Sequence[list[Row]], key: Sequence[bytes]) -> list[Row]:
    keyed = [_objects(rows, [part.decode(errors="replace") for part in key]) for rows in sides]
    merged = []
    for name in merged_order(*(list(side) for side in keyed)):
        was, mine, other = (side.get(name) for side in keyed)
        if other in (mine, was):
            merged += [] if mine is None else [mine]
        elif mine == was:
            merged += [] if other is None else [other]
        elif mine is None or other is None:
            raise CannotMerge("one side changed a row that the other took away")
        else:
            before, value, changed = (_object(row) if row is not None else {} for row in (was, mine, other))
            merged.append(_written(merge_values(before, value, changed), mine, value))
    return merged


def _objects(rows: list[Row], key: list[str]) -> dict[Key, Row]:
    found: dict[Key, Row] = {}
    for row in rows:
        value = _object(row)
        if not set(key) <= value.keys():
            raise CannotMerge("a row lacks the key")
        name = tuple(json.dumps(value[part], sort_keys=True).encode() for part in key)
        if name in found:
            raise CannotMerge("a key is there twice")
        found[name] = row
    return found


def _object(row: Row) -> dict[str, object]:
    try:
        value = json.loads(row)
    except (ValueError, RecursionError) as error:
        raise CannotMerge(str(error)) from error
    if not isinstance(value, dict):
        raise CannotMerge("a row is no object")
    return value


def _written(value: object, like: Row, its_value: object) -> Row:
    """A row written as `like` is; raises `CannotMerge` where that one is written in no usual way."""
    for escaped in (False, True):
        for separators in ((", ", ": "), (",", ":")):
            if json.dumps(its_value, ensure_ascii=escaped, separators=separators).encode() == like:
                return json.dumps(value, ensure_ascii=escaped, separators=separators).encode()
    raise CannotMerge("it would be written in another form")

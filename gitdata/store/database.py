"""The database file of the catalog: how it is opened, made, locked, and what its errors mean."""

import contextlib
import os
import sqlite3
import struct
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from itertools import islice
from pathlib import Path
from typing import TypeVar
from urllib.parse import quote_from_bytes

from gitdata.errors import GitDataError, Locked, OutOfSpace
from gitdata.formats.pack import frames_in, recipes_in
from gitdata.ids import ID_SIZE, ChunkId, PackId

Item = TypeVar("Item")
Known = tuple[PackId, int, bytes]
"""A pack, its size in bytes, and its table as it is encoded."""
Going = Mapping[PackId, Sequence[ChunkId] | None]
"""Packs, and what is in them; None where that is not known."""

VERSION = 1
_BUSY_S = 60
_SORTED = 200_000  # chunks that are inserted in the order of their ids
_ROW = struct.Struct(">III")  # offset, stored and raw length
_SCAN = 50_000  # chunks from which on all are gone through
_SHARED = 64 << 10  # bytes of disk without which SQLite does not even read
_SCHEMA = """
CREATE TABLE packs (n INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE, size INTEGER NOT NULL);
CREATE TABLE chunks (id BLOB PRIMARY KEY, pack INTEGER NOT NULL, offset INTEGER NOT NULL,
                     stored INTEGER NOT NULL, raw INTEGER NOT NULL) WITHOUT ROWID;
CREATE TABLE recipes (id BLOB PRIMARY KEY, size INTEGER NOT NULL, chunks BLOB NOT NULL) WITHOUT ROWID;
CREATE TABLE marks (remote TEXT NOT NULL, root BLOB NOT NULL, at REAL NOT NULL,
                    PRIMARY KEY (remote, root)) WITHOUT ROWID;
"""


def opened(path: Path, how: str) -> sqlite3.Connection:
    """Open the database at `path`; `how` is what its address says of that."""
    # As an address: only there one says how. Slashes and all, so that any path is one.
    address = f"file:{quote_from_bytes(os.fsencode(path))}?{how}"
    return sqlite3.connect(address, uri=True, timeout=_BUSY_S, isolation_level=None, check_same_thread=False)


def keep_journal(connection: sqlite3.Connection) -> None:
    """Keep a plain journal, also where an earlier version has made a log that is written ahead."""
    if connection.execute("PRAGMA journal_mode").fetchone()[0] == "wal":
        # A version before has made it, and one may be using it just now: then it stays so for this time.
        connection.execute("PRAGMA busy_timeout=0")
    with contextlib.suppress(sqlite3.OperationalError):
        connection.execute("PRAGMA journal_mode=TRUNCATE")
    connection.execute(f"PRAGMA busy_timeout={_BUSY_S * 1000}")


def in_memory() -> sqlite3.Connection:
    """A database that is nowhere but in memory."""
    connection = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    make_tables(connection)
    return connection


def moved_to_memory(connection: sqlite3.Connection) -> sqlite3.Connection:
    """A copy of a database, which is closed."""
    copy = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
    connection.backup(copy)
    connection.close()
    return copy


def read_only(path: Path) -> sqlite3.Connection:
    """A connection to read with; where nothing can be read as it is, an empty database in memory."""
    connection = None
    try:
        connection = opened(path, "mode=ro")
        if connection.execute("PRAGMA user_version").fetchone()[0] == VERSION:
            connection.execute("SELECT count(*) FROM packs").fetchone()
            return connection
    except (sqlite3.DatabaseError, UnicodeDecodeError):
        pass  # not there, damaged, or in the middle of something that only a writer can end
    if connection is not None:
        connection.close()
    return in_memory()


def make_tables(connection: sqlite3.Connection) -> None:
    """Make the tables of an empty database."""
    for statement in _SCHEMA.split(";"):
        connection.execute(statement)
    connection.execute(f"PRAGMA user_version={VERSION}")


def columns(names: str) -> str:
    """What to ask for, so that values are of their kinds whatever the file says: where they lead is checked then."""
    found = []
    for name in names.split(", "):
        kind, nothing = ("BLOB", "x''") if name in ("id", "chunks") else ("INTEGER", "0")
        found.append(f"ifnull(CAST({name} AS {kind}), {nothing})")
    return ", ".join(found)


def insert(connection: sqlite3.Connection, packs: Iterable[tuple[PackId, int, bytes]]) -> None:
    """Add packs (id, bytes, encoded table); a chunk that is known keeps its place."""
    for pack, size, table in packs:
        connection.execute("INSERT OR IGNORE INTO packs (id, size) VALUES (?, ?)", (pack, size))
        number = connection.execute("SELECT n FROM packs WHERE id = ?", (pack,)).fetchone()[0]
        # In key order the tree is filled from left to right. Sorted as bytes: as tuples many take much memory.
        for rows in batches((chunk + _ROW.pack(*where) for chunk, *where in frames_in(table)), _SORTED):
            connection.executemany(
                "INSERT OR IGNORE INTO chunks VALUES (?, ?, ?, ?, ?)",
                ((row[:ID_SIZE], number, *_ROW.unpack_from(row, ID_SIZE)) for row in sorted(rows)),
            )
        connection.executemany(
            "INSERT OR IGNORE INTO recipes VALUES (?, ?, ?)",
            ((recipe.blob, recipe.size, b"".join(recipe.chunks)) for recipe in recipes_in(table)),
        )


def exchange(
    connection: sqlite3.Connection,
    gone: Mapping[PackId, Sequence[ChunkId] | None],
    packs: Iterable[tuple[PackId, int, bytes]],
    recipes: Iterable[bytes] = (),
) -> None:
    """Forget packs and some recipes, and add other packs again, which may have what was known of those.

    Of the packs that go their chunks are given, where they are known: few of them are found faster by their ids.
    """
    numbers: dict[int, Sequence[ChunkId] | None] = {}
    for pack, chunks in gone.items():
        numbers.update((row[0], chunks) for row in connection.execute("SELECT n FROM packs WHERE id = ?", (pack,)))
    if sum(_SCAN if chunks is None else len(chunks) for chunks in numbers.values()) < _SCAN:
        rows = ((chunk, number) for number, chunks in numbers.items() for chunk in chunks or ())
        connection.executemany("DELETE FROM chunks WHERE id = ? AND pack = ?", rows)
    else:
        connection.execute("CREATE TEMP TABLE IF NOT EXISTS gone (n INTEGER PRIMARY KEY)")
        connection.executemany("INSERT INTO gone VALUES (?)", ((number,) for number in numbers))
        connection.execute("DELETE FROM chunks WHERE pack IN (SELECT n FROM gone)")
        connection.execute("DELETE FROM gone")
    connection.executemany("DELETE FROM packs WHERE n = ?", ((number,) for number in numbers))
    connection.executemany("DELETE FROM recipes WHERE id = ?", ((blob,) for blob in recipes))
    insert(connection, packs)


def is_busy(error: Exception) -> bool:
    """Whether another process is using the database."""
    return "locked" in str(error)


class CatalogDamaged(GitDataError):
    """The database is damaged."""


def explained(error: sqlite3.DatabaseError | UnicodeDecodeError, path: Path) -> GitDataError:
    """An error of SQLite as one line for a person; one that names what is damaged may be no text at all."""
    if is_busy(error):
        return Locked(f"{path} is in use by another process")
    if "full" in str(error):
        return OutOfSpace(f"cannot write {path}: {error}")
    return CatalogDamaged(
        f"{path}: {error}", "it is only a cache, and made anew from the packs by `git data fsck --repair`"
    )


@contextlib.contextmanager
def transaction(connection: sqlite3.Connection, path: Path) -> Iterator[sqlite3.Connection]:
    """All of the block or nothing of it."""
    with room(path):
        connection.execute("BEGIN IMMEDIATE")
        try:
            yield connection
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:  # of some failures SQLite has done it itself
                connection.execute("ROLLBACK")
            raise


@contextlib.contextmanager
def room(path: Path) -> Iterator[None]:
    """A full disk is no damage. Where it leaves no room for the memory that is shared, it is called an I/O error."""
    try:
        yield
    except sqlite3.OperationalError as error:
        status = os.statvfs(path.parent)
        if "disk is full" in str(error) or status.f_bavail * status.f_frsize < _SHARED:
            raise OutOfSpace(f"cannot write {path}: no space left on device") from error
        raise


def as_set(ids: Iterable[bytes]) -> Collection[bytes]:
    """The same ids, each once, in which to look for one."""
    return ids if isinstance(ids, (AbstractSet, Mapping)) else set(ids)


def batches(items: Iterable[Item], size: int) -> Iterator[Sequence[Item]]:
    """`items` in lists of at most `size`."""
    iterator = iter(items)
    while batch := list(islice(iterator, size)):
        yield batch

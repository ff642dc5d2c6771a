"""The catalog: a SQLite database that finds chunks and recipes in the local packs.

A cache: it is rebuilt from the packs whenever it is missing, damaged or behind. Where it may not be written and is
of no use as it is, it is rebuilt in memory. Its journal is a file of its own, which works everywhere: a log that is
written ahead needs memory that processes share, which network file systems do not have, and is no faster (measured).
"""

import contextlib
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TypeVar

from gitdata import durable, locking
from gitdata.errors import Locked
from gitdata.formats.pack import Location, Recipe, split_ids
from gitdata.ids import ID_SIZE, BlobId, ChunkId, PackId, RootId
from gitdata.store.database import (
    VERSION,
    CatalogDamaged,
    Going,
    Known,
    as_set,
    batches,
    columns,
    exchange,
    explained,
    in_memory,
    insert,
    is_busy,
    keep_journal,
    make_tables,
    moved_to_memory,
    opened,
    read_only,
    room,
    transaction,
)

_BATCH = 500  # ids in one query
_MANY = 10_000  # ids
_PAGE = 10_000  # rows in memory at a time
_LAID_OUT = 250_000  # chunks
Item = TypeVar("Item")


class Catalog:
    """An open catalog; its methods may be called from any thread."""

    def __init__(self, path: Path, *, writable: bool = True) -> None:
        self.path = path
        self.writable = writable
        self._lock = threading.RLock()
        self._names: dict[int, PackId] = {}
        self.on_damage: Callable[[], None] | None = None  # makes it anew
        self._turn: Path | None = None  # of those who use the database, where SQLite cannot lock it
        if not writable:
            self._connection = read_only(path)
            return
        if not locking.locks_bytes(path.with_name("probe")):
            self._turn = path.with_name("catalog.turn")
        with self._alone():
            try:
                with room(path):
                    self._connection = self._connect()
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                if is_busy(error):
                    raise Locked(f"{path} is in use by another process") from error
                self._remove()
                self._connection = self._connect()

    def _connect(self) -> sqlite3.Connection:
        with contextlib.suppress(FileExistsError):  # so that others who share the store may use it
            durable.open_new(self.path).close()
        connection = opened(self.path, "vfs=unix-none" if self._turn else "mode=rwc")
        try:
            connection.execute("PRAGMA synchronous=NORMAL")
            found = connection.execute("PRAGMA user_version").fetchone()[0]
            if found not in (0, VERSION):
                raise sqlite3.DatabaseError("a catalog of another version")
            keep_journal(connection)
            if found == 0:
                with transaction(connection, self.path):
                    # Another process may have made the tables while this one waited.
                    if connection.execute("PRAGMA user_version").fetchone()[0] == 0:
                        make_tables(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def go_on_in_memory(self) -> None:
        """Let what is added from now on be added to a copy."""
        with self._lock:
            self._connection = moved_to_memory(self._connection)

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One thread at a time uses the connection; one process at a time where SQLite itself cannot see to it."""
        with self._lock, contextlib.ExitStack() as stack:
            if self._turn is not None:
                stack.enter_context(durable.lock(self._turn))
            try:
                yield
            except (sqlite3.IntegrityError, sqlite3.ProgrammingError):
                raise  # a fault of ours
            except (sqlite3.DatabaseError, UnicodeDecodeError) as error:
                raise explained(error, self.path) from error

    def _remove(self) -> None:
        for suffix in ("", "-wal", "-shm", "-journal"):
            self.path.with_name(self.path.name + suffix).unlink(missing_ok=True)

    def reset(self) -> None:
        """Start again with an empty catalog."""
        with self._alone():
            self._connection.close()
            self._names = {}
            if self.writable:
                self._remove()
            self._connection = self._connect() if self.writable else in_memory()

    def close(self) -> None:
        """Close the database."""
        with self._lock:
            self._connection.close()

    def packs(self) -> dict[PackId, int]:
        """The packs that are catalogued, in the order in which they came, with their sizes in bytes."""
        query = f"SELECT {columns('id, size')} FROM packs ORDER BY n"  # noqa: S608 - ours
        return {PackId(row[0]): row[1] for row in self._query(query)}

    def add(self, packs: Mapping[PackId, int], table: Callable[[PackId], bytes]) -> None:
        """Catalog packs (and their bytes; `table` encodes one) in one transaction; a known chunk keeps its place."""

        def work() -> None:
            with transaction(self._connection, self.path) as connection:
                insert(connection, ((pack, size, table(pack)) for pack, size in packs.items()))

        self._mended(work)

    def replace(self, gone: Going, packs: Iterable[Known], recipes: Iterable[BlobId] = ()) -> None:
        """Forget packs and `recipes`, and catalog others again, which may have what was known of those; all or none."""
        packs, recipes = list(packs), list(recipes)

        def work() -> None:
            with transaction(self._connection, self.path) as connection:
                self._names = {}  # a number may be given again
                exchange(connection, gone, packs, recipes)

        self._mended(work)

    def is_whole(self) -> bool:
        """Whether the database is what SQLite has made of it; reads all of it."""
        return self._query("PRAGMA integrity_check(1)") == [("ok",)]

    def forget_numbers(self) -> None:
        """Another process may have replaced packs."""
        with self._lock:
            self._names = {}

    def in_pack(self, pack: PackId) -> dict[ChunkId, Location]:
        """The chunks that are known to be in a pack."""
        read = columns("id, offset, stored, raw")
        query = f"SELECT {read} FROM chunks WHERE pack IN (SELECT n FROM packs WHERE id = ?)"  # noqa: S608 - ours
        return {ChunkId(row[0]): Location(pack, *row[1:]) for row in self._query(query, pack)}

    def all_recipes(self) -> list[Recipe]:
        """Every recipe that is known."""
        rows = self._query(f"SELECT {columns('id, size, chunks')} FROM recipes")  # noqa: S608 - ours
        return [Recipe(BlobId(blob), size, tuple(split_ids(ids, 0, len(ids) // ID_SIZE))) for blob, size, ids in rows]

    def locate(self, chunks: Iterable[ChunkId]) -> dict[ChunkId, Location]:
        """Where the known ones of `chunks` lie."""
        wanted = list(chunks)
        return self._again(lambda: self._located(wanted, sure=False))

    def _located(self, chunks: Sequence[ChunkId], *, sure: bool) -> dict[ChunkId, Location]:
        found, names, moved = {}, self._names, []
        for chunk, number, offset, stored, raw in self._select("id, pack, offset, stored, raw", "chunks", chunks):
            pack = names.get(number) or self._name(number)
            if pack is None:
                moved.append(ChunkId(chunk))
            else:
                found[ChunkId(chunk)] = Location(pack, offset, stored, raw)
        if moved and sure:
            raise CatalogDamaged(f"{self.path}: a chunk lies in a pack that is not known")
        return found | self._located(moved, sure=True) if moved else found  # moved by another process

    def _name(self, number: int) -> PackId | None:
        """The pack of that number, kept, so that many locations have one id; None: replaced by another process."""
        for row in self._query("SELECT id FROM packs WHERE n = ?", number):
            self._names[number] = PackId(row[0])
        return self._names.get(number)

    def empty(self) -> bool:
        """Whether no chunk is known."""
        return not self._query("SELECT 1 FROM chunks LIMIT 1")

    def most(self, count: int, table: str = "chunks") -> bool:
        """Whether `count` chunks (or rows of another table) are many, and half of all that are known."""
        return count > _MANY and 2 * count > self._query(f"SELECT count(*) FROM {table}")[0][0]  # noqa: S608 - ours

    def known_chunks(self, chunks: Iterable[ChunkId]) -> set[ChunkId]:
        """Those of `chunks` that are in some pack."""
        return {ChunkId(row[0]) for row in self._select("id", "chunks", chunks)}

    def lengths(self, chunks: Iterable[ChunkId]) -> dict[ChunkId, int]:
        """The bytes of the known ones of `chunks`."""
        return {ChunkId(row[0]): row[1] for row in self._select("id, raw", "chunks", chunks)}

    def sizes(self, blobs: Iterable[BlobId]) -> dict[BlobId, int]:
        """The bytes of those of `blobs` all of whose chunks are known: what these come to."""
        wanted = set(blobs)
        found = {BlobId(chunk): length for chunk, length in self.lengths(map(ChunkId, wanted)).items()}
        recipes = self.recipes(wanted - found.keys())
        lengths = self.lengths({chunk for recipe in recipes.values() for chunk in recipe})
        whole = {blob: recipe for blob, recipe in recipes.items() if lengths.keys() >= set(recipe)}
        return found | {blob: sum(map(lengths.__getitem__, recipe)) for blob, recipe in whole.items()}

    def layout(self, blob: BlobId) -> tuple[tuple[ChunkId, ...], list[int]] | None:
        """The chunks of a blob, one after the other, and the bytes of each.

        None when it has no recipe, when not all of it is known, and when it has so many (more than about
        16 GiB) that to know where each lies would take too much memory.
        """
        chunks = self.recipes([blob]).get(blob, ())
        if not 0 < len(chunks) <= _LAID_OUT:
            return None
        raw = self.lengths(chunks)
        return (chunks, [raw[chunk] for chunk in chunks]) if raw.keys() >= set(chunks) else None

    def recipes(self, blobs: Iterable[BlobId]) -> dict[BlobId, tuple[ChunkId, ...]]:
        """The recipes of those blobs that have one."""
        rows = self._select("id, chunks", "recipes", blobs)
        return {BlobId(blob): tuple(split_ids(ids, 0, len(ids) // ID_SIZE)) for blob, ids in rows}

    def forget_recipe(self, blob: BlobId) -> None:
        """Drop a recipe that proved wrong."""
        if self.writable:
            self._query("DELETE FROM recipes WHERE id = ?", blob)

    def mark(self, remote: str, roots: Iterable[RootId]) -> None:
        """Remember that `remote` had these roots just now."""
        if not self.writable:
            return
        rows = [(remote, root, time.time()) for root in roots]

        def work() -> None:
            with transaction(self._connection, self.path) as connection:
                connection.executemany("REPLACE INTO marks VALUES (?, ?, ?)", rows)

        self._mended(work)

    def marked(self, remote: str, max_age_s: float) -> set[RootId]:
        """The roots marked for `remote` within the last `max_age_s` seconds."""
        rows = self._query("SELECT root FROM marks WHERE remote = ? AND at > ?", remote, time.time() - max_age_s)
        return {RootId(row[0]) for row in rows}

    def _query(self, query: str, *values: object) -> list[tuple]:  # type: ignore[type-arg]
        return self._mended(lambda: self._connection.execute(query, values).fetchall())

    def _mended(self, work: Callable[[], Item]) -> Item:
        def alone() -> Item:
            with self._alone():
                return work()

        return self._again(alone)

    def _again(self, work: Callable[[], Item]) -> Item:
        """Do `work`; when the database proves to be damaged it is made anew, once, and it is done again."""
        try:
            return work()
        except CatalogDamaged:
            rebuild, self.on_damage = self.on_damage, None
            if rebuild is None:
                raise
        try:
            rebuild()
            return work()
        finally:
            self.on_damage = rebuild

    def _select(self, names: str, table: str, ids: Iterable[bytes]) -> Iterator[tuple]:  # type: ignore[type-arg]
        """The rows of `ids`; of each the first column is its id."""
        if table == "chunks" and self.empty():
            return  # of many ids not even a set is made
        query, wanted = f"SELECT {columns(names)} FROM {table} WHERE id ", as_set(ids)  # noqa: S608 - names of ours
        # To go through a table costs less than to look for half of what it has.
        if self.most(len(wanted), table):
            last = b""
            while rows := self._query(f"{query}> ? ORDER BY id LIMIT {_PAGE}", last):
                yield from (row for row in rows if row[0] in wanted)
                last = rows[-1][0]
            return
        for batch in batches(wanted, _BATCH):
            yield from self._query(f"{query}IN ({','.join('?' * len(batch))})", *batch)

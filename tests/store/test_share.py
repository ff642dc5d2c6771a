"""Many small files: a second process reads and packs its share, and nobody can tell afterwards."""

import os
import random
import sys
from pathlib import Path

import pytest
from blake3 import blake3

from gitdata.descent import Descent
from gitdata.errors import Unreadable
from gitdata.ids import BlobId
from gitdata.store import new_packs, share
from gitdata.store.share import Share
from gitdata.store.sources import WorkFile
from gitdata.store.store import Store

FILES = 900


@pytest.fixture(autouse=True)
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Share]:
    """Another process for little already; those that were begun."""
    found: list[Share] = []
    real = Share.__init__

    def init(self: Share, *arguments: object, **options: object) -> None:
        real(self, *arguments, **options)  # type: ignore[arg-type]
        found.append(self)

    monkeypatch.setattr(Share, "__init__", init)
    monkeypatch.setattr(share, "WORTH", 1 << 20)
    monkeypatch.setattr(share, "_processors", lambda: 2)
    return found


def contents(seed: int = 1) -> list[bytes]:
    numbers = random.Random(seed)
    texts = [b"%d;" % n * numbers.randrange(60_000) for n in range(FILES // 3)]
    return [*texts, *(numbers.randbytes(numbers.randrange(40_000)) for _ in range(2 * FILES // 3))]


def written(directory: Path, data: list[bytes]) -> list[WorkFile]:
    directory.mkdir()
    found, down = [], Descent(os.fsencode(directory))
    for number, content in enumerate(data):
        path = directory / f"{number:04}"
        path.write_bytes(content)
        found.append(WorkFile(down, path.name.encode(), path.name.encode(), len(content)))
    return found


def ids(data: list[bytes]) -> list[bytes]:
    return [blake3(content).digest() for content in data]


def store_all(directory: Path, sources: list[WorkFile]) -> list[bytes]:
    with Store.open(directory, fsync=False) as store, store.ingest() as ingest:
        return [item.blob for item in ingest.add_files(sources)]


def check(directory: Path, data: list[bytes]) -> None:
    with Store.open(directory) as store:
        for content in data:
            assert store.read(blake3(content).digest(), len(content)) == content
        assert store.fsck() == []
    assert list((directory / "tmp").iterdir()) == []


def test_all_is_stored_in_order(tmp_path: Path, begun: list[Share]) -> None:
    data = contents()
    assert store_all(tmp_path / "store", written(tmp_path / "files", data)) == ids(data)
    assert [other._process.returncode for other in begun] == [0]
    assert 0.1 < sum(map(len, begun[0].groups)) / FILES < 0.9
    check(tmp_path / "store", data)


def test_the_stat_data_is_that_of_the_files(tmp_path: Path, begun: list[Share]) -> None:
    sources = written(tmp_path / "files", contents())
    with Store.open(tmp_path / "store") as store, store.ingest() as ingest:
        for item in ingest.add_files(sources):
            found = (tmp_path / "files" / os.fsdecode(item.source.where)).stat()
            assert (item.seen.ino, item.seen.size, item.seen.mtime_ns) == (
                found.st_ino,
                found.st_size,
                found.st_mtime_ns,
            )
            assert item.size == found.st_size
    assert begun


@pytest.mark.parametrize("processors", [1, 3, 64])
def test_as_many_processes_as_processors(
    tmp_path: Path, begun: list[Share], monkeypatch: pytest.MonkeyPatch, processors: int
) -> None:
    monkeypatch.setattr(share, "_processors", lambda: processors)
    data = contents()
    assert store_all(tmp_path / "store", written(tmp_path / "files", data)) == ids(data)
    assert len(begun) == min(processors, 4) - 1
    check(tmp_path / "store", data)


def test_its_packs_are_kept_whole_when_they_are_large(
    tmp_path: Path, begun: list[Share], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(new_packs, "_WHOLE_FROM", 1 << 20)
    data = contents()
    store_all(tmp_path / "store", written(tmp_path / "files", data))
    with Store.open(tmp_path / "store") as store:
        assert len(store.packs()) == 2
    check(tmp_path / "store", data)


@pytest.mark.parametrize("whole_from", [1, 1 << 30])
def test_what_both_have_is_stored_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, whole_from: int) -> None:
    monkeypatch.setattr(new_packs, "_WHOLE_FROM", whole_from)
    half = contents()[FILES // 3 :]
    numbers = random.Random(9)
    twice = [*half, *numbers.sample(half, len(half))]
    store_all(tmp_path / "one", written(tmp_path / "once", half))
    store_all(tmp_path / "two", written(tmp_path / "twice", twice))
    with Store.open(tmp_path / "one") as one, Store.open(tmp_path / "two") as two:
        assert sum(two.packs().values()) < 1.01 * sum(one.packs().values())
    check(tmp_path / "two", twice)


def test_what_is_known_is_not_stored_again(tmp_path: Path, begun: list[Share]) -> None:
    sources = written(tmp_path / "files", contents())
    store_all(tmp_path / "store", sources)
    with Store.open(tmp_path / "store") as store:
        before = store.packs()
    store_all(tmp_path / "store", sources)
    with Store.open(tmp_path / "store") as store:
        assert store.packs() == before
    assert len(begun) == 2


def script(path: Path, body: str) -> str:
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize(
    "body",
    [
        "exit 1",
        "cat >/dev/null; echo nonsense; exit 3",
        '"{python}" "$@" | head -c 5000; exit 1',
        '"{python}" "$@"; kill -9 $$',
        "kill -9 $$",
    ],
)
def test_when_the_other_process_fails_its_share_is_done_here(
    tmp_path: Path, begun: list[Share], monkeypatch: pytest.MonkeyPatch, body: str
) -> None:
    data = contents()
    monkeypatch.setattr(sys, "executable", script(tmp_path / "python", body.format(python=sys.executable)))
    assert store_all(tmp_path / "store", written(tmp_path / "files", data)) == ids(data)
    assert begun
    check(tmp_path / "store", data)


def test_when_no_process_can_be_begun_all_is_done_here(
    tmp_path: Path, begun: list[Share], monkeypatch: pytest.MonkeyPatch
) -> None:
    data = contents()
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nothing"))
    assert store_all(tmp_path / "store", written(tmp_path / "files", data)) == ids(data)
    assert begun
    check(tmp_path / "store", data)


@pytest.mark.parametrize("executable", [sys.executable, "/nothing"])
def test_the_progress_counts_every_byte_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, executable: str) -> None:
    counted: list[int] = []

    class Counting:
        def advance(self, amount: int) -> None:
            counted.append(amount)

    monkeypatch.setattr(sys, "executable", executable)
    data = contents()
    sources = written(tmp_path / "files", data)
    with Store.open(tmp_path / "store", fsync=False) as store, store.ingest() as ingest:
        assert len(list(ingest.add_files(sources, Counting()))) == FILES
    assert sum(counted) == sum(map(len, data))


def test_unreadable_files_of_both_are_named(tmp_path: Path) -> None:
    sources = written(tmp_path / "files", contents())
    for number in (3, FILES - 3):
        (tmp_path / "files" / os.fsdecode(sources[number].where)).unlink()
    with pytest.raises(Unreadable, match=rf"0003 \(no such file.*0{FILES - 3} \(no such file"):
        store_all(tmp_path / "store", sources)
    with Store.open(tmp_path / "store") as store:
        readable = [data for number, data in enumerate(contents()) if number not in (3, FILES - 3)]
        names = {BlobId(blake3(data).digest()) for data in readable}
        assert store.has(names) == names, "the others need not be read again"


def test_a_stop_ends_the_other_process_too(tmp_path: Path, begun: list[Share]) -> None:
    sources = written(tmp_path / "files", contents())
    with pytest.raises(KeyboardInterrupt), Store.open(tmp_path / "store") as store, store.ingest() as ingest:
        next(iter(ingest.add_files(sources)))
        raise KeyboardInterrupt
    assert begun[0]._process.poll() is not None
    assert list((tmp_path / "store" / "tmp").iterdir()) == []
    with Store.open(tmp_path / "store") as store:
        assert store.packs() == {}


@pytest.mark.parametrize("hidden", ["blake3.py", "marshal.py", "gitdata/__init__.py", "sitecustomize.py"])
def test_nothing_of_the_current_directory_is_run(
    tmp_path: Path, begun: list[Share], monkeypatch: pytest.MonkeyPatch, hidden: str
) -> None:
    trap = tmp_path / "work" / hidden
    trap.parent.mkdir(parents=True)
    trap.write_text(f"open({str(tmp_path / 'sprung')!r}, 'w')\n")
    monkeypatch.chdir(tmp_path / "work")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "work"))
    monkeypatch.syspath_prepend("")
    data = contents()
    assert store_all(tmp_path / "store", written(tmp_path / "files", data)) == ids(data)
    assert [other._process.returncode for other in begun] == [0]
    assert not (tmp_path / "sprung").exists()

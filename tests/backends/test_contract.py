"""One contract, every backend."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from faulty import FaultyBackend
from servers import Server

from gitdata.backends.base import Backend, NotAFile, NotStored, TooLarge, Transient
from gitdata.backends.connect import connect
from gitdata.backends.counting import CountingBackend
from gitdata.backends.directory import DirectoryBackend
from gitdata.backends.location import Destination
from gitdata.backends.memory import MemoryBackend
from gitdata.backends.probe import probe
from gitdata.backends.retrying import RetryingBackend


class BackendContract:
    """What every backend promises (gitdata/backends/base.py)."""

    @pytest.fixture
    def backend(self) -> Backend:
        raise NotImplementedError

    def test_what_was_put_is_read(self, backend: Backend) -> None:
        backend.put("packs/ab/one", b"content")
        assert backend.read("packs/ab/one") == b"content"
        assert backend.size("packs/ab/one") == 7

    def test_an_empty_file(self, backend: Backend) -> None:
        backend.put("dead/x", b"")
        assert backend.read("dead/x") == b""
        assert backend.size("dead/x") == 0
        assert list(backend.names("dead/")) == ["dead/x"]

    def test_a_local_file_is_put_and_stays(self, backend: Backend, tmp_path: Path) -> None:
        file = tmp_path / "source"
        file.write_bytes(os.urandom(3_000_000))
        backend.put("packs/file", file)
        assert backend.read("packs/file") == file.read_bytes()

    def test_ranges(self, backend: Backend) -> None:
        backend.put("a", bytes(range(100)))
        assert backend.read("a", 10, 5) == bytes(range(10, 15))
        assert backend.read("a", 95) == bytes(range(95, 100))
        assert backend.read("a", 0, 100) == bytes(range(100))
        assert backend.read("a", 99, 1) == bytes([99])

    @pytest.mark.parametrize(("start", "length"), [(90, 11), (100, 1), (500, 10)])
    def test_fewer_bytes_than_asked_for_are_an_error(self, backend: Backend, start: int, length: int) -> None:
        backend.put("a", bytes(100))
        with pytest.raises(Transient):
            backend.read("a", start, length)

    def test_what_is_larger_than_it_can_be_is_not_read(self, backend: Backend) -> None:
        backend.put("a", bytes(5000))
        assert len(backend.read("a", limit=5000)) == 5000
        assert len(backend.read("a", 10, limit=4990)) == 4990
        assert len(backend.read("a", 0, 5000, limit=10)) == 5000  # a length that is known needs no limit
        for start, limit in ((0, 4999), (0, 0), (10, 4989)):
            with pytest.raises(TooLarge, match=f"a in .* larger than the {limit:,} bytes"):
                backend.read("a", start, limit=limit)

    def test_what_is_missing(self, backend: Backend) -> None:
        backend.put("there", b"x")
        for call in (backend.read, backend.size):
            with pytest.raises(NotStored):
                call("missing/file")
        assert list(backend.names("missing/")) == []

    def test_putting_the_same_twice(self, backend: Backend) -> None:
        backend.put("a/b", b"same")
        backend.put("a/b", b"same")
        assert backend.read("a/b") == b"same"
        assert list(backend.names("")) == ["a/b"]

    def test_names_are_sorted_and_below_the_prefix(self, backend: Backend) -> None:
        for name in ("m/b", "m/a", "m/a2", "n/c", "top.json"):
            backend.put(name, b"x")
        assert list(backend.names("m/")) == ["m/a", "m/a2", "m/b"]
        assert list(backend.names("m/a")) == ["m/a", "m/a2"]
        assert list(backend.names("")) == ["m/a", "m/a2", "m/b", "n/c", "top.json"]

    def test_deleting(self, backend: Backend) -> None:
        backend.put("a", b"x")
        backend.delete("a")
        backend.delete("a")
        assert list(backend.names("")) == []
        with pytest.raises(NotStored):
            backend.read("a")

    @pytest.mark.parametrize("name", ["", "/a", "a/", "../a", "a/../b", "a b", "a\\b", "a\n"])
    def test_names_that_are_none(self, backend: Backend, name: str) -> None:
        with pytest.raises(ValueError, match="name"):
            backend.put(name, b"x")

    def test_many_threads(self, backend: Backend) -> None:
        with ThreadPoolExecutor(8) as pool:
            list(pool.map(lambda n: backend.put(f"t/{n:02}", b"%d" % n), range(24)))
            read = list(pool.map(lambda n: backend.read(f"t/{n:02}"), range(24)))
        assert read == [b"%d" % n for n in range(24)]

    def test_the_probe_finds_nothing_wrong(self, backend: Backend) -> None:
        found = probe(backend)
        assert found.usable and found.deleted
        assert list(backend.names("probe/")) == []


class TestMemory(BackendContract):
    @pytest.fixture
    def backend(self) -> Backend:
        return MemoryBackend()


class TestDirectory(BackendContract):
    @pytest.fixture
    def backend(self, tmp_path: Path) -> Backend:
        return DirectoryBackend(tmp_path / "remote")

    def test_a_symlink_is_not_followed(self, backend: Backend, tmp_path: Path) -> None:
        backend.put("a", b"x")
        secret = tmp_path / "secret"
        secret.write_text("secret")
        (tmp_path / "remote" / "b").symlink_to(secret)
        with pytest.raises(NotAFile, match="b in .*remote is a link, not a file"):
            backend.read("b")

    def test_reading_makes_no_directory(self, backend: Backend, tmp_path: Path) -> None:
        assert list(backend.names("")) == []
        assert not (tmp_path / "remote").exists()


class TestRetrying(BackendContract):
    """Every first try fails."""

    @pytest.fixture
    def backend(self) -> Backend:
        seen: set[tuple[str, str]] = set()

        def fault(_number: int, method: str, name: str) -> str | None:
            first = (method, name) not in seen
            seen.add((method, name))
            return "error" if first else None

        return RetryingBackend(FaultyBackend(MemoryBackend(), fault), sleep=lambda _s: None)


class TestCounting(BackendContract):
    @pytest.fixture
    def backend(self) -> Backend:
        return CountingBackend(MemoryBackend())


class TestS3(BackendContract):
    @pytest.fixture
    def backend(self, s3_server: Server) -> Backend:
        bucket = s3_server.make_bucket()
        return connect(Destination.of(f"s3://{bucket}/deep/path", s3_server.endpoint))

    def test_objects_lie_under_the_prefix(self, s3_server: Server) -> None:
        bucket = s3_server.make_bucket()
        backend = connect(Destination.of(f"s3://{bucket}/deep/path", s3_server.endpoint))
        backend.put("packs/x", b"12345")
        assert s3_server.keys(bucket) == {"deep/path/packs/x": 5}

    def test_keys_that_are_no_names_are_left_out(self, s3_server: Server) -> None:
        bucket = s3_server.make_bucket()
        backend = connect(Destination.of(f"s3://{bucket}/deep", s3_server.endpoint))
        backend.put("packs/x", b"1")
        for key in ("packs/a b", "packs/%0a"):
            s3_server.client().put_object(Bucket=bucket, Key=f"deep/{key}", Body=b"?")
        assert list(backend.names("packs/")) == ["packs/x"]


def test_retrying_gives_up_and_keeps_the_reason() -> None:
    pauses: list[float] = []
    always = FaultyBackend(MemoryBackend(), lambda _number, _method, _name: "error")
    with pytest.raises(Transient, match="planned"):
        RetryingBackend(always, sleep=pauses.append).read("a")
    assert len(always.calls) == 6
    assert len(pauses) == 5


def test_a_lost_answer_is_no_lost_file() -> None:
    inner = MemoryBackend()
    lost = FaultyBackend(inner, lambda number, _method, _name: "lost answer" if number == 1 else None)
    RetryingBackend(lost, sleep=lambda _s: None).put("a", b"x")
    assert inner.files == {"a": b"x"}


def test_counting_counts() -> None:
    backend = CountingBackend(MemoryBackend())
    backend.put("a", b"12345")
    backend.read("a", 1, 2)
    list(backend.names(""))
    assert backend.requests == 3
    assert (backend.counts["sent"], backend.counts["received"]) == (5, 2)

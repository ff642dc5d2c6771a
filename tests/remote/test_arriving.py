"""Packs that arrive in pieces, in any order and from several threads."""

import os
import random
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gitdata.remote.arriving import Arriving


def test_pieces_come_together_in_any_order(tmp_path: Path) -> None:
    contents = {os.urandom(32): os.urandom(size) for size in (100_000, 1, 65_536)}
    with Arriving(tmp_path / "incoming") as arriving, ThreadPoolExecutor(8) as pool:
        tasks = [
            (data[start : start + 1000], arriving.piece(pack, start, lambda part=data[start : start + 1000]: part))
            for pack, data in contents.items()
            for start in range(0, len(data), 1000)
        ]
        random.Random(3).shuffle(tasks)
        assert all(
            data == found for (data, _), found in zip(tasks, pool.map(lambda item: item[1](), tasks), strict=True)
        )
        for pack, data in contents.items():
            path = arriving.finish(pack)
            assert path.read_bytes() == data
            path.rename(tmp_path / pack.hex())
    assert not (tmp_path / "incoming").exists()
    assert all((tmp_path / pack.hex()).read_bytes() == data for pack, data in contents.items())


def test_what_was_not_taken_is_gone(tmp_path: Path) -> None:
    def broken() -> bytes:
        raise ConnectionError

    with pytest.raises(ConnectionError), Arriving(tmp_path / "incoming") as arriving:
        arriving.piece(b"1" * 32, 0, lambda: b"whole")()
        arriving.finish(b"1" * 32)
        arriving.piece(b"2" * 32, 0, lambda: b"half")()
        arriving.piece(b"2" * 32, 4, broken)()
    assert not (tmp_path / "incoming").exists()


def test_what_another_fetch_has_there_stays(tmp_path: Path) -> None:
    (tmp_path / "incoming").mkdir()
    (tmp_path / "incoming/other").touch()
    with Arriving(tmp_path / "incoming") as arriving:
        arriving.piece(b"1" * 32, 0, lambda: b"data")()
    assert os.listdir(tmp_path / "incoming") == ["other"]

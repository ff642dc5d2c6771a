"""Files so large that their chunks are larger, with the border moved down to where a test can reach it."""

import os
import random
from pathlib import Path

import pytest

from gitdata.descent import Descent
from gitdata.errors import CannotTrack
from gitdata.formats import pack, sizes
from gitdata.ids import BlobId
from gitdata.store.sources import WorkFile
from gitdata.store.store import Store

pytestmark = pytest.mark.any_git
BORDER = 12 << 20


@pytest.fixture(autouse=True)
def nearer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sizes, "HUGE_FROM", BORDER)


def stored(store: Store, file: Path, earlier: BlobId | None = None) -> BlobId:
    with store.ingest() as ingest:
        source = WorkFile(Descent(os.fsencode(file.parent)), os.fsencode(file.name), b"x", file.stat().st_size, earlier)
        (found,) = ingest.add_files([source])
    return found.blob


def lengths(store: Store, blob: BlobId) -> list[int]:
    found = store.find([blob])
    return [found.locations[chunk].raw for chunk in found.recipes[blob]]


def test_larger_chunks_from_the_border_on(tmp_path: Path) -> None:
    content = random.Random(3).randbytes(BORDER + 5_000_000)
    file = tmp_path / "file"
    with Store.open(tmp_path / "store", fsync=False) as store:
        file.write_bytes(content)
        huge = stored(store, file)
        assert max(lengths(store, huge)) > 256 << 10 and min(lengths(store, huge)[:-1]) > 256 << 10
        assert b"".join(store.stream(huge, len(content))) == content
        # Along an earlier version the cuts are the same as without.
        edited = content[:100] + b"!" + content[100:9_000_000] + content[9_000_100:]
        file.write_bytes(edited)
        along = stored(store, file, huge)
        with Store.open(tmp_path / "other", fsync=False) as other:
            assert lengths(other, stored(other, file)) == lengths(store, along)
        assert len(set(store.find([along]).recipes[along]) - set(store.find([huge]).recipes[huge])) <= 4
        # One that shrinks is cut as every small one.
        file.write_bytes(content[:5_000_000])
        small = stored(store, file, along)
        assert max(lengths(store, small)) <= 256 << 10
        assert b"".join(store.stream(small)) == content[:5_000_000]
        file.write_bytes(content)
        assert stored(store, file, small) == huge
    with Store.open(tmp_path / "store") as store:
        assert store.fsck() == []


def test_what_fits_into_no_recipe_is_refused_in_a_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pack, "MAX_RECIPE", 3)
    file = tmp_path / "file"
    file.write_bytes(bytes(20 << 20))
    with Store.open(tmp_path / "store", fsync=False) as store, pytest.raises(CannotTrack, match="too large"):
        stored(store, file)

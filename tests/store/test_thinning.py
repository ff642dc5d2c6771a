"""Packs are taken out while others read: by them everything is found where it is then."""

import os
from pathlib import Path

from gitdata.ids import BlobId, ChunkId
from gitdata.store.store import Store
from gitdata.store.thinning import Needs, rewrite, survey, thin_out


def filled(directory: Path, *contents: bytes) -> list[BlobId]:
    """A store with a pack for each content."""
    found = []
    for content in contents:
        with Store.open(directory, fsync=False) as store, store.ingest() as ingest:
            found.append(ingest.add(content))
    return found


def test_readers_find_what_was_moved(tmp_path: Path) -> None:
    contents = [os.urandom(1000) for _ in range(4)]
    blobs = filled(tmp_path / "store", *contents)
    with Store.open(tmp_path / "store") as reader, Store.open(tmp_path / "store") as warm:
        found = reader.batch(blobs)  # looked up, with the packs not opened yet
        assert b"".join(warm.stream(blobs[0])) == contents[0]  # a pack is open, its number is known
        with Store.open(tmp_path / "store", fsync=False) as store:
            rewrite(store, list(store.packs()), None)
            assert len(store.packs()) == 1
            assert store.fsck() == []
        assert [b"".join(found.chunks(blob)) for blob in blobs] == contents
        assert [b"".join(warm.stream(blob)) for blob in blobs] == contents
    assert not (tmp_path / "store/quarantine").exists()
    with Store.open(tmp_path / "store") as again:
        assert again.has(blobs) == set(blobs)


def test_of_two_copies_one_goes_but_never_the_good_one(tmp_path: Path) -> None:
    """What a run that was killed has left twice; the copy that the catalog names is damaged."""
    directory, content = tmp_path / "store", os.urandom(1000)
    (blob,) = filled(directory, content)
    with Store.open(directory, fsync=False) as store:
        (first,) = store.packs()
        chunk = ChunkId(blob)
        with store.ingest() as ingest:
            ingest.add_frame(chunk, content, len(content))
        path = store.pack_path(first)
        path.chmod(0o600)
        path.write_bytes(path.read_bytes().replace(content, content[::-1]))
        needs = Needs({chunk}, {blob})
        thin_out(store, survey(store, needs))
        assert b"".join(store.stream(blob)) == content
    filled(directory, b"x")
    with Store.open(directory, fsync=False) as store:
        with store.ingest() as ingest:
            ingest.add_frame(chunk, content, len(content))
        found = survey(store, needs)
        assert len(found.gone) == 2  # the second copy, and what nothing needs
        assert thin_out(store, found) > 0 and len(store.packs()) == 1
        assert b"".join(store.stream(blob)) == content


def test_a_recipe_goes_with_its_chunks(tmp_path: Path) -> None:
    """A large blob lies in one pack but for its end, which is in another with much that is needed."""
    directory = tmp_path / "store"
    start, end, other = os.urandom(400_000), os.urandom(10_000), os.urandom(200_000)
    with Store.open(directory, fsync=False) as store:
        with store.ingest() as ingest:
            first = ingest.add(start)
        with store.ingest() as ingest:
            needed, large = ingest.add(other), ingest.add(start + end)
        assert store.has([first, large, needed]) == {first, large, needed}
        needs = Needs(store.chunks_of([needed]), {needed})
        found = survey(store, needs)
        assert len(found.gone) == 1 and len(found.partly) == 1, "although little of it is not needed"
        thin_out(store, found)
        assert store.has([first, large, needed]) == {needed} and store.fsck() == []

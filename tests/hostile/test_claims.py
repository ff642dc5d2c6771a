"""Somebody who may write to the remote claims that it has chunks which it has not: nobody gets other bytes for them."""

import random

import pytest
from blake3 import blake3
from shell import Shell, project

from gitdata.formats import manifest
from gitdata.formats.chunking import cut
from gitdata.formats.pack import Location
from gitdata.ids import BlobId, ChunkId, PackId, RootId

FAMOUS = random.Random(7).randbytes(400_000)  # content that others can guess somebody will push


@pytest.mark.any_git
def test_a_false_claim_costs_nobody_a_byte(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/first", random.Random(8).randbytes(500_000))
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("push -q -u origin main")
    bucket = shell.cwd / "bucket"
    (pack,) = [path for path in bucket.glob("packs/*/*") if path.stat().st_size > 400_000]
    (honest,) = bucket.glob("manifests/*/*")
    claims, ids, start = {}, [], 0
    for length in cut(FAMOUS, final=True):
        end = start + length
        chunk = ChunkId(blake3(FAMOUS[start:end]).digest())
        claims[chunk] = Location(PackId(bytes.fromhex(pack.stem)), start, end - start, end - start)
        ids.append(chunk)
        start = end
    assert start == len(FAMOUS) and len(ids) > 2
    recipes = {BlobId(blake3(FAMOUS).digest()): (len(FAMOUS), tuple(ids))}
    root = RootId(bytes.fromhex(honest.parent.name))
    honest.with_name("0" * len(honest.name)).write_bytes(manifest.encode(manifest.Manifest(root, (), claims, recipes)))
    # A push builds on the version before, and so on what the lie says of it.
    shell.git("clone -q hub.git other")
    other = shell.cd("other")
    other.git(f"config gitdata.trust {bucket}")
    other.git("data init")
    other.write("data/famous", FAMOUS)
    other.git("add -A")
    other.git("commit -qm second")
    other.git("push -q origin main")
    shell.git("clone -q hub.git third")
    third = shell.cd("third")
    third.git(f"config gitdata.trust {bucket}")
    done = third.run("git data init", code=14)
    assert "data/famous" in done.err and "is damaged on" in done.err
    assert not (third.cwd / "data/famous").exists()
    assert third.read("data/first") == repo.read("data/first")
    # It is found, and whoever has the bytes sends them: what says so then comes before the claim.
    found = other.run("git data fsck --remote origin", code=14)
    assert "is damaged" in found.out
    mended = other.git("data fsck --repair --remote origin")
    assert "2 versions, whose lost data was sent again" in mended
    other.git("data fsck --remote origin")
    third.git("data pull")
    assert third.read("data/famous") == FAMOUS

"""The daily work once more, on real S3 servers."""

import json
import os

import pytest
from servers import Server
from shell import Shell, project

pytestmark = pytest.mark.any_git


def test_push_and_clone_over_s3(shell: Shell, s3_server: Server) -> None:
    bucket = s3_server.make_bucket()
    repo = project(shell)
    repo.git(f"data remote set-url origin s3://{bucket}/some/path --endpoint {s3_server.endpoint}")
    assert "NO" not in repo.git("data remote check")
    repo.write("data/a.csv", "".join(f"{n},{n * n}\n" for n in range(50_000)))
    repo.write("models/m.bin", bytes(range(256)) * 4000)
    repo.git("data track data models")
    repo.git("commit -qm first")
    repo.git("tag v1")
    v1 = repo.copy("v1", "data", "models")
    repo.write("data/a.csv", repo.read("data/a.csv") + b"end\n")
    repo.git("commit -qam second")
    v2 = repo.copy("v2", "data", "models")
    repo.git("push -q origin main v1")
    assert len(s3_server.keys(bucket)) < 10

    shell.git("clone -q hub.git clone")
    there = shell.cd("clone")
    there.run("git data init", code=18)
    there.git("data trust")
    there.git("data pull")
    there.same(v2, "data", "models")
    there.git("checkout -q v1")
    there.same(v1, "data", "models")
    assert there.clean


def test_proof_and_space_over_s3(shell: Shell, s3_server: Server) -> None:
    """`verify`, `prune`, `du`, `fsck` and the limit of the store ask a bucket as they ask a directory."""
    bucket = s3_server.make_bucket()
    repo = project(shell)
    repo.git(f"data remote set-url origin s3://{bucket}/deep --endpoint {s3_server.endpoint}")
    repo.git("config gitdata.listingLimit 2")
    for number in (1, 2, 3):
        repo.write("data/big", os.urandom(200_000))
        repo.write("data/sub/a", f"{number}\n")
        if number == 1:
            repo.git("data track data")
        repo.git("add -A")
        repo.git(f"commit -qm {number}")
        repo.git(f"tag v{number}")
    repo.git("push -q origin v2")
    assert "1 of 3 versions" in repo.run("git data verify", code=29).err
    assert "2 versions of data" in repo.git("data verify v2")
    done = json.loads(repo.git("data prune --uploaded --json"))
    assert done["versions"] == 2 and done["freed"] > 390_000 and done["waiting"] == 0, "the third is checked out"
    groups = {one["use"]: one["stored"] for one in json.loads(repo.git("data du --json"))["groups"]}
    assert groups["checked out"] > 200_000 and groups["commits"] < 1000
    repo.git("push -q origin v3")
    repo.git("config gitdata.storeLimit 300000")
    limited = repo.run("git checkout -q v1")
    assert "1 version that 'origin' has left" in limited.err and repo.read("data/sub/a") == b"1\n"
    assert "checked" in repo.git("data fsck --remote origin")
    (pack, *_more) = [key for key, size in s3_server.keys(bucket).items() if "/packs/" in key and size > 300_000]
    s3_server.client().delete_object(Bucket=bucket, Key=pack)
    assert "2 of 3 versions" in repo.run("git data verify --all", code=29).err
    assert json.loads(repo.git("data prune --uploaded --all --json"))["versions"] <= 1, "what is lost there stays here"
    assert repo.read("data/sub/a") == b"1\n"

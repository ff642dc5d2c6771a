"""`git data du` of commits: by data root, type and author, and what would be freed."""

import json
import random
from typing import Any

import pytest
from documented import documented, shape
from shell import Shell, project

pytestmark = pytest.mark.any_git

FIRST, SECOND, THIRD = (random.Random(seed).randbytes(300_000) for seed in range(3))


def shares(repo: Shell, words: str) -> tuple[dict[str, Any], dict[str, Any]]:
    found = json.loads(repo.git(f"data du --json {words}"))
    return found, {share.pop("name"): share for share in found["shares"]}


def about(size: int, expected: int) -> bool:
    """Random bytes are stored as they are, with some bytes around them."""
    return expected <= size < expected + 2000


@pytest.mark.parametrize("limit", [1, 10_000])
def test_what_commits_take(shell: Shell, limit: int) -> None:
    repo = project(shell)
    repo.git(f"config gitdata.listingLimit {limit}")
    repo.write("data/deep/a.bin", FIRST)
    repo.write("data/same.BIN", FIRST)
    repo.write("data/plain", b"x" * 100)
    repo.write("models/b.npy", SECOND)
    repo.git("data track data models")
    repo.git("commit -qm one")
    repo.git("tag v1")
    repo.git("checkout -qb side")
    repo.write("models/c.npy", THIRD)
    repo.write("models/a.npy", FIRST)
    repo.git("commit -qam two --author 'Bob <bob@example.com>'")
    repo.git("checkout -q main")

    found, by_root = shares(repo, "--by root")
    assert (found["versions"], found["fresh"], found["unread"]) == (3, None, 0)
    assert about(found["stored"], 900_100 - 100)
    assert by_root.keys() == {"data", "models"}
    assert (by_root["data"]["files"], by_root["data"]["logical"]) == (2, 300_100)
    assert about(by_root["data"]["stored"], 300_000) and by_root["data"]["alone"] < 2000
    assert (by_root["models"]["files"], by_root["models"]["logical"]) == (3, 900_000)
    assert about(by_root["models"]["alone"], 600_000)

    _found, by_type = shares(repo, "--by type")
    listings = by_type.pop("/")
    assert listings["files"] == 0
    assert {name: share["files"] for name, share in by_type.items()} == {".bin": 1, ".npy": 3, "": 1}

    _found, by_author = shares(repo, "--by author")
    assert {name: share["logical"] for name, share in by_author.items()} == {
        "Ada <ada@example.com>": 600_100,
        "Bob <bob@example.com>": 300_000,  # what was there is not Bob's
    }

    assert shape(json.loads(repo.git("data du --json --by type v1..side"))) == documented("du")
    found, ranged = shares(repo, "v1..side")
    assert ranged.keys() == {"models"} and about(found["fresh"], 300_000)
    assert about(found["stored"], 900_000)
    assert shares(repo, "v1")[1]["models"]["logical"] == 300_000
    assert about(shares(repo, "--without side")[0]["fresh"], 300_000)
    assert shares(repo, "--without v1")[0]["fresh"] == 0
    assert "293.0 KiB would be freed, once reflogs" in repo.git("data du --without side").replace("293.1", "293.0")

    for words, logical in (
        ("v1 -- models", {"models": 300_000}),
        ("--by type -- data/deep", {".bin": 300_000}),
        ("--by type '*.npy' ':!models/a*' ", {".npy": 600_000}),
        ("v1 -- ':(icase)*.bin'", {"data": 300_000}),
    ):
        by_name = shares(repo, words)[1]
        by_name.pop("/", None)
        assert {name: share["logical"] for name, share in by_name.items()} == logical, words
    assert "here only" in repo.git("data du --remote origin"), "nothing was pushed there yet"
    repo.git("push -q origin main")
    found = json.loads(repo.git("data du --remote origin --json"))
    assert shape(found) == documented("du-remote")
    assert [(root["path"], root["versions"], root["absent"]) for root in found["roots"]] == [
        ("data", 1, 0), ("models", 2, 1),
    ]  # fmt: skip
    assert about(found["stored"], 600_100 - 100) and about(found["here_only"], 300_000) and found["there_only"] == 0
    assert [one["there"] for one in found["versions"]] == [True, True, False]
    repo.git("push -q origin side")
    repo.git("data prune --uploaded --all")
    found = json.loads(repo.git("data du --remote origin --json"))
    assert about(found["there_only"], 900_000) and about(found["stored"], 900_000) and found["here_only"] == 0
    shell.git("clone -q --bare hub.git bare")
    bare = shell.cd("bare")
    found, absent = shares(bare, "main")
    assert found["stored"] == 0 and (limit == 1 or absent["data"]["absent"] == 300_100)
    assert found["unread"] == (limit == 1)

    for words, code, said in (
        ("nope --", 129, "there is no revision 'nope'"),
        ("nope..v1 --", 129, "there is no revision 'nope'"),
        ("nope", 129, "'nope' is neither a revision nor a path"),
        ("--without nope", 129, "there is no branch or tag 'nope'"),
        ("--remote nope", 15, "there is no data remote 'nope'"),
        ("--remote origin v1", 2, "--remote is about all versions"),
        ("--by size", 2, "--by size is not known"),
        ("--without side v1", 2, "--without is about all commits"),
    ):
        told = repo.run(f"git data du {words}", code=code)
        assert said in told.err and told.err.count("\n") == 1 and told.out == ""

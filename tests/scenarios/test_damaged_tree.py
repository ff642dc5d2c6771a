"""A folder's list of names that is damaged, in the store and on the remote, while its files are here."""

import time
from pathlib import Path

import pytest
from shell import Shell, project

from gitdata import workspace
from gitdata.formats import pointer
from gitdata.ids import ChunkId


def damage(repo: Shell, *places: Path) -> None:
    """Another byte in the list of the top folder of `data`, wherever it is."""
    root = pointer.parse(repo.read("data.gitdata")).root()
    with workspace.here(repo.cwd).open_store() as store:
        where = store.locate([ChunkId(root)])[ChunkId(root)]
    assert where is not None
    for pack in [path for place in places for path in place.rglob(f"{where.pack.hex()}*")]:
        content = bytearray(pack.read_bytes())
        content[where.offset + where.stored // 2] ^= 0x55
        pack.chmod(0o644)
        pack.write_bytes(content)


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    repo.git("config gitdata.listingLimit 2")
    for number in range(4):
        repo.write(f"data/{number}", f"{number}\n")
        repo.write(f"data/sub/{number}", f"{number}\n")
    repo.write("other/o", "o\n")
    repo.git("data track data other")
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.git("push -q origin main")
    time.sleep(0.03)
    assert repo.clean
    damage(repo, repo.cwd / ".git/gitdata/packs", shell.cwd / "bucket")
    return repo


@pytest.mark.any_git
def test_other_roots_go_on_and_one_line_names_it(repo: Shell) -> None:
    repo.write("data/1", "an edit\n")
    repo.write("other/o", "an edit\n")
    looked = repo.run("git status --porcelain")
    assert looked.out == " M other.gitdata\n"
    assert looked.err.count("edits of data do not show, its version cannot be read") == 1
    told = repo.git("data status")
    assert "data: damaged" in told and "fsck --repair" in told and "modified  other/o" in told
    repo.git("commit -qam second")  # which takes the data as it is: then nobody needs that list
    assert repo.git("show HEAD:other.gitdata") != repo.git("show HEAD~1:other.gitdata")
    assert repo.clean and "data: clean" in repo.git("data status")
    assert "data/1" in repo.git("data ls data")


@pytest.mark.any_git
def test_it_is_made_again_of_what_is_here(repo: Shell) -> None:
    repo.run("git data fsck", code=14)
    assert "repaired" in repo.git("data fsck --repair --remote origin")
    repo.git("data fsck --remote origin")
    repo.write("data/1", "an edit\n")
    assert repo.git("status --porcelain") == " M data.gitdata\n"

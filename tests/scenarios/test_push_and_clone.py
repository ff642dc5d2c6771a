"""What reaches the remote, and what comes back from it."""

from pathlib import Path

import pytest
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    return repo


def clone(shell: Shell, name: str = "clone", *, trust: bool = True) -> Shell:
    shell.git(f"clone -q hub.git {name}")
    there = shell.cd(name)
    there.run("git data init", code=None)
    if trust:
        there.git("data trust")
    return there


def test_three_commits_in_one_push_upload_three_versions(shell: Shell, repo: Shell) -> None:
    copies = []
    for number in range(3):
        repo.write("data/a.txt", f"version {number}\n")
        repo.git(f"commit -qam v{number}")
        copies.append(repo.copy(str(number), "data"))
    repo.git("push -q origin main")
    there = clone(shell)
    for number, copy in enumerate(reversed(copies)):
        there.git(f"checkout -q origin/main~{number}")
        there.git("data pull")
        there.same(copy, "data")


def test_pushing_a_branch_that_is_not_checked_out(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main")
    repo.git("checkout -qb feature")
    repo.write("data/a.txt", "feature\n")
    repo.git("commit -qam feature")
    repo.git("checkout -q main")
    repo.git("push -q origin feature")
    there = clone(shell)
    there.git("checkout -q feature")
    assert there.read("data/a.txt") == b"feature\n"


def test_push_tags_uploads_the_data_of_every_tag(shell: Shell, repo: Shell) -> None:
    for number in range(3):
        repo.git("checkout -q --detach main")
        repo.write("data/a.txt", f"tag {number}\n")
        repo.git(f"commit -qam tag{number}")
        repo.git(f"tag -m note t{number}")
    repo.git("checkout -q main")
    repo.git("push -q --tags origin")
    repo.git("push -q origin main")
    there = clone(shell)
    for number in range(3):
        there.git(f"checkout -q t{number}")
        assert there.read("data/a.txt") == f"tag {number}\n".encode()


def test_a_failing_upload_sends_no_refs(shell: Shell, repo: Shell) -> None:
    (shell.cwd / "bucket").write_text("a file, not a directory")
    failed = repo.run("git push -q origin main", code=1)
    assert "git-data: " in failed.err
    assert repo.git("ls-remote origin") == ""
    (shell.cwd / "bucket").unlink()
    repo.git("push -q origin main")
    assert repo.git("ls-remote origin") != ""


def test_deleting_a_branch_asks_for_no_data(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main main:old")
    repo.git("push -q origin :old")
    assert "old" not in repo.git("ls-remote origin")


def test_a_clone_without_the_global_install(shell: Shell, repo: Shell) -> None:
    copy = repo.copy("v", "data")
    repo.git("push -q origin main")
    shell.git("clone -q hub.git plain")
    plain = shell.cd("plain")
    assert not (plain.cwd / "data").exists()
    assert plain.clean
    refused = plain.run("git data init", code=18)
    assert "git data trust" in refused.err
    plain.git("data trust")
    plain.git("data pull")
    plain.same(copy, "data")
    assert plain.clean


def test_a_clone_with_the_global_install_sets_itself_up(shell: Shell, repo: Shell) -> None:
    copy = repo.copy("v", "data")
    repo.git("push -q origin main")
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust {shell.cwd / 'bucket'}")
    shell.git("clone -q hub.git automatic")
    there = shell.cd("automatic")
    there.same(copy, "data")
    assert there.clean
    assert (there.cwd / ".git/hooks/pre-push").exists()


def test_pull_brings_the_others_data(shell: Shell, repo: Shell) -> None:
    repo.git("push -q -u origin main")
    there = clone(shell)
    there.git("data pull")
    repo.write("data/b.txt", "more\n")
    repo.git("commit -qam more")
    copy = repo.copy("more", "data")
    repo.git("push -q")
    there.git("pull -q")
    there.same(copy, "data")
    assert there.clean


def test_a_small_edit_of_a_large_file_sends_little(shell: Shell, repo: Shell) -> None:
    rows = [f"{number},{number * 2654435761 % 1000003}\n" for number in range(400_000)]
    repo.write("data/big.csv", "".join(rows))
    repo.git("commit -qam big")
    repo.git("push -q origin main")
    before = size(shell.cwd / "bucket")
    rows[200_000] = "edited,row\n"
    repo.write("data/big.csv", "".join(rows))
    repo.git("commit -qam edit")
    repo.git("push -q origin main")
    assert size(shell.cwd / "bucket") - before < before / 10


def size(directory: Path) -> int:
    return sum(file.stat().st_size for file in directory.rglob("*") if file.is_file())


def test_a_version_that_is_not_local_leaves_files_whole_and_says_how_to_get_it(shell: Shell, repo: Shell) -> None:
    repo.write("data/a.txt", "two\n")
    repo.git("commit -qam two")
    repo.git("push -q origin main")
    there = clone(shell)
    there.git("data pull")
    copy = there.copy("tip", "data")
    hidden = shell.cwd / "hidden"
    (shell.cwd / "bucket").rename(hidden)
    moved = there.run("git checkout -q HEAD~1", code=None)
    assert "git-data: " in moved.err
    there.same(copy, "data")
    hidden.rename(shell.cwd / "bucket")
    there.git("data pull")
    assert there.read("data/a.txt") == b"one\n"


def test_a_text_merge_made_elsewhere_can_be_served(shell: Shell, repo: Shell) -> None:
    for letter in "bcdefgh":
        repo.write(f"data/{letter}.txt", f"{letter}\n")
    repo.git("commit -qam more")
    repo.git("push -q origin main")
    for branch, letter in (("left", "b"), ("right", "g")):
        repo.git(f"checkout -q -b {branch} main")
        repo.write(f"data/{letter}.txt", f"{branch}\n")
        repo.git(f"commit -qam {branch}")
        repo.git(f"push -q origin {branch}")
    # A host merges text: no driver, no filter, no hooks.
    shell.git("clone -q hub.git host")
    host = shell.cd("host")
    host.git("checkout -q left")
    host.git("-c core.attributesFile=/dev/null merge -q --no-edit origin/right")
    host.git("push -q origin left:merged")
    there = clone(shell)
    there.git("checkout -q merged")
    assert there.read("data/b.txt") == b"left\n" and there.read("data/g.txt") == b"right\n"


def test_two_people_push_at_different_times(shell: Shell, repo: Shell) -> None:
    repo.git("push -q -u origin main")
    other = clone(shell, "other")
    other.git("data pull")
    other.write("data/theirs.txt", "theirs\n")
    other.git("commit -qam theirs")
    other.git("push -q")
    repo.write("data/zours.txt", "ours\n")
    repo.git("commit -qam ours")
    repo.git("pull -q --no-rebase --no-edit")
    assert repo.read("data/theirs.txt") == b"theirs\n"
    repo.git("push -q")
    other.git("pull -q")
    assert other.read("data/zours.txt") == b"ours\n"
    assert other.clean and repo.clean


def test_fsck_is_clean_and_finds_damage(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main")
    assert "checked" in repo.git("data fsck --remote origin")
    pack = next((shell.cwd / "bucket/packs").rglob("??????????*"))
    content = bytearray(pack.read_bytes())
    content[2] ^= 1
    pack.chmod(0o644)
    pack.write_bytes(content)
    assert "damaged" in repo.run("git data fsck --remote origin", code=14).out
    there = clone(shell)
    refused = there.run("git data pull", code=14)
    assert "damaged" in refused.err
    assert not (there.cwd / "data").exists() or not any((there.cwd / "data").iterdir())


def test_a_push_without_new_data_does_not_need_the_data_remote(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main")
    (shell.cwd / "bucket").rename(shell.cwd / "away")
    repo.write("code.py", "1\n")
    repo.git("add code.py")
    repo.git("commit -qm code")
    repo.git("push -q origin main")
    repo.write("data/a.txt", "new\n")
    repo.git("commit -qam new")
    (shell.cwd / "bucket").write_text("in the way")
    repo.run("git push -q origin main", code=1)


def test_a_remote_that_moved_elsewhere_gets_everything(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main")
    repo.write("data/b.txt", "b\n")
    repo.git("commit -qam b")
    repo.git("push -q origin main")
    repo.git(f"data remote add second {shell.cwd / 'second'}")
    repo.git("data remote default second")
    assert "2 versions" in repo.git("data push second --all")
    assert "second" in repo.git("data remote list")


def test_a_new_address_is_a_new_remote(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main")
    repo.git(f"data remote set-url origin {shell.cwd / 'elsewhere'}")
    assert "1 version" in repo.git("data push origin")
    assert (shell.cwd / "elsewhere/gitdata.json").exists()

"""Data that gets another name: by `git data mv`, or by hand and then by it; and what must not enter Git itself."""

import pytest
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    for number in range(6):
        repo.write(f"data/{number}.csv", f"row {number}\n")
        repo.write(f"data/sub/{number}.csv", f"sub {number}\n")
    repo.write("big.bin", "weights\n")
    repo.write("code.txt", "code\n")
    repo.git("data track data big.bin")
    repo.git("add code.txt")
    repo.git("commit -qm first")
    assert repo.clean
    return repo


def test_moved_by_hand_it_is_recognised_and_kept_out_of_git(repo: Shell) -> None:
    (repo.cwd / "data").rename(repo.cwd / "tables")
    repo.write("tables/0.csv", "edited\n")
    assert (
        repo.run("git status").err
        == "git-data: data was moved to tables; let its pointer follow: `git data mv data tables`\n"
    )
    assert "data: absent" in repo.git("data status")
    assert "(it was moved: `git data mv data tables`)" in repo.git("data status")
    repo.git("add -A")
    assert "(it was moved: `git data mv data tables`)" in repo.git("data status")
    refused = repo.run("git commit -qm oops", code=1).err
    assert refused.count("\n") == 1
    assert "git data mv data tables" in refused
    assert "12 files of it taken out" in repo.git("data mv data tables")
    assert repo.git("ls-files tables") == ""
    assert repo.git("status --porcelain").splitlines() == ["M  .gitignore", "RM data.gitdata -> tables.gitdata"]
    assert b"/tables/\n" in repo.read(".gitignore") and b"/data/\n" not in repo.read(".gitignore")
    repo.git("commit -qam moved")
    assert repo.clean
    assert " 7 file 0.csv" in repo.git("show HEAD:tables.gitdata")  # the edit, too
    repo.git("checkout -q HEAD~1")
    assert repo.read("data/0.csv") == b"row 0\n"
    assert not (repo.cwd / "tables").exists()
    repo.git("checkout -q main")
    assert repo.read("tables/0.csv") == b"edited\n"


def test_a_copy_and_a_folder_are_recognised_too(repo: Shell, shell: Shell) -> None:
    """On another disk `mv` copies: other inodes, the same names and contents."""
    (repo.cwd / "archive").mkdir()
    repo.run("cp -r data archive/data")
    repo.run("rm -r data")
    (repo.cwd / "big.bin").rename(repo.cwd / "small one.bin")
    said = repo.git("data status")
    assert "`git data mv data archive/data`" in said
    assert "`git data mv big.bin 'small one.bin'`" in said
    repo.git("data mv data archive")
    repo.git("data mv big.bin 'small one.bin'")
    repo.git("commit -qm moved")
    assert repo.clean
    assert repo.git("data status").count("clean") == 2


def test_a_move_takes_everything_along_and_refuses_what_git_refuses(repo: Shell) -> None:
    (repo.cwd / "archive").mkdir()
    before = repo.copy("before", "data")
    for words, code, why in (
        ("data nowhere/x", 25, "mkdir -p nowhere"),
        ("data data/sub", 25, "into itself"),
        ("data code.txt", 25, "is there already"),
        ("data big.bin", 25, "has a pointer already"),
        ("code.txt x", 26, "git mv"),
        ("data ../x", 2, "outside"),
        ("data .git/x", 22, ".git"),
    ):
        refused = repo.run(f"git data mv {words}", code=code).err
        assert why in refused and refused.count("\n") == 1, refused
    repo.same(before, "data")
    assert repo.clean
    repo.cd("archive").git("data mv ../data/ .")
    assert repo.git("status --porcelain").splitlines() == [
        "M  .gitignore",
        "A  archive/.gitignore",
        "R  data.gitdata -> archive/data.gitdata",
    ]
    repo.cd("archive").same(before, "data")
    (repo.cwd / "archive/data/0.csv").unlink()
    repo.git("commit -qam moved")
    assert "0.csv" not in repo.git("show HEAD:archive/data.gitdata").replace("sub/0.csv", "")
    assert repo.clean


def test_a_large_file_is_told_of_where_nothing_is_tracked_yet(shell: Shell) -> None:
    repo = project(shell)
    repo.git("config gitdata.largeFile 1k")
    repo.write("code.txt", "code\n")
    repo.git("add -A")
    assert repo.run("git commit -qm code").err == ""
    repo.write("data/large.csv", "x" * 2000)
    repo.git("add -A")
    assert "data/large.csv (2.0 KiB) goes into Git itself" in repo.run("git commit -qm large").err
    repo.write("data/larger.csv", "x" * 3000)
    repo.git("add -A")
    repo.git("config gitdata.refuseLarge true")
    refused = repo.run("git commit -qm larger", code=1).err
    assert refused.count("\n") == 1
    assert "data/larger.csv (2.9 KiB) would go into Git itself" in refused
    repo.git("config gitdata.largeFile 0")
    assert repo.run("git commit -qm larger").err == ""

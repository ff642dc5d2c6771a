"""Files tracked by pattern: the file stays where it is, Git holds a pointer, and Git's commands do the right thing."""

import os

import pytest
from blake3 import blake3
from patterned import FILES, content, pointer, tracked_by_pattern
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    return tracked_by_pattern(shell)


def test_git_holds_pointers_and_the_work_tree_the_files(repo: Shell) -> None:
    assert repo.git("show HEAD:big.bin") == pointer(content(1, 3_000_000))
    assert repo.git("show HEAD:models/m.pt") == pointer(content(2, 400_000))
    assert repo.git("show HEAD:deep/er/s.bin") == pointer(b"small\n")
    assert repo.git("show HEAD:empty.bin") == ""
    assert repo.read("big.bin") == content(1, 3_000_000)
    assert repo.clean
    assert "models/m.pt" in repo.git("data ls") and "models/m.pt" in repo.git("data ls HEAD models")
    assert "*.bin models/*.pt: clean, 3 files" in repo.git("data status")


def test_track_says_what_it_does_and_quotes_spaces(shell: Shell) -> None:
    repo = project(shell)
    repo.write("my data/a b.dat", "content\n")
    said = repo.git("data track 'my data/*.dat'")
    assert "my data/*.dat" in said and "git add" in said
    assert b'"my data/*.dat" filter=gitdata' in repo.read(".gitattributes")
    repo.git("add .")
    repo.git("commit -qm one")
    assert repo.git("show 'HEAD:my data/a b.dat'") == pointer(b"content\n")
    repo.git("data untrack 'my data/*.dat'")
    assert b"my data" not in repo.read(".gitattributes")


def test_a_pattern_typed_in_a_folder_holds_in_that_folder(shell: Shell) -> None:
    repo = project(shell)
    for path in ("x.dat", "in/x.dat", "in/deep/x.dat"):
        repo.write(path, path)
    repo.cd("in").git("data track *.dat")
    repo.git("add .")
    assert repo.git("show :x.dat") == "x.dat"
    assert repo.git("show :in/x.dat") == pointer(b"in/x.dat")
    assert repo.git("show :in/deep/x.dat") == pointer(b"in/deep/x.dat")


def test_files_that_git_held_become_pointers_with_the_next_commit(shell: Shell) -> None:
    repo = project(shell)
    repo.write("old.bin", content(3, 100_000))
    repo.git("add .")
    repo.git("commit -qm old")
    said = repo.git("data track *.bin")
    assert "old.bin" in said
    repo.git("commit -qm pointers")
    assert repo.git("show HEAD:old.bin") == pointer(content(3, 100_000))
    assert repo.clean
    repo.git("push -q origin main")  # the old version is no pointer and needs no data
    repo.git("checkout -q HEAD~1")
    assert repo.read("old.bin") == content(3, 100_000)
    assert repo.clean
    repo.git("checkout -q main")
    assert repo.read("old.bin") == content(3, 100_000)
    assert repo.clean


REFUSED = {
    "*": "narrower pattern",
    "*.toml": ".gitdata.toml",
    "*.gitdata": "pointers",
    "dat*": "data, which is tracked",
    "data/*.csv": "lies in data",
    "!x*": "can express",
    "x*/": "slash",
    "../x*": "leads out",
    "*.bin": "tracked already",
}


def test_refused_patterns_change_nothing(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a.csv", "a")
    repo.git("data track data *.bin")
    repo.git("commit -qm one")
    before = repo.read(".gitattributes")
    for word, reason in REFUSED.items():
        refused = repo.run(f"git data track *.ok '{word}'", code=25)
        assert reason in refused.err
        assert refused.err.count("\n") == 1
        assert repo.read(".gitattributes") == before
    assert repo.clean


def test_edits_show_in_status_diff_and_commit(repo: Shell) -> None:
    repo.write("big.bin", content(4, 3_000_000))
    assert repo.git("status --porcelain") == " M big.bin\n"
    shown = repo.git("diff")
    assert f"+{blake3(content(4, 3_000_000)).hexdigest()} 3000000 file" in shown
    assert "modified  big.bin" in repo.git("data status")
    assert len(shown.splitlines()) < 12
    repo.git("commit -qam edit")
    assert repo.git("show HEAD:big.bin") == pointer(content(4, 3_000_000))
    assert repo.clean
    assert "big.bin" in repo.git("log -p -1 --stat")
    repo.write("big.bin", "edited again")
    assert "staged big.bin" in repo.git("data add big.bin")
    assert repo.git("status --porcelain") == "M  big.bin\n"


def test_textconv_of_hand_written_attributes_prints_no_junk(repo: Shell) -> None:
    with open(repo.cwd / ".gitattributes", "a") as file:
        file.write("*.bin diff=gitdata\n")
    repo.write("big.bin", content(5, 200_000))
    shown = repo.git("diff big.bin")
    assert f"-{blake3(content(1, 3_000_000)).hexdigest()[:16]} 3000000 file" in shown
    assert f"+{blake3(content(5, 200_000)).hexdigest()[:16]} 200000 file" in shown


def test_switching_resetting_stashing_and_rebasing(repo: Shell) -> None:
    first = repo.copy("first", *FILES)
    repo.git("checkout -qb side")
    repo.write("big.bin", content(6, 2_500_000))
    (repo.cwd / "deep/er/s.bin").unlink()
    repo.write("models/n.pt", "new\n")
    repo.git("add -A")
    repo.git("commit -qm side")
    side = repo.copy("side", "big.bin", "models", "empty.bin")
    repo.git("checkout -q main")
    repo.same(first, *FILES)
    assert repo.clean
    repo.git("checkout -q side")
    repo.same(side, "big.bin", "models", "empty.bin")
    repo.write("big.bin", content(7, 10))
    assert repo.run("git checkout main", code=1).err.startswith("error: Your local changes")
    repo.git("stash")
    repo.same(side, "big.bin", "models")
    repo.git("checkout -q main")
    repo.git("stash pop", code=1)  # both sides differ
    repo.git("reset -q --hard")
    repo.git("checkout -q side")
    repo.git("stash pop")
    assert repo.read("big.bin") == content(7, 10)
    repo.git("checkout -q -- big.bin")
    repo.same(side, "big.bin")
    repo.git("reset -q --hard main")
    repo.same(first, *FILES)
    repo.git("reset -q --hard ORIG_HEAD")
    repo.same(side, "big.bin", "models")
    repo.git("checkout -q main")
    repo.write("models/m.pt", "other\n")
    repo.git("commit -qam main")
    repo.git("checkout -q side")
    repo.git("rebase -q main")
    assert repo.read("models/m.pt") == b"other\n"
    assert repo.read("big.bin") == content(6, 2_500_000)
    assert repo.clean


def test_different_files_merge_and_one_file_conflicts_whole(repo: Shell) -> None:
    repo.git("checkout -qb side")
    repo.write("big.bin", content(8, 1_500_000))
    repo.write("models/m.pt", "side\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("big.bin", content(9, 1_400_000))
    repo.git("commit -qam main")
    merge = repo.run("git merge side", code=1)
    assert "git checkout --theirs big.bin" in merge.err
    assert repo.read("big.bin") == content(9, 1_400_000)
    assert repo.read("models/m.pt") == b"side\n"
    assert repo.git("diff --name-only --diff-filter=U") == "big.bin\n"
    repo.git("checkout --theirs big.bin")
    assert repo.read("big.bin") == content(8, 1_500_000)
    repo.git("checkout --ours big.bin")
    assert repo.read("big.bin") == content(9, 1_400_000)
    repo.git("checkout --theirs big.bin")
    repo.git("add big.bin")
    repo.git("commit -qm merged")
    assert repo.git("show HEAD:big.bin") == pointer(content(8, 1_500_000))
    assert repo.clean


def test_a_merge_with_a_side_that_is_older_than_the_pattern(shell: Shell) -> None:
    repo = project(shell)
    repo.write("m.bin", "base\n")
    repo.git("add .")
    repo.git("commit -qm base")
    repo.git("checkout -qb side")
    repo.write("m.bin", "side\n")
    repo.write("new.bin", content(14, 9000))
    repo.git("add .")
    repo.git("commit -qm side")
    repo.git("checkout -q main")
    repo.git("data track *.bin")
    repo.git("commit -qm pattern")
    repo.git("merge -q --no-edit side")
    assert repo.read("m.bin") == b"side\n"
    assert repo.git("show HEAD:m.bin") == pointer(b"side\n")
    assert repo.read("new.bin") == content(14, 9000)
    assert "1 in Git itself" in repo.git("data status")
    repo.git("add --renormalize new.bin")
    repo.git("commit -qm renewed")
    assert repo.git("show HEAD:new.bin") == pointer(content(14, 9000))
    assert repo.clean


def test_the_executable_bit_and_symlinks_are_gits_own(repo: Shell) -> None:
    (repo.cwd / "deep/er/s.bin").chmod(0o755)
    (repo.cwd / "link.bin").symlink_to("big.bin")
    repo.git("add -A")
    repo.git("commit -qm modes")
    assert repo.git("ls-tree -r HEAD deep/er/s.bin link.bin").startswith("100755")
    assert repo.git("show HEAD:link.bin") == "big.bin"
    repo.git("checkout -q HEAD~1")
    assert not os.access(repo.cwd / "deep/er/s.bin", os.X_OK)
    repo.git("checkout -q main")
    assert os.access(repo.cwd / "deep/er/s.bin", os.X_OK)
    assert repo.clean


def test_untrack_puts_the_files_back_into_git(repo: Shell) -> None:
    said = repo.git("data untrack *.bin")
    assert "2 files staged whole" in said
    repo.git("commit -qm whole")
    assert repo.git("cat-file -s HEAD:big.bin") == "3000000\n"
    assert repo.read("big.bin") == content(1, 3_000_000)
    assert repo.git("show HEAD:models/m.pt") == pointer(content(2, 400_000))
    assert repo.clean
    repo.git("checkout -q HEAD~1")
    assert repo.read("big.bin") == content(1, 3_000_000)
    assert repo.clean
    assert repo.run("git data untrack *.nothing", code=26).err.count("\n") == 1


def test_uninstalling_leaves_the_files(repo: Shell) -> None:
    said = repo.git("data uninstall --repo")
    assert "files tracked by pattern" in said
    assert repo.read("big.bin") == content(1, 3_000_000)
    repo.git("data init")
    assert repo.clean

"""Files tracked by pattern: the file stays where it is, Git holds a pointer, and Git's commands do the right thing."""

import os
import random
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from blake3 import blake3
from servers import Server
from shell import Shell, project


def content(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def pointer(data: bytes) -> str:
    """What Git has to hold for `data`, written down independently of the code under test."""
    return f"gitdata pointer 1 file\n{blake3(data).hexdigest()} {len(data)} file\n"


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """`*.bin` and `models/*.pt` are tracked, with a large, a small and an empty file."""
    repo = project(shell)
    repo.git("data track *.bin models/*.pt")
    repo.write("big.bin", content(1, 3_000_000))
    repo.write("models/m.pt", content(2, 400_000))
    repo.write("deep/er/s.bin", "small\n")
    repo.write("empty.bin", "")
    repo.write("code.txt", "one\n")
    repo.git("add .")
    repo.git("commit -qm first")
    return repo


FILES = ("big.bin", "models", "deep", "empty.bin")


def clone(shell: Shell, name: str = "clone") -> Shell:
    """A clone of somebody who has git-data installed and trusts the remote."""
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust {shell.cwd / 'bucket'}")
    shell.git(f"clone -q hub.git {name}")
    return shell.cd(name)


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


def test_a_clone_over_s3_brings_every_file_and_old_versions(shell: Shell, s3_server: Server) -> None:
    bucket = s3_server.make_bucket()
    repo = project(shell, f"s3://{bucket}/data --endpoint {s3_server.endpoint}")
    repo.git("data track *.bin")
    for number in range(12):
        repo.write(f"f{number}.bin", content(number, 50_000 * number))
    repo.git("add .")
    repo.git("commit -qm first")
    repo.git("tag v1")
    first = repo.copy("first", *(f"f{number}.bin" for number in range(12)))
    repo.write("f3.bin", content(99, 700_000))
    repo.git("commit -qam second")
    repo.git("push -q origin main v1")
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust s3://{bucket}/data")
    shell.git("clone -q hub.git there")
    there = shell.cd("there")
    there.run("git data trust", code=None)
    there.git("data pull")
    assert there.clean
    assert there.read("f3.bin") == content(99, 700_000)
    there.git("checkout -q v1")
    there.same(first, *(f"f{number}.bin" for number in range(12)))
    assert there.clean


def test_a_plain_clone_brings_pattern_files_when_the_remote_is_trusted(shell: Shell, repo: Shell) -> None:
    copy = repo.copy("v", *FILES)
    repo.git("push -q origin main")
    there = clone(shell)
    there.same(copy, *FILES)
    assert there.clean
    assert (there.cwd / ".git/hooks/pre-push").exists()
    assert there.git("data fetch") == "everything is here already\n"


def test_a_clone_without_the_filter_heals_with_init(shell: Shell, repo: Shell) -> None:
    copy = repo.copy("v", *FILES)
    repo.git("push -q origin main")
    shell.git("clone -q hub.git plain")
    there = shell.cd("plain")
    assert there.read("big.bin").decode() == pointer(content(1, 3_000_000))
    there.run("git data init", code=18)
    assert there.clean
    there.git("data trust")
    there.git("data init")
    there.same(copy, *FILES)
    assert there.clean
    assert there.git("diff --stat") == ""


def test_bytes_that_cannot_be_had_leave_pointers_and_heal(shell: Shell, repo: Shell) -> None:
    copy = repo.copy("v", *FILES)
    repo.git("push -q origin main")
    (shell.cwd / "bucket").rename(shell.cwd / "away")
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust {shell.cwd / 'bucket'}")
    cloned = shell.run("git clone -q hub.git there")
    told = [line for line in cloned.err.splitlines() if "left as pointers" in line]
    assert len(told) == 1 and "big.bin" in told[0] and "git data pull" in told[0]
    there = shell.cd("there")
    assert there.read("models/m.pt").decode() == pointer(content(2, 400_000))
    assert there.clean
    assert "only as pointers" in there.git("data status")
    # What is only a pointer must never become data.
    (there.cwd / "big.bin").touch()
    there.write("code.txt", "two\n")
    there.git("commit -qam code")
    assert there.git("show HEAD:big.bin") == pointer(content(1, 3_000_000))
    there.write("models/m.pt", "a person's own\n")
    assert there.run("git data pull", code=None).code != 0
    (shell.cwd / "away").rename(shell.cwd / "bucket")
    there.git("data pull")
    assert there.read("models/m.pt") == b"a person's own\n"
    there.git("checkout -q models/m.pt")
    there.same(copy, *FILES)
    assert there.clean


def test_pull_names_what_the_remote_lacks(shell: Shell, repo: Shell) -> None:
    repo.git("push -q --no-verify origin main")
    there = clone(shell)
    assert there.read("big.bin").decode() == pointer(content(1, 3_000_000))
    failed = there.run("git data pull", code=None)
    assert failed.code != 0 and failed.err.count("\n") == 1
    repo.git("data push")
    there.git("data pull")
    assert there.read("big.bin") == content(1, 3_000_000)
    assert there.clean


def test_one_checkout_is_one_batch(shell: Shell, repo: Shell) -> None:
    """Forty files that lie in one pack come with one ranged read of it, not with forty."""
    repo.git("checkout -qb many")
    for number in range(40):
        repo.write(f"many/{number}.bin", content(100 + number, 20_000))
    repo.git("add .")
    repo.git("commit -qm many")
    repo.git("push -q origin main many")
    there = clone(shell)
    (shell.cwd / "log").write_text("")
    wrapper = f"""
import gitdata.backends.directory as d
read = d.DirectoryBackend.read
def logged(self, name, *rest):
    with open({str(shell.cwd / "log")!r}, "a") as file:
        file.write(name + chr(10))
    return read(self, name, *rest)
d.DirectoryBackend.read = logged
import sys
from gitdata.__main__ import main
sys.exit(main(sys.argv[1:]))
"""
    (shell.cwd / "wrapper.py").write_text(wrapper)
    command = f"{sys.executable} {shell.cwd / 'wrapper.py'} filter-process"
    there.git(f"-c 'filter.gitdata.process={command}' checkout -q many")
    reads = (shell.cwd / "log").read_text().splitlines()
    assert sum(name.startswith("packs/") for name in reads) == 1
    assert sum(name == "gitdata.json" for name in reads) == 1
    assert there.read("many/39.bin") == content(139, 20_000)
    assert there.clean


def test_many_new_files_make_one_pack(repo: Shell) -> None:
    before = len(list((repo.cwd / ".git/gitdata/packs").rglob("*.pack")))
    for number in range(60):
        repo.write(f"many/{number}.bin", content(100 + number, 30_000))
    repo.git("add .")
    assert len(list((repo.cwd / ".git/gitdata/packs").rglob("*.pack"))) <= before + 3
    repo.git("commit -qm many")
    shutil.rmtree(repo.cwd / "many")
    repo.git("checkout -q -- many")
    assert repo.read("many/59.bin") == content(159, 30_000)


def test_memory_stays_bounded(repo: Shell, shell: Shell) -> None:
    """A file of 120 MB goes in and out through a filter process that may use half of that."""
    size = 120_000_000
    with open(repo.cwd / "huge.bin", "wb") as file:
        for number in range(12):
            file.write(content(500 + number, 10_000_000))
    measured = (
        "import resource, subprocess, sys\n"
        "code = subprocess.run(sys.argv[2:]).returncode\n"
        "with open(sys.argv[1], 'a') as file:\n"
        "    file.write(f'{resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss}\\n')\n"
        "sys.exit(code)\n"
    )
    (shell.cwd / "measured.py").write_text(measured)
    command = f"{sys.executable} {shell.cwd / 'measured.py'} {shell.cwd / 'peaks'} git-data filter-process"
    copy = repo.copy("huge", "huge.bin")
    repo.git(f"-c 'filter.gitdata.process={command}' add huge.bin")
    assert str(size) in repo.git("show :huge.bin")
    (repo.cwd / "huge.bin").unlink()
    repo.git(f"-c 'filter.gitdata.process={command}' checkout -q -- huge.bin")
    repo.same(copy, "huge.bin")
    peaks = [int(line) for line in (shell.cwd / "peaks").read_text().split()]
    assert len(peaks) == 2
    assert max(peaks) < 100 * 1024, peaks  # KiB; the interpreter itself takes about 40 MiB


def test_a_staged_pointer_that_nobody_can_serve_is_refused(repo: Shell) -> None:
    repo.write("ghost.bin", "what was there\n")
    oid = repo.run("git hash-object -w --no-filters --stdin", stdin=pointer(b"never stored\n").encode()).out.strip()
    repo.git(f"update-index --add --cacheinfo 100644,{oid},ghost.bin")
    refused = repo.run("git commit -qm ghost", code=1)
    assert "ghost.bin" in refused.err and "never stored" in refused.err
    repo.git("add --renormalize ghost.bin")
    repo.git("commit -qm ghost")
    assert repo.git("show HEAD:ghost.bin") == pointer(b"what was there\n")
    # A filter that was killed after it had answered: the work tree still has the content.
    repo.write("late.bin", "not stored in time\n")
    oid = repo.run(
        "git hash-object -w --no-filters --stdin", stdin=pointer(b"not stored in time\n").encode()
    ).out.strip()
    repo.git(f"update-index --add --cacheinfo 100644,{oid},late.bin")
    repo.git("commit -qm late")
    (repo.cwd / "late.bin").unlink()
    repo.git("checkout -q -- late.bin")
    assert repo.read("late.bin") == b"not stored in time\n"


def test_content_that_went_past_the_filter_is_refused(repo: Shell) -> None:
    repo.write("raw.bin", content(10, 5000))
    repo.git("-c filter.gitdata.process= add raw.bin")
    refused = repo.run("git commit -qm raw", code=1)
    assert "raw.bin" in refused.err and "git add --renormalize raw.bin" in refused.err
    repo.git("add --renormalize raw.bin")
    repo.git("commit -qm raw")
    assert repo.git("show HEAD:raw.bin") == pointer(content(10, 5000))


def test_without_git_data_nothing_is_damaged(repo: Shell, tmp_path: Path) -> None:
    """The program is gone: pointers stay pointers, and the commit of real content is refused by the hook script."""
    gone = tmp_path / "bin"
    gone.mkdir()
    for name in ("git", "sh", "cat", "printf", "sed", "grep", "ls", "head", "find", "tr"):
        (gone / name).symlink_to(shutil.which(name) or name)
    text = (repo.cwd / ".git/config").read_text().replace(shutil.which("git-data") or "", "/nowhere/git-data")
    (repo.cwd / ".git/config").write_text(text)
    for hook in (*(repo.cwd / ".git/hooks").iterdir(), *(repo.cwd / ".git/gitdata/hooks").iterdir()):
        hook.write_text(hook.read_text().replace(shutil.which("git-data") or "", "/nowhere/git-data"))
    path = {"PATH": str(gone)}
    repo.run("git checkout -q -b side", **path)
    repo.write("big.bin", content(11, 90_000))
    repo.run("git add big.bin", **path)
    refused = repo.run("git commit -qm raw", code=1, **path)
    assert "big.bin" in refused.err and "not installed" in refused.err
    repo.run("git restore --staged big.bin", **path)
    repo.write("code.txt", "two\n")
    repo.run("git commit -qm code code.txt", **path)
    repo.run("git checkout -q -- big.bin", **path)
    assert repo.read("big.bin").decode() == pointer(content(1, 3_000_000))
    pushed = repo.run("git push -q origin side", code=1, **path)
    assert "git-data is not installed" in pushed.err
    repo.git("data init")  # it is back
    assert repo.read("big.bin") == content(1, 3_000_000)
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


def test_push_sends_versions_of_patterns_that_are_gone_again(shell: Shell, repo: Shell) -> None:
    repo.git("data untrack *.bin models/*.pt")
    repo.git("rm -q --cached models/m.pt")
    repo.git("commit -qm untracked")
    repo.git("push -q origin main")
    there = clone(shell)
    there.git("checkout -q HEAD~1")
    assert there.read("models/m.pt") == content(2, 400_000)
    assert there.read("big.bin") == content(1, 3_000_000)


def test_uninstalling_leaves_the_files(repo: Shell) -> None:
    said = repo.git("data uninstall --repo")
    assert "files tracked by pattern" in said
    assert repo.read("big.bin") == content(1, 3_000_000)
    repo.git("data init")
    assert repo.clean


def test_fsck_counts_pattern_files(repo: Shell) -> None:
    assert "3 versions" in repo.git("data fsck")
    pack = max((repo.cwd / ".git/gitdata/packs").rglob("*.pack"), key=lambda file: file.stat().st_size)
    whole = pack.read_bytes()
    for place in (10, 2_000_000):  # found before anything was handed to Git, and half-way
        pack.chmod(0o644)
        pack.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert "1 problem found" in repo.run("git data fsck", code=14).err
        (repo.cwd / "big.bin").unlink()
        left = repo.run("git checkout -- big.bin")
        assert "left as pointers: big.bin" in left.err and "damaged" in left.err
        assert repo.read("big.bin").decode() == pointer(content(1, 3_000_000))
        assert repo.clean
    pack.write_bytes(whole)
    repo.git("data checkout")
    assert repo.read("big.bin") == content(1, 3_000_000)


def test_beside_directories(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a.csv", "a\n")
    repo.write("m.onnx", content(12, 100_000))
    repo.git("data track data *.onnx")
    repo.git("add -A")
    repo.git("commit -qm one")
    one = repo.copy("one", "data", "m.onnx")
    repo.write("data/a.csv", "b\n")
    repo.write("m.onnx", content(13, 100_000))
    repo.git("commit -qam two")
    repo.git("push -q origin main")
    two = repo.copy("two", "data", "m.onnx")
    repo.git("checkout -q HEAD~1")
    repo.same(one, "data", "m.onnx")
    there = clone(shell)
    there.same(two, "data", "m.onnx")
    there.git("checkout -q HEAD~1")
    there.same(one, "data", "m.onnx")
    assert there.clean


def test_archive_gives_content_and_a_bare_repository_pointers(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main")
    repo.git("archive -o ../a.tar HEAD big.bin")
    subprocess.run(["tar", "-xf", "a.tar"], cwd=shell.cwd, check=True)
    assert shell.read("big.bin") == content(1, 3_000_000)
    assert repo.git("cat-file --filters HEAD:deep/er/s.bin") == "small\n"
    shell.run("git data install")
    shell.cd("hub.git").git("archive -o ../b.tar main big.bin")
    subprocess.run(["tar", "-xf", "b.tar"], cwd=shell.cwd, check=True)
    assert shell.read("big.bin").decode() == pointer(content(1, 3_000_000))


def test_fetched_versions_are_there_without_the_network_and_in_linked_work_trees(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main")
    there = clone(shell)
    repo.git("checkout -qb side")
    repo.write("big.bin", content(15, 3_000_000))
    repo.write("models/m.pt", content(2, 400_000) + b"more")
    repo.git("commit -qam side")
    repo.git("push -q origin side")
    side = repo.copy("side", *FILES)
    there.git("fetch -q")
    assert "fetched 2 objects" in there.git("data fetch origin/side")
    (shell.cwd / "bucket").rename(shell.cwd / "away")
    there.git("worktree add -q ../linked side")
    linked = shell.cd("linked")
    linked.same(side, *FILES)
    assert linked.clean
    linked.write("big.bin", "edited\n")
    linked.git("commit -qam linked")
    assert there.git("show side:big.bin") == pointer(b"edited\n")
    there.git("merge -q side")
    assert there.read("big.bin") == b"edited\n"
    assert there.clean and linked.clean


def test_directories_take_no_pointer_for_data(shell: Shell, repo: Shell) -> None:
    repo.git("push -q origin main")
    shell.git("clone -q hub.git plain")
    there = shell.cd("plain")
    there.run("git data init", code=None)
    refused = there.run("git data track --from-git models", code=25)
    assert "models/m.pt is only a pointer here" in refused.err
    there.git("data trust")
    there.git("data pull")
    copy = there.copy("models", "models")
    there.git("data track --from-git models")
    there.git("commit -qm models")
    there.same(copy, "models")
    assert "models/m.pt" not in there.git("ls-files")
    assert there.clean


def test_a_full_disk_loses_nothing(repo: Shell) -> None:
    """What cannot be stored is refused by the commit, also when Git itself still had room for it."""
    repo.write("big.bin", content(16, 3_000_000))
    repo.write("small.bin", "room for this\n")
    full = "sh -c 'ulimit -f 1000; exec git-data filter-process'"
    told = repo.run(f'git -c "filter.gitdata.process={full}" add big.bin small.bin')
    assert "could not store big.bin" in told.err and told.err.count("\n") == 1
    assert repo.read("big.bin") == content(16, 3_000_000)
    assert "big.bin" in repo.run("git commit -qm full", code=1).err
    repo.git("add --renormalize big.bin")
    repo.git("commit -qm room")
    assert repo.git("show HEAD:big.bin") == pointer(content(16, 3_000_000))
    assert repo.git("show HEAD:small.bin") == pointer(b"room for this\n")
    assert repo.clean
    repo.git("data fsck")

"""Files tracked by pattern, elsewhere: clones, remotes, old versions, archives, and data directories beside them."""

import subprocess
import sys

import pytest
from patterned import FILES, clone, content, pointer, tracked_by_pattern
from servers import Server
from shell import Shell, project


@pytest.fixture
def repo(shell: Shell) -> Shell:
    return tracked_by_pattern(shell)


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
def logged(self, name, *rest, **more):
    with open({str(shell.cwd / "log")!r}, "a") as file:
        file.write(name + chr(10))
    return read(self, name, *rest, **more)
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


def test_push_sends_versions_of_patterns_that_are_gone_again(shell: Shell, repo: Shell) -> None:
    repo.git("data untrack *.bin models/*.pt")
    repo.git("rm -q --cached models/m.pt")
    repo.git("commit -qm untracked")
    repo.git("push -q origin main")
    there = clone(shell)
    there.git("checkout -q HEAD~1")
    assert there.read("models/m.pt") == content(2, 400_000)
    assert there.read("big.bin") == content(1, 3_000_000)


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

"""Files that a pattern names while Git still holds their content, as on a branch that is older than the pattern."""

import os
import subprocess

import pytest
from patterned import content, pointer
from shell import Shell, project

PICTURE = content(7, 300_000)
LARGE = content(8, 12 << 20)


@pytest.fixture(scope="module")
def prepared(lasting: Shell) -> Shell:
    """`main` has a pointer for picture.png, `side` its content, and both name `*.png` in .gitattributes."""
    repo = project(lasting)
    repo.write("picture.png", PICTURE)
    repo.write("deep/er/small.png", "small\n")
    repo.write("empty.png", "")
    repo.write("code.txt", "one\n")
    repo.git("add .")
    repo.git("commit -qm plain")
    repo.git("branch side")
    repo.git("data track *.png")
    repo.git("commit -qm pointers")
    assert repo.git("show HEAD:picture.png") == pointer(PICTURE)
    attributes = repo.read(".gitattributes")
    repo.git("checkout -q side")
    repo.write(".gitattributes", attributes)
    repo.git("add .gitattributes")
    repo.git("commit -qm 'the pattern alone'")
    return lasting


@pytest.fixture
def repo(prepared: Shell, shell: Shell) -> Shell:
    for name in ("project", "hub.git"):
        subprocess.run(["cp", "-a", prepared.cwd / name, shell.cwd / name], check=True)
    return shell.cd("project")


def touched(repo: Shell) -> Shell:
    """Git has to look at the contents again."""
    for path in repo.cwd.rglob("*.png"):
        os.utime(path, ns=(1, 1))
    return repo


def whole(repo: Shell) -> bool:
    """Status is clean, also when Git looks again, and the work tree has the files."""
    return (
        repo.clean
        and touched(repo).clean
        and repo.read("picture.png") == PICTURE
        and repo.read("deep/er/small.png") == b"small\n"
        and repo.read("empty.png") == b""
    )


def plain(repo: Shell, path: str = "picture.png", revision: str = "") -> bool:
    """Whether Git holds the content itself."""
    return repo.git(f"cat-file -s '{revision}:{path}'") == f"{len(repo.read(path))}\n"


def test_it_is_not_modified_and_every_switch_works(repo: Shell) -> None:
    assert whole(repo)
    for line in (
        "checkout -q main",
        "checkout -q side",
        "switch -q main",
        "switch -q side",
        "checkout -q --detach main",
        "switch -q side",
        "reset -q --hard main",
        "reset -q --hard side@{1}",
        "reset -q --hard side~",
        "reset -q --hard side@{1}",
        "stash -q",
        "checkout -q -- .",
    ):
        touched(repo).git(line)
        assert whole(repo), line
    assert plain(repo)
    assert plain(repo, "deep/er/small.png")


def test_code_is_committed_stashed_and_moved_beside_it(repo: Shell) -> None:
    repo.write("code.txt", "two\n")
    touched(repo).git("stash")
    assert whole(repo)
    repo.git("stash pop -q")
    touched(repo).git("commit -qam code")
    assert whole(repo)
    assert plain(repo, revision="HEAD")
    touched(repo).git("checkout -q main")
    touched(repo).git("cherry-pick side")
    assert whole(repo)
    assert not plain(repo)
    repo.git("reset -q --hard HEAD~")
    repo.git("checkout -q side")
    repo.write("more.txt", "three\n")
    repo.git("add more.txt")
    repo.git("commit -qm more")
    touched(repo).git("rebase -q --onto HEAD~2 HEAD~")
    assert whole(repo)
    assert plain(repo)
    touched(repo).git("rebase -q main")
    assert whole(repo)


def test_merges_in_both_directions(repo: Shell) -> None:
    repo.git("checkout -q -b ours main")
    repo.write("more.txt", "three\n")
    repo.git("add more.txt")
    repo.git("commit -qm more")
    touched(repo).git("merge -q -m merged side")
    assert whole(repo)
    assert not plain(repo)
    touched(repo).git("checkout -q side")
    touched(repo).git("merge -q -m merged main")
    assert whole(repo)
    assert not plain(repo)


def test_a_pull_of_either(repo: Shell, shell: Shell, prepared: Shell) -> None:
    repo.git("push -q origin main side")
    shell.git("clone -q -b side hub.git other")
    other = shell.cd("other")
    other.git("data init")
    assert whole(other)
    repo.write("code.txt", "two\n")
    repo.git("commit -qam code")
    repo.git("push -q origin side")
    touched(other).git("pull -q")
    assert whole(other)
    assert plain(other)
    other.git(f"data remote add origin {prepared.cwd / 'bucket'}")
    touched(other).git("pull -q --no-rebase origin main")
    assert whole(other)
    assert not plain(other)


def test_the_first_edit_makes_it_a_pointer(repo: Shell) -> None:
    edited = PICTURE[:-1] + bytes([PICTURE[-1] ^ 1])
    repo.write("picture.png", edited)
    repo.write("deep/er/small.png", "Small\n")
    assert sorted(repo.git("status --porcelain").splitlines()) == [" M deep/er/small.png", " M picture.png"]
    repo.git("commit -qam edit")
    assert repo.git("show HEAD:picture.png") == pointer(edited)
    assert repo.git("show HEAD:deep/er/small.png") == pointer(b"Small\n")
    assert repo.clean
    touched(repo).git("checkout -q HEAD~")
    assert whole(repo)
    assert plain(repo)


@pytest.mark.parametrize(
    "command",
    [
        "add --renormalize .",
        "add --renormalize picture.png deep",
        "stage --renorm .",
        "-c core.fsmonitor=false add --renormalize -- .",
    ],
)
def test_renormalizing_makes_it_a_pointer(repo: Shell, command: str) -> None:
    for look in ("touched", "as it is", "settled"):
        repo.git("checkout -q -f side")
        if look == "touched":
            touched(repo)
        elif look == "settled":
            os.utime(repo.cwd / ".git/index", (2_000_000_000, 2_000_000_000))
        repo.git(command)
        assert repo.git("show :picture.png") == pointer(PICTURE), look
        assert repo.git("show :deep/er/small.png") == pointer(b"small\n"), look
        repo.git("checkout -q --detach")
        repo.git("commit -qm pointers")
        assert whole(repo), look


def test_renormalizing_by_another_name(repo: Shell) -> None:
    """An alias hides the option: then what Git asks for tells."""
    repo.git("config alias.anew 'add --renormalize'")
    assert repo.clean
    os.utime(repo.cwd / ".git/index", (2_000_000_000, 2_000_000_000))
    repo.git("anew picture.png")
    assert repo.git("show :picture.png") == pointer(PICTURE)


def test_adding_it_again_changes_nothing(repo: Shell) -> None:
    touched(repo).git("add .")
    touched(repo).git("add picture.png")
    assert whole(repo)
    assert plain(repo)


def test_tracking_the_pattern_makes_it_a_pointer(repo: Shell) -> None:
    repo.git("rm -q --cached .gitattributes")
    (repo.cwd / ".gitattributes").unlink()
    repo.git("commit -qm 'no pattern'")
    touched(repo).git("data track *.png")
    assert repo.git("show :picture.png") == pointer(PICTURE)


def test_a_large_one_is_told_of_once(repo: Shell) -> None:
    attributes = repo.read(".gitattributes")
    repo.git("checkout -q -b large side~")
    repo.write("large.png", LARGE)
    repo.git("add large.png")
    repo.git("commit -qm large")
    repo.write(".gitattributes", attributes)
    repo.git("add .gitattributes")
    told = repo.run("git commit -qm pattern").err
    assert told.count("\n") == 1
    assert "large.png (12.0 MiB) is in Git itself" in told
    assert "git add --renormalize large.png" in told
    assert touched(repo).clean
    repo.write("code.txt", "two\n")
    assert repo.run("git commit -qam code").err == ""
    repo.git("checkout -q -b merged side")
    told = touched(repo).run("git merge -q -m merged large").err
    assert told.count("\n") == 1
    assert "large.png (12.0 MiB) is in Git itself" in told
    assert touched(repo).clean
    repo.git("add --renormalize large.png")
    assert repo.run("git commit -qm pointer").err == ""
    assert repo.git("show HEAD:large.png") == pointer(LARGE)


def test_a_push_tells_of_the_large_ones_that_it_brings(repo: Shell) -> None:
    """Once, in one line: not of those that were there before, nor of those that the tips have pointers for."""
    attributes = repo.read(".gitattributes")
    repo.git("push -q origin main side")
    repo.git("checkout -q -b large side~")
    for name in ("large.png", "as large.png", "converted.png", "small.png"):
        repo.write(name, LARGE if name != "small.png" else "small")
        repo.git("add .")
        repo.git("commit -qm large")
    repo.git("rm -q 'converted.png'")
    repo.git("commit -qm 'not that'")
    repo.write(".gitattributes", attributes)
    repo.git("add .gitattributes")
    repo.run("git commit -qm pattern")
    told = repo.run("git push -q origin large").err
    assert told.count("\n") == 1
    assert "as large.png (12.0 MiB) and 1 more are in Git itself" in told
    assert "git add --renormalize ." in told
    repo.write("code.txt", "two\n")
    repo.git("commit -qam code")
    assert repo.run("git push -q origin large").err == ""
    repo.git("add --renormalize 'as large.png'")
    repo.git("commit -qm 'a pointer'")
    assert "is in Git itself" not in repo.run("git push -q origin large").err
    repo.git("push -q origin :large")
    told = repo.run("git push -q origin large").err
    assert "large.png (12.0 MiB) is in Git itself" in told
    assert "`git add --renormalize large.png`" in told


def test_a_pointer_by_chance_and_an_empty_file_stay_what_they_are(repo: Shell) -> None:
    chance = pointer(b"nobody has this")
    repo.write("by chance.png", chance)
    repo.write("another empty.png", "")
    repo.run("git -c filter.gitdata.process= -c filter.gitdata.clean= add .")
    repo.git("commit -qm chance")
    assert touched(repo).clean
    touched(repo).git("checkout -q main")
    touched(repo).git("checkout -q side")
    assert whole(repo)
    assert repo.read("by chance.png").decode() == chance
    assert repo.read("another empty.png") == b""


def test_a_repository_with_other_names(shell: Shell) -> None:
    shell.git("init -q --object-format=sha256 other")
    repo = shell.cd("other")
    repo.git("data init")
    repo.write("a name.bin", PICTURE)
    repo.git("add .")
    repo.git("commit -qm plain")
    repo.write(".gitattributes", "*.bin filter=gitdata -text\n")
    repo.git("add .gitattributes")
    repo.git("commit -qm pattern")
    os.utime(repo.cwd / "a name.bin", ns=(1, 1))
    assert repo.clean
    repo.write("a name.bin", "other\n")
    repo.git("commit -qam edit")
    assert repo.git("show 'HEAD:a name.bin'") == pointer(b"other\n")

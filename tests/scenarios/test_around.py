"""Commands that take commits elsewhere, look at many of them, clean up, or rename and remove: beside plain Git."""

import pytest
from beside import Beside, beside, present, somewhere_else
from shell import Shell, project


@pytest.fixture
def pair(shell: Shell) -> Beside:
    return beside(shell)


def versions(pair: Beside, count: int) -> None:
    for number in range(1, count + 1):
        pair.write("data/number.txt", f"{number}\n")
        pair.commit(f"v{number}")


def test_patches_applied_elsewhere_bring_their_data(shell: Shell, pair: Beside) -> None:
    pair.git("push -q origin main")
    top = pair.ours.cwd.parent
    shell.git(f"clone -q {pair.plain.cwd.parent / 'hub.git'} twin")
    there = Beside(somewhere_else(shell, "there", str(top / "hub.git"), bucket=top / "bucket"), shell.cd("twin"))
    versions(pair, 2)
    pair.git("format-patch -q -o ../patches HEAD~2")
    pair.git("push -q origin main:review")
    for mine, origin in ((there.ours, pair.ours), (there.plain, pair.plain)):
        patches = sorted(str(patch) for patch in (origin.cwd.parent / "patches").iterdir())
        mine.git(f"am -q {' '.join(patches)}")
    there.same()
    assert there.ours.read("data/number.txt") == b"2\n"
    there.git("reset -q --hard HEAD~2")
    there.same()


def test_a_patch_whose_data_nobody_pushed_leaves_the_files_whole(shell: Shell, pair: Beside) -> None:
    pair.git("push -q origin main")
    top = pair.ours.cwd.parent
    there = somewhere_else(shell, "there", str(top / "hub.git"), bucket=top / "bucket")
    before = there.copy("before", "data")
    versions(pair, 1)
    pair.git("format-patch -q -o ../patches HEAD~1")
    patch = next((top / "patches").iterdir())
    applied = there.run(f"git am -q {patch}", code=None)
    assert "does not have it" in applied.err
    there.same(before, "data")
    pair.git("push -q origin main")
    there.git("data pull")
    assert there.read("data/number.txt") == b"1\n" and there.clean


def test_bisect_run_with_a_script_that_looks_at_the_data(pair: Beside) -> None:
    versions(pair, 8)
    pair.git("bisect start HEAD HEAD~7")
    for shell in (pair.ours, pair.plain):
        shell.run("git bisect run sh -c 'test $(cat data/number.txt) -lt 6'")
        assert shell.git("log -1 --format=%s refs/bisect/bad") == "v6\n"
    pair.git("bisect reset")
    pair.same()


@pytest.mark.parametrize("cone", ["--cone", "--no-cone"])
def test_sparse_checkout_and_back(pair: Beside, cone: str) -> None:
    pair.write("big/data/x.txt", "x\n")
    pair.write("small/code.py", "1\n")
    pair.ours.git("data track big/data")
    pair.git("add small")
    pair.plain.git("add big")
    pair.git("commit -qm more")
    chosen = "small data" if cone == "--cone" else "/small/ /data/ /data.gitdata /.git*"
    if pair.git(f"sparse-checkout init {cone}", code=None).code:  # before 2.35 there was no --no-cone to say
        pair.git("sparse-checkout init")
    pair.git(f"sparse-checkout set {chosen}")
    for shell in (pair.ours, pair.plain):
        assert shell.clean and not present(shell, "big/data/x.txt") and present(shell, "small/code.py")
    pair.same("data", "big/data")
    pair.write("data/a.txt", "while sparse\n")
    pair.commit("sparse")
    pair.same("data", "big/data")
    pair.git("checkout -q HEAD~1")
    pair.git("checkout -q main")
    pair.git("sparse-checkout disable")
    pair.same("data", "big/data")
    assert pair.ours.read("big/data/x.txt") == b"x\n"


def test_a_sparse_checkout_keeps_edited_data(pair: Beside) -> None:
    pair.write("big/data/x.txt", "x\n")
    pair.write("small/code.py", "1\n")
    pair.ours.git("data track big/data")
    pair.git("add small")
    pair.plain.git("add big")
    pair.git("commit -qm more")
    pair.write("big/data/x.txt", "edited\n")
    pair.git("sparse-checkout init --cone")
    pair.git("sparse-checkout set small data")
    pair.same("data", "big/data")
    assert pair.ours.read("big/data/x.txt") == b"edited\n"
    pair.git("sparse-checkout disable")
    pair.same("data", "big/data")
    assert not pair.ours.clean


def test_clean_spares_the_data_and_clean_x_can_be_undone(pair: Beside) -> None:
    copy = pair.ours.copy("data", "data")
    pair.write("junk.txt", "junk\n")
    pair.write("build.pyc", "junk\n")
    pair.git("clean -qfd")
    pair.same()
    pair.git("clean -qfdx")
    assert not present(pair.ours, "data")
    assert pair.ours.clean
    pair.ours.git("data checkout")
    pair.ours.same(copy, "data")
    pair.same()


def test_a_pointer_that_git_writes_again_brings_its_data_again(pair: Beside) -> None:
    pair.git("clean -qfdx")
    (pair.ours.cwd / "data.gitdata").unlink()
    pair.ours.git("checkout -q -- data.gitdata")
    pair.same()


def test_gc_and_repack_leave_the_store_alone(pair: Beside) -> None:
    versions(pair, 3)
    pair.git("reset -q --hard HEAD~2")
    pair.git("reflog expire --expire=now --all")
    pair.git("gc -q --prune=now")
    pair.git("repack -qad")
    pair.same()
    pair.git("checkout -q HEAD~1")
    pair.same()
    assert "checked" in pair.ours.git("data fsck")


def test_bundles_carry_commits_and_the_remote_their_data(shell: Shell, pair: Beside) -> None:
    versions(pair, 2)
    pair.git("push -q origin main")
    pair.git("bundle create -q ../all.bundle --all")
    top = pair.ours.cwd.parent
    there = somewhere_else(shell, "there", str(top / "all.bundle"), bucket=top / "bucket", options="-b main")
    there.same(pair.plain.cwd, "data")
    assert there.clean


def test_archives_hold_the_pointer_and_move_nothing(shell: Shell, pair: Beside) -> None:
    versions(pair, 2)
    made = pair.ours.run("git archive --format=tar -o ../old.tar HEAD~2")
    assert made.err == ""
    (shell.cwd / "out").mkdir()
    shell.run(f"tar xf {pair.ours.cwd.parent / 'old.tar'} -C out")
    assert present(shell, "out/data.gitdata") and not present(shell, "out/data")
    pair.same()


def test_stash_branch(pair: Beside) -> None:
    pair.write("data/a.txt", "stashed\n")
    pair.git("stash -q")
    versions(pair, 1)
    pair.git("stash branch later")
    pair.same()
    assert pair.ours.read("data/a.txt") == b"stashed\n"
    pair.commit("later")
    pair.git("checkout -q main")
    pair.same()


def test_replaced_commits(shell: Shell, pair: Beside) -> None:
    versions(pair, 3)
    for repo in (pair.ours, pair.plain):
        repo.git("replace --graft HEAD HEAD~2")
    pair.git("checkout -q HEAD~1")
    pair.same()
    assert pair.ours.read("data/number.txt") == b"1\n"
    pair.git("checkout -q main")
    pair.git("push -q origin main")
    top = pair.ours.cwd.parent
    there = somewhere_else(shell, "there", str(top / "hub.git"), bucket=top / "bucket")
    there.git("checkout -q main~1")
    assert there.read("data/number.txt") == b"2\n", "what is pushed is the history without replacements"


def test_filter_branch_and_subtree_splits_pass_pointers_through(pair: Beside) -> None:
    versions(pair, 2)
    pair.git("filter-branch -f --msg-filter 'cat' HEAD~1..HEAD", code=None)
    pair.same()


def test_renaming_the_pointer_renames_the_data(pair: Beside) -> None:
    pair.ours.git("mv data.gitdata moved.gitdata")
    pair.plain.git("mv data moved")
    pair.ours.git("status")
    pair.same("data", "moved")
    pair.git("commit -qam moved")
    pair.same("data", "moved")
    assert pair.ours.git("check-ignore moved") == "moved\n"
    pair.git("checkout -q HEAD~1")
    pair.same("data", "moved")
    pair.git("checkout -q main")
    pair.same("data", "moved")
    pair.git("revert --no-edit HEAD")
    pair.same("data", "moved")


def test_renaming_the_pointer_of_edited_data_and_committing_at_once(pair: Beside) -> None:
    pair.write("data/a.txt", "edited\n")
    pair.ours.git("mv data.gitdata deep.gitdata")
    pair.plain.git("mv data deep")
    pair.git("commit -qam deep")
    pair.same("data", "deep")
    assert pair.ours.clean and pair.ours.read("deep/a.txt") == b"edited\n"


def test_renaming_into_a_folder_without_live_status(pair: Beside) -> None:
    pair.ours.git("data init --no-live")
    for shell in (pair.ours, pair.plain):
        (shell.cwd / "deep").mkdir()
    pair.ours.git("mv data.gitdata deep/down.gitdata")
    pair.plain.git("mv data deep/down")
    pair.git("commit -qm deep")
    pair.same("data", "deep/down")
    assert pair.ours.clean


def test_renaming_a_folder_that_holds_a_pointer(pair: Beside) -> None:
    pair.write("place/data/x.txt", "x\n")
    pair.ours.git("data track place/data")
    pair.plain.git("add place")
    pair.git("commit -qm place")
    pair.git("mv place elsewhere")
    pair.write("elsewhere/data/x.txt", "edited\n")
    pair.same("place/data", "elsewhere/data")
    pair.git("commit -qam elsewhere")
    pair.same("place/data", "elsewhere/data")
    pair.git("checkout -q HEAD~1")
    pair.same("place/data", "elsewhere/data")
    pair.git("checkout -q main")
    pair.same("place/data", "elsewhere/data")


def test_removing_the_pointer_removes_the_data_and_history_brings_it_back(pair: Beside) -> None:
    pair.ours.git("rm -q data.gitdata")
    pair.plain.git("rm -qr data")
    pair.git("commit -qam gone")
    pair.same()
    assert not present(pair.ours, "data") and pair.ours.clean
    pair.git("checkout -q HEAD~1")
    pair.same()
    pair.git("checkout -q main")
    pair.same()
    pair.git("revert --no-edit HEAD")
    pair.same()
    pair.git("reset -q --hard HEAD~1")
    assert pair.ours.clean
    pair.same()


def test_taking_the_pointer_out_of_the_index_alone_keeps_the_data(pair: Beside) -> None:
    pair.ours.git("rm -q --cached data.gitdata")
    pair.ours.git("commit -qm untracked")
    assert pair.ours.read("data/a.txt") == b"one\n"
    assert pair.ours.git("status --porcelain") == "?? data.gitdata\n?? data/\n"


def test_a_commit_without_the_pointer_has_no_data(pair: Beside) -> None:
    for command in ("checkout -q HEAD~1", "checkout -q main", "switch -q --orphan bare", "checkout -q main"):
        pair.git(command)
        pair.same()
    pair.git("reset -q --hard HEAD~1")
    assert pair.ours.clean
    pair.same()
    pair.git("merge -q ORIG_HEAD")
    pair.same()


def test_edits_stay_when_their_pointer_goes(pair: Beside) -> None:
    """With live status Git refuses; without it they stay and are named."""
    pair.write("data/a.txt", "edited\n")
    pair.git("checkout -q HEAD~1", code=1)
    pair.same()
    pair.ours.git("data init --no-live")
    pair.ours.git("checkout -q -- data.gitdata")
    pair.ours.write("data/a.txt", "unseen\n")
    moved = pair.ours.run("git checkout -q HEAD~1")
    assert "stays" in moved.err and pair.ours.read("data/a.txt") == b"unseen\n"
    pair.ours.git("checkout -q main")
    assert pair.ours.read("data/a.txt") == b"unseen\n"
    assert pair.ours.read("data/sub/b.txt") == b"b\n"


@pytest.mark.parametrize(
    ("variable", "value", "question"),
    [
        ("GIT_DEFAULT_HASH", "sha256", "rev-parse --show-object-format"),
        ("GIT_DEFAULT_REF_FORMAT", "reftable", "rev-parse --show-ref-format"),
    ],
)
def test_the_main_job_in_repositories_of_newer_formats(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, variable: str, value: str, question: str
) -> None:
    monkeypatch.setenv(variable, value)
    repo = project(shell)
    if repo.run(f"git {question}", code=None).out != f"{value}\n":
        pytest.skip(f"this Git has no {value}")
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    one = repo.copy("one", "data")
    repo.write("data/a.txt", "two\n")
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("commit -qam two")
    two = repo.copy("two", "data")
    repo.git("push -q -u origin main")
    there = somewhere_else(shell, "there", str(shell.cwd / "hub.git"), bucket=shell.cwd / "bucket")
    there.same(two, "data")
    there.git("checkout -q HEAD~1")
    there.same(one, "data")
    there.git("checkout -q -b side")
    there.write("data/b.txt", "side\n")
    there.git("commit -qam side")
    there.git("merge -q --no-edit main")
    there.git("push -q origin side")
    repo.git("pull -q --no-rebase origin side")
    assert repo.read("data/b.txt") == b"side\n" and repo.clean and there.clean
    repo.write("data/a.txt", "stashed\n")
    repo.git("stash -q")
    repo.git("stash pop -q")
    repo.git("commit -qm partial data.gitdata")
    assert repo.clean

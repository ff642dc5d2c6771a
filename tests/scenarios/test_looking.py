"""Looking is free: `git status` stores nothing, and what it shows is recorded when Git takes it."""

import os
import shutil
import subprocess
import threading
import time

import pytest
from jobs import copy
from shell import Shell, first_commit, project

from gitdata.errors import BadPointer

HEAD = b"gitdata pointer 1 unrecorded\n"
LOOKS = ("status", "status --porcelain -uall", "diff-files --quiet", "data status", "update-index -q --refresh")


@pytest.fixture(scope="module", params=["listing", "tree"])
def prepared(lasting: Shell, request: pytest.FixtureRequest) -> Shell:
    """What every test begins with, made once in either form; its `repo` is a copy in the same place."""
    form = request.param
    (lasting.cwd / form).mkdir()
    repo = project(lasting.cd(form))
    if form == "tree":
        repo.git("config gitdata.listingLimit 3")
    for name in ("a.csv", "b.csv", "sub/c.csv", "sub/d.csv", "model.pt"):
        repo.write(f"data/{name}", f"{name}\n" * 100)
    repo.write("code.txt", "1\n")
    first_commit(repo)
    copy(lasting.cwd / form, lasting.cwd / f"{form}-kept")
    return repo


@pytest.fixture
def repo(prepared: Shell) -> Shell:
    place = prepared.cwd.parent
    copy(place.with_name(f"{place.name}-kept"), place)
    assert prepared.clean
    return prepared


def stored(repo: Shell) -> dict[str, int]:
    """Every file of the store, and its size, without the product's help."""
    packs = repo.cwd / ".git/gitdata/packs"
    return {str(path.relative_to(packs)): path.stat().st_size for path in packs.rglob("*") if path.is_file()}


def git_knows(repo: Shell) -> set[str]:
    return set(repo.git("cat-file --batch-all-objects --batch-check").splitlines())


def test_looks_while_a_checkpoint_is_rewritten_store_nothing(repo: Shell) -> None:
    before = stored(repo), git_knows(repo)
    stop = threading.Event()

    def train() -> None:
        while not stop.is_set():
            (repo.cwd / "data/model.pt").write_bytes(os.urandom(200_000))
            time.sleep(0.005)

    trainer = threading.Thread(target=train)
    trainer.start()
    try:
        for number in range(6 * len(LOOKS)):
            repo.git(LOOKS[number % len(LOOKS)], code=None)
    finally:
        stop.set()
        trainer.join()
    assert (stored(repo), git_knows(repo)) == before
    assert not list((repo.cwd / ".git/gitdata").rglob("tmp/*"))
    repo.git("commit -qam trained")
    assert repo.clean and len(stored(repo)) > len(before[0])


def test_the_pointer_says_what_was_edited(repo: Shell) -> None:
    repo.write("data/a.csv", "longer than it was\n" * 200)
    repo.write("data/new.csv", "new\n")
    (repo.cwd / "data/b.csv").unlink()
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    text = repo.read("data.gitdata")
    assert text.startswith(HEAD)
    assert text.splitlines()[3:] == [b"edits 3", b"M 3800 a.csv", b"D 600 b.csv", b"A 4 new.csv"]
    assert len(text) != int(repo.git("cat-file -s :data.gitdata"))


def test_edits_that_are_taken_back_leave_no_trace(repo: Shell) -> None:
    text, held = repo.read("data.gitdata"), repo.read("data/a.csv")
    repo.write("data/a.csv", "other\n")
    repo.write("data/new.csv", "new\n")
    assert not repo.clean
    repo.write("data/a.csv", held)
    (repo.cwd / "data/new.csv").unlink()
    assert repo.clean
    assert repo.read("data.gitdata") == text


@pytest.mark.parametrize(
    "command", ["add data.gitdata", "add -A", "commit -qam taken", "commit -qm taken data.gitdata"]
)
def test_what_git_takes_is_recorded(repo: Shell, command: str) -> None:
    repo.write("data/a.csv", "edited\n")
    repo.git("status")
    repo.git(command)
    assert not repo.read("data.gitdata").startswith(HEAD)
    assert repo.git("show :data.gitdata").encode() == repo.read("data.gitdata")
    assert repo.git("diff") == "" and repo.git("diff-files") == ""
    if command.startswith("add"):
        assert repo.git("status --porcelain") == "M  data.gitdata\n"
        repo.git("commit -qm taken")
    assert repo.clean
    copy = repo.copy("taken", "data")
    repo.git("checkout -q HEAD~1")
    repo.git("checkout -q main")
    repo.same(copy, "data")


def test_the_scripts_know_that_pointers_written_by_git_data_have_not_moved(repo: Shell) -> None:
    script = "state=.git/gitdata common=.git; . .git/gitdata/hooks/unmoved; unmoved"
    repo.write("data/a.csv", "edited\n")
    repo.git("commit -qam taken")
    repo.git("status")
    assert repo.run(f"sh -c '{script}'", code=None).code == 0
    repo.write("data/a.csv", "edited again\n")
    repo.git("status")
    assert repo.run(f"sh -c '{script}'", code=None).code == 0
    text = repo.read("data.gitdata")
    time.sleep(0.05)
    (repo.cwd / "data.gitdata").write_bytes(text)
    assert repo.run(f"sh -c '{script}'", code=None).code != 0


def test_a_diff_shows_files_and_takes_nothing(repo: Shell) -> None:
    repo.write("data/a.csv", "edited\n")
    told = repo.git("diff")
    assert "file a.csv" in told and "unrecorded" not in told
    assert repo.git("diff") == told
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("restore data.gitdata")
    assert repo.clean and repo.read("data/a.csv") == b"a.csv\n" * 100


@pytest.mark.parametrize(
    "command", ["restore data.gitdata", "checkout -q -- .", "reset -q --hard", "checkout -q -f", "stash -q"]
)
def test_what_was_shown_may_be_discarded(repo: Shell, command: str) -> None:
    copy = repo.copy("before", "data")
    repo.write("data/a.csv", "edited\n")
    repo.write("data/new/one.csv", "new\n")
    (repo.cwd / "data/sub/c.csv").unlink()
    (repo.cwd / "data/b.csv").chmod(0o755)
    (repo.cwd / "data/link").symlink_to("b.csv")
    assert not repo.clean
    edited = repo.copy("edited", "data")
    repo.git(command)
    repo.same(copy, "data")
    assert repo.clean
    if command.startswith("stash"):
        repo.git("stash pop -q")
        repo.same(edited, "data")


def test_what_was_edited_after_the_look_stays(repo: Shell) -> None:
    """Git decides by what it was shown; whatever came after that is a person's."""
    repo.write("data/a.csv", "shown\n")
    repo.write("data/b.csv", "shown\n")
    assert not repo.clean
    repo.write("data/b.csv", "later\n")
    repo.write("data/c.csv", "later\n")
    told = repo.run("git -c core.fsmonitor=false reset -q --hard", code=None).err
    assert "data/b.csv, data/c.csv stay as they are" in told
    assert repo.read("data/a.csv") == b"a.csv\n" * 100
    assert repo.read("data/b.csv") == b"later\n" == repo.read("data/c.csv")
    assert repo.git("status --porcelain") == " M data.gitdata\n"


@pytest.mark.parametrize("command", ["checkout -q other", "merge -q other", "rebase -q other", "pull -q . other"])
def test_git_refuses_to_lose_what_it_was_shown(repo: Shell, command: str) -> None:
    repo.git("checkout -q -b other")
    repo.write("data/a.csv", "other\n")
    repo.git("commit -qam other")
    repo.git("checkout -q main")
    repo.write("data/b.csv", "mine\n")
    before = stored(repo)
    assert repo.run(f"git {command}", code=None).code != 0
    assert repo.read("data/b.csv") == b"mine\n"
    assert stored(repo) == before


def test_a_look_waits_for_nobody(repo: Shell) -> None:
    repo.write("data/a.csv", "edited\n")
    holding = ["flock", str(repo.cwd / ".git/gitdata/lock"), "flock", str(repo.cwd / ".git/gitdata/catalog.lock")]
    with subprocess.Popen([*holding, "sleep", "30"]) as held:
        time.sleep(0.3)
        assert repo.git("status --porcelain") == " M data.gitdata\n"
        assert held.poll() is None
        held.kill()


@pytest.mark.parametrize("look", LOOKS)
def test_a_look_while_somebody_is_at_work(repo: Shell, look: str) -> None:
    with subprocess.Popen(["flock", str(repo.cwd / ".git/gitdata/worktree.lock"), "sleep", "60"]) as held:
        time.sleep(0.2)
        repo.git(look, code=None)
        assert held.poll() is None, "nobody has waited"
        held.kill()


def test_a_pointer_that_tells_of_edits_is_pushed_by_nobody_and_mended(repo: Shell) -> None:
    """A Git without the filter may commit it."""
    repo.write("data/a.csv", "edited\n")
    assert not repo.clean
    repo.git("-c filter.gitdata.process= -c filter.gitdata.clean= commit -qam bad", GIT_DATA_SKIP="1")
    assert repo.git("show HEAD:data.gitdata").encode().startswith(HEAD)
    refused = repo.run("git push -q origin main", code=None)
    assert refused.code != 0 and "never recorded" in refused.err and "git data add" in refused.err
    assert repo.run("git data push", code=BadPointer.exit_code).err.count("\n") == 1
    assert "modified" in repo.git("data status")
    repo.git("data add data")
    repo.git("commit -qm mended")
    assert repo.clean
    repo.git("push -q origin main")
    repo.cd("..").git("clone -q hub.git clone")
    clone = repo.cd("../clone")
    clone.run("git data init", code=None)
    clone.git("data trust")
    clone.git("data pull")
    clone.same(repo.copy("mended", "data"), "data")


def test_a_look_that_was_killed_is_made_up_for(repo: Shell) -> None:
    """It has written the pointer, and could not remember that."""
    repo.write("data/a.csv", "edited\n")
    assert not repo.clean
    for file in (repo.cwd / ".git/gitdata/edits").iterdir():
        file.unlink()
    (repo.cwd / ".git/gitdata/looked").unlink()  # what says when the last complete look was comes last
    for command in ("status", "data checkout", "data status"):
        repo.git(command)
        assert repo.read("data/a.csv") == b"edited\n"
    repo.git("commit -qam kept")
    assert repo.clean


def test_a_filter_that_was_killed_is_made_up_for(repo: Shell) -> None:
    """Git has the recorded pointer; the one in the work tree still tells of the edits."""
    repo.write("data/a.csv", "edited\n")
    assert not repo.clean
    lock = repo.cwd / ".git/gitdata/worktree.lock"
    text = repo.read("data.gitdata")
    with subprocess.Popen(["flock", str(lock), "sleep", "1"]):
        time.sleep(0.2)
        # The filter waits for the lock, the last step of it does not.
        repo.git("-c core.fsmonitor=false add data.gitdata")
    if repo.read("data.gitdata") == text:
        assert repo.git("status --porcelain") == "M  data.gitdata\n"
    repo.git("commit -qm kept")
    assert repo.clean
    repo.write("data/b.csv", "edited\n")
    repo.git("commit -qam more")
    assert repo.clean


def test_beyond_the_budget_a_touched_file_is_an_edit_until_it_is_recorded(repo: Shell) -> None:
    repo.git("config gitdata.lookBytes 100")
    os.utime(repo.cwd / "data/a.csv")
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.git("add -A")
    assert repo.clean


def test_what_a_checkout_has_written_is_known(repo: Shell) -> None:
    """However much it was: nothing of it has to be read again."""
    repo.git("config gitdata.lookBytes 5000")
    first = repo.read("data/model.pt")
    repo.write("data/model.pt", os.urandom(3_000_000))
    repo.git("commit -qam model")
    for number in range(4):
        repo.write("data/model.pt", os.urandom(3_000_000))
        repo.git(f"commit -qam {number}")
    for target in ("HEAD~1", "HEAD~2", "main", "main~5", "main"):
        repo.git(f"checkout -q {target}")
        assert repo.clean, target
    repo.git("checkout -q main~5")
    assert repo.read("data/model.pt") == first


def test_the_data_that_git_reset_gave_back(repo: Shell) -> None:
    held = repo.read("data/a.csv")
    repo.write("data/a.csv", "staged\n")
    repo.git("add -A")
    repo.git("reset -q")
    assert repo.git("status --porcelain") == " M data.gitdata\n"
    repo.write("data/a.csv", held)
    assert repo.clean


def test_the_data_that_came_back_after_git_had_asked(repo: Shell) -> None:
    """Git has the recorded pointer for a diff only; the index is still what it was."""
    held = repo.read("data/a.csv")
    repo.write("data/a.csv", "edited\n")
    repo.git("diff")
    repo.write("data/a.csv", held)
    assert repo.clean
    assert repo.git("diff") == ""


def test_what_git_takes_is_whole_also_when_packs_were_lost(repo: Shell) -> None:
    """Data that is as it was when Git asks: all of it is stored again, the directories too."""
    held = repo.read("data/a.csv")
    repo.write("data/a.csv", "edited\n")
    assert not repo.clean
    repo.write("data/a.csv", held)
    shutil.rmtree(repo.cwd / ".git/gitdata/packs")
    repo.git("data fsck", code=None)
    repo.git("-c core.fsmonitor=false add data.gitdata")
    repo.git("push -q origin main")
    shell = repo.cd("..")
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.run("git data init", code=None)
    clone.git("data trust")
    clone.git("data pull")
    clone.same(repo.copy("whole", "data"), "data")


def test_a_state_made_by_hand_is_refused(repo: Shell) -> None:
    """What somebody else says was edited is no reason to record what is here."""
    repo.write("data.gitdata", HEAD + b"edits that `git add` or `git commit -a` will record\nbase " + b"0" * 64 + b"\n")
    told = repo.run("git add data.gitdata", code=None).err
    assert "tells of edits" in told
    assert repo.run("git commit -qm no", code=None).code != 0

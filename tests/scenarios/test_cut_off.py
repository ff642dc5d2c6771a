"""A checkout is killed half-way, and Git goes somewhere else: what is of other versions is not taken for an edit."""

import contextlib
import os
from collections.abc import Callable
from pathlib import Path

import pytest
from faulty import Stop
from shell import Shell, project

from gitdata import durable, workspace
from gitdata.errors import Conflict, Unfinished
from gitdata.formats.unrecorded import is_unrecorded
from gitdata.ops.following.checkout import checkout
from gitdata.ops.following.follow_renames import follow_renames
from gitdata.ops.following.materialise import materialise
from gitdata.ops.looking.look import look
from gitdata.ops.looking.status import status
from gitdata.ops.merging.resolve import resolve
from gitdata.ops.recording.record import moved
from gitdata.ops.recording.record_for_git import Recorder
from gitdata.workspace import Workspace
from gitdata.worktree import pointer_files

POINTER = b"data.gitdata"


def write_version(repo: Shell, version: str) -> None:
    data = repo.cwd / "data"
    for path in sorted(data.rglob("*"), reverse=True) if data.exists() else ():
        path.rmdir() if path.is_dir() and not path.is_symlink() else path.unlink()
    for name in ("a", "b", "c", f"only-{version}", f"in-{version}/deep/file", "same"):
        repo.write(f"data/{name}", "same" if name == "same" else f"{version} {name}\n")
    repo.write("data/kind" if version != "v1" else "data/kind/inside", f"{version}\n")
    (data / "link").symlink_to(version)


@pytest.fixture
def repo(shell: Shell, request: pytest.FixtureRequest) -> Shell:
    """Three versions, tagged; the last one is checked out."""
    repo = project(shell)
    repo.git("config gitdata.fsync false")
    if getattr(request, "param", "listing") == "tree":
        repo.git("config gitdata.listingLimit 1")
    for version in ("v1", "v2", "v3"):
        write_version(repo, version)
        if version == "v1":
            repo.git("data track data")
        repo.git(f"commit -qam {version}")
        repo.git(f"tag {version}")
    return repo


def names(repo: Shell) -> dict[str, str]:
    """Everything in the data but our own half-written files."""
    data, found = repo.cwd / "data", {}
    for path in sorted(data.rglob("*")):
        if not path.name.startswith(".gitdata-tmp-"):
            content = os.readlink(path) if path.is_symlink() else "" if path.is_dir() else path.read_text()
            found[str(path.relative_to(data))] = content
    return found


def texts(repo: Shell) -> dict[str, bytes]:
    return {version: repo.git(f"show {version}:data.gitdata").encode() for version in ("v1", "v2", "v3")}


def at_step(number: int) -> Callable[[str], None]:
    """A `before_step` at which the program dies, once the data is being written."""
    count = 0

    def before(_name: str) -> None:
        nonlocal count
        count += 1
        if count == number:
            raise Stop

    return before


def killed(place: Workspace, text: bytes, step: int, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Git writes the pointer `text`, and what should follow dies before a step; whether it came so far."""
    pointer_files.write(place.root(POINTER), text)
    monkeypatch.setattr(durable, "before_step", at_step(step))
    try:
        materialise(place, [POINTER])
    except Stop:
        return True
    finally:
        monkeypatch.setattr(durable, "before_step", lambda _name: None)
    return False


@pytest.mark.parametrize(("repo", "on_to"), [("listing", "v3"), ("tree", "v2")], indirect=["repo"])
def test_wherever_it_is_killed(repo: Shell, monkeypatch: pytest.MonkeyPatch, on_to: str) -> None:
    """On the way from the third version to the first; then on to a version: to that alone."""
    known, place, step = texts(repo), workspace.here(repo.cwd), 0
    versions: dict[str, dict[str, str]] = {}
    for version in ("v1", "v2", "v3"):
        pointer_files.write(place.root(POINTER), known[version])
        materialise(place, [POINTER])
        versions[version] = names(repo)
    while killed(place, known["v1"], step := step + 1, monkeypatch):
        half = names(repo)
        pointer_files.write(place.root(POINTER), known[on_to])
        if place.state.pending.exists():
            assert look(place).pending == (POINTER,) and moved(place, [POINTER]) == [POINTER]
        else:
            assert half in (versions["v1"], versions["v3"])
        assert pointer_files.read(place.root(POINTER)) == known[on_to]  # nothing was recorded over it
        done = materialise(place, [POINTER])
        assert done.error is None and names(repo) == versions[on_to]
        assert not place.state.pending.exists() and look(place).changed == ()
        pointer_files.write(place.root(POINTER), known["v3"])
        materialise(place, [POINTER])
        assert names(repo) == versions["v3"]
    assert step > 10


def test_as_typed(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    third, place = names(repo), workspace.here(repo.cwd)
    repo.git("-c filter.gitdata.process= checkout -q v1", GIT_DATA_SKIP="1")
    assert killed(place, texts(repo)["v1"], 9, monkeypatch)
    assert names(repo) != third
    assert "not followed" in repo.run("git data status", code=None).out
    repo.git("checkout -q main")
    assert names(repo) == third and repo.clean
    repo.git("commit -qm code --allow-empty")
    assert repo.git("diff --name-only v3 HEAD") == ""
    assert not (repo.cwd / ".git/gitdata/pending").exists()


@pytest.mark.parametrize("repo", ["tree"], indirect=True)
def test_a_second_one_is_killed_too_and_an_edit_stays(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    third, known, place = names(repo), texts(repo), workspace.here(repo.cwd)
    assert killed(place, known["v1"], 9, monkeypatch)
    assert killed(place, known["v2"], 12, monkeypatch)
    assert len(place.state.unfinished()[POINTER]) == 2
    repo.write("data/mine", "an edit\n")
    repo.write("data/same", "an edit\n")
    pointer_files.write(place.root(POINTER), known["v3"])
    assert materialise(place, [POINTER]).error is None
    assert names(repo) == third | {"mine": "an edit\n", "same": "an edit\n"}


def test_an_edit_of_what_differs_is_a_conflict(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    known, place = texts(repo), workspace.here(repo.cwd)
    assert killed(place, known["v1"], 9, monkeypatch)
    repo.write("data/a", "an edit\n")
    pointer_files.write(place.root(POINTER), known["v2"])
    assert isinstance(materialise(place, [POINTER]).error, Conflict)
    assert repo.read("data/a") == b"an edit\n" and repo.read("data/b") == b"v2 b\n"


def test_each_root_has_a_mark_of_its_own(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.write("more/x", "one\n")
    repo.git("data track more")
    repo.git("commit -qm more")
    before, place = names(repo), workspace.here(repo.cwd)
    more = pointer_files.read(place.root(b"more.gitdata"))
    assert more is not None
    assert killed(place, texts(repo)["v1"], 9, monkeypatch)
    place.state.begin(b"more.gitdata", more)
    assert materialise(place, [b"more.gitdata"]).error is None
    assert list(place.state.unfinished()) == [POINTER]  # to finish one finishes no other
    repo.git("checkout -q -- data.gitdata")
    repo.git("commit -qm code --allow-empty")
    assert names(repo) == before and not place.state.pending.exists()


def test_the_pointer_goes_away_meanwhile(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    third, place = names(repo), workspace.here(repo.cwd)
    assert killed(place, texts(repo)["v1"], 9, monkeypatch)
    repo.git("rm -q -f --cached data.gitdata", GIT_DATA_SKIP="1")
    (repo.cwd / "data.gitdata").unlink()
    assert follow_renames(place).removed == (POINTER,)
    assert not (repo.cwd / "data").exists() and not place.state.pending.exists()
    repo.git("reset -q --hard")
    assert names(repo) == third


def test_a_mark_of_an_older_version_knows_no_aim(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    third, known, place = names(repo), texts(repo), workspace.here(repo.cwd)
    assert killed(place, known["v1"], 9, monkeypatch)
    place.state.pending.write_bytes(POINTER + b"\0")
    half = names(repo)
    pointer_files.write(place.root(POINTER), known["v3"])
    assert isinstance(materialise(place, [POINTER]).error, Unfinished)
    refused = repo.run("git commit -qam code --allow-empty", code=1)
    assert "half in place" in refused.err and names(repo) == half
    repo.git("data checkout --force")
    assert names(repo) == third and not place.state.pending.exists() and repo.clean


def test_what_a_person_names_is_taken_as_it_is(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    place = workspace.here(repo.cwd)
    assert killed(place, texts(repo)["v1"], 9, monkeypatch)
    half = names(repo)
    repo.git("data add data")
    assert names(repo) == half and not place.state.pending.exists()
    repo.git("commit -qm half")
    assert repo.clean


def test_a_conflict_is_settled_on_whole_data(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    repo.git("checkout -q -b side")
    repo.write("data/a", "side\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("data/a", "main\n")
    repo.write("data/b", "main\n")
    repo.git("commit -qam main")
    repo.run("git merge side", code=1)
    place = workspace.here(repo.cwd)
    merged = pointer_files.read(place.root(POINTER))
    assert merged is not None
    assert killed(place, texts(repo)["v1"], 9, monkeypatch)
    pointer_files.write(place.root(POINTER), merged)
    assert resolve(place, "theirs", []).roots[0].left == ()
    assert repo.read("data/a") == b"side\n" and repo.read("data/b") == b"main\n"
    assert repo.read("data/c") == b"v3 c\n" and not Path(repo.cwd / "data/only-v1").exists()


def test_a_look_that_was_killed(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever it has told Git by then: the edits are edits for everybody, and can be recorded."""
    place, step, told = workspace.here(repo.cwd), 0, 0
    root, base = place.root(POINTER), texts(repo)["v3"]
    repo.write("data/a", "edited\n")
    here = names(repo)
    while True:
        monkeypatch.setattr(durable, "before_step", at_step(step := step + 1))
        try:
            look(place)
            break
        except Stop:
            monkeypatch.setattr(durable, "before_step", lambda _name: None)
        assert [change.path for one in status(place).roots for change in one.changes] == [b"data/a"]
        assert checkout(place, []).roots == () and names(repo) == here
        text = pointer_files.read(root)
        if text is not None and is_unrecorded(text):
            told += 1
            with contextlib.closing(Recorder(place)) as recorder:
                recorded = pointer_files.parse(POINTER, recorder.record(POINTER, text))
            assert recorded.listing is not None and recorded.listing[b"a"].size == len("edited\n")
        pointer_files.write(root, base)
        place.state.set_base(POINTER, base)
        place.state.set_edits(POINTER, None)
    assert told > 1 and step > 4

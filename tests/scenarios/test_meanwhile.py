"""People go on working while data is fetched and written: what they edit meanwhile stays and is reported."""

import sys
from collections.abc import Callable, Iterator

import pytest
from patterned import content, tracked_by_pattern
from shell import Shell, project

from gitdata import durable, workspace
from gitdata.errors import Conflict
from gitdata.ids import BlobId
from gitdata.ops.following import fill_pattern_files as filling
from gitdata.ops.following.checkout import checkout
from gitdata.ops.following.follow_renames import follow_renames
from gitdata.ops.merging.resolve import resolve
from gitdata.ops.transfer.obtain import Supply
from gitdata.store.store import Store
from gitdata.worktree import materialise as writing

WORK = "an hour of work\n"


@pytest.fixture
def clone(shell: Shell, request: pytest.FixtureRequest) -> Shell:
    """At the first version of two; the pointer says the second, whose data is still on the remote."""
    repo = project(shell)
    if request.param == "tree":
        repo.git("config gitdata.listingLimit 1")
    for name in ("notes", "other", "gone", "same"):
        repo.write(f"data/{name}", f"first {name}\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("push -q -u origin main")
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.git("data init", code=None)
    clone.git("data trust")
    clone.git("data pull")
    assert clone.read("data/notes") == b"first notes\n"
    for name in ("notes", "other", "new"):
        repo.write(f"data/{name}", f"second {name}\n")
    (repo.cwd / "data/gone").unlink()
    repo.git("commit -qam second")
    repo.git("push -q")
    clone.git("-c filter.gitdata.process= pull -q", GIT_DATA_SKIP="1")
    assert clone.read("data/notes") == b"first notes\n" and "second" in clone.git("log --oneline")
    return clone


@pytest.fixture
def fetching(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[Callable[[], object]], None]]:
    """Hands over what shall happen while what is missing is fetched, once."""
    real = Supply.files

    def arrange(edit: Callable[[], object]) -> None:
        def files(*arguments: object) -> object:
            absent = real(*arguments)  # type: ignore[arg-type]
            monkeypatch.setattr(Supply, "files", real)
            edit()
            return absent

        monkeypatch.setattr(Supply, "files", files)

    yield arrange


@pytest.mark.parametrize(("clone", "force"), [("listing", True), ("tree", False)], indirect=["clone"])
def test_edits_while_data_is_fetched(
    clone: Shell, fetching: Callable[[Callable[[], object]], None], force: bool
) -> None:
    names = ("notes", "gone", "new")
    fetching(lambda: [clone.write(f"data/{name}", WORK) for name in names])
    done = checkout(workspace.here(clone.cwd), [], force=force)
    assert isinstance(done.error, Conflict) and all(f"data/{name}" in str(done.error) for name in names)

    def untouched() -> bool:
        return all(clone.read(f"data/{name}") == WORK.encode() for name in names)

    assert untouched() and clone.read("data/other") == b"second other\n" and clone.read("data/same") == b"first same\n"
    assert not (clone.cwd / ".git/gitdata/pending").exists()
    # They are edits of the second version now, like any others: shown, kept by what goes on, committed when asked to.
    assert all(f"data/{name}" in clone.run("git data status", code=None).out for name in names)
    clone.git("data checkout")
    assert untouched()
    clone.git("commit -qam mine")
    clone.git("checkout -q HEAD~")
    assert clone.read("data/notes") == b"second notes\n" and not (clone.cwd / "data/gone").exists()
    clone.git("checkout -q main")
    assert untouched() and clone.clean


@pytest.mark.parametrize("clone", ["listing"], indirect=True)
def test_the_command_that_a_person_types_fails(clone: Shell) -> None:
    slow = clone.cwd.parent / "slow.py"
    slow.write_text(
        "import sys\n"
        "from gitdata.ops.transfer import obtain\n"
        "from gitdata.__main__ import main\n"
        "real = obtain.Supply.files\n"
        "def files(*arguments):\n"
        "    absent = real(*arguments)\n"
        f"    open('data/notes', 'w').write({WORK!r})\n"
        "    return absent\n"
        "obtain.Supply.files = files\n"
        "sys.argv[0] = 'git-data'\n"
        "sys.exit(main())\n"
    )
    done = clone.run(f"{sys.executable} {slow} checkout", code=Conflict.exit_code)
    assert "data/notes" in done.err and clone.read("data/notes") == WORK.encode()


def test_an_edit_while_data_leaves_with_its_pointer(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = project(shell)
    for name in ("a", "b", "c"):
        repo.write(f"data/{name}", name)
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("rm -q data.gitdata", GIT_DATA_SKIP="1")
    real = writing.keep_unsaved

    def slow(*arguments: object) -> int:
        repo.write("data/b", WORK)
        return real(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(writing, "keep_unsaved", slow)
    assert follow_renames(workspace.here(repo.cwd)).kept == (b"data.gitdata",)
    assert [(repo.cwd / "data" / name).exists() for name in "abc"] == [True, True, True]  # nothing is half gone
    monkeypatch.setattr(writing, "keep_unsaved", real)
    repo.write("data/b", "b")
    count = 0

    def before(step: str) -> None:
        nonlocal count
        count += step == "unlink"
        if count == 1:
            repo.write("data/b", WORK)

    monkeypatch.setattr(durable, "before_step", before)
    assert follow_renames(workspace.here(repo.cwd)).kept == (b"data.gitdata",)
    assert repo.read("data/b") == WORK.encode()


def test_an_edit_while_a_conflict_is_settled(shell: Shell, fetching: Callable[[Callable[[], object]], None]) -> None:
    repo = project(shell)
    repo.write("data/a", "first\n")
    repo.write("data/b", "first\n")
    repo.git("data track data")
    repo.git("commit -qm first")
    repo.git("checkout -q -b side")
    repo.write("data/a", "side\n")
    repo.git("commit -qam side")
    repo.git("checkout -q main")
    repo.write("data/a", "main\n")
    repo.git("commit -qam main")
    repo.run("git merge side", code=1)
    fetching(lambda: repo.write("data/a", WORK))
    done = resolve(workspace.here(repo.cwd), "theirs", [])
    assert isinstance(done.error, Conflict) and "data/a" in str(done.error)
    assert repo.read("data/a") == WORK.encode()
    assert repo.git("ls-files -u") != ""  # the person says when it is settled
    repo.git("data add data")
    repo.git("commit -q --no-edit")
    assert repo.clean and repo.read("data/a") == WORK.encode()


def test_an_edit_while_a_pattern_file_is_filled(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    repo = tracked_by_pattern(shell)
    repo.write("mine.bin", content(7, 300_000))
    repo.git("add mine.bin")
    repo.git("commit -qm mine")
    repo.write("mine.bin", repo.run("git cat-file blob HEAD:mine.bin").out)
    real = Store.stream

    def slow(store: Store, blob: BlobId, size: int | None = None) -> Iterator[bytes | memoryview]:
        yield from real(store, blob, size)
        repo.write("mine.bin", WORK)

    monkeypatch.setattr(Store, "stream", slow)
    (moved,) = filling.fill_pattern_files(workspace.here(repo.cwd), [b"mine.bin"]).roots
    assert moved.written == 0 and moved.conflicts == (b"",)
    assert repo.read("mine.bin") == WORK.encode()

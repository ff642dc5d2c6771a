"""Pointers in history, ignore rules, managed blocks."""

import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shell import Shell

from gitdata.errors import GitFailed, UsageError
from gitdata.git import attributes, config, ignore, pointers
from gitdata.git.program import Git


@pytest.fixture
def repo(shell: Shell) -> Shell:
    shell.git("init -q r")
    return shell.cd("r")


def commit(repo: Shell, content: str, path: str = "data.gitdata") -> str:
    repo.write(path, content)
    repo.git("add .")
    repo.git("commit -qm c")
    return repo.git("rev-parse HEAD").strip()


def texts(repo: Shell, tips: list[str], excluded: list[str]) -> list[bytes]:
    git = Git(repo.cwd)
    found = pointers.introduced(git, tips, excluded)
    contents = pointers.read(git, [item.oid for item in found])
    return [contents[item.oid] for item in found]


def test_every_version_in_order(repo: Shell) -> None:
    for number in range(3):
        commit(repo, f"v{number}")
    assert texts(repo, ["HEAD"], []) == [b"v0", b"v1", b"v2"]
    assert texts(repo, ["HEAD"], ["HEAD~1"]) == [b"v2"]


def test_the_tips_count_also_when_nothing_is_new(repo: Shell) -> None:
    head = commit(repo, "v0")
    assert texts(repo, [head], [head]) == [b"v0"]
    assert texts(repo, [head], ["1" * 40]) == [b"v0"]


def test_merges_bring_what_neither_parent_had(repo: Shell) -> None:
    commit(repo, "base")
    repo.git("checkout -qb side")
    commit(repo, "side")
    repo.git("checkout -q main")
    commit(repo, "main")
    repo.git("merge -q -s ours --no-commit side")
    commit(repo, "merged")
    assert set(texts(repo, ["main"], [])) == {b"base", b"side", b"main", b"merged"}


def test_versions_that_a_later_commit_deleted_count(repo: Shell) -> None:
    commit(repo, "v0")
    repo.git("rm -q data.gitdata")
    repo.git("commit -qm gone")
    assert texts(repo, ["HEAD"], []) == [b"v0"]


def test_annotated_tags_and_all_refs(repo: Shell) -> None:
    commit(repo, "v0")
    repo.git("tag -m note t")
    commit(repo, "v1")
    assert texts(repo, ["t"], []) == [b"v0"]
    assert set(texts(repo, ["--all"], [])) == {b"v0", b"v1"}
    with pytest.raises(GitFailed, match="no revision 'nowhere'"):
        texts(repo, ["nowhere"], [])
    with pytest.raises(GitFailed, match="no revision"):
        pointers.at(Git(repo.cwd), "--output=x")


def test_odd_paths_and_other_files(repo: Shell) -> None:
    commit(repo, "odd", "sp ace/n\u00e4me\t.gitdata")
    commit(repo, "none", ".gitdata")
    commit(repo, "none", "x.gitdata.txt")
    found = pointers.at(Git(repo.cwd), "HEAD")
    assert list(found) == ["sp ace/n\u00e4me\t.gitdata".encode()]
    assert texts(repo, ["HEAD"], []) == [b"odd"]
    assert list(pointers.in_index(Git(repo.cwd)).pointers) == list(found)


def test_history_of_one_pointer_newest_first(repo: Shell) -> None:
    for number in range(4):
        commit(repo, f"v{number}")
        commit(repo, f"other{number}", "other.gitdata")
    git = Git(repo.cwd)
    oids = pointers.history(git, "HEAD", b"data.gitdata", 3)
    contents = pointers.read(git, oids)
    assert [contents[oid] for oid in oids] == [b"v3", b"v2", b"v1"]


def test_a_repository_with_sha256(shell: Shell) -> None:
    shell.git("init -q --object-format=sha256 r")
    repo = shell.cd("r")
    commit(repo, "v0")
    assert texts(repo, ["HEAD"], ["0" * 64]) == [b"v0"]


def test_staging_into_the_index(repo: Shell) -> None:
    commit(repo, "v0")
    git = Git(repo.cwd)
    pointers.stage(git, {b"data.gitdata": b"v1", b"new.gitdata": b"n"})
    assert repo.git("show :data.gitdata") == "v1"
    assert repo.git("show :new.gitdata") == "n"
    pointers.remove(git, [b"new.gitdata"])
    assert list(pointers.in_index(git).pointers) == [b"data.gitdata"]


def test_configuration(repo: Shell) -> None:
    repo.git("config gitdata.live no")
    repo.git("config gitdata.largeFile 2m")
    repo.git("config --add gitdata.trust one")
    repo.git("config --add gitdata.trust two")
    repo.git("config gitdata-remote.My.url s3://x")
    repo.git("config core.fsmonitor mine")
    found = config.load(Git(repo.cwd))
    assert not found.boolean("gitdata.live", default=True)
    assert found.boolean("gitdata.autostage", default=True)
    assert found.integer("gitdata.largeFile", 1) == 2 << 20
    assert found.all("gitdata.trust") == ["one", "two"]
    assert found.get("gitdata-remote.My.url") == "s3://x"
    assert found.get("core.fsmonitor") == "mine"
    assert found.get("filter.gitdata.process") is None
    repo.git("config gitdata.live perhaps")
    with pytest.raises(UsageError, match="perhaps"):
        config.load(Git(repo.cwd)).boolean("gitdata.live", default=True)


RULES = ["*.tmp", "/data/cache/", "!keep.tmp", "data/**/raw", "a?b", "[xyz].bin", "# comment", "", "\\#odd", "dir/"]
PATHS = [
    "data/a.tmp",
    "data/keep.tmp",
    "data/cache/x",
    "data/d/raw",
    "data/a1b",
    "data/x.bin",
    "data/#odd",
    "data/dir/f",
    "data/plain",
    "data/sub/cache/y",
]


def test_ignore_rules_agree_with_git(repo: Shell) -> None:
    """Git's own decision on the same rules in a .gitignore."""
    repo.write(ignore.FILE, "\n".join(RULES) + "\n")
    repo.write(".gitignore", "\n".join(RULES) + "\n")
    matcher = ignore.matcher(repo.cwd, b"data")
    assert matcher is not None

    def ours(path: str) -> bool:
        parts = path.encode().split(b"/")[1:]
        return any(matcher(b"/".join(parts[:count]), count < len(parts)) for count in range(1, len(parts) + 1))

    for path in PATHS:
        git = (
            subprocess.run(["git", "check-ignore", "-q", "--no-index", path], cwd=repo.cwd, check=False).returncode == 0
        )
        assert ours(path) == git, path


def test_no_ignore_file_no_matcher(tmp_path: Path) -> None:
    assert ignore.matcher(tmp_path, b"data") is None


@given(
    st.binary(min_size=1, max_size=12).filter(
        lambda name: b"/" not in name and b"\n" not in name and b"\0" not in name
    ),
    st.binary(max_size=40),
)
def test_the_managed_block_comes_and_goes(name: bytes, before: bytes) -> None:
    before = before.replace(b"# git-data", b"")
    with_it = attributes.with_ignored(before, name, directory=True)
    assert attributes.with_ignored(with_it, name, directory=True) == with_it
    gone = attributes.without_ignored(with_it, name)
    assert gone == before or gone == before + b"\n"


@pytest.mark.parametrize(
    "name", ["plain", "sp ace", "star*", "quest?", "br[ack]", "back\\slash", "!bang", "#hash", "trailing "]
)
def test_ignored_names_are_ignored_by_git_and_others_are_not(repo: Shell, name: str) -> None:
    repo.write(f"{name}/file", "x")
    repo.write("other/file", "x")
    (repo.cwd / ".gitignore").write_bytes(attributes.with_ignored(b"", name.encode(), directory=True))
    listed = repo.git("ls-files -o --exclude-standard -z").split("\0")
    assert sorted(filter(None, listed)) == [".gitignore", "other/file"]


def test_attributes_line_once() -> None:
    text = attributes.with_filter(b"*.png binary")
    assert text == b"*.png binary\n" + attributes.FILTER_LINE + b"\n"
    assert attributes.with_filter(text) == text

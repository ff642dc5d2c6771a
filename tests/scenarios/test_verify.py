"""A CI job asks whether the data of commits is on the remote: `git data verify`."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Shell, project

from gitdata import backends, workspace
from gitdata.backends import connect
from gitdata.backends.counting import CountingBackend
from gitdata.ops.keeping.verify import verify

pytestmark = pytest.mark.any_git


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """A listing, a tree with folders and a file tracked by pattern, in two versions each; only the first is pushed."""
    repo = project(shell)
    for name in ("a", "b", "sub/c"):
        repo.write(f"data/{name}", f"first {name}\n")
        repo.write(f"many/{name}", f"many {name}\n")
    repo.write("model.onnx", "a model\n")
    repo.git("data track data '*.onnx'")
    repo.git("config gitdata.listingLimit 3")
    repo.write("many/e", "")
    repo.git("data track many")
    repo.git("add .")
    repo.git("commit -qm first")
    repo.git("push -q origin main")
    repo.write("data/a", "second a\n")
    repo.write("many/sub/deep/d", "new\n")
    repo.write("model.onnx", "a better model\n")
    repo.git("commit -qam second")
    return repo


def missing(repo: Shell, words: str = "") -> list[tuple[str, str, str]]:
    done = repo.run(f"git data verify {words} --json", code=None)
    found = json.loads(done.out)["missing"]
    assert done.code == (29 if found else 0)
    assert all(one["author"] == "Ada <ada@example.com>" for one in found)
    subjects = {one["commit"]: repo.git(f"log -1 --format=%s {one['commit']}").strip() for one in found}
    return [(one["path"], subjects[one["commit"]], one["why"]) for one in found]


def packs(bucket: Path) -> Iterator[Path]:
    return (file for file in (bucket / "packs").rglob("*") if file.is_file())


def test_what_is_not_pushed_and_what_the_remote_has_lost(repo: Shell) -> None:
    assert missing(repo, "origin/main") == []
    gone = "its manifest is not there"
    second = [("data/a", "second", "no manifest says where it lies"), ("many", "second", gone)]
    second.append(("model.onnx", "second", gone))
    assert missing(repo) == missing(repo, "origin/main..HEAD") == second
    said = repo.run("git data verify", code=29)
    assert "3 of 6 versions of data are not whole on 'origin'" in said.err
    assert said.out.startswith("data/a: version ") and "by Ada <ada@example.com>: its manifest" in said.out

    repo.git("push -q origin main")
    assert "6 versions of data in 2 packs: all whole on 'origin'" in repo.git("data verify --all")
    bucket = repo.cwd.parent / "bucket"
    (first,) = [file for file in packs(bucket) if b"first a" in file.read_bytes()]
    content = first.read_bytes()
    first.chmod(0o600)
    first.write_bytes(content[:10])
    found = missing(repo)
    assert ("data/b", "first", f"pack {first.name[:12]} is gone or cut off there") in found
    assert {subject for _path, subject, _why in found} == {"first"}, "each thing is told once, for its first version"
    assert not any(path.endswith("/d") for path, _subject, _why in found), "what lies elsewhere is there"
    first.write_bytes(content)
    assert missing(repo) == []
    root = json.loads(repo.git("data ls --json main~1 model.onnx"))[0]["blob"]
    (manifest,) = (bucket / "manifests" / root).iterdir()
    manifest.unlink()
    assert missing(repo) == [("model.onnx", "first", gone)], "what was read of it before does not count"
    repo.git("data remote add nas ../nas")
    repo.git("config remote.pushDefault nas")
    assert "6 of 6 versions of data are not whole on 'nas'" in repo.run("git data verify", code=29).err
    assert "no revision 'nope'" in repo.run("git data verify nope..HEAD", code=129).err
    repo.git("checkout -q --orphan empty")
    repo.git("rm -qrf --cached .")
    repo.git("commit -qm code --allow-empty")
    assert "no data" in repo.git("data verify")


def test_where_nothing_is_here(repo: Shell) -> None:
    """A plain clone and a bare repository, which nothing is left behind in."""
    repo.git("push -q origin main")
    top, bucket = Shell(repo.cwd.parent), repo.cwd.parent / "bucket"
    top.git("-c filter.gitdata.process= clone -q hub.git plain")
    plain, hub = top.cd("plain"), top.cd("hub.git")
    for place in (plain, hub):
        asked = place.run("git data verify", code=18)
        assert f"git config --global --add gitdata.trust {bucket}" in asked.err
    top.git(f"config --global --add gitdata.trust {bucket}")
    for place in (plain, hub):
        assert "6 versions of data in 2 packs: all whole" in place.git("data verify main")
        assert not list(place.cwd.rglob("gitdata"))
    assert "3 versions" in hub.git("data verify HEAD~1..HEAD")
    (second,) = [file for file in packs(bucket) if b"second a" in file.read_bytes()]
    second.unlink()
    done = hub.run("git data verify", code=29)
    assert "data/a: version" in done.out and "many: version" in done.out, "folders cannot be listed without their trees"


def test_it_takes_few_requests(repo: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """One for the remote, three listings, and one for each manifest that was not read before; no pack is read."""
    repo.git("push -q origin main")
    monkeypatch.chdir(repo.cwd)
    counted: list[CountingBackend] = []
    real = connect.connect

    def counting(*arguments: object) -> CountingBackend:
        counted.append(CountingBackend(real(*arguments)))  # type: ignore[arg-type]
        return counted[-1]

    monkeypatch.setattr(backends.connect, "connect", counting)
    done = verify(workspace.here(repo.cwd))
    assert (done.versions, done.whole, done.missing) == (6, 6, ())
    assert counted[0].requests <= 6 and counted[0].counts["put"] == 0
    assert counted[0].counts["received"] < 100

"""Where data goes is hostile input: nothing that Git tracks sends a byte to where nobody agreed to."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile.spy import Spy, spying
from servers import Server
from shell import Result, Shell, project


@pytest.fixture
def aws(moto_server: Server, monkeypatch: pytest.MonkeyPatch) -> Iterator[Spy]:
    """AWS, as far as anybody here can tell; every request is written down."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", moto_server.key)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", moto_server.secret)
    with spying(moto_server.endpoint) as spy:
        monkeypatch.setenv("AWS_ENDPOINT_URL", spy.endpoint)
        yield spy


def ours(result: Result) -> list[str]:
    """The lines that git-data has said."""
    return [line for line in result.err.splitlines() if line.startswith("git-data: ")]


def team(shell: Shell, url: str) -> tuple[Shell, Shell]:
    """Ada, who has typed where data goes and has pushed, and Bob, whose clone takes it from `.gitdata.toml`."""
    shell.git("data install")
    ada = project(shell, url, "ada")
    ada.write("data/a.txt", "one\n")
    ada.git("data track data")
    ada.git("commit -qm one")
    ada.git("push -q -u origin main")
    shell.git("clone -q hub.git bob", code=None)
    bob = shell.cd("bob")
    if not url.startswith("s3:"):
        bob.git("data trust")
        bob.git("data pull")
    assert bob.read("data/a.txt") == b"one\n" and bob.clean
    return ada, bob


def proposes(repo: Shell, text: str, message: str = "tidy") -> None:
    """A contributor's change of `.gitdata.toml`, merged: it is on the hub's main branch."""
    repo.git("pull -q")
    repo.write(".gitdata.toml", text)
    repo.git("add .gitdata.toml")
    repo.git(f"commit -q --no-verify -m {message}")
    repo.git("push -q --no-verify origin main")


def remote(url: str, name: str = "origin", **more: str) -> str:
    return f'[remote.{name}]\nurl = "{url}"\n' + "".join(f'{key} = "{value}"\n' for key, value in more.items())


@pytest.mark.parametrize("change", ["bucket", "endpoint", "default", "named"])
def test_a_merged_change_sends_nothing_elsewhere(shell: Shell, aws: Spy, moto_server: Server, change: str) -> None:
    good, evil = moto_server.make_bucket(), moto_server.make_bucket()
    ada, bob = team(shell, f"s3://{good}/x")
    with spying() as stranger:
        text = {
            "bucket": remote(f"s3://{evil}/x"),
            "endpoint": remote(f"s3://{good}/x", endpoint=stranger.endpoint),
            "default": 'default = "other"\n' + remote(f"s3://{good}/x") + remote(f"s3://{evil}/x", "other"),
            "named": remote(f"s3://{good}/x") + remote(f"s3://{evil}/x", "fork"),
        }[change]
        proposes(ada, text)
        ada.write("data/a.txt", "two\n")
        ada.git("commit -qam two")
        said = ours(ada.run("git push -q"))
        assert f"pushed 1 version of data to 'origin' (s3://{good}/x): " in said[0]
        assert [f"others look for it at {line}" in said[-1] for line in (f"s3://{evil}", f"s3://{good}")] == [
            change == "bucket",
            change == "endpoint",
        ]

        pulled = bob.run("git pull -q")  # Git's own work goes on
        assert bob.git("log --format=%s -1") == "two\n"
        assert ours(pulled) == ["git-data: data: 1 file written"]  # from the place that is agreed to
        assert bob.read("data/a.txt") == b"two\n" and bob.clean
        bob.write("code.py", "1\n")
        bob.git("add code.py")
        bob.git("commit -qm code")
        if change == "named":
            bob.git("remote add fork ../hub.git")
        pushes = {"default": "push -q ../hub.git main", "named": "push -q fork main:fork"}.get(change, "push -q")
        (line,) = ours(bob.run(f"git {pushes}", code=1))
        assert "git data trust" in line and (f"s3://{evil}/x" in line or stranger.endpoint in line)
        assert "code" not in shell.git("--git-dir hub.git log --all --format=%s").split()
        code, name = {"default": (19, ""), "named": (18, " fork")}.get(change, (19, " origin"))
        for verb in (f"push{name}", f"remote check{name}"):
            assert "git data trust" in ours(bob.run(f"git data {verb}", code=code))[0]
        bob.run("git data fsck --remote other", code=18 if change == "default" else 15)
        ada.write("data/a.txt", "three\n")
        ada.git("commit -qam three")
        ada.git("push -q --no-verify")
        (line,) = ours(bob.run("git pull -q --no-rebase --no-edit", code=None))[-1:]
        expected = "does not have it" if change == "named" else "nothing was read or sent there"
        assert expected in line and good in line and "git data" in line
        assert aws.about(evil) == [] and stranger.requests == []
        assert moto_server.keys(evil) == {}


def test_pattern_files_wait_as_well(shell: Shell, aws: Spy, moto_server: Server) -> None:
    good, evil = moto_server.make_bucket(), moto_server.make_bucket()
    ada, bob = team(shell, f"s3://{good}/x")
    ada.git("data track '*.onnx'")
    ada.write("m.onnx", "model\n")
    ada.git("add m.onnx")
    ada.git("commit -qm model")
    proposes(ada, remote(f"s3://{evil}/x"))
    pulled = bob.run("git pull -q")
    assert any("left as pointers: m.onnx" in line and f"to s3://{evil}/x" in line for line in ours(pulled))
    assert bob.read("m.onnx").startswith(b"gitdata pointer")
    ada.git("data push")
    bob.git("data pull")
    assert bob.read("m.onnx") == b"model\n"
    assert aws.about(evil) == []


def test_a_team_moves_with_one_command_in_each_clone(shell: Shell) -> None:
    old, new = shell.cwd / "old", shell.cwd / "new"
    ada, bob = team(shell, str(old))
    assert f"data remote 'origin' is now {new}" in ada.git(f"data remote set-url origin {new}")
    ada.write("data/a.txt", "two\n")
    ada.git("commit -qam moved")
    (line,) = ours(ada.run("git push -q"))
    assert f"pushed 1 version of data to 'origin' ({new})" in line
    (line,) = ours(bob.run("git pull -q"))
    assert f"would move from {old} to {new}" in line and "`git data trust origin`" in line
    assert bob.read("data/a.txt") == b"one\n"
    assert bob.git("data remote list") == f"origin  {new} (not trusted yet, before: {old})\n"
    assert f"data remote 'origin' is {new} (before: {old})" in bob.git("data trust")
    bob.git("data pull")
    assert bob.read("data/a.txt") == b"two\n"
    bob.write("data/a.txt", "three\n")
    bob.git("commit -qam three")
    (line,) = ours(bob.run("git push -q"))
    assert f"({new})" in line
    # A clone made after the move has never heard of the former place, and asks when the present one lacks something.
    shell.git("clone -q hub.git late", code=None)
    late = shell.cd("late")
    late.git("data trust")
    late.git("data pull")
    lines = ours(late.run("git checkout -q HEAD~1", code=None))
    assert "git-data: data: 1 file written" in lines and late.read("data/a.txt") == b"two\n"
    late.git("checkout -q HEAD~0")
    assert f"would move from {new} to {old}" in ours(late.run("git checkout -q HEAD~1", code=None))[0]
    # In a clone where the former place was typed, or trusted by an earlier version, that counts until it is named.
    shell.git("clone -q hub.git eve", code=None)
    eve = shell.cd("eve")
    eve.git(f"config gitdata-remote.origin.url {old}")
    (line,) = ours(eve.run("git data pull", code=13))
    assert f"'origin' ({old})" in line and f"data is at {new} now" in line and "`git data trust origin`" in line
    assert f"'origin' is {old} by this clone's own settings, {new} by .gitdata.toml" in eve.git("data trust")
    assert f"'origin' is {new} (before: {old})" in eve.git("data trust origin")
    eve.git("data pull")
    assert eve.read("data/a.txt") == b"three\n"
    # An old commit names the place of former times, which stays agreed to: no question, there or on the way back.
    shutil.rmtree(bob.cwd / ".git/gitdata/packs")
    (bob.cwd / ".git/gitdata/catalog.db").unlink()
    for commit, content in (("HEAD~2", b"one\n"), ("main", b"three\n")):
        lines = ours(bob.run(f"git checkout -q {commit}"))
        assert "git-data: data: 1 file written" in lines and not any("git data trust" in line for line in lines)
        assert bob.read("data/a.txt") == content
    assert "(default" not in bob.git("data remote list") and "trusted" not in bob.git("data remote list")


def test_a_linked_work_tree_asks_for_itself(shell: Shell) -> None:
    old, evil = shell.cwd / "old", shell.cwd / "evil"
    ada, bob = team(shell, str(old))
    proposes(ada, remote(str(evil)))
    bob.git("fetch -q")
    bob.git("worktree add -q ../linked origin/main", code=None)
    linked = shell.cd("linked")
    assert linked.read("data/a.txt") == b"one\n"  # out of the store
    linked.write("data/a.txt", "two\n")
    linked.git("commit -qam two")
    linked.run("git push -q origin HEAD:two", code=1)
    bob.write("data/a.txt", "here\n")
    bob.git("commit -qam here")
    bob.git("push -q origin main:here")
    assert not evil.exists()


def test_a_place_that_was_made_anew_is_asked_about(shell: Shell) -> None:
    place = shell.cwd / "place"
    ada, bob = team(shell, str(place))
    for repo in (ada, bob):
        repo.write("data/a.txt", f"{repo.cwd.name}\n")
        repo.git("commit -qam more")
    for state in ("empty", "another"):
        shutil.rmtree(place, ignore_errors=True)
        if state == "another":
            shell.git("init -q else")
            other = shell.cd("else")
            other.git("data init")
            other.git(f"data remote add origin {place}")
            other.write("data/x", "x")
            other.git("data track data")
            other.git("commit -qm x")
            other.git("data push")
        before = sorted(place.rglob("*"))
        for repo, command in ((ada, "git data push"), (bob, "git data push"), (bob, "git data fsck --remote origin")):
            (line,) = ours(repo.run(command, code=16))
            assert f"'origin' ({place}) is not what it was" in line and "git data remote reset origin" in line
        assert sorted(place.rglob("*")) == before
    assert f"data remote 'origin' is {place}" in ada.git("data trust origin")
    ada.git("data push")
    shutil.rmtree(place)
    assert "nothing to reset" not in ada.git("data remote reset origin")
    assert not place.exists()
    ada.git("data push --all")
    assert "taken for what is there now" in bob.git("data remote reset origin")
    assert "nothing to reset" in bob.git("data remote reset origin")
    bob.git("data push")


def test_a_clone_of_the_version_before_goes_on(shell: Shell) -> None:
    from blake3 import blake3

    place, evil = shell.cwd / "place", shell.cwd / "evil"
    ada, bob = team(shell, str(place))
    for repo in (ada, bob):  # what that version left behind
        remotes = repo.cwd / ".git/gitdata/remotes"
        (file,) = (remotes / "agreed").iterdir()
        remote_id = (place / "gitdata.json").read_text().split('"')[5]
        (remotes / blake3(f"{place} ".encode()).hexdigest()[:16] / "origin.id").write_text(f"{remote_id}\n")
        shutil.rmtree(remotes / "agreed")
        repo.write("data/b.txt", f"{repo.cwd.name}\n")
        repo.git("add .")
        repo.git("commit -qam more")
        (line,) = ours(repo.run(f"git push -q origin main:{repo.cwd.name}"))
        assert f"'origin' ({place})" in line
    ada.git("push -q --no-verify origin main")
    proposes(ada, remote(str(evil)))
    bob.git("fetch -q")
    bob.git("checkout -q origin/main", code=None)
    (line,) = ours(bob.run("git data push", code=19))
    assert f"from {place} to {evil}" in line and not evil.exists()


@pytest.mark.parametrize("kind", ["conflict", "theirs"])
def test_the_proposal_of_another_branch_in_a_merge(shell: Shell, kind: str) -> None:
    place, evil = shell.cwd / "place", shell.cwd / "evil"
    ada, bob = team(shell, str(place))
    ada.write("data/b.txt", "b\n")
    ada.git("commit -qam b")
    ada.git("push -q")
    proposes(ada, remote(str(evil)))
    if kind == "conflict":
        bob.write(".gitdata.toml", remote(str(place)) + "# kept\n")
        bob.git("commit -qam comment --no-verify")
    else:
        bob.write("code.py", "1\n")
        bob.git("add code.py")
        bob.git("commit -qm code")
    merged = bob.run("git pull -q --no-rebase --no-edit", code=1 if kind == "conflict" else 0)
    assert len(ours(merged)) == (1 if kind == "conflict" else 0)
    assert all(".gitdata.toml cannot be read" in line for line in ours(merged))
    if kind == "conflict":
        bob.git("checkout -q --ours .gitdata.toml")
        bob.git("add .gitdata.toml")
        bob.git("commit -q --no-edit")
        bob.git("data pull")
    else:
        bob.run("git data push", code=19)
    assert bob.read("data/b.txt") == b"b\n" and not evil.exists()


def test_a_submodule_has_places_of_its_own(shell: Shell) -> None:
    place, evil, far = shell.cwd / "place", shell.cwd / "evil", shell.cwd / "far"
    ada, _bob = team(shell, str(place))
    shell.git("init -q outer")
    outer = shell.cd("outer")
    outer.write(".gitdata.toml", remote(str(far)))
    outer.git("add .")
    outer.git("-c protocol.file.allow=always submodule --quiet add ../hub.git inner", code=None)
    inner = outer.cd("inner")
    inner.git("data trust")
    inner.git("data pull")
    assert inner.read("data/a.txt") == b"one\n"
    outer.git("add .")
    outer.git("commit -qm outer")
    proposes(ada, remote(str(evil)))
    ada.write("data/a.txt", "two\n")
    ada.git("commit -qam two")
    ada.git("push -q")
    outer.git("submodule --quiet update --remote inner", code=None)
    assert inner.read("data/a.txt") == b"two\n"
    (line,) = ours(inner.run("git data push", code=19))
    assert f"from {place} to {evil}" in line
    assert not evil.exists() and not far.exists()


@pytest.mark.parametrize("kind", ["link to an endless device", "link to a secret", "FIFO", "directory", "huge"])
def test_what_stands_in_place_of_the_settings(shell: Shell, kind: str, tmp_path: Path) -> None:
    place = shell.cwd / "place"
    ada, bob = team(shell, str(place))
    secret = tmp_path / "secret"
    secret.write_text("hush\n")
    file = ada.cwd / ".gitdata.toml"
    file.unlink()
    if kind.startswith("link"):
        file.symlink_to("/dev/zero" if "device" in kind else secret)
        ada.git("add -A")
        ada.git("commit -qm link --no-verify")
        ada.git("push -q --no-verify")
        cloned = shell.run("git clone -q hub.git other", code=None)
        assert (shell.cwd / "other/data.gitdata").exists()
        assert ["`.gitdata.toml`" in line or ".gitdata.toml is a symbolic link" in line for line in ours(cloned)] == [
            True
        ]
        place_of_it = shell.cd("other")
    else:
        place_of_it = bob
        (bob.cwd / ".gitdata.toml").unlink()
        if kind == "FIFO":
            os.mkfifo(bob.cwd / ".gitdata.toml")
        elif kind == "directory":
            (bob.cwd / ".gitdata.toml").mkdir()
        else:
            with open(bob.cwd / ".gitdata.toml", "wb") as sparse:
                sparse.truncate(10 << 30)
    for command in ("push", "remote add more s3://b/x", "trust"):
        (line,) = ours(place_of_it.run(f"git data {command}", code=21))
        assert ".gitdata.toml is " in line and "hush" not in line
    assert secret.read_text() == "hush\n"


def test_a_name_in_a_tracked_file_writes_no_file(shell: Shell) -> None:
    place, outside = shell.cwd / "place", shell.cwd / "OUTSIDE"
    ada, bob = team(shell, str(place))
    outside.mkdir()
    (outside / "secret.id").write_text("hush\n")
    for name in (f"{outside}/secret", "../../../../OUTSIDE/pwn"):
        proposes(ada, f'default = "{name}"\n[remote."{name}"]\nurl = "{place}"\n', "name")
        bob.git("pull -q")
        for command in (f"trust {name}", "push", f"remote set-url {name} /x"):
            result = bob.run(f"git data {command}", code=21)
            assert len(ours(result)) == 1 and "cannot be the name of a data remote" in ours(result)[0]
            assert "hush" not in result.said
    proposes(ada, remote(str(place)))
    bob.git("pull -q")
    for command in (
        f"remote add {outside}/pwn s3://b/x",
        f"trust --forget {outside}/secret",
        f"trust {outside}/secret",
    ):
        result = bob.run(f"git data {command}", code=None)
        assert result.code in (2, 15) and len(ours(result)) == 1
    assert sorted(file.name for file in outside.iterdir()) == ["secret.id"]
    assert (outside / "secret.id").read_text() == "hush\n"


@pytest.mark.parametrize("code", [301, 307, 400])
def test_a_server_sends_nobody_elsewhere(
    shell: Shell, moto_server: Server, code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "key")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "hush")
    repo = project(shell)
    repo.write("data/a.txt", "one\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    with spying() as stranger:
        host = stranger.endpoint.removeprefix("http://")
        body = (
            f"<Error><Code>TemporaryRedirect</Code><Endpoint>{host}</Endpoint><Bucket>b</Bucket>"
            f"<Region>{host}</Region></Error>"
        ).encode()
        headers = {"Location": f"{stranger.endpoint}/b/x/gitdata.json", "x-amz-bucket-region": f"{host}/x"}
        with spying(answer=(code, headers, body)) as good:
            repo.git(f"data remote set-url origin s3://b/x --endpoint {good.endpoint}")
            refused = repo.run("git data push", code=None)
            assert refused.code in (12, 16) and len(ours(refused)) == 1 and "hush" not in refused.said
            assert good.requests
        assert stranger.requests == []


def test_a_copied_identity_is_no_proof_that_data_is_there(shell: Shell) -> None:
    old, new = shell.cwd / "old", shell.cwd / "new"
    ada, _bob = team(shell, str(old))
    new.mkdir()
    shutil.copy(old / "gitdata.json", new)
    ada.git(f"data remote set-url origin {new}")
    ada.write("code.py", "1\n")
    ada.git("add code.py")
    ada.git("commit -qm moved")
    (line,) = ours(ada.run("git push -q"))
    assert f"pushed 1 version of data to 'origin' ({new})" in line


def test_a_remote_that_names_another_in_its_identity(shell: Shell) -> None:
    place, evil = shell.cwd / "place", shell.cwd / "evil"
    ada, bob = team(shell, str(place))
    identity = place / "gitdata.json"
    good = identity.read_text()
    for text in (
        good[:-2] + f', "url": "{evil}"}}\n',
        good.replace('"remote": "', f'"remote": "{evil}/'),
        good.replace('"remote": "', '"remote": "../../'),
    ):
        identity.write_text(text)
        for repo in (ada, bob):
            repo.write("data/a.txt", "x\n")
            repo.git("data add data")
            repo.git("commit -qam x", code=None)
            (line,) = ours(repo.run("git data push", code=21))
            assert "gitdata.json" in line
    assert not evil.exists()


def test_rules_that_take_files_out_of_a_commit_are_told(shell: Shell) -> None:
    ada, bob = team(shell, str(shell.cwd / "place"))
    for name in ("b.txt", "sub/c.txt", "sub/d.txt", "e.txt"):
        bob.write(f"data/{name}", f"{name}\n")
    bob.git("commit -qam more")
    bob.git("push -q")
    ada.git("pull -q")
    ada.write(".gitdataignore", "e.txt\nsub/\n")
    ada.git("add .gitdataignore")
    ada.git("commit -q --no-verify -m tidy -- .gitdataignore")
    ada.git("push -q --no-verify")
    bob.git("pull -q")
    assert bob.git("status --porcelain") == " M data.gitdata\n"
    assert "-" in bob.git("diff data.gitdata")
    bob.write("data/new.txt", "new\n")
    bob.git("status")  # live status has seen it before the commit does
    (line,) = ours(bob.run("git commit -qam edit"))
    assert "data/e.txt, data/sub/c.txt, data/sub/d.txt left out of this commit, as .gitdataignore says" in line
    assert bob.read("data/e.txt") == b"e.txt\n" and bob.read("data/sub/c.txt") == b"sub/c.txt\n"
    bob.write("data/new.txt", "newer\n")
    assert ours(bob.run("git commit -qam again")) == []


def test_patterns_that_make_data_of_code_or_code_of_data(shell: Shell) -> None:
    place = shell.cwd / "place"
    ada, bob = team(shell, str(place))
    ada.git("data track '*.onnx'")
    ada.write("m.onnx", "model\n")
    ada.write("code.py", "print(1)\n")
    ada.git("add m.onnx code.py")
    ada.git("commit -qm model")
    ada.git("push -q")
    bob.git("pull -q")
    assert bob.clean and bob.read("m.onnx") == b"model\n"
    rules = ada.read(".gitattributes").decode()
    out = "".join(line for line in rules.splitlines(keepends=True) if "onnx" not in line)
    for text in (rules + "*.py filter=gitdata\n", out):
        ada.write(".gitattributes", text)
        ada.git("commit -q --no-verify -m tidy -- .gitattributes")
        ada.git("push -q --no-verify")
        bob.git("pull -q")
        assert bob.read("code.py") == b"print(1)\n" and bob.read("m.onnx") == b"model\n"
    bob.write("m.onnx", "other\n")
    assert " M m.onnx" in bob.git("status --porcelain")
    bob.git("checkout -q HEAD~2 -- .gitattributes")
    bob.git("checkout -q HEAD -- m.onnx")
    assert bob.read("m.onnx") == b"model\n"
    assert sorted(file.name for file in shell.cwd.iterdir()) == ["ada", "bob", "hub.git", "place"]

"""What a clone has agreed to, decided without a remote: every way in which a proposal can change."""

import json

import pytest
from blake3 import blake3
from shell import Shell

from gitdata import workspace
from gitdata.backends.location import Destination
from gitdata.errors import BadFormat, BadRemote, GitDataError, NoRemote, NotTrusted, RemoteMoved, UsageError
from gitdata.formats.remote_name import remote_name
from gitdata.ops.remotes import agreed, configured, edit
from gitdata.ops.remotes.listing import list_remotes
from gitdata.ops.remotes.trust import forget, trust
from gitdata.remote.agreements import Agreement
from gitdata.workspace import Workspace

GOOD = 'url = "s3://good/x"'


class Clone:
    """A clone in which proposals come and go, and remotes are used as a fetch uses them."""

    def __init__(self, shell: Shell) -> None:
        self.shell = shell
        shell.git("init -q .")

    @property
    def here(self) -> Workspace:
        return workspace.here(self.shell.cwd)

    def proposes(self, *remote: str, default: str | None = None, **more: str) -> None:
        """`.gitdata.toml` as a branch has it: `origin` has the lines of `remote`, others have theirs."""
        text = f'default = "{default}"\n' if default else ""
        tables = {**({"origin": "\n".join(remote)} if remote else {}), **more}
        text += "".join(f"[remote.{name}]\n{lines}\n" for name, lines in tables.items())
        self.shell.write(".gitdata.toml", text)

    def use(self, name: str | None = None, remote_id: str = "1" * 32) -> str:
        """Where a command would go, after what it would have asked."""
        chosen = configured.choose(self.here, name)
        agreement = agreed.require(self.here, chosen)
        found = Agreement(agreement.name, agreement.destination, remote_id, default=agreement.default)
        agreed.remember(self.here, chosen, found)
        return str(agreement.destination)

    def asks(self, name: str | None = None) -> GitDataError:
        with pytest.raises((RemoteMoved, NotTrusted)) as caught:
            self.use(name)
        return caught.value


@pytest.fixture
def clone(shell: Shell) -> Clone:
    return Clone(shell)


def test_a_bucket_on_aws_is_used_at_first_and_remembered(clone: Clone) -> None:
    clone.proposes(GOOD)
    assert clone.use() == clone.use("origin") == "s3://good/x"


@pytest.mark.parametrize("line", ['url = "/mnt/x"', 'url = "file:///mnt/x"', f'{GOOD}\nendpoint = "https://h"'])
def test_a_path_or_an_endpoint_is_asked_about_from_the_start(clone: Clone, line: str) -> None:
    clone.proposes(line)
    assert isinstance(clone.asks(), NotTrusted)
    assert [one.before for one in trust(clone.here)] == [None]
    assert trust(clone.here) == []
    clone.use()


@pytest.mark.parametrize(
    "lines",
    [
        ('url = "s3://evil/x"',),
        ('url = "s3://good/y"',),
        ('url = "s3://good/x/y"',),
        ('url = "s3://good"',),
        ('url = "s3://GOOD/x"',),
        ('url = "/mnt/x"',),
        (GOOD, 'endpoint = "https://evil.example.com"'),
        (GOOD, 'region = "cn-north-1"'),
        (GOOD, 'region = "eu-west-1"', 'endpoint = "http://127.0.0.1:1"'),
    ],
)
def test_another_place_asks_and_says_both(clone: Clone, lines: tuple[str, ...]) -> None:
    clone.proposes(GOOD)
    clone.use()
    clone.proposes(*lines)
    for name in (None, "origin"):
        error = clone.asks(name)
        now = configured.choose(clone.here, "origin").where
        assert isinstance(error, RemoteMoved) and f"from s3://good/x to {now}," in str(error)
        assert "`git data trust origin`" in error.hint
    clone.proposes()  # removed, and added again
    with pytest.raises(NoRemote):
        clone.use()
    clone.proposes(*lines)
    clone.asks()
    clone.proposes(GOOD)
    assert clone.use() == "s3://good/x"


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (GOOD, 'url = "S3://good/x/"'),
        ('url = "/mnt/a b"', 'url = "FILE:///mnt//a%20b/"'),
        (f'{GOOD}\nendpoint = "https://h"', f'{GOOD}\nendpoint = "HTTPS://H:443/"'),
    ],
)
def test_another_spelling_of_the_same_place_asks_nothing(clone: Clone, one: str, other: str) -> None:
    clone.proposes(one)
    trust(clone.here)
    was = clone.use()
    clone.proposes(other)
    assert clone.use() == was


def test_a_place_once_agreed_to_stays_agreed_to(clone: Clone) -> None:
    clone.proposes(GOOD)
    clone.use()
    clone.proposes('url = "s3://new/x"')
    clone.asks()
    (accepted,) = trust(clone.here)
    assert (str(accepted.before), str(accepted.destination)) == ("s3://good/x", "s3://new/x")
    for _ in range(2):  # to an old commit, and back
        assert clone.use() == "s3://new/x"
        clone.proposes(GOOD)
        assert clone.use() == "s3://good/x"
        clone.proposes('url = "s3://new/x"')
    assert forget(clone.here, "origin") == 2
    assert isinstance(clone.asks(), NotTrusted)  # forgotten is not as if it had never been


def test_a_second_remote_made_the_default_asks(clone: Clone) -> None:
    clone.proposes(GOOD)
    clone.use()
    clone.proposes(GOOD, other='url = "s3://evil/x"')
    assert clone.use() == "s3://good/x"
    clone.proposes(GOOD, default="other", other='url = "s3://evil/x"')
    error = clone.asks()
    assert isinstance(error, RemoteMoved)
    assert "from 'origin' (s3://good/x) to 'other' (s3://evil/x)" in str(error)
    assert isinstance(clone.asks("other"), NotTrusted)
    trust(clone.here, "other")
    assert clone.use() == "s3://evil/x"


def test_the_default_among_places_that_are_agreed_to_asks_too(clone: Clone) -> None:
    edit.add(clone.here, "origin", "s3://private/x", {})
    edit.add(clone.here, "public", "s3://public/x", {})
    assert clone.use() == "s3://private/x" and clone.use("public") == "s3://public/x"
    clone.proposes('url = "s3://private/x"', default="public", public='url = "s3://public/x"')
    assert isinstance(clone.asks(), RemoteMoved)
    assert clone.use("origin") == "s3://private/x"
    trust(clone.here, "public")
    assert clone.use() == "s3://public/x"


def test_places_that_change_their_names_ask(clone: Clone) -> None:
    clone.proposes('url = "s3://private/x"', public='url = "s3://public/x"')
    trust(clone.here)
    clone.use()
    clone.proposes('url = "s3://public/x"', public='url = "s3://private/x"')
    assert isinstance(clone.asks(), RemoteMoved) and isinstance(clone.asks("public"), RemoteMoved)
    clone.proposes(other='url = "s3://private/x"')  # settings of this clone's own belong to the name
    assert isinstance(clone.asks(), RemoteMoved)


def test_what_is_typed_here_counts(clone: Clone) -> None:
    clone.proposes(GOOD)
    clone.use()
    edit.add(clone.here, "origin", "s3://mine/x", {"endpoint": "https://h", "region": "eu-1"})
    assert clone.use() == "s3://mine/x in eu-1 at https://h"
    clone.proposes('url = "s3://evil/x"')
    assert clone.use() == clone.use("origin") == "s3://mine/x in eu-1 at https://h"
    assert [one.elsewhere for one in list_remotes(clone.here)] == ["s3://evil/x"]
    edit.add(clone.here, "origin", "s3://mine/y", {})  # the server stays
    assert clone.use() == "s3://mine/y in eu-1 at https://h"
    edit.add(clone.here, "origin", "s3://mine/y", {"endpoint": "", "region": ""})
    assert clone.use() == "s3://mine/y"
    assert b"endpoint" not in clone.shell.read(".gitdata.toml")
    edit.add(clone.here, "origin", "/mnt/x", {})
    clone.shell.git("config --remove-section gitdata-remote.origin")
    assert clone.use() == "/mnt/x"  # agreed to by being typed
    clone.proposes('url = "s3://mine/x"', 'endpoint = "https://h"', 'region = "eu-1"')
    clone.use()


def test_a_named_remote_gives_up_what_was_typed_for_what_is_proposed(clone: Clone) -> None:
    edit.add(clone.here, "origin", "s3://old/x", {"profile": "team"})
    clone.proposes('url = "s3://new/x"')
    assert trust(clone.here) == []
    (accepted,) = trust(clone.here, "origin")
    assert (str(accepted.before), str(accepted.destination)) == ("s3://old/x", "s3://new/x")
    assert clone.use() == "s3://new/x"
    assert clone.shell.git("config gitdata-remote.origin.profile") == "team\n"
    edit.add(clone.here, "origin", "s3://old/x", {})
    clone.shell.git("config --global gitdata-remote.origin.url s3://old/x")
    clone.proposes('url = "s3://new/x"')
    trust(clone.here, "origin")
    assert clone.use() == "s3://new/x"


def test_consent_in_advance(clone: Clone) -> None:
    clone.proposes(GOOD)
    clone.use()
    clone.shell.git("config --global gitdata.trust s3://new/x")
    clone.shell.git("config --global --add gitdata.trust 's3://new/y https://h'")
    clone.proposes('url = "s3://new/x/"')
    clone.use()
    clone.proposes('url = "s3://new/y"', 'endpoint = "https://h/"')
    clone.use()
    clone.proposes('url = "s3://new/y"', 'endpoint = "https://h"', 'region = "eu-1"')
    clone.use()
    clone.proposes('url = "s3://new/x"', 'region = "cn-north-1"')
    clone.asks()
    clone.proposes('url = "s3://new/y"')
    clone.asks()
    clone.proposes('url = "s3://new/x"', 'endpoint = "https://evil"')
    clone.asks()


def test_a_default_of_ones_own_that_is_gone_is_no_other(clone: Clone) -> None:
    clone.proposes(GOOD, private='url = "s3://private/x"')
    clone.shell.git("config gitdata.remote private")
    assert clone.use() == "s3://private/x"
    clone.proposes(GOOD)
    with pytest.raises(NoRemote, match="'private', which `git config gitdata.remote` names"):
        clone.use()


def _as_before(clone: Clone, url: str, endpoint: str = "", name: str = "origin") -> None:
    """What earlier versions left of a remote that was used."""
    folder = clone.here.store_directory / "remotes" / blake3(f"{url} {endpoint}".encode()).hexdigest()[:16]
    folder.mkdir(parents=True)
    (folder / f"{name}.id").write_text("2" * 32 + "\n")


@pytest.mark.parametrize(
    ("url", "endpoint"), [("s3://good/x", ""), ("s3://good/x/", ""), ("s3://good/x", "http://h:1/"), ("/mnt//x/", "")]
)
def test_a_clone_of_the_version_before_goes_on_and_asks_from_then_on(clone: Clone, url: str, endpoint: str) -> None:
    _as_before(clone, url, endpoint)
    lines = (f'url = "{url}"', *([f'endpoint = "{endpoint}"'] if endpoint else []))
    clone.proposes('url = "s3://evil/x"')
    assert isinstance(clone.asks(), NotTrusted)  # it was not the first
    clone.proposes(*lines)
    chosen = configured.choose(clone.here, None)
    assert agreed.require(clone.here, chosen).remote_id == "2" * 32
    clone.use(remote_id="2" * 32)
    clone.proposes('url = "s3://evil/x"')
    assert isinstance(clone.asks(), RemoteMoved)
    clone.proposes(*lines)
    assert forget(clone.here, "origin") == 2
    clone.asks()


def test_linked_work_trees_agree_together(clone: Clone) -> None:
    clone.proposes(GOOD)
    clone.use()
    clone.shell.git("add .")
    clone.shell.git("commit -qm one")
    clone.shell.git("worktree add -q ../linked")
    other = Clone.__new__(Clone)
    other.shell = clone.shell.cd("../linked")
    other.proposes('url = "s3://evil/x"')
    assert isinstance(other.asks(), RemoteMoved)
    assert clone.use() == "s3://good/x"
    trust(other.here)
    clone.proposes('url = "s3://evil/x"')
    clone.use()


NAMES = ["../x", "/abs/OUTSIDE/pwn", ".", "..", "a/b", "a b", "a.b", "", "-x", "a" * 65, "a\n", "\x1b[31m", "a\x00b"]


@pytest.mark.parametrize("name", NAMES)
def test_a_name_is_never_a_path(clone: Clone, name: str) -> None:
    for make in (
        remote_name,
        lambda text: edit.add(clone.here, text, "s3://b/x", {}),
        lambda text: forget(clone.here, text),
    ):
        with pytest.raises(UsageError, match="cannot be the name of a data remote") as caught:
            make(name)
        assert len(str(caught.value)) < 120
    assert not (clone.shell.cwd / ".gitdata.toml").exists()
    quoted = "".join(f"\\u{ord(letter):04x}" for letter in name)
    for text in (f'[remote."{quoted}"]\n{GOOD}\n', f'default = "{quoted}"\n'):
        clone.shell.write(".gitdata.toml", text)
        with pytest.raises(BadFormat, match=r"(?s)^\.gitdata\.toml: .*(cannot be the name|is not a line)"):
            clone.use()
    clone.proposes(GOOD)
    if name and name.isprintable():
        with open(clone.shell.cwd / ".git/config", "a") as config:
            config.write(f'[gitdata-remote "{name}"]\n\turl = s3://b/x\n')
        with pytest.raises(UsageError, match="as Git's configuration has it"):
            clone.use()


def test_credentials_are_never_shown(clone: Clone) -> None:
    clone.shell.git("config gitdata-remote.one.url s3://key:hush@bucket/x")
    clone.shell.git("config gitdata-remote.two.url s3://bucket/x")
    clone.shell.git("config gitdata-remote.two.endpoint https://key:hush@host")
    clone.proposes(GOOD)
    listed = list_remotes(clone.here)
    assert "hush" not in repr(listed) and "credentials" in repr(listed)
    for name in ("one", "two"):
        with pytest.raises(BadRemote, match=f"data remote '{name}': .*credentials") as caught:
            clone.use(name)
        assert "hush" not in f"{caught.value} {caught.value.hint}"
    for written in ("url", "endpoint"):
        clone.proposes(
            *(['url = "s3://key:hush@b/x"'] if written == "url" else [GOOD, 'endpoint = "https://k:hush@h"'])
        )
        with pytest.raises((BadFormat, BadRemote), match="credentials") as refused:
            clone.use("origin")
        assert "hush" not in f"{refused.value} {refused.value.hint}"


def test_nothing_is_agreed_to_beside_what_is_no_place(clone: Clone) -> None:
    clone.proposes(GOOD, zzz='url = "gopher://x"', aaa='url = "s3://b/x/../y"')
    with pytest.raises(BadRemote, match="data remote 'aaa'"):
        trust(clone.here)
    assert not agreed.agreements(clone.here).begun
    assert clone.use("origin") == "s3://good/x"


def test_what_is_remembered_and_damaged_asks_again(clone: Clone) -> None:
    clone.proposes(GOOD)
    clone.use()
    (file,) = (clone.here.store_directory / "remotes/agreed").iterdir()
    for damage in (b"", b"[]", b"{}", b'{"format": 2}', b"\xff", file.read_bytes()[:-9]):
        file.write_bytes(damage)
        clone.asks()
    trust(clone.here)
    clone.use()


def test_what_is_remembered_is_what_is_specified(clone: Clone) -> None:
    to = Destination.of("s3://good/x", "https://h", "eu-1")
    kept = agreed.agreements(clone.here)
    for agreement in (
        Agreement(remote_name("origin"), to, "1" * 32, "", True),
        Agreement(remote_name("données"), Destination.of("/mnt/é"), None, None, False),
    ):
        kept.keep(agreement)
        assert kept.find(agreement.name, agreement.destination) == agreement
    assert len(kept.all()) == 2
    name = blake3(b"\0".join((b"origin", b"s3://good/x", b"https://h", b"eu-1"))).hexdigest()[:32]
    assert json.loads((kept.folder / f"agreed/{name}.json").read_text()) == {
        "format": 1,
        "name": "origin",
        "destination": {"url": "s3://good/x", "endpoint": "https://h", "region": "eu-1"},
        "remote_id": "1" * 32,
        "refused_id": "",
        "default": True,
    }

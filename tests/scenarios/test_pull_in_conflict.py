"""`git pull` where both sides changed the same file: beside a repository in which Git itself has the files."""

import re
import shutil

import pytest
from shell import Shell, project

ROWS = [f"{number},x" for number in range(1, 31)]
TOOL = 'mergetool.mine.cmd \'cat "$LOCAL" "$REMOTE" >"$MERGED"\''


def table(**changed: str) -> str:
    return "".join(f"{changed.get('r' + row.split(',')[0], row)}\n" for row in ROWS)


def colleagues(shell: Shell, kind: str) -> tuple[Shell, Shell]:
    """Ada and Bob, who both changed row 3, other rows and another file; what she has pushed he has not fetched."""
    shell.cwd.joinpath(kind).mkdir()
    place = shell.cd(kind)
    if kind == "ours":
        ada = project(place, name="ada")
    else:
        place.git("init -q --bare hub.git")
        place.git("init -q ada")
        ada = place.cd("ada")
        ada.git("remote add origin ../hub.git")
    for name, content in (("table.csv", table()), ("a", "a\n"), ("b", "b\n")):
        ada.write(f"data/{name}", content)
    if kind == "ours":
        ada.git("data track data")
    ada.git("add -A")
    ada.git("commit -qm first")
    ada.git("push -q -u origin main")
    place.git("clone -q hub.git bob")
    bob = place.cd("bob")
    for person, name, row in ((ada, "ada", "r20"), (bob, "bob", "r29")):
        person.write("data/table.csv", table(r3=f"3,{name}", **{row: f"{row[1:]},{name}"}))
        person.write(f"data/{name[0]}", f"{name}\n")
        person.git(f"commit -qam {name}")
    ada.git("push -q")
    return ada, bob


def data(person: Shell) -> dict[str, str]:
    """What is in the files; commits have other names in the other repository."""
    files = {name: person.read(f"data/{name}").decode() for name in ("table.csv", "a", "b")}
    return {name: re.sub(r"\b[0-9a-f]{7,40}\b", "COMMIT", content) for name, content in files.items()}


@pytest.mark.parametrize("how", ["merge", "rebase"])
def test_a_pull_in_conflict(shell: Shell, how: str) -> None:
    shell.git("data install")
    shell.git(f"config --global --add gitdata.trust {shell.cwd / 'ours/bucket'}")
    (_, plain), (ada, ours) = colleagues(shell, "plain"), colleagues(shell, "ours")
    pull = f"pull --rebase={'true' if how == 'rebase' else 'false'}"
    both = (plain, ours)
    for person in both:
        said = person.run(f"git {pull}", code=1).said
        assert "CONFLICT (content)" in said
    assert "data/table.csv; conflict markers show where" in said and "not followed" not in said

    # What only she has changed came along, though no version that was pushed has it beside his.
    assert data(plain) == data(ours)
    assert "<<<<<<< HEAD\n" in data(ours)["table.csv"] and data(ours)["a"] == "ada\n" and data(ours)["b"] == "bob\n"
    assert "UU data/table.csv" in plain.git("status --short")
    assert ours.git("status --short") == "UU data.gitdata\n"
    assert "modified  data/table.csv" in ours.git("data status")
    assert ours.git("data pull") == "everything is as the pointers say\n"  # nothing to bring, and nothing is lost
    assert data(plain) == data(ours)
    assert "unmerged files" in ours.run("git commit -qm early", code=128).err

    if how == "merge":
        plain.git("checkout --theirs data/table.csv")
        plain.git("add data/table.csv")
        assert ours.git("data resolve --theirs data/table.csv") == "data: 1 file taken from theirs\n"
        for person in both:
            person.git("commit -q --no-edit")
    else:
        for person in both:
            person.git(f"config {TOOL}")
            person.git("config mergetool.mine.trustExitCode true")
            person.git("config merge.tool mine")
        plain.git("-c mergetool.keepBackup=false mergetool --no-prompt")
        assert "data is merged and staged" in ours.git("data mergetool")
        for person in both:
            person.git("rebase --continue")
    assert data(plain) == data(ours) and ours.clean
    subjects = [person.git("log --format=%s --first-parent").splitlines()[1:] for person in both]
    assert subjects[0] == subjects[1]

    ours.git("push -q")
    assert ada.git("pull -q") == "" and data(ada) == data(ours)
    assert ada.clean and ada.git("data verify")


def test_given_up_and_picked(shell: Shell) -> None:
    """Given up it is as before; what was picked or squashed has its data, too, of which no version was ever pushed."""
    shell.git("data install")
    shell.git(f"config --global --add gitdata.trust {shell.cwd / 'ours/bucket'}")
    _, bob = colleagues(shell, "ours")
    for command in ("cherry-pick origin/main", "merge -q --squash origin/main"):
        name = command.split()[0]
        shutil.copytree(bob.cwd, bob.cwd.parent / name, symlinks=True)
        other = bob.cd(f"../{name}")
        other.git("reset -q --hard main~1")
        other.write("data/b", "mine\n")
        other.git("commit -qam mine")
        other.git("fetch -q")
        assert "not followed" not in other.run(f"git {command}").err
        assert data(other) == {"table.csv": table(r3="3,ada", r20="20,ada"), "a": "ada\n", "b": "mine\n"}, command
    before = data(bob)
    for pull, abort in (("pull --no-rebase", "merge --abort"), ("pull --rebase", "rebase --abort")):
        bob.run(f"git {pull}", code=1)
        assert data(bob) != before
        bob.git(abort)
        assert data(bob) == before and bob.clean

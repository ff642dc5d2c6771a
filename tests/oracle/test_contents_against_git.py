"""Text files that both sides changed: what a merge leaves is what plain Git leaves, byte for byte."""

import random
import re
from pathlib import Path

import pytest
from shell import Shell

_FILES = 40
_ATTRIBUTES = (
    "data/f*3.txt merge=union\ndata/f*5.txt -merge\ndata/f*7.txt merge=text conflict-marker-size=12\n"
    "data/f*8.txt merge=last\ndata/f*9.txt merge=unknown\n"
)
_SHORT = re.compile(rb"(?m)^(\|{7,} )([0-9a-f]{7,}|merged common ancestors)")


def _lines(rng: random.Random) -> list[str]:
    """Lines of which many are alike, as they are in tables and in code."""
    return [rng.choice(("", "}", f"{rng.randrange(4)},x", f"{number},{rng.randrange(9)}")) for number in range(20)]


def _changed(rng: random.Random, lines: list[str], side: str) -> list[str]:
    lines = list(lines)
    for _edit in range(rng.choice((1, 1, 2, 3))):
        place = rng.randrange(len(lines))
        how = rng.choice(("change", "change", "insert", "delete", "both"))
        if how == "delete":
            del lines[place : place + rng.randrange(1, 3)]
        elif how == "insert":
            lines[place:place] = [f"{rng.randrange(3)},{side}"] * rng.randrange(1, 3)
        else:
            lines[place] = "of both" if how == "both" else f"{rng.randrange(3)},{side}"
    return lines or ["none"]


def _text(rng: random.Random, lines: list[str], number: int) -> bytes:
    end = "\r\n" if number % 10 == 6 else "\n"
    text = end.join(lines) + (end if rng.random() < 0.8 else "")
    return text.encode() + (b"\0" if number % 10 == 1 else b"")


def _write(shells: tuple[Shell, Shell], seed: int, side: str) -> None:
    for number in range(_FILES):
        rng = random.Random(f"{seed} {number}")
        first = _lines(rng)
        content = _text(random.Random(f"{seed} {number} {side}"), first, number)
        if side != "first":
            rng = random.Random(f"{seed} {number} {side}")
            content = _text(rng, _changed(rng, first, side), number)
        if side == "first" and number % 10 == 0:
            continue  # both sides add it
        for shell in shells:
            shell.write(f"data/f{number:02}.txt", content)
            (shell.cwd / f"data/f{number:02}.txt").chmod(0o755 if side == "side" and number % 4 == 0 else 0o644)


def _files(shell: Shell) -> dict[str, tuple[bool, bytes]]:
    """Every file, whether it can be executed, and its content without what commits are called."""
    return {
        path.name: (bool(path.stat().st_mode & 0o100), _SHORT.sub(rb"\1ID", path.read_bytes()))
        for path in sorted((shell.cwd / "data").iterdir())
    }


@pytest.mark.parametrize(("seed", "style"), list(enumerate(("merge", "diff3", "zdiff3"))))
def test_what_plain_git_makes_of_them(shell: Shell, tmp_path: Path, seed: int, style: str) -> None:
    shells = shell.cd("plain"), shell.cd("ours")
    for each in shells:
        shell.git(f"init -q {each.cwd.name}")
        each.git(f"config merge.conflictStyle {style}")
        each.git("config merge.last.driver 'echo %P %L >>%B; cp %B %A; test ! -s %O'")
        each.write(".gitattributes", _ATTRIBUTES)
    plain, ours = shells
    _write(shells, seed, "first")
    ours.git("data init")
    ours.git("data track data")
    for branch in ("first", "side", "main"):
        if branch != "first":
            for each in shells:
                each.git(f"checkout -q {'-b side' if branch == 'side' else '-'}")
            _write(shells, seed, branch)
        for each in shells:
            each.git("add -A")
            each.git(
                f"commit -q -m {branch}", GIT_COMMITTER_DATE="2000000000 +0000", GIT_AUTHOR_DATE="2000000000 +0000"
            )
    for each in shells:
        each.run("git merge -q side", code=1)
    there, here = _files(plain), _files(ours)
    whole = {name for name in here if name.endswith(".theirs")}
    conflicts = set(plain.git("diff --name-only --diff-filter=U").split())
    assert {name: here[name] for name in here.keys() - whole} == there
    marked = {f"data/{name}" for name, (_mode, content) in here.items() if b"\n=======" in content}
    assert marked, "nothing was in conflict"
    assert marked | {f"data/{name.removesuffix('.theirs')}" for name in whole} >= conflicts - {
        f"data/f{number:02}.txt" for number in range(8, _FILES, 10)
    }
    # Whatever was in conflict can be settled, and the rest stays merged.
    ours.git("data resolve --theirs")
    for name in conflicts:
        plain.git(f"checkout -q --theirs {name}")
    assert _files(ours) == _files(plain)


def test_ancestors_that_are_in_conflict_themselves(shell: Shell) -> None:
    """A criss-cross history: Git merges the ancestors first, with longer markers, and then the sides."""
    shells = shell.cd("plain"), shell.cd("ours")
    for each in shells:
        shell.git(f"init -q {each.cwd.name}")
        each.git("config merge.conflictStyle diff3")
        each.write("data/same.txt", "one\ntwo\nthree\n")
        each.write("data/model.txt", b"\0first")
        each.write(".gitattributes", "")
    shells[1].git("data init")
    shells[1].git("data track data")
    for each in shells:
        for number, name in enumerate(("first", "side", "main")):
            if name != "first":
                each.git(f"checkout -q {'-b side' if name == 'side' else 'main'}")
                each.write("data/same.txt", f"one\n{name}\nthree\n")
                each.write("data/model.txt", b"\0" + name.encode())
            each.git("add -A")
            # The order of the ancestors is that of their dates.
            each.git(f"commit -q -m {name}", GIT_COMMITTER_DATE=f"200000000{number} +0000")
        each.git("branch one main")
        each.git("branch two side")
        for here, other in (("one", "two~0"), ("two", "one~1")):
            each.git(f"checkout -q {here}")
            each.run(f"git merge -q {other}", code=1)
            each.write("data/same.txt", f"one\nof {here}\nthree\n")
            each.write("data/model.txt", b"\0of " + here.encode())
            for aside in (each.cwd / "data").glob("*.theirs"):
                aside.unlink()
            each.git("add -A")
            each.git(f"commit -q -m {here}")
        each.git("checkout -q one")
        each.run("git merge -q two", code=1)
    there, here = (_files(each) for each in shells)
    assert here.pop("model.txt.theirs") == (False, b"\0of two")
    assert there == here
    assert b"<<<<<<<<< Temporary merge branch 1" in here["same.txt"][1]

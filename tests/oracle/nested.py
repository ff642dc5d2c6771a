"""A part of the repository, and the repository as a part: sparse checkouts, and a superproject around it."""

import random
import shutil
from pathlib import Path

from shell import Shell
from twins import ROOTS, Twins


def submodule(twins: Twins, rng: random.Random) -> None:
    """A superproject takes in what was pushed, moves it, edits it and takes it back; it sees the same all along."""
    if twins.git("push -q -f origin --all").code != 0:
        return
    around = [_superproject(twins, shell) for shell in (twins.plain, twins.ours)]
    inside = Twins(*(top.cd("lib") for top in around), session=twins.session, clock_s=twins.clock_s)
    try:
        inside.agree()
        forced = rng.choice((_moved, _edited))(inside, around, rng)
        _same(inside, around, f"submodule --quiet update{forced}")
        inside.agree()
        assert _same(inside, around, "status --porcelain") == "", inside.explain("the superproject is not clean")
    finally:
        for top in around:
            shutil.rmtree(top.cwd)


def _moved(inside: Twins, around: list[Shell], rng: random.Random) -> str:
    """Another commit is checked out in it; the way back."""
    inside.git(f"checkout -q {rng.choice(('origin/side', 'origin/main~1', 'origin/main~2', 'v1'))}")
    inside.agree()
    if _same(inside, around, "status --porcelain") != "" and rng.random() < 0.6:
        _same(inside, around, "commit -qam moved")
        # With its submodule or without it, which then has to be told.
        _same(inside, around, f"checkout -q {rng.choice(('', '--recurse-submodules '))}HEAD~1")
    return rng.choice(("", " --force"))


def _edited(inside: Twins, around: list[Shell], rng: random.Random) -> str:
    """Data is edited in it, and committed or not; the way back."""
    root = rng.choice(ROOTS)
    inside.edit(f"edit {root} in the submodule", lambda top: _add(top / root / "keep.txt"))
    assert _same(inside, around, "status --porcelain") == " M lib\n", inside.explain("the edit is not seen")
    if rng.random() < 0.4:
        return " --force"  # it throws the edit away; without it, the commit is the right one already
    inside.git("commit -qam inside")
    inside.agree()
    _same(inside, around, "diff --exit-code --quiet", code=1)
    return rng.choice(("", " --force"))


def _superproject(twins: Twins, shell: Shell) -> Shell:
    """A repository of somebody who has git-data and the remote for all repositories."""
    if shell is twins.ours:
        shell.git("data install")
        shell.git(f"config --global gitdata-remote.origin.url {shell.cwd.parent / 'bucket'}")
    place = shell.cwd.with_name(f"{shell.cwd.name}-super")
    shell.git(f"init -q {place}")
    top = Shell(place)
    top.git(f"submodule --quiet add {shell.cwd}-hub.git lib")
    top.git("commit -qm super")
    return top


def _same(inside: Twins, around: list[Shell], command: str, *, code: int = 0) -> str:
    """`git COMMAND` in both superprojects; what both said."""
    inside.session.append(f"in the superproject: git {command}")
    inside.may_be_dirty = True
    there, here = (top.run(f"git {command}", code=None) for top in around)
    assert there.code == here.code == code, inside.explain(f"exit code {there.code} and {here.code}", there, here)
    assert there.out == here.out, inside.explain("the superprojects differ", there, here)
    return here.out


def _add(file: Path) -> None:
    with open(file, "a") as opened:
        opened.write("more\n")


_WHILE_SPARSE = (
    "checkout -q main",
    "checkout -q side",
    "checkout -q HEAD~1",
    "switch -q --detach v1",
    "reset -q --hard HEAD~1",
    "reset -q --hard side",
    "revert --no-edit HEAD",
    "commit -q --amend -m amended",
    "sparse-checkout reapply",
)


def sparse(twins: Twins, rng: random.Random) -> None:
    """Only a part is checked out for a while; work goes on in it, and then the rest is there again."""
    if twins.may_be_dirty:
        return
    root, other = rng.sample(ROOTS, k=2)
    # A cone always has the files at the top, and there a pointer is.
    how = rng.choice((f"--no-cone '/*' '!/{root}/' '!/{root}.gitdata'", f"--cone {root} {other}"))
    twins.git(f"sparse-checkout set {how}")
    twins.git("status -s")  # Git runs no hook for a sparse checkout: the data follows with the next command
    twins.agree()
    if rng.random() < 0.7:
        twins.edit(f"edit {other} while sparse", lambda top: _add(top / other / "keep.txt"))
        twins.agree()
        twins.git("commit -qam sparse")
        twins.agree()
    if rng.random() < 0.6:
        twins.git(rng.choice(_WHILE_SPARSE))
        twins.agree()
    twins.git("sparse-checkout disable")
    twins.agree()

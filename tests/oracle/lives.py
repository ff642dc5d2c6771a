"""Lives of twins: lists of steps, each with random numbers of its own, so that a shorter list still makes sense."""

import random
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from operations import COMMANDS, EDITS, STEPS
from shell import Shell
from twins import ROOTS, Twins

Life = list[tuple[str, int]]
"""Steps: the name of an operation and the seed of its random numbers."""


@dataclass(frozen=True)
class Variant:
    """How git-data is set up."""

    name: str
    settings: tuple[str, ...] = ()
    part: str = ""  # patterns of what both work trees take; none: everything


VARIANTS = (
    Variant("listing"),
    Variant("tree", ("gitdata.listingLimit 3",)),
    Variant("flapping", ("gitdata.listingLimit 9",)),
)


PARTS = tuple(
    Variant(f"part-{variant.name}", variant.settings, "'/*' '!c.csv' '!d.csv' '!e.csv'") for variant in VARIANTS
)
"""The same, where both work trees take a part of the files: by Git's sparse checkout, and by git-data's."""


def life(seed: int, steps: int) -> Life:
    """About as many edits as commands, and mostly a clean start before a command that moves HEAD."""
    rng = random.Random(seed)
    found: Life = []
    for _ in range(steps):
        pool = EDITS if rng.random() < 0.45 else COMMANDS
        name = rng.choices(list(pool), [weight for _step, weight in pool.values()])[0]
        if name in ("switch", "back", "merge", "rebase", "rebase-i", "pick") and rng.random() < 0.6:
            found.append(("commit-all", rng.randrange(2**32)))
        found.append((name, rng.randrange(2**32)))
    return found


def live(twins: Twins, steps: Life) -> None:
    """Go through a life; an `AssertionError` tells the session."""
    twins.agree()
    for name, seed in steps:
        twins.session.append(f"# {name} {seed}")
        begun = len(twins.session)
        if name == "commit-all":
            twins.git("add -A")
            twins.git(f"commit -q -m all{seed % 1000}", codes=True)
        else:
            STEPS[name][0](twins, random.Random(seed))
        if len(twins.session) not in (begun, twins.agreed):  # the step found nothing to do, or has looked in the end
            twins.agree()


def whole(twins: Twins) -> None:
    """Both take everything again."""
    twins.plain.git("sparse-checkout disable")
    twins.ours.git("data sparse disable")
    twins.agree()


def born(directory: Path) -> Path:
    """Make the two repositories, with some history on two branches; kept as a template that lives are copied from."""
    plain = Shell(directory / "plain")
    plain.cwd.mkdir(parents=True)
    ours = Shell(directory / "ours")
    ours.cwd.mkdir()
    for shell in (plain, ours):
        shell.git("init -q")
        # Renames are not followed below a data root.
        for setting in ("merge.renames false", "diff.renames false", "merge.directoryRenames false", "gc.auto 0"):
            shell.git(f"config {setting}")
        for root in ROOTS:
            for name in ("keep.txt", "a.csv", "b.csv", "c.csv", "d.csv", "sub/e.csv"):
                shell.write(f"{root}/{name}", f"{root} {name}\n")
            shell.write(f"{root}/table.txt", "".join(f"{number},{root}\n" for number in range(40)))
        shell.write("data/run.sh", "#!/bin/sh\n")
        (shell.cwd / "data/run.sh").chmod(0o755)
        (shell.cwd / "data/latest").symlink_to("a.csv")
        shell.write("code.txt", "first\n")
        shell.write(".gitattributes", "".join(f"{root}/** merge=text -text\n" for root in ROOTS))
    ours.git("data init")
    ours.git(f"data track {' '.join(ROOTS)}")
    for shell in (plain, ours):
        shell.git("add -A")
        shell.git("commit -qm first")
        shell.git("branch side")
        shell.git("tag v1")
    twins = Twins(plain, ours)
    for number, branch in enumerate(("main", "side", "main", "side")):
        twins.git(f"checkout -q {branch}")
        for shell in (plain, ours):
            shell.write(f"data/{'abcd'[number]}.csv", f"{branch} {number}\n")
            shell.write(f"config/{branch}{number}.csv", f"{branch} {number}\n")
            shell.git("add -A")
            shell.git(f"commit -qm {branch}{number}")
    twins.git("checkout -q main")
    for shell in (plain, ours):
        shell.git(f"init -q --bare ../{shell.cwd.name}-hub.git")
        shell.git(f"init -q --bare ../{shell.cwd.name}-mirror.git")
        shell.git(f"--git-dir=../{shell.cwd.name}-hub.git config uploadpack.allowFilter true")
        shell.git(f"remote add origin ../{shell.cwd.name}-hub.git")
        shell.git(f"remote add mirror ../{shell.cwd.name}-mirror.git")
    return directory


def copied(template: Path, directory: Path, variant: Variant) -> Twins:
    """Fresh twins."""
    subprocess.run(["cp", "-a", str(template), str(directory)], check=True)
    twins = Twins(Shell(directory / "plain"), Shell(directory / "ours"))
    twins.ours.git(f"config gitdata-remote.origin.url {directory / 'bucket'}")
    for setting in variant.settings:
        twins.ours.git(f"config {setting}")
    if variant.part:
        twins.plain.git("status")  # Git leaves files of which it is not sure
        twins.plain.git(f"sparse-checkout set --no-cone {variant.part}")
        twins.ours.git(f"data sparse set {variant.part}")
    return twins


def shrunk(template: Path, directory: Path, variant: Variant, steps: Life) -> tuple[Life, str]:
    """The shortest life that still fails, found by leaving steps out, and what it says."""
    number = 0

    def fails(candidate: Life) -> str | None:
        nonlocal number
        number += 1
        place = directory / f"try{number}"
        try:
            live(copied(template, place, variant), candidate)
        except AssertionError as error:
            return str(error)
        finally:
            shutil.rmtree(place, ignore_errors=True)
        return None

    said = fails(steps) or ""
    length = len(steps)
    size = max(1, length // 2)
    while said:
        start = 0
        while start < len(steps):
            candidate = steps[:start] + steps[start + size :]
            failure = fails(candidate)
            if failure:
                steps, said = candidate, failure
            else:
                start += size
        if size == 1:
            break
        size //= 2
    return steps, said

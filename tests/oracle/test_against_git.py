"""Random lives: whatever a person does with Git, data behaves as if Git itself tracked it."""

import os
import random
from pathlib import Path

import pytest
from lives import PARTS, VARIANTS, Life, Variant, born, copied, life, live, shrunk, whole

_SHORT = range(21)
_MORE = range(21, 21 + int(os.environ.get("GIT_DATA_LIVES", "16")))
_LONG = range(10_000, 10_006)


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the first twins are; made by the first test that needs them, in its sealed environment."""
    return tmp_path_factory.mktemp("twins") / "template"


def _live(template: Path, tmp_path: Path, variant: Variant, seed: int, steps: int) -> None:
    _go(template, tmp_path, variant, life(seed, steps))


def _go(template: Path, tmp_path: Path, variant: Variant, going: Life) -> None:
    if not template.exists():
        born(template)
    try:
        twins = copied(template, tmp_path / "twins", variant)
        live(twins, going)
        if variant.part:
            whole(twins)
    except AssertionError as error:
        if "GIT_DATA_SHRINK" not in os.environ:
            raise
        shorter, said = shrunk(template, tmp_path / "shrunk", variant, going)
        raise AssertionError(f"{said or error}\nsteps: {shorter}") from None


@pytest.mark.parametrize("seed", _SHORT)
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_short_lives(template: Path, tmp_path: Path, variant: Variant, seed: int) -> None:
    _live(template, tmp_path, variant, seed, steps=9)


@pytest.mark.parametrize("seed", range(6))
def test_lives_over_the_border(template: Path, tmp_path: Path, seed: int) -> None:
    """Few of the short ones come to a commit in which Git has the files itself; these all do."""
    _go(template, tmp_path, VARIANTS[seed % 3], [*life(seed, 3), ("border", seed), *life(100 + seed, 3)])


@pytest.mark.parametrize("seed", range(6))
def test_lives_of_merging(template: Path, tmp_path: Path, seed: int) -> None:
    """Both sides change lines of the same files again and again, and come together."""
    rng = random.Random(seed)
    rounds = ("back", "lines", "lines", "commit-all", "back", "lines", "edit", "commit-all")
    names = [name for _round in range(3) for name in (*rounds, rng.choice(("merge", "merge", "rebase", "pick")))]
    _go(template, tmp_path, VARIANTS[seed % 3], [(name, rng.randrange(2**32)) for name in names])


@pytest.mark.long
@pytest.mark.parametrize("seed", _MORE)
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_more_short_lives(template: Path, tmp_path: Path, variant: Variant, seed: int) -> None:
    _live(template, tmp_path, variant, seed, steps=9)


@pytest.mark.long
@pytest.mark.parametrize("seed", _LONG)
@pytest.mark.parametrize("variant", VARIANTS, ids=lambda variant: variant.name)
def test_long_lives(template: Path, tmp_path: Path, variant: Variant, seed: int) -> None:
    _live(template, tmp_path, variant, seed, steps=70)


def _with_a_part(seed: int, steps: int) -> Life:
    """What Git does to files outside of a part when it is told their names or patches, and in other work trees, is
    another matter; and it has one part, that of these lives. What is left out cannot be given back to Git."""
    return [step for step in life(seed, steps) if step[0] not in ("restore", "patch", "linked", "sparse", "border")]


@pytest.mark.parametrize("seed", range(200, 203))
@pytest.mark.parametrize("variant", PARTS, ids=lambda variant: variant.name)
def test_lives_with_a_part(template: Path, tmp_path: Path, variant: Variant, seed: int) -> None:
    """Both take a part of the files, and when all of them come back they are the same."""
    _go(template, tmp_path, variant, _with_a_part(seed, 9))


@pytest.mark.long
@pytest.mark.parametrize("seed", _MORE[::3])
@pytest.mark.parametrize("variant", PARTS, ids=lambda variant: variant.name)
def test_more_lives_with_a_part(template: Path, tmp_path: Path, variant: Variant, seed: int) -> None:
    _go(template, tmp_path, variant, _with_a_part(seed, 12))

"""The world that the jobs of `jobs.py` begin with."""

import os

import pytest
from jobs import copy, world
from shell import Shell


@pytest.fixture(scope="module")
def made(lasting: Shell) -> Shell:
    """The world, which every job begins with, in a place that they share."""
    there = Shell(lasting.cwd, {name: os.environ[name] for name in ("HOME", "GIT_CONFIG_GLOBAL")})
    world(there)
    copy(there.cwd, there.cwd.parent / "world")
    return there


@pytest.fixture
def top(made: Shell) -> Shell:
    """The folder in which the world is, as it was made."""
    copy(made.cwd.parent / "world", made.cwd)
    return made

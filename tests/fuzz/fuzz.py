"""One target under atheris, with its own arguments after the name; `.ci/fuzz` calls it."""

import sys

import atheris

with atheris.instrument_imports(include=["gitdata", "tomlkit", "targets"]):
    from targets import TARGETS

atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[sys.argv[1]])
atheris.Fuzz()

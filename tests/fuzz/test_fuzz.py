"""Nobody's bytes make a reader fail in a way that nobody expects."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from targets import TARGETS

CASES = Path(__file__).with_name("cases")


@pytest.mark.any_git
@pytest.mark.parametrize("name", TARGETS)
def test_any_bytes(name: str) -> None:
    run = TARGETS[name]
    kept = [file.read_bytes() for file in sorted(CASES.glob(f"{name}/*"))]
    for data in kept:
        run(data)
        for end in range(0, len(data), max(1, len(data) // 40)):
            run(data[:end])

    @settings(max_examples=60)
    @given(st.data())
    def changed(choice: st.DataObject) -> None:
        data = bytearray(choice.draw(st.sampled_from(kept) if kept else st.binary()))
        for _change in range(choice.draw(st.integers(0, 4))):
            at = choice.draw(st.integers(0, len(data)))
            data[at : at + choice.draw(st.integers(0, 4))] = choice.draw(st.binary(max_size=5))
        run(bytes(data))

    changed()


def test_each_target_has_cases() -> None:
    assert {folder.name for folder in CASES.iterdir()} == set(TARGETS)

"""Values behave as Python's own dataclasses do."""

import dataclasses
from functools import cached_property
from typing import Any

import pytest

from gitdata import values


class Plain:
    """What both are made of."""

    name: bytes
    size: int = 0
    parts: list[int]

    def doubled(self) -> int:
        """A method."""
        return 2 * self.size

    @property
    def long(self) -> bool:
        """A property."""
        return self.size > 100


def both(*, frozen: bool) -> tuple[Any, Any]:
    """The same class made by us and by the standard library."""

    def body(factory: Any) -> Any:
        own = {name: item for name, item in vars(Plain).items() if name not in ("__dict__", "__weakref__")}
        return type("Plain", (), {**own, "parts": factory})

    ours = (values.frozen if frozen else values.mutable)(body(values.field(default_factory=list)))
    theirs = dataclasses.dataclass(frozen=frozen, slots=True)(body(dataclasses.field(default_factory=list)))
    return ours, theirs


@pytest.mark.parametrize("frozen", [True, False])
def test_they_are_made_and_compared_alike(frozen: bool) -> None:
    for cls in both(frozen=frozen):
        one, other = cls(b"a", 200), cls(name=b"a", size=200)
        assert one == other and one != cls(b"a") and one != (b"a", 200, []) and one != object()
        assert (one.name, one.size, one.parts, one.doubled(), one.long) == (b"a", 200, [], 400, True)
        assert one.parts is not other.parts
        text = repr(cls(b"a", parts=[1]))
        assert "Plain(" in text and all(part in text for part in ("name", "b'a'", "size", "parts", "[1]"))
        assert cls.__doc__ == Plain.__doc__ and cls.__slots__ == ("name", "size", "parts")
        match cls(b"m", 3):
            case cls(name, 3, []):
                assert name == b"m"
            case _:
                raise AssertionError
        for given, named in (((), {}), ((1, 2, 3, 4), {}), ((1,), {"name": 1}), ((1,), {"other": 1})):
            with pytest.raises(TypeError):
                cls(*given, **named)


def test_frozen_ones_stay_as_they_are_and_can_be_keys() -> None:
    for cls in both(frozen=True):
        one = cls(b"a", 1, ())
        assert hash(one) == hash(cls(b"a", 1, ())) and {one: 1}[cls(b"a", 1, ())] == 1
        for change in (lambda one=one: setattr(one, "size", 2), lambda one=one: delattr(one, "size")):
            with pytest.raises(AttributeError):
                change()
        with pytest.raises((AttributeError, TypeError)):  # whichever: theirs trips over its own feet
            one.other = 1
        assert one.size == 1
    ours, theirs = both(frozen=True)
    assert values.replace(ours(b"a", 1), size=2) == ours(b"a", 2)
    assert values.as_mapping(ours(b"a", 1)) == dataclasses.asdict(theirs(b"a", 1))
    assert values.is_value(ours(b"a")) and not values.is_value(ours) and not values.is_value(theirs(b"a"))


def test_mutable_ones_change_and_are_no_keys() -> None:
    for cls in both(frozen=False):
        one = cls(b"a")
        one.size = 5
        assert one == cls(b"a", 5)
        with pytest.raises(AttributeError):
            one.other = 1
        with pytest.raises(TypeError):
            hash(one)


def test_what_is_given_is_checked_and_what_is_worked_out_is_kept() -> None:
    @values.frozen
    class Checked:
        size: int

        def __post_init__(self) -> None:
            if self.size < 0:
                raise ValueError("less than nothing")

        @cached_property
        def half(self) -> list[int]:
            return [self.size // 2]

    one = Checked(10)
    assert one.half is one.half and one.half == [5]
    assert one == Checked(10)
    with pytest.raises(ValueError, match="less than nothing"):
        Checked(-1)

"""Values: classes of named fields that are made once and stay as they are, and cost next to nothing to define.

Python's own dataclasses write the text of several methods for every class and have it compiled: with the hundred of
them that a hook loads that took a third of the time until it was done.
"""

import sys
from collections.abc import Callable, Iterable, Mapping
from functools import cached_property
from typing import Any, TypeVar

if sys.version_info >= (3, 11):
    from typing import dataclass_transform
else:
    from typing_extensions import dataclass_transform

Class = TypeVar("Class", bound=type)
Made = TypeVar("Made")
Value = TypeVar("Value")

_FIELDS = "__fields__"


class _Factory:
    """A default that is made anew for every value."""

    __slots__ = ("make",)

    def __init__(self, make: Callable[[], object]) -> None:
        self.make = make


def field(*, default_factory: Callable[[], Made]) -> Made:
    """A field that, left out, holds what `default_factory` gives."""
    return _Factory(default_factory)  # type: ignore[return-value]


@dataclass_transform(frozen_default=True, field_specifiers=(field,))
def frozen(cls: Class) -> Class:
    """A class of values: its annotated names are the fields, in this order; equal when all of them are; never changed.

    A method `__post_init__` is called last, to check what was given.
    """
    return _defined(cls, {"__setattr__": _refuse, "__delattr__": _refuse, "__hash__": _hash})


@dataclass_transform(field_specifiers=(field,))
def mutable(cls: Class) -> Class:
    """A class of work that goes on: as `frozen`, but its fields change."""
    return _defined(cls, {"__hash__": None})


def replace(old: Value, **changes: object) -> Value:
    """The same value with some fields changed."""
    return type(old)(**{**as_mapping(old), **changes})


def is_value(thing: object) -> bool:
    """Whether something is a value, or work that goes on."""
    return not isinstance(thing, type) and hasattr(thing, _FIELDS)


def as_mapping(thing: object) -> dict[str, Any]:
    """The fields of a value, by name."""
    return {name: getattr(thing, name) for name in getattr(thing, _FIELDS)}


def _defined(cls: Class, methods: Mapping[str, object]) -> Class:
    names = tuple(cls.__annotations__)
    own = {name: item for name, item in vars(cls).items() if name not in ("__dict__", "__weakref__", *names)}
    defaults = {name: vars(cls)[name] for name in names if name in vars(cls)}
    # What is worked out once is kept in a dictionary, for which there has to be one.
    kept = any(isinstance(item, cached_property) for item in own.values())
    own |= {
        "__slots__": (*names, "__dict__") if kept else names,
        "__match_args__": names,
        "__eq__": _equal,
        "__repr__": _repr,
        _FIELDS: names,
        **methods,
    }
    made: Any = type(cls)(cls.__name__, cls.__bases__, own)
    made.__qualname__ = cls.__qualname__
    made.__init__ = _initialiser(made, names, defaults)
    return made  # type: ignore[no-any-return]


def _initialiser(cls: Any, names: tuple[str, ...], defaults: Mapping[str, object]) -> Callable[..., None]:
    # The slots themselves are asked: the class lets nobody set an attribute.
    setters = [vars(cls)[name].__set__ for name in names]
    check = getattr(cls, "__post_init__", None)

    def __init__(self: object, *given: object, **named: object) -> None:  # noqa: N807
        if named or len(given) != len(setters):
            given = tuple(_complete(cls, names, defaults, given, named))
        for put, item in zip(setters, given):  # noqa: B905 - they are as many
            put(self, item)
        if check is not None:
            check(self)

    return __init__


def _complete(
    cls: type,
    names: tuple[str, ...],
    defaults: Mapping[str, object],
    given: tuple[object, ...],
    named: Mapping[str, object],
) -> Iterable[object]:
    """A value for every field."""
    if len(given) > len(names) or not named.keys() <= set(names[len(given) :]):
        raise TypeError(f"{cls.__name__} has the fields {', '.join(names)}")
    yield from given
    for name in names[len(given) :]:
        if name in named:
            yield named[name]
        elif name in defaults:
            default = defaults[name]
            yield default.make() if isinstance(default, _Factory) else default
        else:
            raise TypeError(f"{cls.__name__} needs {name}")


def _values(self: Any) -> tuple[object, ...]:
    return tuple([getattr(self, name) for name in self.__fields__])


def _equal(self: object, other: object) -> bool:
    if type(other) is not type(self):
        return NotImplemented  # type: ignore[no-any-return]
    return _values(self) == _values(other)


def _hash(self: object) -> int:
    return hash(_values(self))


def _repr(self: object) -> str:
    return f"{type(self).__qualname__}({as_mapping(self)})"


def _refuse(self: object, name: str, _value: object = None) -> None:
    raise AttributeError(f"{type(self).__name__}.{name} cannot be changed: it is a value")

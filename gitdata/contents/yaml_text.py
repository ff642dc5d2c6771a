"""YAML as the values it means: safe, bounded, and with numbers and truth values as YAML 1.2 has them."""

import re
from typing import Any, ClassVar

import yaml

_PAIRS = 100_000  # of a mapping, with all that merge keys (`<<`) bring into it
_NUMBER = re.compile(r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?")
_WHOLE = re.compile(r"[-+]?[0-9]+")
_OTHER = re.compile(r"[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)")
_BOOLEAN = re.compile(r"true|True|TRUE|false|False|FALSE")
_TAG = "tag:yaml.org,2002:"
_DIGITS = 4000  # of a whole number


class TooMuch(ValueError):
    """A few lines that stand for far more values than anybody writes."""


class _Loader(yaml.SafeLoader):  # type: ignore[misc]
    """Makes plain values only."""

    yaml_implicit_resolvers: ClassVar[dict[str, list[tuple[str, re.Pattern[str]]]]] = {
        first: [(tag, pattern) for tag, pattern in known if tag not in (f"{_TAG}bool", f"{_TAG}int", f"{_TAG}float")]
        for first, known in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def flatten_mapping(self, node: Any) -> None:
        """Bring in what merge keys name: each of a few levels of them can make ten times as much."""
        super().flatten_mapping(node)
        if len(node.value) > _PAIRS:
            raise TooMuch("merge keys make too much of it")

    def number(self, node: Any) -> object:
        """A number; `1e-3` is one, `0123` and `1:30` are not written in octal or by sixty."""
        text = self.construct_scalar(node)
        if _WHOLE.fullmatch(text) and len(text) <= _DIGITS:
            return int(text)
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))


def _resolves(tag: str, pattern: re.Pattern[str], first: str) -> None:
    _Loader.add_implicit_resolver(tag, re.compile(f"(?:{pattern.pattern})$"), list(first))


_resolves(f"{_TAG}float", _NUMBER, "-+.0123456789")
_resolves(f"{_TAG}float", _OTHER, "-+.")
_resolves(f"{_TAG}bool", _BOOLEAN, "tTfF")
_Loader.add_constructor(f"{_TAG}float", _Loader.number)


def parse(text: str) -> object:
    """The values of one document; raises `ValueError` saying what is wrong."""
    try:
        return yaml.load(text, _Loader)  # noqa: S506 - it is a safe loader
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        where = f"line {mark.line + 1}: " if mark is not None else ""
        raise ValueError(f"{where}{error.problem or error}") from error
    except yaml.YAMLError as error:
        raise ValueError(str(error)) from error

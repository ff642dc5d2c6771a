"""The examples of JSON outputs in the documents, to compare what is printed with them."""

import json
import re
from pathlib import Path

_DOCUMENT = Path(__file__).parents[2] / "docs/versions.md"


def example(name: str) -> object:
    """The example of a JSON output in the document."""
    found = re.search(rf"```json {name}\n(.*?)```", _DOCUMENT.read_text(), re.DOTALL)
    assert found is not None
    return json.loads(found[1])


def shape(value: object) -> object:
    """The fields of JSON, and of its first items."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    return [shape(item) for item in value[:1]] if isinstance(value, list) else type(value).__name__


def documented(name: str) -> object:
    """The shape of the example."""
    return shape(example(name))

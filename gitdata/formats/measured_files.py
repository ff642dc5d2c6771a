"""Which files hold parameters and metrics: by convention, or as `.gitdata.toml` names them."""

from gitdata.errors import BadFormat, UnsafeName
from gitdata.formats.names import check_path
from gitdata.values import field, frozen
from gitdata.wording import shown

_ENDINGS = ("yaml", "yml", "json", "toml", "py")
CONVENTION = {
    "params": tuple(f"params.{ending}".encode() for ending in _ENDINGS),
    "metrics": tuple(f"metrics.{ending}".encode() for ending in _ENDINGS if ending != "py"),
}
"""Names at the top of the work tree, and at the top of each data root."""

_MOST = 1000


@frozen
class MeasuredFiles:
    """The files of `[params]` and `[metrics]`, by these words, relative to the top; without a word: convention."""

    files: dict[str, tuple[bytes, ...]] = field(default_factory=dict)


def read(table: dict[str, object], file: str) -> MeasuredFiles:
    """What `file`, whose content is `table`, says of them; raises `BadFormat` naming what is wrong."""
    return MeasuredFiles({word: _files(table[word], word, file) for word in CONVENTION if word in table})


def _files(section: object, word: str, file: str) -> tuple[bytes, ...]:
    hint = f'write [{word}] and files = ["{word}.json"] below it'
    if not isinstance(section, dict) or section.keys() - {"files"} or not isinstance(section.get("files", []), list):
        raise BadFormat(f"{file}: {word} is not a table with a list of files", hint)
    names = section.get("files", [])
    if len(names) > _MOST or not all(isinstance(name, str) for name in names):
        raise BadFormat(f"{file}: {word}.files is not a list of at most {_MOST} paths", hint)
    for name in names:
        try:
            check_path(name.encode())
        except (UnsafeName, ValueError) as error:
            raise BadFormat(f"{file}: {word}.files: {shown(name)} is no path below the top", hint) from error
    return tuple(dict.fromkeys(name.encode() for name in names))

"""Git's configuration, read once."""

from gitdata.errors import UsageError
from gitdata.git.program import OWN_SETTINGS, Git
from gitdata.values import frozen
from gitdata.wording import shown

_TRUE = {"true", "yes", "on", "1", ""}
_FALSE = {"false", "no", "off", "0"}
_UNITS = {"k": 1 << 10, "m": 1 << 20, "g": 1 << 30}


@frozen
class Config:
    """All settings as they were when it was read; `set` and `unset` change Git's files, not this value."""

    git: Git
    values: dict[str, list[str]]  # by key, section and variable in lower case, as `git config --list` prints it

    def get(self, key: str) -> str | None:
        """The last value of a key."""
        found = self.values.get(_normal(key))
        return found[-1] if found else None

    def all(self, key: str) -> list[str]:
        """All values of a key, in the order in which they count."""
        return self.values.get(_normal(key), [])

    def boolean(self, key: str, *, default: bool) -> bool:
        """A truth value, as Git reads one; `UsageError` for anything else."""
        value = self.get(key)
        if value is None:
            return default
        if value.lower() in _TRUE:
            return True
        if value.lower() in _FALSE:
            return False
        raise UsageError(f"{key} is '{shown(value)}', not true or false", f"git config {key} true")

    def integer(self, key: str, default: int) -> int:
        """A number, with Git's suffixes k, m and g; `UsageError` for anything else."""
        value = self.get(key)
        if value is None:
            return default
        unit = _UNITS.get(value[-1:].lower(), 1)
        digits = value[:-1] if unit > 1 else value
        if not digits.isdecimal():
            raise UsageError(f"{key} is '{shown(value)}', not a number", f"git config {key} {default}")
        return int(digits) * unit

    def set(self, key: str, value: str) -> None:
        """Write a setting of this clone."""
        self.git.run("config", "--local", key, value)

    def unset(self, key: str) -> None:
        """Remove a setting of this clone, if it is there."""
        if self.git.ok("config", "--local", "--get-all", key):
            self.git.run("config", "--local", "--unset-all", key)


def load(git: Git) -> Config:
    """Read the configuration that holds in the directory of `git`."""
    values: dict[str, list[str]] = {}
    for item in git.run("config", "--list", "-z").decode("utf-8", "surrogateescape").split("\0"):
        if item:
            key, _, value = item.partition("\n")
            values.setdefault(key, []).append(value)
    # What our own calls set on their command line (program.py) comes last and does not count.
    for key in OWN_SETTINGS:
        values[key].pop()
    return Config(git, values)


def _normal(key: str) -> str:
    section, _, rest = key.partition(".")
    subsection, dot, variable = rest.rpartition(".")
    return f"{section.lower()}.{subsection}{dot}{variable.lower()}"

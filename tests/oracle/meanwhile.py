"""An edit in the moment between Git's look at the data and what Git does then: it is nobody's to discard."""

import random
from pathlib import Path

from twins import ROOTS, Twins, files, write

_COMMANDS = (
    "reset -q --hard",
    "reset -q --hard HEAD~1",
    "checkout -q -f",
    "checkout -q -f side",
    "checkout -q -f main",
    "restore .",
    "checkout -q side",
    "checkout -q main",
)
# Git starts the filter when it has looked, has applied its rules and begins to write.
_SCRIPT = """\
if mv .git/meanwhile .git/meanwhile-done 2>/dev/null; then cat .git/meanwhile-done >'{path}'; fi
exec git-data filter-process
"""


def meanwhile(twins: Twins, rng: random.Random) -> None:
    """What plain Git would leave if the edit came right after the command."""
    root = rng.choice(ROOTS)
    names = [name for name, (kind, _content) in sorted(files(twins.ours.cwd / root).items()) if kind != "link"]
    if not names:
        return
    if twins.plain.git(f"ls-files -o -- {' '.join(ROOTS)}"):
        twins.git("add -A")  # to plain Git they would be nobody's, and stay whatever is discarded
    name, text, command = rng.choice(names), f"an edit meanwhile, {rng.randrange(10**6)}\n", rng.choice(_COMMANDS)
    waiting = twins.ours.cwd / ".git/meanwhile"
    waiting.write_text(text)
    (twins.ours.cwd / ".git/meanwhile.sh").write_text(_SCRIPT.format(path=f"{root}/{name}"))
    twins.session.append(f"# while it runs: {root}/{name} is edited")
    filter_of_this_command = {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": "filter.gitdata.process",
        "GIT_CONFIG_VALUE_0": "sh .git/meanwhile.sh",
    }
    twins.git(command, codes=False, **filter_of_this_command)
    twins.may_be_dirty = True
    late = waiting.exists()  # no pointer was written: nobody was in the middle of anything
    waiting.unlink(missing_ok=True)
    for top in (twins.plain.cwd, *([twins.ours.cwd] if late else [])):
        _replace(top / root / name, text)
    if not twins.plain.git(f"ls-files -- '{root}/{name}'"):
        twins.git("add -A")  # a data root records what is in it, so plain Git is told about it


def _replace(path: Path, text: str) -> None:
    executable = path.is_file() and path.stat().st_mode & 0o100
    write(path, text)
    if executable:
        path.chmod(0o755)

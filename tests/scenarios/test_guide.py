"""The guide, typed as it stands: every command of its sessions, in order, prints what the document shows.

Ids, times and sizes may be others, and the home directory has another name.
"""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from shell import Shell

pytestmark = pytest.mark.any_git

GUIDE = Path(__file__).parents[2] / "docs/guide.md"
OTHER = (  # what is another each time, and what stands for it
    (r"\b[0-9a-f]{7,64}\b", "ID"),
    (r"\d{4}-\d\d-\d\d \d\d:\d\d(:\d\d [+-]\d{4})?", "TIME"),
    (r"Date: .*", "TIME"),
    (r"\d+(\.\d+)? ([KMG]i)?B\b(?! ->)", "SIZE"),
    (r"in \d+(\.\d+)? m?s\b|\d+(\.\d+)? m?s\b", "SPAN"),
    (r"(?m), SPAN$", ""),  # said where it took a second
    (r"[^\S\n]+", " "),
)


def sessions(text: str) -> Iterator[tuple[str, str]]:
    """Each command of the guide, and what it prints."""
    for block in re.findall(r"^```console\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
        for typed in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
            lines = typed.splitlines()
            more = next((n for n, line in enumerate(lines[1:], 1) if not line.startswith("> ")), len(lines))
            command = "\n".join([lines[0], *(line[2:] for line in lines[1:more])])
            yield command, "\n".join(lines[more:])


def same_each_time(text: str) -> str:
    for pattern, word in OTHER:
        text = re.sub(pattern, word, text)
    return text.strip()


def test_the_guide_is_what_happens(shell: Shell, tmp_path: Path) -> None:
    home = tmp_path / "home"
    shell.git("data install")
    place = home
    ran = 0
    for command, shown in sessions(GUIDE.read_text()):
        script = f"{command}\ncode=$?\npwd >{tmp_path}/place\nexit $code"
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=place,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        printed = done.stdout.replace(str(home), "/home/ada")
        assert same_each_time(printed) == same_each_time(shown), command
        assert done.returncode == 0 or "fix conflicts" in printed, command
        place = Path((tmp_path / "place").read_text().strip())
        ran += 1
    assert ran > 50

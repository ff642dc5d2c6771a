"""What a person sees in a terminal: one line that moves while there is work, and afterwards whole lines only."""

import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest
from screen import Shown, in_terminal
from shell import Shell, project

pytestmark = pytest.mark.any_git

FILES = 150
GIT_SAYS = (
    r"Filtering content: .*done\.|"
    r"(Enumerating|Counting|Compressing|Writing|Updating) (objects|files): .*done\.|Delta compression using .*|"
    r"Total \d+ .*|To \.\./hub\.git|( \*|  ) .* -> .*|(Previous HEAD position was|HEAD is now at) .*|"
    r"Switched to branch .*|Cloning into .*|done\.|Saved working directory .*|Dropped refs.*|\[.*\] .*|"
    r" \d+ files? changed.*|Updating [0-9a-f.]+|Fast-forward| \S+ +\| .*| M \S+|From .*|Note: .*|Already .*"
)
WE_SAY = (
    r"tracking \w+: [\d,]+ files?, [\d.]+ [KM]iB|staged the pointers; record them with `git commit`|"
    r"git-data: data: .*\d files? written(, \d+ files? deleted)?(, .* fetched)?(, \d.* s)?|"
    r"git-data: pushed \d+ versions? of data to 'origin' \(.*\): .*|"
    r"git-data: (recorded \d+ files?: .*|fetched \d+ objects?, .*)|"
    r"data: (clean|modified), .*|  modified  data/.*|checked \d+ packs? and \d+ versions?( here)?(, and all of '\w+')?"
)


@pytest.fixture
def eager(tmp_path: Path) -> Path:
    return tmp_path / "eager"


def fill(repo: Shell, mark: str, folder: str = "data", suffix: str = "csv") -> None:
    for number in range(FILES):
        repo.write(f"{folder}/{number % 7}/{number}.{suffix}", f"{mark} {number}\n" * 200)


def whole(shown: Shown, *steps: str, code: int = 0) -> Shown:
    """Only whole lines are left on the screen, and each of these steps was seen before."""
    assert shown.code == code, shown.lines
    for line in shown.lines:
        assert re.fullmatch(f"{GIT_SAYS}|{WE_SAY}", line), shown.lines
    for step in steps:
        assert re.search(rf"\r(\x1b\[\?7l)?{step}", shown.raw), shown.raw[-2000:]
    return shown


def test_every_step_has_its_verb_and_leaves_whole_lines(shell: Shell, eager: Path) -> None:
    repo = project(shell)
    repo.git("data install")
    repo.git(f"config --global --add gitdata.trust {shell.cwd / 'bucket'}")
    fill(repo, "one")

    def see(words: str, *steps: str, where: Shell = repo) -> None:
        whole(in_terminal(where, *words.split(), eager=eager, columns=200), *steps)

    see("git data track data", "looking at data: ", "storing data: ", "flushing to disk", "recording data")
    see("git commit -q -m one", "recording data")
    see("git push origin main", "looking for data to push", "pushing to origin")
    fill(repo, "two")
    see("git status --short", "looking at data")
    see("git commit -a -m two", "recording data", "storing data: ", "flushing to disk")
    fill(repo, "three")
    see("git stash", "storing data: ", "bringing data up to date", "writing data: ")
    see("git stash pop -q", "writing data: ")
    see("git commit -q -a -m three")
    see("git checkout -q HEAD~2", "writing data: ")
    see("git checkout main", "writing data: ")
    see("git data status", "looking at data: ")
    see("git push origin main", "pushing to origin: ")
    see("git data fsck --remote origin", "checking the store: ", "checking the pointers", "checking origin: ")
    see("git clone hub.git clone", "fetching from origin: ", "writing data: ", where=shell)
    shell.cd("clone").same(repo.copy("three", "data"), "data")


def test_files_tracked_by_pattern(shell: Shell, eager: Path) -> None:
    repo = project(shell)
    repo.git("data install")
    repo.git(f"config --global --add gitdata.trust {shell.cwd / 'bucket'}")
    repo.git("data track '*.bin'")
    fill(repo, "one", "models", "bin")
    repo.write("models/large.bin", os.urandom(17 << 20))

    def see(words: str, *steps: str, where: Shell = repo) -> None:
        whole(in_terminal(where, *words.split(), eager=eager, columns=200), *steps)

    see("git add .", "storing files", "storing models/large.bin: ")
    see("git commit -q -m one")
    see("git push origin main", "pushing to origin")
    fill(repo, "two", "models", "bin")
    see("git commit -q -a -m two", "storing files")
    see("git checkout -q HEAD~", "writing models/")
    see("git clone hub.git clone", "fetching from origin: ", "writing models/large.bin", where=shell)


@pytest.mark.parametrize("term", ["xterm", "dumb"])
def test_a_narrow_terminal(shell: Shell, eager: Path, term: str) -> None:
    repo = project(shell)
    fill(repo, "one", "a directory with a rather long name")
    shown = in_terminal(
        repo,
        "git",
        "data",
        "track",
        "--json",
        "a directory with a rather long name",
        eager=eager,
        columns=30,
        term=term,
    )
    assert shown.code == 0
    plain = re.sub(r"\x1b\[[?0-9]*[A-Za-z]", "", shown.raw)
    drawn = [part for part in re.split(r"[\r\n]+", plain) if part.startswith("storing ")]
    assert drawn
    assert ("\x1b" in shown.raw) == (term == "xterm")
    assert max(len(part.rstrip()) for part in drawn) < 30
    assert "".join(shown.lines).startswith("{")


def test_in_the_background_the_screen_is_left_alone(shell: Shell, eager: Path) -> None:
    repo = project(shell)
    fill(repo, "one")
    shown = in_terminal(repo, "bash", "-i", "-c", "set -m; git data track data & wait", eager=eager)
    assert "storing" not in shown.raw
    assert any("tracking data" in line for line in shown.lines)


def test_an_interrupted_command_leaves_no_line(shell: Shell, eager: Path) -> None:
    repo = project(shell)
    for number in range(4):
        repo.write(f"data/{number}", os.urandom(16 << 20))
    # The terminal's own Ctrl-C reaches all of the foreground.
    script = "(sleep 0.3; kill -INT 0) & exec git data track data"
    shown = in_terminal(repo, "sh", "-c", script, eager=eager)
    assert not [line for line in shown.lines if "storing" in line or "looking" in line]


_SLOW = """
import time
from gitdata import terminal
with terminal.progress().step("writing a directory with a name that is long enough to be cut", 400 << 20) as step:
    for _ in range(25):
        step.advance(1 << 20)
        time.sleep(0.1)
print("done: all of it is written")
"""


@pytest.mark.skipif(shutil.which("tmux") is None, reason="needs tmux")
def test_a_terminal_whose_size_changes(tmp_path: Path) -> None:
    script = tmp_path / "slow.py"
    script.write_text(_SLOW)
    socket = tmp_path / "tmux"

    def tmux(*words: str) -> str:
        done = subprocess.run(["tmux", "-S", str(socket), "-f", "/dev/null", *words], capture_output=True, check=True)
        return done.stdout.decode()

    def screen() -> list[str]:
        return [line for line in tmux("capture-pane", "-p", "-S", "-").splitlines() if line]

    def until(text: str) -> list[str]:
        for _ in range(300):
            lines = screen()
            if any(text in line for line in lines):
                return lines
            time.sleep(0.05)
        raise AssertionError(lines)

    begin = [str(number) for number in range(1, 31)]
    tmux("new-session", "-d", "-x", "120", "-y", "20", f"seq 30; {sys.executable} {script}; echo end; sleep 100")
    try:
        assert until("writing a directory")[:-1] == begin
        assert until("long enough to be cut: ")[-1].endswith("s left")
        tmux("resize-window", "-x", "40")
        assert until("writing a directory with a name that...") == [*begin, "writing a directory with a name that..."]
        tmux("resize-window", "-x", "90")
        assert "long enough to be cut: " in until("long enough to be cut: ")[-1]
        assert until("end") == [*begin, "done: all of it is written", "end"]
    finally:
        tmux("kill-server")

"""What the scenarios of files tracked by pattern have in common: a project with such files, and clones of it."""

import random

from blake3 import blake3
from shell import Shell, project

FILES = ("big.bin", "models", "deep", "empty.bin")


def content(seed: int, size: int) -> bytes:
    return random.Random(seed).randbytes(size)


def pointer(data: bytes) -> str:
    """What Git has to hold for `data`, written down independently of the code under test."""
    return f"gitdata pointer 1 file\n{blake3(data).hexdigest()} {len(data)} file\n"


def tracked_by_pattern(shell: Shell) -> Shell:
    """`*.bin` and `models/*.pt` are tracked, with a large, a small and an empty file."""
    repo = project(shell)
    repo.git("data track *.bin models/*.pt")
    repo.write("big.bin", content(1, 3_000_000))
    repo.write("models/m.pt", content(2, 400_000))
    repo.write("deep/er/s.bin", "small\n")
    repo.write("empty.bin", "")
    repo.write("code.txt", "one\n")
    repo.git("add .")
    repo.git("commit -qm first")
    return repo


def clone(shell: Shell, name: str = "clone") -> Shell:
    """A clone of somebody who has git-data installed and trusts the remote."""
    shell.run("git data install")
    shell.git(f"config --global gitdata.trust {shell.cwd / 'bucket'}")
    shell.git(f"clone -q hub.git {name}")
    return shell.cd(name)

"""`git data status --json` prints what the document says."""

import json

from documented import example
from shell import Shell, project


def test_status_is_as_documented(shell: Shell) -> None:
    repo = project(shell)
    for name in ("gone", "edited", "a/moved", "same"):
        repo.write(f"data/{name}.csv", f"{name}\n" * 100)
    repo.write("config/params.yaml", "rate: 0.1\n")
    repo.git("data track data config")
    repo.git("commit -qm first")
    (repo.cwd / "data/gone.csv").unlink()
    (repo.cwd / "data/a/moved.csv").rename(repo.cwd / "data/moved.csv")
    repo.git("add data.gitdata")
    repo.write("data/edited.csv", b"edited\n" * 101)
    repo.write("data/new.csv", "new\n")
    found = json.loads(repo.git("data status --json"))
    assert found == example("status")

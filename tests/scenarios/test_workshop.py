"""The workshop that git-data replaces, with Git's own verbs: three experiments, each reproducible from its tag."""

import json
import sys
from pathlib import Path

import pytest
from ml_project import GENERATE, TRAIN
from servers import Server
from shell import Shell, project

pytestmark = pytest.mark.any_git

ROOTS = ("data", "config", "models")
EXPERIMENTS = {
    "v1": (2392, 1, {"learning_rate": 0.5, "rounds": 60}),
    "v2": (2642, 1, {"learning_rate": 0.5, "rounds": 60}),  # new rows
    "v3": (2642, 1, {"learning_rate": 0.8, "rounds": 90}),  # new parameters
}


def experiment(repo: Shell, tag: str) -> Path:
    rows, seed, parameters = EXPERIMENTS[tag]
    repo.run(f"{sys.executable} generate.py data/students.csv {rows} {seed}")
    repo.write("config/training.json", json.dumps(parameters))
    repo.write("config/columns.yaml", "target: GradeClass\nignored: [StudentID, GPA]\n")
    repo.run(f"{sys.executable} train.py")
    return repo.copy(tag, *ROOTS)


def workshop(shell: Shell, remote: str | None = None, endpoint: str = "") -> None:
    repo = project(shell)
    if remote is not None:
        repo.git(f"data remote set-url origin {remote} --endpoint {endpoint}")
    repo.write("generate.py", GENERATE)
    repo.write("train.py", TRAIN)
    for root in ROOTS:
        (repo.cwd / root).mkdir()
    copies = {"v1": experiment(repo, "v1")}
    repo.git("data track data config models")
    repo.git("add .")
    repo.git("commit -qm 'Linking the code with the data items'")
    repo.git("tag v1")
    repo.git("push -q -u origin main")
    for tag in ("v2", "v3"):
        copies[tag] = experiment(repo, tag)
        repo.git(f"commit -qam 'New version of experiment {tag}'")
        repo.git(f"tag {tag}")
    repo.git("push -q --follow-tags")
    repo.git("push -q --tags")
    assert repo.clean

    shell.git("clone -q hub.git elsewhere")
    there = shell.cd("elsewhere")
    there.run("git data init", code=None)
    there.git("data trust")
    there.git("data pull")
    for tag, copy in copies.items():
        there.git(f"checkout -q {tag}")
        there.same(copy, *ROOTS)
        model = there.read("models/grades.npy")
        (there.cwd / "models/grades.npy").unlink()
        there.run(f"{sys.executable} train.py")
        assert there.read("models/grades.npy") == model
        assert there.clean


def test_the_workshop_on_a_directory(shell: Shell) -> None:
    workshop(shell)


def test_the_workshop_on_s3(shell: Shell, s3_server: Server) -> None:
    bucket = s3_server.make_bucket()
    workshop(shell, f"s3://{bucket}/workshop", s3_server.endpoint)
    keys = s3_server.keys(bucket)
    assert len([key for key in keys if key.startswith("workshop/packs/")]) <= 3


@pytest.mark.parametrize("tag", EXPERIMENTS)
def test_the_generator_gives_the_table_of_the_workshop(shell: Shell, tag: str) -> None:
    rows, seed, _parameters = EXPERIMENTS[tag]
    shell.write("generate.py", GENERATE)
    shell.run(f"{sys.executable} generate.py out.csv {rows} {seed}")
    lines = shell.read("out.csv").decode().splitlines()
    assert len(lines) == rows + 1
    assert {line.split(",")[-1] for line in lines[1:]} == set("01234")

"""`git data params` and `git data metrics`: numbers of several revisions, in Git and in data."""

import json
import re
import shutil

import pytest
from documented import documented, shape
from shell import Shell, project

pytestmark = pytest.mark.any_git


def rows(text: str) -> list[list[str]]:
    return [re.split(r"  +", line) for line in text.splitlines()]


def test_params_and_metrics(shell: Shell) -> None:
    repo = project(shell)
    repo.write("params.yaml", "train:\n  lr: 1e-3\n  epochs: 10\n")
    repo.write("runs/metrics.json", '{"acc": 0.5, "loss": {"val": 1.5}, "x|\\u001b": 1}')
    repo.write("deep/model.py", "import sys\nDEPTH = 3\nTOP = sys.path\n")
    repo.git("data track runs")
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.git("tag v1")
    repo.write("params.yaml", "train:\n  lr: 1e-3\n  epochs: 12\n  seed: 1\n")
    repo.write("runs/metrics.json", '{"acc": 0.75}')
    repo.git("commit -qam second")

    assert rows(repo.git("data params show")) == [
        ["File", "Name", "Value"],
        ["params.yaml", "train.lr", "0.001"],
        ["params.yaml", "train.epochs", "12"],
        ["params.yaml", "train.seed", "1"],
    ]
    assert rows(repo.git("data params diff v1 HEAD"))[1:] == [
        ["params.yaml", "train.epochs", "10", "12", "+2"],
        ["params.yaml", "train.seed", "-", "1", "added"],
    ]
    assert repo.git("data metrics diff --markdown v1..main").splitlines() == [
        "| File | Name | v1 | main | Change |",
        "| --- | --- | --- | --- | --- |",
        "| runs/metrics.json | acc | 0.5 | 0.75 | +0.25 |",
        "| runs/metrics.json | loss.val | 1.5 | - | removed |",
        "| runs/metrics.json | x\\|\\x1b | 1 | - | removed |",
    ]
    found = rows(repo.cd("runs").git("data metrics show --all-branches --all-tags"))
    assert [row[0] for row in found] == ["Revision", "main", "v1", "v1", "v1"]
    repo.write("runs/metrics.json", '{"acc": 1}')
    assert rows(repo.git("data metrics diff"))[1] == ["runs/metrics.json", "acc", "0.75", "1", "+0.25"]
    assert repo.git("data params diff") == "HEAD and the work tree have the same params\n"
    assert len(rows(repo.git("data params diff --all"))) == 4
    assert shape(json.loads(repo.git("data metrics diff v1 main --json -- runs/metrics.json"))) == documented(
        "metrics-diff"
    )
    assert shape(json.loads(repo.git("data metrics show v1 main --json"))[1:]) == documented("metrics-show")

    repo.write(".gitdata.toml", repo.read(".gitdata.toml") + b'\n[params]\nfiles = ["deep/model.py", "absent.toml"]\n')
    assert rows(repo.git("data params show"))[1:] == [["deep/model.py", "DEPTH", "3"]]
    config = repo.read(".gitdata.toml")
    for wrong in (b"../outside.json", b"/etc/passwd", b"a/.git/config", b""):
        repo.write(".gitdata.toml", config.replace(b"deep/model.py", wrong))
        assert "is no path below the top" in repo.run("git data params show", code=21).err
    repo.write(".gitdata.toml", config)

    for words, files in (
        ("metrics show -- 'r*'", ["runs/metrics.json"]),
        ("params show -- '*.py'", ["deep/model.py"]),
        ("params show v1 -- '*.y*ml' ':!runs'", ["params.yaml", "params.yaml"]),
        ("params show v1 -- deep runs", ["deep/model.py", *["runs/metrics.json"] * 3]),
        ("params show ':!params.*'", ["deep/model.py"]),
    ):
        assert [row[0] for row in rows(repo.git(f"data {words}"))[1:]] == files, words
    assert rows(repo.cd("runs").git("data metrics diff v1 main -- '*.json'"))[1][:2] == ["runs/metrics.json", "acc"]

    repo.write("runs/metrics.json", "{")
    for words, code, said in (
        ("metrics show", 36, 'runs/metrics.json in "the work tree": '),
        ("metrics diff HEAD~5", 129, "neither a revision nor a path"),
        ("metrics show HEAD~5 --", 129, "there is no revision"),
        ("metrics show -- gone.json", 26, "gone.json is not in"),
        ("metrics show v1 -- deep/model", 26, "is not in"),
        ("metrics show v1 -- '*.nope'", 26, "*.nope is not in v1"),
        ("metrics diff v1 v1 v1", 2, "3 revisions"),
        ("metrics show --json --markdown", 2, "choose one"),
    ):
        failed = repo.run(f"git data {words}", code=code)
        assert said.replace('"', "") in failed.err.replace('"', "") and failed.err.count("\n") == 1, failed

    repo.write("runs/metrics.json", '{"acc": 0.75}')
    repo.git("commit -qm 'which files' -- .gitdata.toml")
    repo.git("push -q origin main v1")
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.git("data init", code=18)
    assert clone.run("git data metrics show --offline v1", code=30).err.count("\n") == 1
    clone.git("data trust")
    assert len(rows(clone.git("data metrics show v1 main"))) == 5
    shutil.rmtree(shell.cwd / "bucket")
    assert rows(clone.git("data metrics diff v1 main"))[1][-1] == "+0.25"

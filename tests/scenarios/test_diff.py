"""`git data diff` beside `git diff` in a twin repository that has the same files in Git itself."""

import json
import random
import re
import shutil
import statistics
import time

import pytest
from documented import example
from screen import in_terminal
from shell import Shell, project


def shape(value: object) -> object:
    """The names in a JSON value, without what they stand for: whoever reads it relies on them."""
    if isinstance(value, dict):
        return {name: shape(item) for name, item in value.items()}
    if isinstance(value, list):
        return [shape(value[0])] if value else []
    return "value"


def sections(patch: str) -> list[str]:
    """What a patch says of each file; of binary ones nothing is compared."""
    found = re.split(r"^(?=(?:\x1b\[1m)?diff --git )", patch, flags=re.M)
    return sorted(section for section in found if "\nBinary file" not in section)


def write(shell: Shell, round_: int) -> None:
    """The files of one of three versions."""
    top = shell.cwd
    if round_ == 0:
        for number in range(6):
            shell.write(f"data/deep/er/{number}.csv", f"a,b\n{number},1\n")
        shell.write("data/moves.bin", b"\0moves" * 100)
        shell.write("data/tool", "#!/bin/sh\n")
        shell.write("data/gone", "gone")
        shell.write("data/was-file", "file")
        shell.write("models/sp ace/ü\x01.txt", "name")
        (top / "data/link").symlink_to("tool")
    elif round_ == 1:
        shell.write("data/deep/er/3.csv", "a,b\n3,2\n")  # of the same size
        shell.write("data/new/one.txt", "one")
        (top / "data/moves.bin").rename(top / "models/moved.bin")
        (top / "data/gone").unlink()
        (top / "data/tool").chmod(0o755)
        (top / "data/link").unlink()
        shell.write("data/link", "now a file")
        (top / "data/was-file").unlink()
        shell.write("data/was-file/inside", "directory")
    else:
        shutil.rmtree(top / "data/deep")
        shell.write("data/deep", "a file in place of a directory")
        (top / "models/moved.bin").rename(top / "data/moves.bin")
        shell.write("models/sp ace/ü\x01.txt", "other")


@pytest.mark.parametrize("limit", [4096, 1])
def test_as_git_diff_does_for_files_in_git(shell: Shell, limit: int) -> None:
    repo = project(shell)
    repo.git(f"config gitdata.listingLimit {limit}")
    shell.git("init -q twin")
    twin = shell.cd("twin")
    twin.git("config diff.renames true")

    def same(words: str, to_git: str | None = None) -> list[str]:
        given = words if to_git is None else to_git
        expected = twin.git(f"diff --name-status --find-renames=100% {given}").splitlines()
        assert repo.git(f"data diff --name-status {words}").splitlines() == expected
        assert repo.run(f"git-data diff --quiet {words}", code=int(bool(expected))).said == ""
        return expected

    for round_ in (0, 1):
        write(repo, round_)
        write(twin, round_)
        if not round_:
            repo.git("data track data models")
            twin.git("add -A")
            repo.git("add -A")
        else:
            time.sleep(0.06)
            twin.git("add -A")  # without it `git diff` says nothing of new files
            assert len(same("", "--cached")) >= 8
            before = repo.run("git-data du --json").out
            same("HEAD")
            assert repo.run("git-data du --json").out == before  # nothing is stored
            repo.git("add -A")
            assert same("") == []
            same("--cached")
        repo.git(f"commit -qm {round_}")
        twin.git(f"commit -qm {round_}")
        repo.git(f"tag v{round_}")
        twin.git(f"tag v{round_}")
    for shelled in (repo, twin):
        shelled.git("checkout -qb side v0")
        shelled.write("data/aside", "aside")
        shelled.git("add -A")
        shelled.git("commit -qm aside")
        shelled.git("checkout -q main")
    for words in (
        "v0..v1",
        "v1 v0",
        "v0...side",
        "v1..side",
        "v1^!",
        "v0 -- data/deep models",
        "side",
        "v0 -- nothing",
    ):
        same(words)
    for words in ("v0 v1", "-U1 v1 v0", "--word-diff v0 v1", "-w --color=always v0 v1", "v0 v1 -- data/deep"):
        expected = sections(twin.git(f"diff --find-renames=100% {words}"))
        assert sections(repo.git(f"data diff -p -a {words}")) == expected, words
    for shelled in (repo, twin):
        write(shelled, 2)
    time.sleep(0.06)
    twin.git("add -A")
    same("v1")
    before = twin.git("count-objects")
    assert sections(repo.git("data diff -p -a v1")) == sections(twin.git("diff --find-renames=100% v1"))
    assert twin.git("count-objects") == before
    assert (
        repo.cd("data").git("data diff --name-only v1 -- .").splitlines()
        == repo.git("data diff --name-only v1 -- data").splitlines()
    )


def test_output_for_people_scripts_and_pull_requests(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a.csv", "a,b\n1,2\n")
    repo.write("data/b.bin", b"\0" * 2048)
    repo.write("net.onnx", "one")
    repo.git("data track data '*.onnx'")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.git("push -q origin HEAD")
    repo.write("data/a.csv", "a,b\n1,2\n3,4\n")
    (repo.cwd / "data/b.bin").rename(repo.cwd / "data/c|`d.bin")
    repo.write("net.onnx", "two!")
    (repo.cwd / "net.onnx").chmod(0o755)
    time.sleep(0.06)
    assert repo.git("data diff").splitlines() == [
        "M  data/a.csv                   8 B -> 12 B (+4 B)",
        "R  data/b.bin -> data/c|`d.bin  2.0 KiB",
        "M  net.onnx                     3 B -> 4 B (+1 B)  (file -> exec)",
        "3 files changed: 2 changed, 1 renamed; 2.0 KiB -> 2.0 KiB",
    ]
    assert repo.git("data diff --name-only -- '*.csv' ':(glob)n*'") == "data/a.csv\nnet.onnx\n"
    assert repo.git("data diff --name-status -z HEAD ':!*.csv'") == "R100\0data/b.bin\0data/c|`d.bin\0M\0net.onnx\0"
    assert repo.git("data diff --stat").splitlines()[-1] == " 3 files changed, 2059 -> 2064 bytes"
    assert "| renamed | `data/b.bin` to ``data/c\\|`d.bin`` | 2.0 KiB | 2.0 KiB |" in repo.git("data diff --markdown")
    assert repo.git("data diff --name-status -z") == "M\0data/a.csv\0R100\0data/b.bin\0data/c|`d.bin\0M\0net.onnx\0"

    found = json.loads(repo.git("data diff --json"))
    assert shape(found) == shape(example("diff"))
    assert found["totals"] == {
        "added": 0, "deleted": 0, "changed": 2, "renamed": 1, "bytes_before": 2059, "bytes_after": 2064,
    }  # fmt: skip
    assert found["files"][0]["after"]["id"] is None and len(found["files"][2]["after"]["id"]) == 64

    assert "\x1b[" not in repo.git("data diff --cached HEAD --color=auto")
    assert "\x1b[31m" in repo.git("data diff --color=always --no-renames")
    repo.git("config core.pager cat")
    seen = in_terminal(repo, "git-data", "diff", "--no-renames", term="xterm").raw
    assert "\x1b[31mD" in seen
    for words, code, said in (
        ("nope", 129, "there is no revision 'nope'"),
        ("HEAD nope..HEAD", 129, "nope..HEAD"),
        ("--stat --json", 2, "two forms of output"),
        ("--cached HEAD HEAD", 2, "compares one revision"),
        ("--color=green", 2, "--color=green"),
    ):
        done = repo.run(f"git-data diff {words}", code=code)
        assert said in done.err and done.err.count("\n") == 1 and done.out == "", done

    hub = shell.cd("hub.git")
    assert "A\tdata/a.csv" in hub.git("data diff --name-status main^!")
    assert "has no work tree" in hub.run("git-data diff main", code=128).err


@pytest.mark.any_git
def test_tables_by_row(shell: Shell) -> None:
    repo = project(shell)
    rows = [f"{number},name {number % 7},{number * 7919 % 1000}\n" for number in range(60_000)]
    repo.write("data/large.csv", "id,name,size\n" + "".join(rows))
    repo.write("data/two.tsv", "day\tcity\tprice\n1\tRome\t3\n1\tOslo\t4\n")
    repo.write("data/bad.jsonl", '{"a": 1}\n')
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm one")
    old = list(rows)
    rows[40_000] = "40000,name 2,-1\n"
    del rows[50_000]
    repo.write("data/large.csv", "id,name,size\n" + "".join(rows) + "70000,new\x1b[31m,1\n")
    repo.write("data/two.tsv", "day\tcity\tprice\n1\tOslo\t4\n1\tRome\t5\n")
    repo.write("data/bad.jsonl", "no JSON\n")
    time.sleep(0.06)
    seen = repo.git("data diff -p")
    repo.git("add -A")
    assert repo.git("data diff -p --cached") == seen  # by chunks or not
    new = [*rows, "70000,new,1\n"]

    def mean(column: int, table: list[str]) -> str:
        return f"{statistics.fmean(int(row.split(',')[column]) for row in table):.6g}"

    assert seen.splitlines() == [
        "diff --git a/data/bad.jsonl b/data/bad.jsonl",
        "no table: a line is no JSON: Expecting value: line 1 column 1 (char 0)",
        "diff --git a/data/large.csv b/data/large.csv",
        "table, rows by id (found): 1 added, 1 deleted, 1 changed; 60,000 -> 60,000 rows",
        '- id=50000, name="name 6", size=0',
        "~ id=40000: size 0 -> -1",
        "+ id=70000, name=new\\x1b[31m, size=1",
        "  size: 1 cell changed, mean change -1",
        f"  id: nulls 0, min 0, max 59999 -> 70000, mean {mean(0, old)} -> {mean(0, new)}, distinct more than 10,000",
        '  name: nulls 0, min "name 0", max "name 6" -> "new\\x1b[31m", distinct 7 -> 8',
        f"  size: nulls 0, min 0 -> -1, max 999, mean {mean(2, new)}, distinct 1,000 -> 1,001",
        "diff --git a/data/two.tsv b/data/two.tsv",
        "table, rows by day (found): 1 changed; 2 -> 2 rows",
        "~ day=1: price 3 -> 5",
        "  price: 1 cell changed, mean change +2",
        "  price: nulls 0, min 3 -> 4, max 4 -> 5, mean 3.5 -> 4.5, distinct 2",
    ]
    assert "~ city=Rome: price 3 -> 5" in repo.git("data diff --cached --key city -- data/two.tsv")
    repo.write(".gitdata.toml", repo.read(".gitdata.toml") + b'[keys]\n"*.tsv" = ["day", "city"]\n')
    assert "~ day=1, city=Rome: price 3 -> 5" in repo.git("data diff --cached -p -- data/two.tsv")
    found = json.loads(repo.git("data diff --json -p --cached"))["contents"]
    assert found["data/two.tsv"]["changed"] == [{"key": ["1", "Rome"], "cells": {"price": ["3", "5"]}}]
    assert set(found["data/two.tsv"]) == set(example("contents"))  # type: ignore[call-overload]
    assert found["data/bad.jsonl"]["error"].startswith("a line is no JSON") and len(found["data/bad.jsonl"]) == 5
    assert found["data/large.csv"]["summaries"]["columns"]["name"] == {
        "before": {"cells": 60000, "nulls": 0, "min": "name 0", "max": "name 6", "mean": None, "distinct": 7},
        "after": {"cells": 60000, "nulls": 0, "min": "name 0", "max": "new\x1b[31m", "mean": None, "distinct": 8},
    }
    assert "nulls" not in repo.git("data diff -p --cached --no-summary")
    large = repo.git("-c gitdata.diffLimit=100000 data diff -p --cached -- data/large.csv")
    assert large.splitlines()[-1].startswith("  a large table: `--summary`")
    assert "-40000,name 2,0\n+40000,name 2,-1" in repo.git("data diff --cached -p -a")
    assert "there is no column nope" in repo.run("git-data diff --cached --key nope", code=2).err
    # What was typed is remembered for everybody, and counts before what was there.
    said = repo.run("git data diff --cached --key price --remember-key -- data/two.tsv").err
    assert said == "git-data: rows of data/two.tsv are known by price (staged .gitdata.toml)\n"
    assert b'"*.tsv" = ["day", "city"]\n"data/two.tsv" = "price"\n' in repo.git("show :.gitdata.toml").encode()
    assert "rows by price: 1 added, 1 deleted" in repo.git("data diff --cached -p -- data/two.tsv")
    repo.git("data diff --cached --key day,city --remember-key --quiet -- data", code=1)
    assert "rows by day, city: 1 changed" in repo.git("data diff --cached -p -- data/two.tsv")
    # What is said of many tables need not be true of each.
    repo.write("data/other.tsv", "x\ty\n1\t2\n")
    assert "+ x=1, y=2" in repo.git("data diff -p -- data/other.tsv")
    (repo.cwd / "data/other.tsv").unlink()
    config = repo.read(".gitdata.toml")
    repo.write(".gitattributes", repo.read(".gitattributes") + b"*.tsv gitdata-key=city\n")
    for words, said in (
        ("--key day", "needs the tables"),
        ("-- data/two.tsv", "remembers what --key says"),
        ("--key nope -- data/two.tsv", "there is no column nope"),
        ("--key day -- data/two.tsv", "the attribute gitdata-key of data/two.tsv says city"),
    ):
        failed = repo.run(f"git data diff --cached --remember-key {words}", code=2)
        assert said in failed.err and repo.read(".gitdata.toml") == config
    repo.write(".gitdata.toml", b"[keys]\nx = 1\n")
    assert "keys.x names no columns" in repo.run("git-data diff --cached -p", code=21).err


@pytest.mark.any_git
def test_arrays_images_and_columns(shell: Shell) -> None:
    import numpy as np

    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    image = pytest.importorskip("PIL.Image")
    repo = project(shell)
    repo.write("data/plain.txt", "one\n")
    for round_ in (0, 1):
        np.save(repo.cwd / "data/a.npy", np.arange(1000) + 2 * round_ * (np.arange(1000) == 7))
        image.new("RGB", (4, 3), (10 + 3 * round_, 0, 0)).save(repo.cwd / "data/i.png")
        table = {"id": list(range(100)), "x": [number * (1 + round_ * (number == 5)) for number in range(100)]}
        parquet.write_table(pyarrow.table(table), repo.cwd / "data/t.parquet")
        repo.write("data/bad.npz", f"no zip {round_}")
        if not round_:
            repo.git("data track data")
            repo.git("add -A")
            repo.git("commit -qm one")
    repo.git("add -A")
    expected = [
        "diff --git a/data/a.npy b/data/a.npy",
        (
            "~ array: i8 [1000], 1 of 1,000 values differ; "
            "norm of the difference 2 (0.011 % of the norm before), largest 2"
        ),
        "diff --git a/data/bad.npz b/data/bad.npz",
        "Binary files differ: 8 B -> 8 B, 0 of 1 chunks (0 B) are the same",
        "this is no npz: File is not a zip file",
        "diff --git a/data/i.png b/data/i.png",
        "image 4 x 3 RGB, mean difference 1 of 255",
        "diff --git a/data/t.parquet b/data/t.parquet",
        "table, rows by id (found): 1 changed; 100 -> 100 rows",
        "~ id=5: x 5 -> 10",
        "  x: 1 cell changed, mean change +5",
        "  x: nulls 0, min 0, max 99, mean 49.5 -> 49.55, distinct 100 -> 99",
    ]
    assert repo.git("data diff -p --cached").splitlines() == expected
    repo.write("data/a.txt", "plain ```\n")
    repo.write("data/d.bin", b"\0binary")
    repo.git("add -A")
    repo.git("commit -qm two")
    repo.write("data/a.txt", "plain ````\n")
    repo.write("data/d.bin", b"\0changed")
    repo.git("add -A")
    found = json.loads(repo.git("data diff -p --json HEAD~1 HEAD"))["contents"]
    found |= json.loads(repo.git("data diff -p --json --cached"))["contents"]
    kinds = {name.rpartition(".")[2]: found[name] for name in found}
    documented = {name.rpartition(".")[2]: one for name, one in example("contents-others").items()}  # type: ignore[attr-defined]
    assert shape({name: kinds[name] for name in ("npy", "png", "txt", "bin")}) == shape(
        {name: documented[name] for name in ("npy", "png", "txt", "bin")}
    )
    assert kinds["npz"].keys() == documented["npz"].keys() and kinds["npz"]["kind"] == "array"
    assert kinds["parquet"].keys() == {*example("contents"), "retyped"}  # type: ignore[call-overload]
    assert kinds["txt"]["patch"].endswith("@@ -1 +1 @@\n-plain ```\n+plain ````\n")
    assert kinds["npy"]["arrays"][0]["values"]["largest"] == 2.0
    seen = repo.git("data diff -p --markdown --cached")
    assert "#### `data/a.txt`\n\n`````diff\n@@ -1 +1 @@\n-plain ```\n+plain ````\n`````\n" in seen
    assert "```\nBinary files differ: 7 B -> 8 B, 0 of 1 chunks (0 B) are the same\n```\n" in seen
    seen = repo.git("data diff -p --markdown HEAD~1 HEAD -- data/t.parquet")
    assert "\n| | `id` | `x` |\n|---|---|---|\n| changed | `5` | `5` to `10` |\n\n| column | nulls" in seen
    assert "\n| `x` | `0` | `0` | `99` | `49.5 -> 49.55` | `100 -> 99` |\n" in seen
    repo.git("reset -q --soft HEAD~1")
    shell.write("without/pyarrow.py", "raise ImportError")
    shell.write("without/numpy.py", "raise ImportError")
    seen = repo.git("data diff -p --cached", PYTHONPATH=str(shell.cwd / "without"))
    assert "~ array: i8 [1000], its values differ; numpy is not installed (install it: `" in seen
    assert re.search("pyarrow is not installed [(]install it: `.* -m pip install pyarrow`[)]", seen)


@pytest.mark.any_git
def test_in_git_diff_itself(shell: Shell) -> None:
    repo = project(shell)
    repo.write("data/a.txt", "one\ntwo\n")
    repo.write("code.py", "1\n")
    repo.git("data track data")
    repo.git("add -A")
    repo.git("commit -qm one")
    repo.git("config gitdata.diff content")
    repo.git("data init")
    repo.write("data/a.txt", "one\n2\n")
    repo.write("code.py", "2\n")
    time.sleep(0.06)
    lines = ["--- a/data/a.txt", "+++ b/data/a.txt", "@@ -1,2 +1,2 @@", " one", "-two", "+2"]
    seen = repo.git("diff").splitlines()
    assert seen[-6:] == lines and "+++ b/code.py" in seen and "data.gitdata" not in "".join(seen)
    repo.git("commit -qam two")
    assert repo.git("show --ext-diff HEAD").splitlines()[-6:] == lines
    assert "+one" in repo.git("log -p --ext-diff --reverse")
    assert "data.gitdata" in repo.git("show")  # no driver, unless it is asked for
    for part in (repo.cwd / ".git/gitdata/packs").iterdir():
        shutil.rmtree(part)
    (repo.cwd / ".git/gitdata/catalog.db").unlink()
    told = repo.git("diff HEAD~1 HEAD").splitlines()
    assert "M  data/a.txt  8 B -> 6 B (-2 B)" in told and "`git data diff -p` fetches them" in told[-1]
    repo.git("config --unset gitdata.diff")
    repo.git("data init")
    assert repo.git("config --get diff.gitdata.command", code=1) == ""
    assert "data.gitdata" in repo.git("diff HEAD~1 HEAD")


@pytest.mark.parametrize("limit", [4096, 1])
def test_moved_files_that_were_edited(shell: Shell, limit: int) -> None:
    repo = project(shell)
    repo.git(f"config gitdata.listingLimit {limit}")
    lines = [f"{number},{number * 7919 % 1000}\n" for number in range(200)]
    large = random.Random(1).randbytes(3_000_000)
    repo.write("data/a.txt", "".join(lines))
    repo.write("data/large.bin", large)
    repo.write("data/other.txt", "nothing\nof\nthat\n")
    repo.git("data track data")
    repo.git("commit -qm one")
    repo.git("mv data.gitdata tables.gitdata")
    repo.git("commit -qm moved")
    (repo.cwd / "tables/a.txt").rename(repo.cwd / "tables/b.txt")
    repo.write("tables/b.txt", "".join(["edited\n", *lines[20:]]))
    (repo.cwd / "tables/large.bin").rename(repo.cwd / "tables/renamed.bin")
    repo.write("tables/renamed.bin", large[:1_000_000] + b"in between" + large[1_000_000:])
    (repo.cwd / "tables/other.txt").unlink()
    repo.write("tables/new.txt", "something\nelse\n")
    looked = repo.git("data diff --name-status HEAD").splitlines()
    assert [line.split("\t") for line in looked if line.startswith("R")][0][1:] == ["tables/a.txt", "tables/b.txt"]
    repo.git("commit -qam two")

    status = repo.git("data diff --name-status HEAD~1..HEAD")
    assert re.sub(r"R09\d\ttables/l", "R09?\ttables/l", re.sub(r"R0[89]\d\ttables/a", "R0??\ttables/a", status)) == (
        "R0??\ttables/a.txt\ttables/b.txt\nA\ttables/new.txt\nD\ttables/other.txt\n"
        "R09?\ttables/large.bin\ttables/renamed.bin\n"
    )
    shown = repo.git("data diff -p HEAD~1..HEAD")
    assert re.search(r"similarity index [89]\d%\nrename from tables/a.txt\nrename to tables/b.txt\nindex", shown)
    assert re.search(
        r"similarity index 9\d%\nrename from tables/large.bin\nrename to tables/renamed.bin\nBinary", shown
    )
    found = json.loads(repo.git("data diff --json -p HEAD~1..HEAD"))
    assert [one["similarity"] // 10 for one in found["files"] if one["status"] == "renamed"] in ([8, 9], [9, 9])
    assert "rename from tables/a.txt" in found["contents"]["tables/b.txt"]["patch"]
    letters = {
        "": "RADR", "-M": "RADR", "-M99%": "DADAD A".replace(" ", ""), "--no-renames": "DADAD A".replace(" ", ""),
        "--find-renames=10%": "RADR", "-M100%": "DADADA", "-l 1": "DADADA", "-l 0": "RADR",
    }  # fmt: skip
    for words, expected in letters.items():
        done = repo.run(f"git data diff --name-status {words} HEAD~1..HEAD")
        assert sorted(line[0] for line in done.out.splitlines()) == sorted(expected), words
        told = "git-data: 3 deleted and 3 added files were not compared: `-l 3` does\n"
        assert done.err == (told if words == "-l 1" else ""), words
    assert "R" not in repo.git("-c diff.renames=false data diff --name-status HEAD~1..HEAD")
    assert "is no similarity" in repo.run("git data diff -M900%", code=2).err

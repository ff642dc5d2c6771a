"""`git data plots`: series and images of several versions, as a page in a real browser, as text and as JSON."""

import hashlib
import html
import json
import re
import shutil
import struct
import zlib
from pathlib import Path

import pytest
from browser import shown
from documented import documented, shape
from shell import Shell, project

import gitdata.cli

VEGA = Path(gitdata.cli.__file__).parent / "vega"
HOSTILE = '</script><img src="http://a.example/x.png" onerror="document.title=1">'


def png(red: int) -> bytes:
    """An image of one pixel."""

    def part(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", 1, 1, 8, 2, 0, 0, 0)
    pixel = zlib.compress(bytes([0, red, 0, 0]))
    return b"\x89PNG\r\n\x1a\n" + part(b"IHDR", head) + part(b"IDAT", pixel) + part(b"IEND", b"")


def table(top: float, rows: int = 9) -> str:
    return "step,loss,acc,note\n" + "".join(f"{row},{top / (row + 1)},{row},n\n" for row in range(rows))


@pytest.fixture
def repo(shell: Shell) -> Shell:
    """Plots in Git and in data, of two versions; `v1` and the work tree."""
    repo = project(shell)
    repo.write("plots/loss.csv", table(1.0))
    repo.write("plots/same.tsv", "epoch\tv\n0\t1\n1\t2\n")
    repo.write("runs/plots/by class.jsonl", f"""{json.dumps({"class": HOSTILE, "n": 3})}\n{{"class": "b", "n": 5}}\n""")
    repo.write("runs/plots/a.png", png(1))
    repo.write("runs/data.csv", "x,y\n1,2\n")
    repo.git("data track runs")
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.git("tag v1")
    repo.write("plots/loss.csv", table(2.0))
    repo.write("runs/plots/by class.jsonl", '{"class": "a", "n": 4}\n{"class": "c", "n": 6}\n')
    repo.write("runs/plots/a.png", png(2))
    repo.write(
        ".gitdata.toml",
        repo.read(".gitdata.toml") + b'[[plots]]\nfiles = ["runs/plots/*.jsonl"]\nx = "class"\nkind = "bar"\n'
        b'[[plots]]\nfiles = ["plots", "runs/plots/a.png"]\n',
    )
    return repo


def test_a_page_in_a_browser(repo: Shell, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text('<img src="http://a.example/x.png">')
    assert shown(page, tmp_path / "browser")[1]  # whoever asks is seen

    repo.git("tag 'v<b>&'")
    said = repo.git("data plots diff 'v<b>&'")
    assert said == "plots.html: 2 charts and 1 image of v<b>&, the work tree\n"
    text, came = shown(repo.cwd / "plots.html", tmp_path / "browser")
    assert came == []
    assert (
        "<title>v&lt;b&gt;&amp;, the work tree</title>" in text
        and "cannot be drawn:" not in text.split("</script>")[-1]
    )
    charts = re.findall(r'<div id="chart-\d".*?</svg>', text, re.DOTALL)
    loss, by_class = charts
    assert "Title text 'loss'" in loss and "Title text 'n'" in by_class
    # A line for each version, and a dot for each point; a bar for each row of both.
    assert (loss.count('aria-roledescription="line mark"'), loss.count('aria-roledescription="point"')) == (2, 18)
    assert by_class.count('aria-roledescription="bar"') == 4
    assert HOSTILE in html.unescape(by_class) and "<img" not in by_class
    assert len(re.findall(r'<img alt="" src="data:image/png;base64,', text)) == 2


def test_what_is_vendored() -> None:
    pinned = json.loads((VEGA / "versions.json").read_text())
    assert {one["file"] for one in pinned.values()} == {file.name for file in VEGA.glob("*.js")}
    licences = (VEGA / "LICENSES.txt").read_text()
    for name, one in pinned.items():
        assert hashlib.sha256((VEGA / one["file"]).read_bytes()).hexdigest() == one["sha256"]
        assert f"{name} {one['version']} (BSD-3-Clause)" in licences


def test_text_json_and_which_files(repo: Shell) -> None:
    lines = repo.git("data plots diff v1 --format text", COLUMNS="90").splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "plots/loss.csv  loss by step", "runs/plots/by class.jsonl  n by class", "runs/plots/a.png  image",
    ]  # fmt: skip
    one, other = (line.split() for line in lines[1:3])
    assert (one[0], other[2]) == ("v1", "tree") and len(one[1]) == 9
    assert one[1][0] in "▃▄▅" and other[3][0] == "█" and one[1][-1] == "▁"
    assert lines[1].endswith("0.111111 .. 1, last 0.111111")

    found = json.loads(repo.git("data plots show v1 --json"))
    assert shape(found) == {**documented("plots"), "notes": []}
    by_column = {(one["path"], one["column"]): one for one in found["charts"]}
    assert list(by_column) == [
        ("plots/loss.csv", "loss"), ("plots/loss.csv", "acc"), ("plots/same.tsv", "v"),
        ("runs/plots/by class.jsonl", "n"),
    ]  # fmt: skip
    chart = by_column["runs/plots/by class.jsonl", "n"]
    assert (chart["x"], chart["x_type"], chart["kind"]) == ("class", "text", "bar")
    assert chart["versions"][0]["points"] == [[HOSTILE, 3.0], ["b", 5.0]]
    assert by_column["plots/same.tsv", "v"]["x"] == "epoch"

    # Files that are named need not be of the usual ones; what is not in a version is not there.
    words = "data plots show v1 HEAD --json --x x --y y -- runs/data.csv"
    assert [one["points"] for one in json.loads(repo.git(words))["charts"][0]["versions"]] == [[[1.0, 2.0]]] * 2
    assert repo.git("data plots diff v1 HEAD") == "v1 and HEAD have the same plots\n"
    assert repo.git("data plots diff v1..HEAD --all").startswith("plots.html: 4 charts and 1 image of v1, HEAD")

    # A line that is too long keeps its peaks, within the bound.
    repo.write("runs/long.csv", "t,y\n" + "".join(f"{row},{100 if row == 777 else row % 3}\n" for row in range(5000)))
    long = json.loads(repo.git("data plots show --points 50 --y y --x t --json -- runs/long.csv"))["charts"][0][
        "versions"
    ]
    assert long[0]["rows_per_pair"] > 1 and 25 <= len(long[0]["points"]) <= 50
    assert [777.0, 100.0] in long[0]["points"] and long[0]["points"][0][0] == 0 and long[0]["points"][-1][0] == 4999
    repo.git("data plots show --points 50 --y y --x t -o /dev/null -- runs/long.csv")
    assert repo.run("git data plots show --points 9", code=2).err.count("\n") == 1
    assert "least and the largest of every" in repo.git("data plots show --points 50 -o /dev/stdout -- runs/long.csv")


def test_what_is_refused(repo: Shell) -> None:
    repo.write("runs/plots/none.csv", "a,b\nx,y\n")
    repo.write("runs/plots/broken.json", "{")
    repo.write("runs/plots/no.png", "no image")
    for words, code, said in (
        ("show v9 --", 129, "there is no revision"),
        ("show v9", 129, "neither a revision nor a path"),
        ("show -- runs/plots/none.csv", 36, "no column of numbers"),
        ("show -- runs/plots/broken.json", 36, "it is no JSON"),
        ("show -- runs/plots/no.png", 36, "it is no image"),
        ("show v1 -- .gitdata.toml", 36, "no series is read from a .toml file"),
        ("show v1 -- gone.csv", 26, "gone.csv is not in v1"),
        ("show v1 --y typo -- plots", 36, "it has no column typo"),
        ("show v1 --y loss,typo -- plots", 2, "no file has the column typo"),
        ("show v1 --x typo -- plots/loss.csv", 36, "it has no column typo (its columns: step, loss, acc, note)"),
        ("show v1 --y note -- plots/loss.csv", 36, "its column note has no numbers"),
        ("show --kind pie", 2, "no kind pie"),
        ("show --format pdf", 2, "no format pdf"),
        ("show --format png", 2, "say where it goes"),
        ("show --json --format png", 2, "two forms"),
        ("show --json -o a.html", 2, "for a page"),
    ):
        failed = repo.run(f"git data plots {words}", code=code)
        assert said in failed.err and failed.err.count("\n") == 1, failed
    # Among others they are left out, with a line each; images that are too large as well.
    repo.write("runs/plots/large.png", png(1) + bytes(5 << 20))
    done = repo.run("git data plots show -- runs/plots")
    assert done.out == "plots.html: 1 chart and 1 image of the work tree\n"
    assert [re.split(r" \(| enclosed", line)[0].removeprefix("git-data: ") for line in done.err.splitlines()] == [
        "1 image left out",
        'runs/plots/broken.json in the work tree: it is no JSON: Expecting property name',
        'runs/plots/no.png in the work tree: it is no image',
        'runs/plots/none.csv in the work tree: it has no column of numbers',
    ]  # fmt: skip
    repo.write("plots.html", "mine")
    assert "is no page of" in repo.run("git data plots show", code=2).err and repo.read("plots.html") == b"mine"
    config = repo.read(".gitdata.toml")
    for wrong in (b'kind = "pie"', b"files = 3", b'files = ["../x"]', b"x = 3", b"z = 1"):
        repo.write(
            ".gitdata.toml", config + b"[[plots]]\n" + (b"" if b"files" in wrong else b'files = ["a"]\n') + wrong
        )
        assert repo.run("git data plots show v1 --json", code=21).err.count("\n") == 1


def test_what_is_not_here_is_fetched(repo: Shell, shell: Shell) -> None:
    repo.git("commit -qam second")
    repo.git("push -q origin main v1")
    shell.git("clone -q hub.git clone")
    clone = shell.cd("clone")
    clone.git("data init", code=18)
    assert clone.run("git data plots diff v1 main --offline", code=30).err.count("\n") == 1
    clone.git("data trust")
    done = clone.run("git data plots diff v1 main -o out.html")
    assert done.out == "out.html: 2 charts and 1 image of v1, main\n" and "fetched" in done.err
    shutil.rmtree(shell.cwd / "bucket")
    bare = shell.cd("hub.git")
    assert "no work tree" in bare.run("git data plots show", code=128).err
    assert json.loads(bare.git("data plots show v1 --json -- plots"))["charts"]

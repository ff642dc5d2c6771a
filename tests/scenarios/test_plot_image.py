"""`git data plots` as PNG: the charts of several versions in one image."""

from io import BytesIO
from pathlib import Path

import pytest
from shell import Shell, project

FIRST, SECOND, THIRD = (76, 120, 168), (245, 133, 24), (228, 87, 86)
"""The colours that Vega-Lite gives the first three of several."""


@pytest.fixture
def repo(shell: Shell) -> Shell:
    repo = project(shell)
    repo.write("plots/loss.csv", "step,loss,acc\n" + "".join(f"{row},{9 - row},{row}\n" for row in range(9)))
    repo.git("add -A")
    repo.git("commit -qm first")
    repo.git("tag v1")
    repo.write("plots/loss.csv", "step,loss,acc\n" + "".join(f"{row},{18 - row},{row + 1}\n" for row in range(9)))
    return repo


def test_an_image_of_the_charts(repo: Shell) -> None:
    pytest.importorskip("vl_convert")
    image = pytest.importorskip("PIL.Image")
    assert repo.git("data plots diff -o both.png") == "both.png: 2 charts of HEAD, the work tree\n"
    picture = image.open(BytesIO(repo.read("both.png"))).convert("RGB")
    # Two plots of 420 x 240 beside each other, twice as large, with axes and titles around.
    assert 1680 < picture.width < 2200 and 480 < picture.height < 800
    seen = {colour for _count, colour in picture.getcolors(picture.width * picture.height)}
    assert {FIRST, SECOND} <= seen and THIRD not in seen and picture.getpixel((0, 0)) == (255, 255, 255)

    # Images have no place in it; the name decides, unless the format is said.
    repo.write("plots/a.png", repo.read("both.png"))
    done = repo.run("git data plots show --y loss --format png -o one")
    assert done.out == "one: 1 chart of the work tree\n"
    assert done.err == "git-data: 1 image left out of the PNG; a page has them: `--format html`\n"
    assert image.open(BytesIO(repo.read("one"))).width < picture.width
    assert "only images" in repo.run("git data plots show -o two.png -- plots/a.png", code=2).err
    assert not (repo.cwd / "two.png").exists()
    many = ",".join(f"c{number}" for number in range(61))
    repo.write("many.csv", f"{many}\n" + "1" + ",1" * 60 + "\n")
    assert "too many" in repo.run(f"git data plots show --y {many} -o many.png -- many.csv", code=2).err
    repo.git("data plots show -o page.png --format html")
    assert repo.read("page.png").startswith(b"<!DOCTYPE html>")


def test_without_what_draws(repo: Shell, tmp_path: Path) -> None:
    (tmp_path / "vl_convert.py").write_text("raise ImportError\n")
    failed = repo.run("git data plots diff -o both.png", code=32, PYTHONPATH=str(tmp_path))
    assert failed.err.count("\n") == 1 and "pip install 'git-data[plots]'" in failed.err
    assert not (repo.cwd / "both.png").exists()

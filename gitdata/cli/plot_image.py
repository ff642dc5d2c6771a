"""Plots as one PNG, drawn by vl-convert: the charts of a page, without a browser, and without any request."""

from typing import Any

from gitdata.cli.plot_page import chart_spec
from gitdata.errors import NoReader, NotParsed, UsageError
from gitdata.ops.measuring.plots import Plots
from gitdata.wording import count, fitted, safe, shown

_SCALE = 2  # pixels of the image for each of the page, so that it can be printed
_BESIDE = 2  # charts in a row
_MOST = 60  # charts: an image of them has about 20,000 pixels in height
_TITLE = 60  # columns of a path


def renderer() -> Any:
    """What draws; raises `NoReader` when it is not installed."""
    try:
        import vl_convert
    except ImportError:
        raise NoReader(
            "images of plots are drawn by vl-convert, which is not installed",
            "install it: `pip install 'git-data[plots]'`, or make a page: `--format html`",
        ) from None
    return vl_convert


def drawn(found: Plots) -> bytes:
    """The charts of `found`, two in a row, each with the path of its file.

    Raises `NoReader` when vl-convert is not installed, `UsageError` when there is no chart, or too many.
    """
    if not found.charts:
        raise UsageError("there are only images, which do not go into another one", "make a page: `--format html`")
    if len(found.charts) > _MOST:
        raise UsageError(
            f"{len(found.charts)} charts are too many for one image: {_MOST} are the most",
            "name files after `--`, or columns with `--y`",
        )
    specs = [chart_spec(found, chart, above=[fitted(safe(chart.path), _TITLE)]) for chart in found.charts]
    # One legend: colours stand for the same versions in all of them.
    whole = {"concat": specs, "columns": _BESIDE, "background": "white"}
    try:
        image: bytes = renderer().vegalite_to_png(whole, scale=_SCALE, allowed_base_urls=[])
    except ValueError as error:
        raise NotParsed(
            f"the charts cannot be drawn: {shown(str(error), 200)}", "make a page: `--format html`"
        ) from error
    return image


def left_out(found: Plots) -> str:
    """One line about what does not go into it; nothing when all does."""
    if not found.pictures:
        return ""
    return f"{count(len(found.pictures), 'image')} left out of the PNG; a page has them: `--format html`"

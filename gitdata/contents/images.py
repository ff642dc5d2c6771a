"""Images: size, mode, and how far two of them are apart."""

from pathlib import Path

from gitdata.contents.readers import reader
from gitdata.errors import NotText
from gitdata.values import frozen

PIXELS = 100_000_000  # of an image that is decoded; the file says it first


@frozen
class Image:
    """What an image says of itself."""

    width: int  # pixels
    height: int
    mode: str  # as Pillow names it: RGB, L, RGBA


@frozen
class ImageDiff:
    """How two images differ."""

    before: Image
    after: Image
    mean: float | None  # difference of a pixel's channels, of 255; None where size or mode differ, or they are huge


def compare(before: Path, after: Path) -> ImageDiff:
    """Compare two images; raises `NoReader`, and `NotText` for what is none."""
    one, other = look(before), look(after)
    alike = one == other and one.width * one.height <= PIXELS
    return ImageDiff(one, other, _mean(before, after) if alike else None)


def look(file: Path) -> Image:
    """Read the head of an image; raises as `compare` does."""
    pillow = reader("PIL.Image")
    pillow.MAX_IMAGE_PIXELS = None  # what is too large is not decoded here
    try:
        with pillow.open(file) as image:
            return Image(image.width, image.height, image.mode)
    except (OSError, ValueError, SyntaxError) as error:
        raise NotText("this is no image that can be read") from error


def _mean(before: Path, after: Path) -> float:
    pillow, chops, statistics = reader("PIL.Image"), reader("PIL.ImageChops"), reader("PIL.ImageStat")
    try:
        with pillow.open(before) as one, pillow.open(after) as other:
            mode = "RGBA" if one.mode in ("P", "PA", "LA", "RGBA") else "RGB"
            means = statistics.Stat(chops.difference(one.convert(mode), other.convert(mode))).mean
    except (OSError, ValueError, SyntaxError) as error:
        raise NotText("this image cannot be decoded") from error
    return float(sum(means) / len(means))

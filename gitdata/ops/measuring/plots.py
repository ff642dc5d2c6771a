"""Plots: what is drawn of the series and images of several versions, side by side."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from gitdata.contents import pictures, series
from gitdata.contents.pictures import is_picture
from gitdata.contents.series import Axes, Series, SeriesFile, XType, is_series
from gitdata.errors import GitDataError, NotARepository, NotParsed, NotTracked, UsageError
from gitdata.formats.plot_files import CONVENTION, Kind, PlotFiles, start
from gitdata.formats.pointer import data_path
from gitdata.git.program import Asking
from gitdata.ops.measuring.measured import version_at
from gitdata.ops.measuring.plot_files import Found, found, stream
from gitdata.ops.remotes.configured import read_project
from gitdata.ops.versions.changes import is_naming, meant, unmatched
from gitdata.ops.versions.source import Source
from gitdata.ops.versions.version import Version
from gitdata.values import field, frozen
from gitdata.wording import count, shown, size

IMAGE = 4 << 20  # bytes of an image
IMAGES = 32 << 20  # bytes of all images
_POINTS = 1_000_000  # of all lines
_FILES = 500  # in all versions


@frozen
class Wanted:
    """What is asked for."""

    paths: tuple[bytes, ...] = field(default_factory=tuple)  # relative to the top, or a `Pathspec`; none: usual files
    x: str | None = None
    y: tuple[str, ...] = field(default_factory=tuple)
    kind: Kind | None = None
    points: int = series.POINTS
    only_different: bool = False  # nothing of which all versions have the same


class Line(NamedTuple):
    """A column in one version."""

    version: int  # its place among the versions
    series: Series


class Chart(NamedTuple):
    """A column of a file in those versions that have it."""

    path: bytes
    column: str
    x: str  # empty: the number of the row
    x_type: XType
    kind: Kind
    lines: tuple[Line, ...]


class Image(NamedTuple):
    """An image in one version."""

    version: int
    media: str  # as a browser calls its kind
    content: bytes


class Picture(NamedTuple):
    """An image in those versions that have it."""

    path: bytes
    images: tuple[Image, ...]


class Plots(NamedTuple):
    """All that is drawn."""

    versions: tuple[Version, ...]
    charts: tuple[Chart, ...]
    pictures: tuple[Picture, ...]
    notes: tuple[str, ...]  # what was left out
    some_same: bool  # something is not drawn as all versions have the same


@frozen
class _Files:
    """Which files are drawn, and how."""

    bases: tuple[bytes, ...]  # where to look
    rules: tuple[PlotFiles, ...] | None  # None: all that is there

    def rule(self, path: bytes) -> PlotFiles | None:
        """How a file is drawn; None: not at all."""
        if not (is_series(path) or is_picture(path)):
            return None
        if self.rules is None:
            return PlotFiles(())
        return next((rule for rule in self.rules if rule.has(path)), None)


def plots(source: Source, revisions: Sequence[str | None], wanted: Wanted) -> Plots:
    """What is drawn of each revision (None: the work tree).

    Data that is not here is fetched for all of them in one go. A file that has nothing to be drawn is left out with a
    note, unless it was named or there is no other. Raises `GitFailed` for a revision that does not exist,
    `NotTracked` for a path that none of them has, `NotParsed` naming file and revision, `UsageError` for a column that
    no file has, and for too many points; and what fetching raises.
    """
    place = source.place
    if None in revisions and place.repository.bare:
        raise NotARepository("a bare repository has no work tree", "name a revision")
    versions = tuple(version_at(place, revision) for revision in dict.fromkeys(revisions))
    git = place.git.asking("cat-file", "--batch")
    try:
        there, rules = _there(source, git, versions, wanted)
        notes = list(_bounded(there))
        source.bring([one.file for files in there for one in files.values() if one.file is not None])
        drawing = _Drawing(source, git, versions, wanted, notes)
        for path in sorted({path for files in there for path in files}):
            sides = [(number, files[path]) for number, files in enumerate(there) if path in files]
            drawing.draw(path, sides, rules(path) or PlotFiles(()))
        drawing.check()
    finally:
        git.close()
    return Plots(versions, tuple(drawing.charts), tuple(drawing.pictures), tuple(notes), drawing.some_same)


def _there(
    source: Source, git: Asking, versions: Sequence[Version], wanted: Wanted
) -> tuple[list[dict[bytes, Found]], Callable[[bytes], PlotFiles | None]]:
    """The files of each version, and how one of them is drawn."""
    configured = read_project(source.place).plots
    there = []
    named = is_naming(wanted.paths)
    for version in versions:
        if named:
            files = _Files(wanted.paths, None)
        elif configured is not None:
            bases = dict.fromkeys(start(pattern) for rule in configured for pattern in rule.files)
            files = _Files(tuple(bases), configured)
        else:
            files = _Files(tuple(_conventional(version)), None)
        chosen = partial(_is_chosen, files.rule, wanted.paths)
        there.append(found(source, git, version, files.bases, chosen) if files.bases else {})
    word = unmatched(wanted.paths, {path for files in there for path in files})
    if word is not None:
        names = ", ".join(version.name for version in versions)
        raise NotTracked(f"{shown(word)} is not in {shown(names)}, or has no series", "name a file that is there")
    if named and configured is not None:
        return there, lambda path: next((rule for rule in configured if rule.has(path)), None)
    return there, _Files((), configured).rule


def _is_chosen(rule: Callable[[bytes], PlotFiles | None], named: Sequence[bytes], path: bytes) -> bool:
    """Whether a file is drawn: one that was named is, whatever it is called, and is refused later if it cannot be."""
    return meant(path, named) and (path in named or rule(path) is not None)


def _conventional(version: Version) -> Iterator[bytes]:
    for folder in (b"", *(data_path(pointer) + b"/" for pointer in sorted(version.texts))):
        yield from (folder + name for name in CONVENTION)
        if folder.endswith(b"/plots/"):
            yield folder[:-1]


def _bounded(there: list[dict[bytes, Found]]) -> Iterator[str]:
    """Take out what is too much, before anything is fetched; what was left out."""
    paths = sorted({path for files in there for path in files})
    if len(paths) > _FILES:
        for files in there:
            for path in paths[_FILES:]:
                files.pop(path, None)
        yield f"{count(len(paths) - _FILES, 'file')} left out: no more than {_FILES} are drawn at once"
    total = 0
    large = []
    for files in there:
        for path in [path for path in files if is_picture(path)]:
            total += files[path].size
            if files[path].size > IMAGE or total > IMAGES:
                total -= files.pop(path).size
                large.append(path)
    if large:
        few = f"an image of more than {size(IMAGE)}, and more than {size(IMAGES)} in all, is not drawn"
        yield f"{count(len(large), 'image')} left out ({shown(large[0])}{', ...' if len(large) > 1 else ''}): {few}"


class _Drawing:
    """What was drawn so far."""

    def __init__(
        self, source: Source, git: Asking, versions: Sequence[Version], wanted: Wanted, notes: list[str]
    ) -> None:
        self._source, self._git, self._versions, self._wanted, self._notes = source, git, versions, wanted, notes
        self.charts: list[Chart] = []
        self.pictures: list[Picture] = []
        self._points = 0
        self._columns: set[str] = set()
        self._failed: GitDataError | None = None
        self.some_same = False

    def draw(self, path: bytes, sides: Sequence[tuple[int, Found]], rule: PlotFiles) -> None:
        """A file, in each version that has it."""
        if is_picture(path):
            self._picture(path, sides)
        else:
            self._series(path, sides, rule)

    def check(self) -> None:
        """Nothing to be seen, or a column that no file has, is an error."""
        if self._failed is not None and not (self.charts or self.pictures or self.some_same):
            raise self._failed
        for column in self._wanted.y:
            if self._columns and column not in self._columns:
                raise UsageError(f"no file has the column {shown(column)}", f"columns: {_some(self._columns)}")

    def _picture(self, path: bytes, sides: Sequence[tuple[int, Found]]) -> None:
        images = []
        for number, one in sides:
            content = b"".join(stream(self._source, self._git, one))
            media = pictures.media_type(content)
            if media is None:
                self._cannot(path, number, NotParsed("it is no image"))
            else:
                images.append(Image(number, media, content))
        if images and not self._is_same([image.content for image in images]):
            self.pictures.append(Picture(path, tuple(images)))

    def _series(self, path: bytes, sides: Sequence[tuple[int, Found]], rule: PlotFiles) -> None:
        wanted = self._wanted
        axes = Axes(wanted.x or rule.x, wanted.y or rule.y, wanted.points)
        read: list[tuple[int, SeriesFile]] = []
        for number, one in sides:
            try:
                read.append((number, series.read(path, stream(self._source, self._git, one), axes)))
            except NotParsed as error:
                self._cannot(path, number, error)
                continue
            if more := read[-1][1].more:
                where = f"{shown(path)} in {shown(self._versions[number].name)}"
                self._notes.append(f"{where}: {count(len(more), 'column')} left out, name them with --y: {_some(more)}")
        self._columns.update(one.column for _number, file in read for one in file.series)
        types = {file.x_type for _number, file in read}
        x_type: XType = types.pop() if len(types) == 1 else "text"
        for column in dict.fromkeys(one.column for _number, file in read for one in file.series):
            lines = [Line(number, one) for number, file in read for one in file.series if one.column == column]
            self._points += sum(len(line.series.points) for line in lines)
            if self._points > _POINTS:
                raise UsageError(
                    f"these plots have more than {_POINTS:,} points",
                    "name fewer files or revisions, or less `--points`",
                )
            if not self._is_same([line.series for line in lines]):
                x = next((file.x for _number, file in read if file.x), "")
                self.charts.append(Chart(path, column, x, x_type, wanted.kind or rule.kind, tuple(lines)))

    def _is_same(self, things: Sequence[object]) -> bool:
        same = self._wanted.only_different and len(things) == len(self._versions) > 1
        same = same and all(thing == things[0] for thing in things[1:])
        self.some_same = self.some_same or same
        return same

    def _cannot(self, path: bytes, number: int, error: NotParsed) -> None:
        told = NotParsed(f"{shown(path)} in {shown(self._versions[number].name)}: {error}", error.hint)
        if path in self._wanted.paths:
            raise told
        self._failed = self._failed or told
        self._notes.append(f"{told} ({told.hint})")


def _some(names: Sequence[str] | set[str]) -> str:
    listed = sorted(names) if isinstance(names, set) else list(names)
    return ", ".join(map(shown, listed[:8])) + (", ..." if len(listed) > 8 else "")

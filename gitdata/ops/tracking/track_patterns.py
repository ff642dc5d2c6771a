"""Track patterns: files that stay where they are, while Git holds a small pointer for each of them."""

import os
from itertools import takewhile
from pathlib import Path

from gitdata.durable import make_folder, write_file
from gitdata.errors import CannotTrack
from gitdata.formats.pointer import data_path
from gitdata.git import attributes, patterns
from gitdata.git import pointers as git_pointers
from gitdata.ops.patterns import pattern_files
from gitdata.ops.roots.typed_paths import pattern_from_top
from gitdata.values import frozen
from gitdata.workspace import RENORMALIZE, Workspace
from gitdata.worktree import control_files

_STEERING = (b".gitattributes", b".gitignore", b".gitmodules", b".gitdata.toml", b".gitdataignore", b"x.gitdata")

_GLOB = frozenset(b"*?[\\")


@frozen
class TrackedPattern:
    """One pattern, as it stands in `.gitattributes` at the top of the work tree."""

    pattern: bytes
    renewed: tuple[bytes, ...]  # files that Git itself held: staged as pointers now


def is_pattern(word: str) -> bool:
    """Whether a word of the command line is a pattern: it has `*`, `?` or `[` and no file has that name."""
    return any(letter in word for letter in "*?[") and not os.path.lexists(word)


def track_patterns(place: Workspace, words: list[str]) -> tuple[TrackedPattern, ...]:
    """Write the patterns into `.gitattributes` and stage it; files that Git holds already are staged as pointers.

    Everything is checked before anything is touched; raises `CannotTrack` saying why and what to do.
    """
    if not words:
        return ()
    top = os.fsencode(place.repository.top)
    before = control_files.read(top, attributes.FILE)
    held = attributes.managed_patterns(before)
    wanted: dict[bytes, list[bytes]] = {}
    for word in words:
        pattern = pattern_from_top(place, word)
        if pattern in held or pattern in wanted:
            raise CannotTrack(f"{word} is tracked already", "its files are recorded by `git add` and `git commit`")
        wanted[pattern] = _check(place, pattern, word)
    text = attributes.with_filter(before)
    for pattern in wanted:
        text = attributes.with_pattern(text, pattern)
    control_files.write(top, attributes.FILE, text)
    git_pointers.add(place.git, attributes.FILE)
    inside = {path for paths in wanted.values() for path in paths}
    raw = [path for path in pattern_files.held_by_git(place) if path in inside]
    renew(place, raw)
    return tuple(
        TrackedPattern(pattern, tuple(path for path in paths if path in raw)) for pattern, paths in wanted.items()
    )


def _check(place: Workspace, pattern: bytes, typed: str) -> list[bytes]:
    """Refuse a pattern that cannot be one; else the files in the index that it matches."""
    if pattern.startswith((b"!", b"[attr]")) or b"\n" in pattern:
        raise CannotTrack(f"{typed} is not a pattern that .gitattributes can express", "see gitattributes(5)")
    if b".." in pattern.split(b"/"):
        raise CannotTrack(f"{typed} leads out of the current directory", "type the pattern at the top of the work tree")
    if pattern.endswith(b"/"):
        raise CannotTrack(
            f"{typed} ends in a slash, and a pattern matches files",
            f"match the files: `git data track '{typed}**'`, or track the directory: `git data track DIRECTORY`",
        )
    if b"/" in pattern.removeprefix(b"/"):
        _check_folder(place, pattern, typed)
    roots = {data_path(path) for path in git_pointers.in_index(place.git.whole).pointers}
    listed = place.git.run("ls-files", "-z", "--full-name", "--", ":(top)").split(b"\0")
    matched = _matching(place, pattern, [*_STEERING, *sorted(roots), *listed])
    for path in matched:
        if path in _STEERING or not patterns.is_pattern_file(path):
            name = "pointers (*.gitdata)" if path.endswith(b".gitdata") else os.fsdecode(path)
            raise CannotTrack(f"{typed} matches {name}, which Git itself has to read", "use a narrower pattern")
        if path in roots:
            raise CannotTrack(
                f"{typed} matches {os.fsdecode(path)}, which is tracked",
                f"use a narrower pattern, or untrack that first: `git data untrack {os.fsdecode(path)}`",
            )
    return sorted(set(matched))


def _check_folder(place: Workspace, pattern: bytes, typed: str) -> None:
    """Files below a data root are versioned with it, and Git ignores them."""
    parts = pattern.removeprefix(b"/").split(b"/")[:-1]
    plain: list[bytes] = list(takewhile(_is_plain, parts))
    folder = b"/".join(plain)
    for path in git_pointers.in_index(place.git.whole).pointers:
        root = data_path(path)
        if folder == root or folder.startswith(root + b"/"):
            raise CannotTrack(
                f"{typed} lies in {os.fsdecode(root)}, which is tracked", "it is versioned with it already"
            )


def _is_plain(part: bytes) -> bool:
    return not _GLOB.intersection(part)


def _matching(place: Workspace, pattern: bytes, paths: list[bytes]) -> list[bytes]:
    """Those of `paths` that Git takes the pattern to match."""
    probe = place.repository.git_dir / "gitdata" / "probe-attributes"
    make_folder(probe.parent)
    line = attributes.with_pattern(b"", pattern).replace(b"filter=gitdata", b"gitdata-probe")
    write_file(probe, line, fsync=False)
    try:
        asked = b"".join(path + b"\0" for path in dict.fromkeys(paths) if path)
        answer = place.git.run(
            "-c", f"core.attributesFile={probe}", "check-attr", "-z", "--stdin", "gitdata-probe", stdin=asked
        ).split(b"\0")
    finally:
        Path(probe).unlink(missing_ok=True)
    return [path for path, value in zip(answer[::3], answer[2::3], strict=False) if value == b"set"]


def renew(place: Workspace, paths: list[bytes]) -> None:
    """Stage files as their attributes want them now, as `git add --renormalize` does."""
    here = [path for path in paths if os.path.lexists(os.path.join(os.fsencode(place.repository.top), path))]
    if here:
        place.filtering.adding({RENORMALIZE: "1"}).run(
            "add", "--renormalize", "--pathspec-from-file=-", "--pathspec-file-nul",
            stdin=b"".join(b":(top,literal)" + path + b"\0" for path in here),
        )  # fmt: skip

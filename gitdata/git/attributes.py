"""Lines that git-data keeps in `.gitattributes` and `.gitignore`; everything else in them stays as it is."""

FILTER_LINE = b"*.gitdata text eol=lf filter=gitdata merge=gitdata diff=gitdata"
_BEGIN = b"# git-data: tracked data, its pointer is what Git versions"
_END = b"# git-data: end"
_SPECIAL = b"\\*?[ "


def with_filter(text: bytes) -> bytes:
    """`.gitattributes` with the line that sends pointers through the filter."""
    if FILTER_LINE in text.split(b"\n"):
        return text
    return _ended(text) + FILTER_LINE + b"\n"


def with_ignored(text: bytes, name: bytes, *, directory: bool) -> bytes:
    """`.gitignore` with `name` (in the folder of the file) ignored, in the block that git-data manages."""
    before, inside, after = _block(text)
    line = pattern(name, directory=directory)
    if line in inside:
        return text
    return _joined(before, sorted([*inside, line]), after)


def without_ignored(text: bytes, name: bytes) -> bytes:
    """`.gitignore` without `name` in the managed block; the block goes when it is empty."""
    before, inside, after = _block(text)
    gone = {pattern(name, directory=True), pattern(name, directory=False)}
    return _joined(before, [line for line in inside if line not in gone], after)


def pattern(name: bytes, *, directory: bool) -> bytes:
    """The ignore pattern for exactly this name in this folder (gitignore(5))."""
    escaped = b"".join(b"\\%c" % byte if byte in _SPECIAL else b"%c" % byte for byte in name)
    return b"/" + escaped + (b"/" if directory else b"")


def _block(text: bytes) -> tuple[bytes, list[bytes], bytes]:
    before, found, rest = text.partition(_BEGIN + b"\n")
    if not found:
        return text, [], b""
    inside, _, after = rest.partition(_END + b"\n")
    return before, inside.split(b"\n")[:-1], after


def _joined(before: bytes, inside: list[bytes], after: bytes) -> bytes:
    if not inside:
        return before + after
    return _ended(before) + b"\n".join([_BEGIN, *inside, _END]) + b"\n" + after


def _ended(text: bytes) -> bytes:
    return text if not text or text.endswith(b"\n") else text + b"\n"

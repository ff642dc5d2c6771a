"""Lines that git-data keeps in `.gitattributes` and `.gitignore`; everything else in them stays as it is."""

from gitdata.errors import GitDataError
from gitdata.formats.quoting import quote, unescape

FILE = b".gitattributes"
IGNORE_FILE = b".gitignore"
FILTER_LINE = b"*.gitdata text eol=lf filter=gitdata merge=gitdata diff=gitdata"
_BEGIN = b"# git-data: tracked data, its pointer is what Git versions"
_END = b"# git-data: end"
_PATTERNS = b"# git-data: patterns of files whose content is data"
_FILTERED = b"filter=gitdata"
# No diff driver: Git compares the pointers then, and `git log -p` brings no content from anywhere.
_ATTRIBUTES = b"filter=gitdata merge=gitdata -text"
_SPECIAL = b"\\*?[ "


def with_filter(text: bytes) -> bytes:
    """`.gitattributes` with the line that sends pointers through the filter."""
    if FILTER_LINE in text.split(b"\n"):
        return text
    return _ended(text) + FILTER_LINE + b"\n"


def with_pattern(text: bytes, pattern: bytes) -> bytes:
    """`.gitattributes` with the files that `pattern` matches kept as pointers in Git, in a block of its own."""
    before, inside, after = _block(text, _PATTERNS)
    line = _pattern_line(pattern)
    return text if line in inside else _joined(before, [*inside, line], after, _PATTERNS)


def without_pattern(text: bytes, pattern: bytes) -> bytes:
    """`.gitattributes` without the line of `pattern`; the block goes when it is empty."""
    before, inside, after = _block(text, _PATTERNS)
    line = _pattern_line(pattern)
    return _joined(before, [other for other in inside if other != line], after, _PATTERNS)


def managed_patterns(text: bytes) -> list[bytes]:
    """The patterns in the block that `with_pattern` keeps."""
    return patterns(b"\n".join(_block(text, _PATTERNS)[1]))


def patterns(text: bytes) -> list[bytes]:
    """The patterns of all lines in a `.gitattributes` that send content through the filter, but `*.gitdata`."""
    found = []
    for line in text.splitlines():
        pattern, words = _split(line)
        if _FILTERED in words and pattern != b"*.gitdata":
            found.append(pattern)
    return found


def _split(line: bytes) -> tuple[bytes, list[bytes]]:
    """The pattern of a line (in double quotes when it has spaces, gitattributes(5)) and its attributes."""
    line = line.strip(b" \t\r")
    if line.startswith(b"#"):
        return b"", []
    if not line.startswith(b'"'):
        first, _, rest = line.replace(b"\t", b" ").partition(b" ")
        return first, rest.split()
    end = 1
    while end < len(line) and line[end : end + 1] != b'"':
        end += 2 if line[end : end + 1] == b"\\" else 1
    try:
        return unescape(line[1:end]), line[end + 1 :].split()
    except GitDataError:
        return b"", []  # Git leaves such a line out, too


def _pattern_line(pattern: bytes) -> bytes:
    # In quotes also where the pattern would end early or a comment begin.
    quoted = quote(pattern)
    if quoted == pattern and (b" " in pattern or pattern.startswith(b"#")):
        quoted = b'"%s"' % pattern
    return quoted + b" " + _ATTRIBUTES


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


def _block(text: bytes, begin: bytes = _BEGIN) -> tuple[bytes, list[bytes], bytes]:
    before, found, rest = text.partition(begin + b"\n")
    if not found:
        return text, [], b""
    inside, _, after = rest.partition(_END + b"\n")
    return before, inside.split(b"\n")[:-1], after


def _joined(before: bytes, inside: list[bytes], after: bytes, begin: bytes = _BEGIN) -> bytes:
    if not inside:
        return before + after
    return _ended(before) + b"\n".join([begin, *inside, _END]) + b"\n" + after


def _ended(text: bytes) -> bytes:
    return text if not text or text.endswith(b"\n") else text + b"\n"

"""Pictures: which files are images that a browser shows, by their first bytes."""

_SIGNATURES = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"BM", "image/bmp"),
)
_ENDINGS = (b"png", b"jpg", b"jpeg", b"gif", b"webp", b"bmp", b"svg")
_SVG_WITHIN = 4096  # bytes


def is_picture(path: bytes) -> bool:
    """Whether the name of a file is that of an image that a browser shows."""
    return path.rpartition(b".")[2].lower() in _ENDINGS


def media_type(content: bytes) -> str | None:
    """What kind of image it is; None of what is none."""
    if content[:4] == b"RIFF" and content[8:12] == b"WEBP":
        return "image/webp"
    if b"<svg" in content[:_SVG_WITHIN]:
        return "image/svg+xml"
    return next((media for signature, media in _SIGNATURES if content.startswith(signature)), None)

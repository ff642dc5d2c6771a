"""Remarks: what was put right by the way, in lines for the person that are said when the command ends."""

_waiting: list[str] = []


def remark(line: str) -> None:
    """Let the person know, once; from any thread."""
    if line not in _waiting:
        _waiting.append(line)


def taken() -> list[str]:
    """What nobody has said yet; whoever takes it says it."""
    lines = _waiting.copy()
    _waiting.clear()
    return lines

"""The end of every command's help: examples and exit codes."""


def epilog(*examples: str, codes: str = "0 done, 1 something failed; others: docs/exit-codes.md") -> str:
    """Examples one per line, then the exit codes; `\\b` keeps click from joining the lines."""
    lines = "\n".join(f"  {example}" for example in examples)
    return f"\b\nExamples:\n{lines}\n\n\b\nExit codes: {codes}"

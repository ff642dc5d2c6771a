"""Bytes with meaning: every format as pure functions between bytes and values (docs/format.md)."""

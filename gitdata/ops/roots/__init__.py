"""Data roots: what people type and what the index has come in; the roots that are meant go out."""

"""Versions: a revision, the index or a work tree comes in; its files, what differs from another, and bytes go out."""

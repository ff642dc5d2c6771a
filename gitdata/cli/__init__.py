"""The people's door: one command per file, each reads its words, calls one operation and shows the result."""

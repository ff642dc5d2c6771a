"""The sizes of chunks, fixed in format version 1."""

AVERAGE = 64 * 1024  # bytes
MINIMUM = 16 * 1024
MAXIMUM = 256 * 1024

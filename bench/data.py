"""Seeded data: many small files, and one large table with an edited second version."""

import random
from pathlib import Path

SMALL_SIZE = 8 * 1024  # bytes
_ROWS = 200_000  # made once and shuffled, so that a gigabyte does not take minutes to make


def small_files(directory: Path, count: int, seed: int = 1) -> None:
    """`count` incompressible files of 8 KiB in 100 folders."""
    numbers = random.Random(seed)
    for folder in range(100):
        (directory / f"folder{folder:03}").mkdir(parents=True, exist_ok=True)
    for number in range(count):
        (directory / f"folder{number % 100:03}" / f"file{number:06}.bin").write_bytes(numbers.randbytes(SMALL_SIZE))


def change_small_files(directory: Path, count: int, seed: int = 2) -> None:
    """A second version: 1 % changed, 1 % added, 0.4 % deleted."""
    numbers = random.Random(seed)
    for number in range(0, count, 100):
        (directory / f"folder{number % 100:03}" / f"file{number:06}.bin").write_bytes(numbers.randbytes(SMALL_SIZE))
        (directory / f"folder{number % 100:03}" / f"new{number:06}.bin").write_bytes(numbers.randbytes(SMALL_SIZE))
    for number in range(1, count, 250):
        (directory / f"folder{number % 100:03}" / f"file{number:06}.bin").unlink()


def table(file: Path, size: int, seed: int = 3) -> None:
    """A table of about `size` bytes: ids, measurements, categories."""
    numbers = random.Random(seed)
    rows = [
        f"{n},{numbers.random():.6f},{numbers.randrange(10**5)},{numbers.choice(('alpha', 'beta', 'gamma'))},"
        f"{numbers.gauss(0, 1):.8f}\n"
        for n in range(_ROWS)
    ]
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w") as out:
        while out.tell() < size:
            numbers.shuffle(rows)
            out.writelines(rows)


def edit_table(file: Path, seed: int = 4) -> None:
    """A second version: 100 rows in the middle changed, 1,000 appended, 50 inserted near the start."""
    content = file.read_bytes()
    numbers = random.Random(seed)
    start = content.index(b"\n", 10_000) + 1
    middle = content.index(b"\n", len(content) // 2) + 1
    end = middle
    for _row in range(100):
        end = content.index(b"\n", end) + 1

    def rows(count: int) -> bytes:
        return b"".join(b"%d,edited,%d\n" % (n, numbers.randrange(10**6)) for n in range(count))

    file.write_bytes(content[:start] + rows(50) + content[start:middle] + rows(100) + content[end:] + rows(1000))

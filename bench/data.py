"""Seeded data: the same bytes on every machine and in every run."""

import random
from collections.abc import Iterator
from pathlib import Path

SMALL_SIZE = 8 << 10  # bytes of a small file, give or take a quarter
_POOL = 100_000  # parts of rows that are made once and combined, so that a gigabyte does not take minutes
_DAY = 10_800  # rows of a day: one every eight seconds
_ROW = 85  # bytes, about
_BLOCK = 1 << 20  # bytes of a checkpoint that are made at a time


def small_files(directory: Path, count: int, seed: int = 1) -> None:
    """`count` incompressible files of about 8 KiB in 100 folders."""
    numbers = random.Random(seed)
    _folders(directory, 100)
    for number in range(count):
        _small(directory, number).write_bytes(numbers.randbytes(_size(numbers)))


def change_small_files(directory: Path, count: int, seed: int = 2) -> None:
    """A second version: 1 % changed, 1 % added, 0.4 % deleted."""
    numbers = random.Random(seed)
    for number in range(0, count, 100):
        _small(directory, number).write_bytes(numbers.randbytes(_size(numbers)))
        added = directory / f"folder{numbers.randrange(100):03}" / f"new{number:06}.bin"
        added.write_bytes(numbers.randbytes(_size(numbers)))
    for number in range(1, count, 250):
        _small(directory, number).unlink()


def rewrite_small_files(directory: Path, count: int, seed: int, longer: int = 100) -> None:
    """Another version: a fifth is rewritten, each up to `longer` bytes longer; with 0 all keep their size."""
    numbers = random.Random(seed)
    for number in range(0, count, 5):
        file = _small(directory, number)
        more = numbers.randrange(1, longer + 1) if longer else 0
        file.write_bytes(numbers.randbytes(file.stat().st_size + more))


def tiny_files(directory: Path, count: int, seed: int = 5) -> None:
    """`count` files of about 100 bytes of text, 1,000 to a folder."""
    numbers = random.Random(seed)
    _folders(directory, -(-count // 1000))
    for number in range(count):
        _tiny(directory, number).write_text(f"{number},{numbers.random()},{numbers.getrandbits(200):x}\n")


def change_tiny_files(directory: Path, count: int, seed: int = 6) -> None:
    """A second version: 1 % changed."""
    numbers = random.Random(seed)
    for number in range(0, count, 100):
        _tiny(directory, number).write_text(f"{number},changed,{numbers.getrandbits(200):x}\n")


def edit_tiny_file(directory: Path, seed: int) -> None:
    """Another version: one file is rewritten, another one for each seed."""
    file = _tiny(directory, seed % len(list((directory / "folder000").iterdir())))
    file.write_text(f"{seed},edited\n")


def table(file: Path, size: int, seed: int = 3) -> None:
    """A CSV of about `size` bytes, as a shop's till would write it: running numbers, times, names, amounts."""
    numbers = random.Random(seed)
    left = [
        f"{numbers.choice(_SHOPS)},{numbers.choice(_GOODS)},{numbers.randrange(1, 40)},"
        f"{numbers.lognormvariate(3, 1):.2f}"
        for _part in range(_POOL)
    ]
    right = [
        f"{numbers.gauss(48, 4):.6f},{numbers.gauss(9, 5):.6f},{numbers.getrandbits(40):010x}" for _p in range(_POOL)
    ]
    times = [f"{n * 8 // 3600:02}:{n * 8 // 60 % 60:02}:{n * 8 % 60:02}" for n in range(_DAY)]
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "w") as out:
        out.write("id,time,shop,article,count,price,latitude,longitude,customer\n")
        day = 0
        while (missing := size - out.tell()) > 0:
            count = min(_DAY, missing // _ROW + 1)
            number, date = day * _DAY, f"{2020 + day // 336}-{day // 28 % 12 + 1:02}-{day % 28 + 1:02}"
            lefts, rights = numbers.choices(left, k=count), numbers.choices(right, k=count)
            rows = zip(range(number, number + count), times, lefts, rights, strict=False)
            out.writelines([f"{row},{date}T{time},{one},{two}\n" for row, time, one, two in rows])
            day += 1


def edit_table(file: Path, seed: int = 4) -> None:
    """A second version: 100 rows in the middle changed, 1,000 appended, 50 inserted near the start."""
    content = file.read_bytes()
    numbers = random.Random(seed)
    start = _line_after(content, min(10_000, len(content) // 10))
    middle = end = _line_after(content, len(content) // 2)
    for _row in range(100):
        end = _line_after(content, end)
    with open(file, "wb") as out:
        view = memoryview(content)
        for part in (view[:start], _rows(numbers, 50), view[start:middle], _rows(numbers, 100), view[end:]):
            out.write(part)
        out.write(_rows(numbers, 1000))


def scatter_edits(file: Path, count: int = 100, seed: int = 7) -> None:
    """A second version: `count` rows changed, spread evenly over the whole table."""
    content = file.read_bytes()
    numbers = random.Random(seed)
    step = len(content) // (count + 1)
    done = 0
    with open(file, "wb") as out:
        view = memoryview(content)
        for row in range(1, count + 1):
            start = _line_after(content, row * step)
            out.write(view[done:start])
            out.write(_rows(numbers, 1))
            done = _line_after(content, start)
        out.write(view[done:])


def checkpoint(file: Path, size: int, seed: int = 8) -> None:
    """The float32 weights of a model, `size` bytes: small numbers around zero, nothing repeats."""
    numbers = random.Random(seed)
    file.parent.mkdir(parents=True, exist_ok=True)
    with open(file, "wb") as out:
        for part in _weights(numbers, size):
            out.write(part)


def train(file: Path, size: int, seed: int = 9) -> None:
    """A second version: one region of `size` bytes, a third into the file, has other weights."""
    numbers = random.Random(seed)
    with open(file, "r+b") as out:
        out.seek(file.stat().st_size // 3 // 4 * 4)
        for part in _weights(numbers, size):
            out.write(part)


def workshop(directory: Path) -> None:
    """A first project: a CSV of 170 kB, its parameters, a model of 1 MB."""
    table(directory / "data" / "students.csv", 170_000)
    (directory / "config").mkdir(parents=True)
    (directory / "config" / "parameters.json").write_text('{"test_size": 0.2, "trees": 100, "seed": 42}\n')
    checkpoint(directory / "models" / "model.bin", 1_000_000)


def change_workshop(directory: Path) -> None:
    """The next experiment: some more rows, another parameter, the model trained again."""
    with open(directory / "data" / "students.csv", "ab") as out:
        out.write(_rows(random.Random(10), 20))
    (directory / "config" / "parameters.json").write_text('{"test_size": 0.2, "trees": 200, "seed": 42}\n')
    checkpoint(directory / "models" / "model.bin", 1_000_000, seed=11)


_SHOPS = (
    "Aachen",
    "Bremen",
    "Chemnitz",
    "Dresden",
    "Erfurt",
    "Frankfurt",
    "Göttingen",
    "Hamburg",
    "Ingolstadt",
    "Jena",
)
_GOODS = (
    "bread",
    "butter",
    "cheese",
    "coffee",
    "flour",
    "honey",
    "milk",
    "noodles",
    "olive oil",
    "rice",
    "salt",
    "tea",
)
# The highest byte of a float32 around zero: the sign, and the exponents of about 0.0005 to 0.13 most of all.
_HIGH_BYTES = bytes(
    (0x80 if n & 1 else 0) | (0x3A, 0x3B, 0x3B, 0x3C, 0x3C, 0x3C, 0x3C, 0x3D)[n // 2 % 8] for n in range(256)
)


def _weights(numbers: random.Random, size: int) -> Iterator[bytes]:
    for start in range(0, size, _BLOCK):
        block = bytearray(numbers.randbytes(min(_BLOCK, size - start) // 4 * 4))
        block[3::4] = block[3::4].translate(_HIGH_BYTES)  # little endian
        yield bytes(block)


def _rows(numbers: random.Random, count: int) -> bytes:
    return b"".join(b"%d,corrected,%d\n" % (n, numbers.randrange(10**9)) for n in range(count))


def _line_after(content: bytes, position: int) -> int:
    return content.index(b"\n", position) + 1


def _folders(directory: Path, count: int) -> None:
    for folder in range(count):
        (directory / f"folder{folder:03}").mkdir(parents=True, exist_ok=True)


def _small(directory: Path, number: int) -> Path:
    return directory / f"folder{number % 100:03}" / f"file{number:06}.bin"


def _tiny(directory: Path, number: int) -> Path:
    return directory / f"folder{number // 1000:03}" / f"file{number:06}.csv"


def _size(numbers: random.Random) -> int:
    return numbers.randrange(SMALL_SIZE * 3 // 4, SMALL_SIZE * 5 // 4)

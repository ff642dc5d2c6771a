"""Arrays and models: what differs is what numpy says, and nothing of a file is trusted."""

import io
import pickle
import struct
import sys
import zipfile
from pathlib import Path

import numpy as np
import pytest

from gitdata.contents.array_diff import compare
from gitdata.contents.arrays import tensors
from gitdata.errors import NotText


def safetensors(**arrays: tuple[str, np.ndarray]) -> bytes:
    head, body = [], b""
    for name, (dtype, array) in arrays.items():
        data = array.tobytes()
        place = f"[{len(body)},{len(body) + len(data)}]"
        head.append(f'"{name}":{{"dtype":"{dtype}","shape":{list(array.shape)},"data_offsets":{place}}}')
        body += data
    text = ("{" + ",".join(head) + "}").encode()
    return struct.pack("<Q", len(text)) + text + body


@pytest.mark.parametrize("kind", ["npy", "npz", "safetensors"])
def test_values_that_differ(tmp_path: Path, kind: str) -> None:
    before = np.random.default_rng(1).normal(size=(700, 300)).astype("f4")
    after = before.copy()
    after[3, 5:9] += 2
    after[600, 1] = np.nan
    names = []
    for name, array in (("before", before), ("after", after)):
        names.append(tmp_path / f"{name}.{kind}")
        if kind == "npy":
            np.save(names[-1], array)
        elif kind == "npz":
            np.savez_compressed(names[-1], w=array, same=before)
        else:
            bf16 = (array.view("u4") >> 16).astype("u2")
            names[-1].write_bytes(safetensors(w=("F32", array), same=("BF16", bf16 * 0)))
    found = compare(*(tensors(file, kind) for file in names))
    assert [one.name for one in found.tensors] == (["w"] if kind != "npy" else [""])
    values = found.tensors[0].values
    assert values is not None and found.same == (kind != "npy")
    assert values.different == int((before != after).sum()) == 5
    finite = np.isfinite(after)
    gap = after[finite].astype("f8") - before[finite]
    assert values.norm == pytest.approx(float(np.linalg.norm(gap)))
    assert values.norm_before == pytest.approx(float(np.linalg.norm(before.astype("f8"))))
    assert values.largest == pytest.approx(float(abs(gap).max()))


@pytest.mark.parametrize("kind", ["npz", "safetensors"])
def test_without_numpy_bytes_tell(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    for number in (0, 1):
        arrays = {"a": np.arange(9.0), "b": np.arange(9) + number, "c": np.arange(4, dtype="u1") + np.uint8(number)}
        file = tmp_path / f"{number}.{kind}"
        if kind == "npz":
            np.savez(file, **arrays)
        else:
            types = {"a": "F64", "b": "I64", "c": "U8"}
            file.write_bytes(safetensors(**{name: (types[name], array) for name, array in arrays.items()}))
    monkeypatch.setitem(sys.modules, "numpy", None)
    found = compare(*(tensors(tmp_path / f"{number}.{kind}", kind) for number in (0, 1)))
    assert found.same == 1 and [one.name for one in found.tensors] == ["b", "c"]
    assert "-m pip install numpy" in found.tensors[0].why and "numpy" not in found.tensors[1].why


class Planted:
    def __reduce__(self) -> tuple[object, ...]:
        return Path.touch, (Path("planted"),)


def test_nothing_is_unpickled_and_what_is_no_array_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    np.save("object.npy", np.array([Planted()], dtype=object), allow_pickle=True)
    one = tensors(Path("object.npy"), "npy")
    assert not one[""].readable and "not read" in compare(one, one).tensors[0].why
    Path("pickled.npy").write_bytes(pickle.dumps(Planted()))
    whole = io.BytesIO()
    np.save(whole, np.zeros(5))
    Path("cut.npy").write_bytes(whole.getvalue()[:-4])
    with pytest.raises(NotText, match="cut off"):
        compare(tensors(Path("cut.npy"), "npy"), tensors(Path("cut.npy"), "npy"))
    Path("long.npy").write_bytes(b"\x93NUMPY\x02\0" + b"\xff" * 4)
    Path("bad.npz").write_bytes(b"PK\x03\x04nothing")
    with zipfile.ZipFile("odd.npz", "w") as archive:
        archive.writestr("a.npy", b"no array")
    Path("long.safetensors").write_bytes(b"\xff" * 8)
    Path("list.safetensors").write_bytes(struct.pack("<Q", 2) + b"[]")
    deep = b"[" * 100_000
    Path("deep.safetensors").write_bytes(struct.pack("<Q", len(deep)) + deep)
    Path("neg.safetensors").write_bytes(safetensors(w=("F32", np.zeros(1, "f4"))).replace(b"[1]", b"[-1]"[:3]))
    for name in ("pickled.npy", "long.npy", "bad.npz", "odd.npz", "long.safetensors", "list.safetensors",
                 "deep.safetensors", "neg.safetensors"):  # fmt: skip
        with pytest.raises(NotText):
            tensors(Path(name), name.rpartition(".")[2])
    assert not Path("planted").exists()

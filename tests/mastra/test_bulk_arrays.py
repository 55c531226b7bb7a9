"""Files of vectors that are damaged, of another kind, or made to do harm: one error for all."""

from __future__ import annotations

from contextlib import suppress
from errno import EIO
from io import BytesIO
from pathlib import Path
from typing import Any, Final
from zipfile import ZIP_BZIP2, ZIP_DEFLATED, ZIP_LZMA, ZIP_STORED, ZipFile

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aioconvex.mastra import MastraError
from aioconvex.mastra._bulk.arrays import read_vectors

TWO: Final = np.eye(2)
IDS: Final = np.array(["a", "b"])


def npy(array: Any) -> bytes:
    file = BytesIO()
    np.save(file, array)
    return file.getvalue()


def npz(members: dict[str, bytes], method: int = ZIP_DEFLATED) -> bytes:
    file = BytesIO()
    with ZipFile(file, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def encrypted(archive: bytes) -> bytes:
    """With the flag set that says so, in the member's header and in the directory's."""
    data = bytearray(archive)
    data[data.index(b"PK\x03\x04") + 6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    return bytes(data)


def of_shape(shape: str) -> bytes:
    """An array's header that says more than there is."""
    header = f"{{'descr': '<f8', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    return b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header.encode()


GOOD: Final = {"vectors.npy": npy(TWO), "ids.npy": npy(IDS)}
DAMAGED: Final = bytearray(npz({"vectors.npy": npy(np.random.default_rng(1).random((9, 9)))}))
DAMAGED[60:90] = bytes(30)


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(npy(TWO), id=".npy"),
        pytest.param(npy(TWO) + npz(GOOD), id=".npy before a zip"),
        pytest.param(npz(GOOD, ZIP_BZIP2), id="bzip2"),
        pytest.param(npz(GOOD, ZIP_LZMA), id="lzma"),
        pytest.param(npz(GOOD).replace(b"\x08\x00", b"\x63\x00"), id="an unknown method"),
        pytest.param(encrypted(npz(GOOD)), id="encrypted"),
        pytest.param(bytes(DAMAGED), id="damaged"),
        pytest.param(npz({**GOOD, "vectors.npy": of_shape(f"({2**45}, 3)")}), id="1 PB"),
        pytest.param(npz({**GOOD, "vectors.npy": of_shape(f"({2**70}, 3)")}), id="more than 64 bits"),
        pytest.param(npz({**GOOD, "vectors.npy": of_shape("(" * 90)}), id="no shape"),
        pytest.param(npz({**GOOD, "vectors.npy": b"\x00" * 32}), id="vectors are bytes"),
        pytest.param(npz({**GOOD, "ids.npy": b"ab"}), id="ids are bytes"),
    ],
)  # fmt: skip
def test_what_is_no_npz_is_one_error(tmp_path: Path, content: bytes) -> None:
    """Whatever numpy, zipfile and zlib raise."""
    path = tmp_path / "1.npz"
    path.write_bytes(content)
    with pytest.raises(MastraError, match=r"1\.npz: it is no \.npz file") as caught:
        read_vectors(path)
    assert caught.value.id == "MASTRA_STORAGE_CONVEX_IMPORT_BAD_FILE"


WHOLE: Final = (npz(GOOD), npz(GOOD, ZIP_STORED))


@settings(max_examples=300, deadline=None)
@given(
    whole=st.sampled_from(WHOLE),
    changes=st.lists(st.tuples(st.integers(0, 700), st.integers(0, 255)), min_size=1, max_size=4),
    end=st.none() | st.integers(0, 700),
)
def test_damage_is_that_error_or_none(
    tmp_path_factory: pytest.TempPathFactory,
    whole: bytes,
    changes: list[tuple[int, int]],
    end: int | None,
) -> None:
    damaged = bytearray(whole)
    for at, byte in changes:
        damaged[at % len(damaged)] = byte
    path = tmp_path_factory.getbasetemp() / "damaged.npz"
    path.write_bytes(damaged[:end])
    with suppress(MastraError):
        read_vectors(path)


def test_a_file_that_cannot_be_read_is_no_damaged_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "1.npz"
    path.write_bytes(npz(GOOD))

    def broken(*_: object) -> None:
        raise OSError(EIO, "the disk is broken")

    monkeypatch.setattr("aioconvex.mastra._bulk.arrays.ZipFile", broken)
    with pytest.raises(OSError, match="broken"):
        read_vectors(path)


@pytest.mark.parametrize(
    "arrays",
    [
        {"ids": np.array("a")},
        {"ids": np.array("a"), "metadata": np.array("{}")},
        {"ids": IDS, "metadata": np.array("{}")},
        {"ids": np.array([["a", "b"]])},
        {"rows": np.frombuffer(b"[]\n[]\n", np.uint8)},
    ],
    ids=str,
)
def test_ids_and_metadata_are_lists(tmp_path: Path, arrays: dict[str, Any]) -> None:
    path = tmp_path / "1.npz"
    np.savez(path, vectors=TWO, **arrays)
    with pytest.raises(MastraError, match=r"1\.npz: its ids or metadata cannot be read"):
        read_vectors(path)


def test_what_unpacks_to_too_much_is_not_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However small the file is."""
    path = tmp_path / "1.npz"
    np.savez_compressed(path, vectors=np.zeros((2, 50_000)), ids=IDS)
    assert path.stat().st_size < 10_000
    assert len(read_vectors(path).ids) == 2
    monkeypatch.setattr("aioconvex.mastra._bulk.arrays._MOST_BYTES", 100_000)
    monkeypatch.setattr(np, "load", None)
    with pytest.raises(MastraError, match=r"1\.npz: .*unpacked it has 8\d{5} bytes"):
        read_vectors(path)

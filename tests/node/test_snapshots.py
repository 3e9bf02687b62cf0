from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from node.dump import Dump
from node.snapshots import CorruptSnapshot, Snapshots


def _dump(height: int) -> Dump:
    return Dump(height, f"0x{height:064x}", gzip.compress(b"{}"))


def test_save__more_than_are_kept__the_newest_stay(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path, keep=2)

    saved = [snapshots.save(_dump(height)) for height in (5, 6, 7)]

    assert list(snapshots.newest_first()) == [saved[2], saved[1]]


def test_save__chain_fell_back_to_lower_height__still_the_newest(tmp_path: Path) -> None:
    snapshots = Snapshots(tmp_path)
    snapshots.save(_dump(900))

    latest = snapshots.save(_dump(3))

    assert next(snapshots.newest_first()) == latest


def test_save__unfinished_file_of_a_crash__ignored(tmp_path: Path) -> None:
    (tmp_path / "0000000007-12.json.unfinished").write_bytes(b"half")
    snapshots = Snapshots(tmp_path)

    assert list(snapshots.newest_first()) == []
    assert snapshots.save(_dump(1)).name == "0000000008-1.json.gz"


@pytest.mark.parametrize(
    "content", [b"half", gzip.compress(b"{}" * 99)[:-9]], ids=["not gzip", "cut short"]
)
def test_unpack__damaged__corrupt(tmp_path: Path, content: bytes) -> None:
    snapshots = Snapshots(tmp_path)
    saved = snapshots.save(Dump(1, "0x", content))

    with pytest.raises(CorruptSnapshot):
        snapshots.unpack(saved)

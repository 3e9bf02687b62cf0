from __future__ import annotations

import os
from pathlib import Path

import pytest

from ledger.files import replace_file


def test_replace_file__there_already__is_what_was_given(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    for data in (b"first", b"second"):
        replace_file(file, data)
        assert file.read_bytes() == data
    assert list(tmp_path.iterdir()) == [file]


def test_replace_file__disk_full__leaves_what_was_there_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "record.json"
    replace_file(file, b"first")
    (tmp_path / f"record.json.{os.getpid()}.new").symlink_to("/dev/full")
    with pytest.raises(OSError, match="No space left"):
        replace_file(file, b"second")
    assert list(tmp_path.iterdir()) == [file]
    assert file.read_bytes() == b"first"

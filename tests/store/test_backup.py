"""Backups: whole, checked, never over something that is there."""

from __future__ import annotations

import sqlite3
import stat
import threading
from pathlib import Path

import pytest
from sqlalchemy import func, insert, select

from ledger.store.backup import BackedUpElsewhere, NotABackup, WouldOverwrite, back_up, put_back
from ledger.store.engine import open_database
from ledger.store.migration import migrate
from ledger.store.private import profiles


def _url(path: Path) -> str:
    return f"sqlite:///{path}"


def _write(path: Path, first: int, count: int) -> None:
    database = open_database(_url(path))
    try:
        for party in range(first, first + count):
            database.write(
                lambda connection, party=party: connection.execute(  # type: ignore[misc]
                    insert(profiles), {"party": party, "name": f"party {party}"}
                )
            )
    finally:
        database.close()


def _count(path: Path) -> int:
    database = open_database(_url(path))
    try:
        with database.read() as connection:
            return connection.scalar(select(func.count()).select_from(profiles)) or 0
    finally:
        database.close()


@pytest.fixture
def live(tmp_path: Path) -> Path:
    path = tmp_path / "live.db"
    migrate(_url(path))
    _write(path, 1, 20)
    return path


def test_back_up_and_put_back__same_rows(live: Path, tmp_path: Path) -> None:
    backup, restored = tmp_path / "backup.db", tmp_path / "restored.db"
    back_up(_url(live), backup)
    _write(live, 100, 5)
    put_back(backup, _url(restored))
    assert (_count(live), _count(restored)) == (25, 20)
    migrate(_url(restored))


def test_back_up__while_written_to__one_moment_of_it(live: Path, tmp_path: Path) -> None:
    writer = threading.Thread(target=_write, args=(live, 1_000, 200))
    writer.start()
    for number in range(5):
        backup = tmp_path / f"{number}.db"
        back_up(_url(live), backup)
        assert 20 <= _count(backup) <= 220
    writer.join()
    assert _count(live) == 220


def test_back_up__unwritten_log__is_in_it(live: Path, tmp_path: Path) -> None:
    """What is only in the write-ahead log so far belongs to the database all the same."""
    open_still = open_database(_url(live))
    with open_still.read() as connection:
        connection.execute(select(profiles.c.party)).all()
        _write(live, 500, 3)
        assert live.with_name("live.db-wal").stat().st_size > 0
        back_up(_url(live), tmp_path / "backup.db")
    open_still.close()
    assert _count(tmp_path / "backup.db") == 23


def test_back_up__file_of_its_owner_alone_and_no_log_beside_it(live: Path, tmp_path: Path) -> None:
    folder = tmp_path / "backups"
    folder.mkdir()
    back_up(_url(live), folder / "backup.db")
    assert [path.name for path in folder.iterdir()] == ["backup.db"]
    assert stat.S_IMODE((folder / "backup.db").stat().st_mode) == 0o600


def test_back_up__something_there__is_left_alone(live: Path, tmp_path: Path) -> None:
    there = tmp_path / "there.db"
    there.write_text("precious")
    with pytest.raises(WouldOverwrite):
        back_up(_url(live), there)
    assert there.read_text() == "precious"


def test_put_back__over_a_database_or_its_log__is_refused(live: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    back_up(_url(live), backup)
    with pytest.raises(WouldOverwrite):
        put_back(backup, _url(live))
    gone = tmp_path / "gone.db"
    (tmp_path / "gone.db-wal").write_bytes(b"a log that belongs to what was here")
    with pytest.raises(WouldOverwrite):
        put_back(backup, _url(gone))
    assert not gone.exists()


def _spoil(path: Path) -> None:
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.seek(size // 2)
        file.write(b"\xff" * min(8192, size // 4))


def test_put_back__damaged_or_no_database__is_refused(live: Path, tmp_path: Path) -> None:
    damaged, text = tmp_path / "damaged.db", tmp_path / "text.db"
    back_up(_url(live), damaged)
    _spoil(damaged)
    text.write_text("no database at all, however long this text may be made")
    for file in (damaged, text, tmp_path / "nowhere.db"):
        into = tmp_path / "into.db"
        with pytest.raises(NotABackup):
            put_back(file, _url(into))
        assert not into.exists()
    assert sorted(p.name for p in tmp_path.glob("*.unfinished")) == []


def test_back_up__postgresql__says_what_to_use() -> None:
    with pytest.raises(BackedUpElsewhere, match="pg_dump"):
        back_up("postgresql://user:secret@host/db", Path("never"))


def test_back_up__of_a_copy__is_a_database_like_any(live: Path, tmp_path: Path) -> None:
    backup = tmp_path / "backup.db"
    back_up(_url(live), backup)
    with sqlite3.connect(backup) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

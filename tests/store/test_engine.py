from __future__ import annotations

import threading
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError

from ledger.store import engine
from ledger.store.changes import ChangeWatch
from ledger.store.engine import Database, UnsupportedDatabase, open_database
from ledger.store.faults import StorageFault, StorageTrouble
from ledger.store.tables import acts, blocks
from tests.store.databases import empty_postgres, migrated


def _add_block(connection: Connection) -> None:
    """Reads, then writes what it read: wrong unless transactions are serializable."""
    count = connection.scalar(select(func.count()).select_from(blocks))
    connection.execute(insert(blocks), {"number": count, "hash": bytes(32)})


def test_write__many_writers_read_before_they_write__all_succeed_in_turn(
    database: Database,
) -> None:
    faults: list[Exception] = []

    def write_some() -> None:
        try:
            for _ in range(10):
                database.write(_add_block)
        except Exception as fault:  # noqa: BLE001
            faults.append(fault)

    threads = [threading.Thread(target=write_some) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(blocks)) == 40


def test_write__in_turn__nobody_starts_again(database: Database) -> None:
    tries: list[int] = []

    def work(connection: Connection) -> None:
        tries.append(1)
        _add_block(connection)

    threads = [
        threading.Thread(target=database.write, args=(work, [7, 8 + n % 2])) for n in range(40)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(tries) == 40
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(blocks)) == 40


def test_write__in_turn__lost_or_failing__others_have_their_turn(postgres_url: str) -> None:
    database = migrated(empty_postgres(postgres_url))

    def fail(connection: Connection) -> None:
        raise LookupError

    def lose(connection: Connection) -> None:
        connection.execute(text("SELECT pg_terminate_backend(pg_backend_pid())"))

    with pytest.raises(LookupError):
        database.write(fail, [7])
    with pytest.raises(StorageFault):
        database.write(lose, [7])
    other = open_database(database.engine.url.render_as_string(hide_password=False))
    waiting = threading.Thread(target=other.write, args=(_add_block, [7]), daemon=True)
    waiting.start()
    waiting.join(10)
    assert not waiting.is_alive()
    other.close()
    database.close()


def test_write__turn_never_comes__busy(postgres_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "_BUSY_MILLISECONDS", 50)
    database = migrated(empty_postgres(postgres_url))

    def wait(connection: Connection) -> None:
        with pytest.raises(StorageFault) as fault:
            database.write(_add_block, [6, 7])
        assert fault.value.trouble is StorageTrouble.BUSY
        database.write(_add_block, [6])

    database.write(wait, [7])
    database.close()


def test_write__work_fails__nothing_is_kept(database: Database) -> None:
    def fail(connection: Connection) -> None:
        _add_block(connection)
        raise LookupError

    with pytest.raises(LookupError):
        database.write(fail)
    with database.read() as connection:
        assert connection.scalar(select(func.count()).select_from(blocks)) == 0


def test_read__somebody_writes_meanwhile__snapshot_stays(database: Database) -> None:
    with database.read() as connection:
        before = connection.scalar(select(func.count()).select_from(blocks))
        database.write(_add_block)
        assert connection.scalar(select(func.count()).select_from(blocks)) == before


def test_write__reference_to_nothing__refused_by_the_database(database: Database) -> None:
    row = {
        "digest": bytes(32),
        "kind": "Transfer",
        "target": "0x",
        "call": b"",
        "call_hash": bytes(32),
        "status": "sent",
        "batch": 77,
        "created": 0,
    }
    with pytest.raises(IntegrityError):
        database.write(lambda connection: connection.execute(insert(acts), row))


def test_read__writing_on_postgresql__refused(postgres_url: str) -> None:
    database = migrated(empty_postgres(postgres_url))
    with pytest.raises(DBAPIError), database.read() as connection:
        _add_block(connection)
    database.close()


def test_open__sqlite__survives_power_loss_and_keeps_references(tmp_path: Path) -> None:
    database = open_database(f"sqlite:///{tmp_path / 'a.db'}")
    with database.read() as connection:
        pragmas = [
            connection.execute(text(f"PRAGMA {name}")).scalar()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    database.close()
    full = 2
    assert pragmas == ["wal", full, 1]


@pytest.mark.parametrize("url", ["mysql://host/db", "not a url", ""])
def test_open__another_database__is_a_fault(url: str) -> None:
    with pytest.raises(UnsupportedDatabase):
        open_database(url)


def test_watch__somebody_writes__is_noticed_once(database: Database) -> None:
    with ChangeWatch(database) as watch:
        watch.changed()
        if watch.tells:
            assert not watch.changed()
        database.write(_add_block)
        assert watch.changed()
        assert watch.changed() is not watch.tells

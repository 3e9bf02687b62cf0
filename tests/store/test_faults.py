from __future__ import annotations

import resource
import sqlite3
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import Connection, func, insert, select, text
from sqlalchemy.exc import DBAPIError

from ledger.store.changes import ChangeWatch
from ledger.store.engine import Database, open_database
from ledger.store.faults import StorageFault, StorageTrouble
from ledger.store.tables import blocks
from tests.store.databases import empty_postgres, migrated
from tests.store.refusals import no_room, read_only_by_default, takes_no_writes

ROOT = Path(__file__).resolve().parents[2]
_WRITES_UNTIL_TOLD = """
import sys
from sqlalchemy import insert
from ledger.store.engine import open_database
from ledger.store.faults import StorageFault
from ledger.store.tables import blocks
database = open_database(sys.argv[1])
for number, _ in enumerate(sys.stdin):
    row = {"number": number, "hash": bytes(32)}
    try:
        database.write(lambda connection: connection.execute(insert(blocks), row))
    except StorageFault as fault:
        print(fault.trouble.value, flush=True)
    else:
        print("kept", flush=True)
"""


def _count(database: Database) -> int:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(blocks)) or 0


def _add(connection: Connection, number: int = 0) -> None:
    connection.execute(insert(blocks), {"number": number, "hash": bytes(32)})


def test_write__database_takes_none__is_named_and_works_again(database: Database) -> None:
    with takes_no_writes(database) as trouble:
        with pytest.raises(StorageFault) as caught:
            database.write(_add)
        assert caught.value.trouble is trouble
        assert _count(database) == 0
    database.write(_add)
    assert _count(database) == 1


def test_write__postgresql_made_read_only__is_named(postgres_url: str) -> None:
    database = migrated(empty_postgres(postgres_url))
    with read_only_by_default(database):
        with pytest.raises(StorageFault) as caught:
            database.write(_add)
        assert caught.value.trouble is StorageTrouble.READ_ONLY
    database.write(_add)
    database.close()


def test_write__no_room_for_another_page__keeps_nothing_of_it(tmp_path: Path) -> None:
    database = migrated(f"sqlite:///{tmp_path / 'a.db'}")

    def add_many(connection: Connection) -> None:
        for number in range(1_000):
            _add(connection, number)

    with no_room(database):
        with pytest.raises(StorageFault) as caught:
            database.write(add_many)
        assert caught.value.trouble is StorageTrouble.FULL
        assert _count(database) == 0
    database.write(add_many)
    assert _count(database) == 1_000
    database.close()


def test_write__operating_system_refuses__process_goes_on_when_it_does_not(tmp_path: Path) -> None:
    """The limit on file sizes stands in for a disk without room: the same writes fail."""
    url = f"sqlite:///{tmp_path / 'a.db'}"
    migrated(url).close()
    child = subprocess.Popen(
        [sys.executable, "-c", _WRITES_UNTIL_TOLD, url],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert child.stdin
    assert child.stdout

    def write() -> str:
        print(file=child.stdin, flush=True)
        return child.stdout.readline().strip()  # type: ignore[union-attr]

    try:
        first = write()
        unlimited = resource.prlimit(child.pid, resource.RLIMIT_FSIZE)
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, (0, unlimited[1]))
        refused = [write(), write()]
        resource.prlimit(child.pid, resource.RLIMIT_FSIZE, unlimited)
        assert [first, *refused, write()] == ["kept", "io", "io", "kept"]
    finally:
        child.kill()
        child.wait()
    kept = open_database(url)
    assert _count(kept) == 2
    kept.close()


def test_read__nobody_answers__is_unreachable() -> None:
    database = open_database("postgresql://nobody@127.0.0.1:1/nothing")
    with pytest.raises(StorageFault) as caught, database.read():
        pass
    assert caught.value.trouble is StorageTrouble.UNREACHABLE
    database.close()


def test_write__somebody_else_holds_the_file__is_busy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ledger.store.engine._BUSY_MILLISECONDS", 50)
    database = migrated(f"sqlite:///{tmp_path / 'a.db'}")
    with sqlite3.connect(tmp_path / "a.db", isolation_level=None) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageFault) as caught:
            database.write(_add)
    assert caught.value.trouble is StorageTrouble.BUSY
    other.close()
    database.close()


def test_read__writing_in_it__stays_the_mistake_it_is(postgres_url: str) -> None:
    database = migrated(empty_postgres(postgres_url))
    with pytest.raises(DBAPIError), database.read() as connection:
        _add(connection)
    database.close()


def test_write__wrong_statement__is_no_storage_fault(database: Database) -> None:
    with pytest.raises(DBAPIError) as caught:
        database.write(lambda c: c.execute(text("SELECT :secret FROM nowhere"), {"secret": "abc"}))
    assert "abc" not in str(caught.value)


def test_watch__file_gone_for_a_while__is_a_fault_then_works(tmp_path: Path) -> None:
    database = migrated(_in(tmp_path))
    database.engine.dispose()
    (tmp_path / "there").rename(tmp_path / "elsewhere")
    with ChangeWatch(database) as watch:
        with pytest.raises(StorageFault) as caught:
            watch.changed()
        assert caught.value.trouble is StorageTrouble.UNREACHABLE
        (tmp_path / "elsewhere").rename(tmp_path / "there")
        assert watch.changed()
        assert not watch.changed()
    database.close()


def _in(folder: Path) -> str:
    (folder / "there").mkdir()
    return f"sqlite:///{folder / 'there' / 'a.db'}"

"""Databases that refuse, for as long as a test wants them to: SQLite and PostgreSQL do it
themselves, nothing of ours is patched."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import create_engine, event, text

from ledger.store.engine import Database
from ledger.store.faults import StorageTrouble
from ledger.store.migration import every_table

# What PostgreSQL says when a file can't grow, said before it tries.
_DISK_FULL = """
CREATE FUNCTION no_room() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION 'no space left on device' USING ERRCODE = 'disk_full'; END $$
"""


@contextmanager
def takes_no_writes(database: Database) -> Iterator[StorageTrouble]:
    """Every write is refused, as on a volume that went read-only or is full; tells which."""
    if database.is_sqlite:
        with _with_pragma(database, "query_only = ON"):
            yield StorageTrouble.READ_ONLY
        return
    tables = [table.name for table in every_table().sorted_tables]
    watched = [
        f"CREATE TRIGGER no_room BEFORE INSERT OR UPDATE OR DELETE ON {name} "
        "FOR EACH STATEMENT EXECUTE FUNCTION no_room()"
        for name in tables
    ]
    _run(database, _DISK_FULL, *watched)
    try:
        yield StorageTrouble.FULL
    finally:
        _run(database, "DROP FUNCTION no_room() CASCADE")


@contextmanager
def read_only_by_default(database: Database) -> Iterator[None]:
    """PostgreSQL, as an operator switches a database over: for connections made from now on."""
    name = database.engine.url.database
    _run(database, f'ALTER DATABASE "{name}" SET default_transaction_read_only = on')
    database.engine.dispose()
    try:
        yield
    finally:
        writable = "SET default_transaction_read_only = off"
        _run(database, writable, f'ALTER DATABASE "{name}" RESET default_transaction_read_only')
        database.engine.dispose()


@contextmanager
def no_room(database: Database) -> Iterator[None]:
    """SQLite may not grow its file by another page: what a full disk is to it."""
    with database.read() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    with _with_pragma(database, f"max_page_count = {pages}"):
        yield


@contextmanager
def _with_pragma(database: Database, pragma: str) -> Iterator[None]:
    def set_it(connection: Any, _record: object) -> None:
        connection.execute(f"PRAGMA {pragma}")

    event.listen(database.engine, "connect", set_it)
    database.engine.dispose()
    try:
        yield
    finally:
        event.remove(database.engine, "connect", set_it)
        database.engine.dispose()


def _run(database: Database, *statements: str) -> None:
    engine = create_engine(database.engine.url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()

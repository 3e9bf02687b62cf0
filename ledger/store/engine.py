"""Opening a database, and the two ways to use it: read a snapshot, write a transaction.

Readers see one unmoving snapshot. Writers are serializable: on SQLite because a write
transaction takes the only write lock as it begins, so that it can never deadlock on the way up
from reading; on PostgreSQL by isolation level, and then a writer may have to start again.

Errors tell which statement failed, never with what parameters: those are members' own data, and
errors end in logs.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.pool import StaticPool

from ledger.store.faults import faults_named

__all__ = ["IN_MEMORY", "Connection", "Database", "UnsupportedDatabase", "open_database"]

T = TypeVar("T")

SQLITE, POSTGRESQL = "sqlite", "postgresql"
IN_MEMORY = "sqlite://"

_BEGIN = "begin_with"
_BUSY_MILLISECONDS = 30_000
_WRITE_ATTEMPTS = 50
# serialization_failure and deadlock_detected: PostgreSQL asks for the transaction once more.
_START_AGAIN = frozenset({"40001", "40P01"})
_TURNS = 0x7975616E << 32
"""Any number does that keeps advisory locks apart from others': below it, what is written."""


class UnsupportedDatabase(Exception):
    """The URL names neither a SQLite nor a PostgreSQL database."""


class Database:
    """One open database. Shared by the threads of a process; close it when done."""

    def __init__(self, engine: Engine, reader: Engine, writer: Engine) -> None:
        self.engine = engine
        self._reader = reader
        self._writer = writer

    @property
    def is_sqlite(self) -> bool:
        return self.engine.dialect.name == SQLITE

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """One snapshot of the database, to read from. Raises ``StorageFault``."""
        with (
            faults_named(reading=True),
            self._reader.connect() as connection,
            connection.begin(),
        ):
            yield connection

    def write(self, work: Callable[[Connection], T], turns: Collection[int] = ()) -> T:
        """The result of ``work``, done in one serializable transaction.

        ``work`` runs again from its start when PostgreSQL couldn't serialize it, so it must do
        nothing but read and write through its connection. Those who name a number (below 2**32)
        in common in ``turns`` go one after the other, and don't make each other start again.

        Raises ``StorageFault`` when the database can't be reached or refuses to write.
        """
        with faults_named():
            if self.is_sqlite or not turns:
                return _until_serialized(lambda: self._write_once(work))
            with self._writer.connect() as connection, _in_turn(connection, turns):
                return _until_serialized(lambda: _transact(connection, work))

    def close(self) -> None:
        self.engine.dispose()

    def _write_once(self, work: Callable[[Connection], T]) -> T:
        with self._writer.connect() as connection:
            return _transact(connection, work)


def _until_serialized(attempt: Callable[[], T]) -> T:
    for number in range(_WRITE_ATTEMPTS - 1):
        try:
            return attempt()
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) not in _START_AGAIN:
                raise
            time.sleep(min(0.001 * 2**number, 0.1))
    return attempt()


def _transact(connection: Connection, work: Callable[[Connection], T]) -> T:
    with connection.begin():
        return work(connection)


@contextmanager
def _in_turn(connection: Connection, turns: Collection[int]) -> Iterator[None]:
    """Before the transaction, not in it: its snapshot is older than any lock it waits for, so that
    whoever had waited would only learn that it has to start again."""
    try:
        connection.execute(text(f"SET LOCAL lock_timeout = {_BUSY_MILLISECONDS}"))
        for number in sorted(set(turns)):
            key = {"key": _TURNS | number}
            connection.execute(text("SELECT pg_advisory_lock(:key)"), key)
        connection.commit()
        yield
    finally:
        _let_others(connection)


def _let_others(connection: Connection) -> None:
    try:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock_all()"))
        connection.commit()
    except DBAPIError:  # a lost session has no locks any more
        connection.invalidate()


def open_database(url: str) -> Database:
    """Open ``sqlite:///path``, ``postgresql://…`` or, for this process alone, ``sqlite://``."""
    parsed = _parse(url)
    if parsed.get_backend_name() == SQLITE:
        return _open_sqlite(parsed)
    return _open_postgresql(parsed)


def _parse(url: str) -> URL:
    try:
        parsed = make_url(url)
        backend = parsed.get_backend_name()
    except ArgumentError as error:
        raise UnsupportedDatabase("not a database URL") from error
    if backend == "postgres":
        backend = POSTGRESQL
    if backend not in (SQLITE, POSTGRESQL):
        raise UnsupportedDatabase(f"{backend} is neither sqlite nor postgresql")
    return parsed.set(drivername=SQLITE if backend == SQLITE else "postgresql+psycopg")


def _open_sqlite(url: URL) -> Database:
    # pysqlite would begin transactions by its own rules; with None it leaves them to us.
    arguments = {"isolation_level": None, "check_same_thread": False}
    pool: dict[str, Any] = {"pool_size": 10, "max_overflow": 30}
    if url.database in (None, "", ":memory:"):
        pool = {"poolclass": StaticPool}
    engine = create_engine(url, connect_args=arguments, hide_parameters=True, **pool)
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return Database(engine, engine, engine.execution_options(**{_BEGIN: "BEGIN IMMEDIATE"}))


def _set_pragmas(connection: sqlite3.Connection, _record: object) -> None:
    for pragma in (
        f"busy_timeout = {_BUSY_MILLISECONDS}",
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "cache_size = -65536",  # kibibytes
        "temp_store = MEMORY",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get(_BEGIN, "BEGIN"))


def _open_postgresql(url: URL) -> Database:
    engine = create_engine(
        url, pool_size=10, max_overflow=30, pool_pre_ping=True, hide_parameters=True
    )
    return Database(
        engine,
        engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True),
        engine.execution_options(isolation_level="SERIALIZABLE"),
    )

"""What a database can't do just now, told apart from what nobody should have asked of it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum

import psycopg
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout


class StorageTrouble(StrEnum):
    FULL = "full"
    READ_ONLY = "read_only"
    IO = "io"
    BUSY = "busy"
    UNREACHABLE = "unreachable"


class StorageFault(Exception):
    """The database doesn't answer or takes no writes. The transaction was rolled back; only when
    it became unreachable at the very end of one may that one have been kept all the same.

    The reason is the driver's, without statements and their parameters.
    """

    def __init__(self, trouble: StorageTrouble, reason: str) -> None:
        super().__init__(f"{trouble}: {reason}")
        self.trouble = trouble
        self.reason = reason


_SQLITE = {
    sqlite3.SQLITE_BUSY: StorageTrouble.BUSY,
    sqlite3.SQLITE_LOCKED: StorageTrouble.BUSY,
    sqlite3.SQLITE_READONLY: StorageTrouble.READ_ONLY,
    sqlite3.SQLITE_IOERR: StorageTrouble.IO,
    sqlite3.SQLITE_FULL: StorageTrouble.FULL,
    sqlite3.SQLITE_CANTOPEN: StorageTrouble.UNREACHABLE,
}
_PRIMARY_CODE = 0xFF

_READ_ONLY_TRANSACTION = "25006"
# https://www.postgresql.org/docs/current/errcodes-appendix.html, by class
_POSTGRESQL = {
    "08": StorageTrouble.UNREACHABLE,
    "40": StorageTrouble.BUSY,
    "53": StorageTrouble.BUSY,
    "55": StorageTrouble.BUSY,
    "57": StorageTrouble.UNREACHABLE,
    "58": StorageTrouble.IO,
}


@contextmanager
def faults_named(*, reading: bool = False) -> Iterator[None]:
    """Raises ``StorageFault`` in place of a driver's error that is one.

    ``reading``: that the transaction is read-only is as it should be; writing in it is a mistake.
    """
    try:
        yield
    except (DBAPIError, sqlite3.Error, PoolTimeout) as error:
        original = error.orig if isinstance(error, DBAPIError) else error
        if reading and getattr(original, "sqlstate", None) == _READ_ONLY_TRANSACTION:
            raise
        trouble = _trouble(original)
        if trouble is None:
            raise
        reason = str(original).strip().partition("\n")[0]
        raise StorageFault(trouble, reason) from error


def _trouble(error: BaseException | None) -> StorageTrouble | None:
    if isinstance(error, PoolTimeout):
        return StorageTrouble.BUSY
    if isinstance(error, sqlite3.OperationalError):
        return _SQLITE.get(getattr(error, "sqlite_errorcode", 0) & _PRIMARY_CODE)
    if isinstance(error, psycopg.Error):
        return _postgresql_trouble(error)
    return None


def _postgresql_trouble(error: psycopg.Error) -> StorageTrouble | None:
    match error.sqlstate:
        case None:  # no server said anything
            unanswered = isinstance(error, psycopg.OperationalError)
            return StorageTrouble.UNREACHABLE if unanswered else None
        case "53100":
            return StorageTrouble.FULL
        case "25006":
            return StorageTrouble.READ_ONLY
        case "0A000" if "during recovery" in str(error):  # a standby, asked to write
            return StorageTrouble.READ_ONLY
        case state:
            return _POSTGRESQL.get(state[:2])

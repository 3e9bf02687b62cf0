"""Noticing that another process wrote, at a price low enough to ask hundreds of times a second."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from sqlalchemy import PoolProxiedConnection

from ledger.store.engine import Database
from ledger.store.faults import faults_named


class ChangeWatch:
    """Holds a connection of its own; close it when done. For one thread."""

    def __init__(self, database: Database) -> None:
        self.tells = database.is_sqlite
        """Whether ``changed`` knows, or always says yes."""
        self._database = database
        self._pooled: PoolProxiedConnection | None = None
        self._seen: int | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def changed(self) -> bool:
        """Whether anything may have been written since the last time this was asked.

        SQLite tells for certain, without reading a page. PostgreSQL has nothing as cheap: there
        the answer is always yes, and the question itself must be asked. Raises ``StorageFault``.
        """
        if not self.tells:
            return True
        with faults_named():
            version = self._version()
        changed = version != self._seen
        self._seen = version
        return changed

    def _version(self) -> int:
        if self._pooled is None:
            self._pooled = self._database.engine.raw_connection()
        cursor = self._pooled.cursor()
        cursor.execute("PRAGMA data_version")
        row = cursor.fetchone()
        cursor.close()
        return int(row[0]) if row else 0

    def close(self) -> None:
        if self._pooled is not None:
            self._pooled.close()
            self._pooled = None

"""Noticing that another process wrote, at a price low enough to ask hundreds of times a second."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from ledger.store.engine import Database


class ChangeWatch:
    """Holds a connection of its own; close it when done. For one thread."""

    def __init__(self, database: Database) -> None:
        self.tells = database.is_sqlite
        """Whether ``changed`` knows, or always says yes."""
        self._pooled = database.engine.raw_connection() if self.tells else None
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
        the answer is always yes, and the question itself must be asked.
        """
        if self._pooled is None:
            return True
        cursor = self._pooled.cursor()
        version: int = cursor.execute("PRAGMA data_version").fetchone()[0]
        cursor.close()
        changed = version != self._seen
        self._seen = version
        return changed

    def close(self) -> None:
        if self._pooled is not None:
            self._pooled.close()
            self._pooled = None

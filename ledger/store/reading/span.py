"""A business day as a run of entries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Table, or_, select

from ledger.business_day import end_of
from ledger.store.tables import entries


@dataclass(frozen=True, slots=True)
class Span:
    """The entries of a day are those from ``first`` up to, not including, ``end``."""

    day: date
    first: int
    end: int

    @property
    def opens(self) -> int:
        """The day's first second, Unix time."""
        return end_of(self.day - timedelta(days=1)) + 1

    @property
    def closes(self) -> int:
        """The day's last second, Unix time."""
        return end_of(self.day)

    def within(self, column: Any) -> ColumnElement[bool]:
        """Whether what a column names happened on the day."""
        found: ColumnElement[bool] = (column >= self.first) & (column < self.end)
        return found


def span_of(connection: Connection, day: date) -> Span:
    """Empty where nothing happened; an entry's day is its block's, in Shanghai."""
    before = end_of(day - timedelta(days=1))
    return Span(day, _count_until(connection, before), _count_until(connection, end_of(day)))


def held_before(table: Table, entry: int) -> ColumnElement[bool]:
    """Rows of the projection as they were before this entry."""
    return (table.c.since < entry) & or_(table.c.until.is_(None), table.c.until >= entry)


def _count_until(connection: Connection, moment: int) -> int:
    """How many entries there were at the end of a moment, Unix seconds."""
    query = (
        select(entries.c.index)
        .where(entries.c.time <= moment)
        .order_by(entries.c.index.desc())
        .limit(1)
    )
    newest = connection.scalar(query)
    return 0 if newest is None else newest + 1

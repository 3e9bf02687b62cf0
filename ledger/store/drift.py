"""Comparing two projections row by row, whatever order their rows stand in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Table, select

from ledger.store.tables import PROJECTED, entries

COMPARED = (entries, *PROJECTED)


@dataclass(frozen=True)
class Drift:
    """One difference. ``column`` is empty where one side hasn't got the row at all."""

    table: str
    key: tuple[Any, ...]
    column: str
    live: Any
    rebuilt: Any


def compare(live: Connection, rebuilt: Connection) -> Iterator[Drift]:
    """Every difference between two databases' entries and projections."""
    for table in COMPARED:
        yield from _compare_table(table, _rows(live, table), _rows(rebuilt, table))


Rows = dict[tuple[Any, ...], dict[str, Any]]


def _rows(connection: Connection, table: Table) -> Rows:
    keys = [column.name for column in table.primary_key.columns]
    found = connection.execute(select(table)).mappings()
    return {tuple(row[name] for name in keys): dict(row) for row in found}


def _compare_table(table: Table, live: Rows, rebuilt: Rows) -> Iterator[Drift]:
    for key in sorted(live.keys() | rebuilt.keys()):
        mine, other = live.get(key), rebuilt.get(key)
        if mine is None or other is None:
            yield Drift(table.name, key, "", mine, other)
            continue
        for column, value in mine.items():
            if value != other[column]:
                yield Drift(table.name, key, column, value, other[column])

"""INSERT that tolerates a row that is there already, in both dialects."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Table
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert


def insert_once(connection: Connection, table: Table, row: Mapping[str, Any]) -> bool:
    """Whether the row was new; one with the same key stays as it is."""
    statement = _insert(connection, table).values(row).on_conflict_do_nothing()
    # Drivers differ in the row count they report for an INSERT; what comes back is certain.
    added = connection.execute(statement.returning(*table.primary_key))
    return added.first() is not None


def put(connection: Connection, table: Table, row: Mapping[str, Any]) -> None:
    """Insert the row, or replace all of the one with its primary key."""
    statement = _insert(connection, table).values(row)
    key = [column.name for column in table.primary_key]
    values = {name: statement.excluded[name] for name in row if name not in key}
    connection.execute(statement.on_conflict_do_update(index_elements=key, set_=values))


def _insert(connection: Connection, table: Table) -> Any:
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    return insert(table)

"""Rows that hold from one entry until another, gathered over many entries and written at once.

A row has a place: what it is the current row of. A new row at a place ends the one before it,
whether that one is stored already or gathered here a moment ago.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Table, bindparam, insert, update

from ledger.store.tables import (
    councils,
    lots,
    oracle_configs,
    parties,
    policies,
    registrations,
    signers,
    validators,
)

PLACES: dict[str, tuple[str, ...]] = {
    lots.name: ("claim", "start"),
    parties.name: ("number",),
    signers.name: ("signer",),
    policies.name: ("policy",),
    validators.name: ("key",),
    registrations.name: ("number",),
    councils.name: (),
    oracle_configs.name: (),
}
"""The columns that name a row's place. Tables not listed only ever grow."""

Row = dict[str, Any]
Place = tuple[Any, ...]

_ENDED_AT = "ended_at"


class TemporalRows:
    """Gathers rows in the order of their entries; ``write`` stores them."""

    def __init__(self) -> None:
        self._rows: dict[Table, list[Row]] = defaultdict(list)
        self._holding: dict[Table, dict[Place, Row]] = defaultdict(dict)
        self._ends_stored: dict[Table, dict[Place, int]] = defaultdict(dict)

    def add(self, table: Table, since: int, values: Row) -> Row:
        """A row that ends no other."""
        row = values | {"since": since, "until": None}
        self._rows[table].append(row)
        return row

    def replace(self, table: Table, since: int, values: Row, *, first: bool = False) -> None:
        """A row that ends the one at its place; ``first`` when there can't be one stored."""
        place = tuple(values[column] for column in PLACES[table.name])
        if not first:
            self.end(table, since, place)
        self._holding[table][place] = self.add(table, since, values)

    def end(self, table: Table, at: int, place: Place) -> None:
        """The row at this place, if there is one, holds no longer."""
        row = self._holding[table].pop(place, None)
        if row is not None:
            row["until"] = at
        else:
            # Only the first end meets a stored row; what came after it is gathered here.
            self._ends_stored[table].setdefault(place, at)

    def write(self, connection: Connection) -> None:
        # Ends first: an index allows one current row at a place.
        for table, ends in self._ends_stored.items():
            if ends:
                _end_stored(connection, table, ends)
        for table, rows in self._rows.items():
            connection.execute(insert(table), rows)


def _end_stored(connection: Connection, table: Table, ends: dict[Place, int]) -> None:
    columns = PLACES[table.name]
    statement = (
        update(table)
        .where(
            table.c.until.is_(None), *(table.c[name] == bindparam(f"at_{name}") for name in columns)
        )
        .values(until=bindparam(_ENDED_AT))
    )
    connection.execute(
        statement, [_end_parameters(columns, place, at) for place, at in ends.items()]
    )


def _end_parameters(columns: Sequence[str], place: Place, at: int) -> Row:
    return {_ENDED_AT: at} | {
        f"at_{name}": value for name, value in zip(columns, place, strict=True)
    }

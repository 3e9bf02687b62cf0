"""Writing a whole ledger's rows into an empty database, fast."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial
from itertools import chain, islice

from sqlalchemy import Connection, Table, insert, text

from ledger.store.engine import Database
from ledger.store.migration import migrate_database
from scripts.bench.scale.chain_rows import Row, chain_rows
from scripts.bench.scale.desk_rows import Desk
from scripts.bench.scale.town import Town

_AT_ONCE = 5_000


def build(database: Database, town: Town) -> None:
    """The tables, as a deployment has them, and every row of the town."""
    migrate_database(database)
    if database.is_sqlite:
        _hasten(database)
    for table, rows in chain(chain_rows(town), Desk(town).rows()):
        database.write(partial(_fill, table=table, rows=rows))
    if not database.is_sqlite:
        _analyse(database)


def _hasten(database: Database) -> None:
    """On the one connection that there is so far: should it fail, there is nothing to keep. Whoever
    opens the database next has it safe again."""
    connection = database.engine.raw_connection()
    for pragma in ("journal_mode = OFF", "synchronous = OFF"):
        connection.cursor().execute(f"PRAGMA {pragma}")
    connection.close()


def _fill(connection: Connection, *, table: Table, rows: Iterator[Row]) -> None:
    """Indexes are made anew over what they cover: many times faster than row by row."""
    # In the migration's order: SQLite takes the last of several that it thinks as good.
    indexes = sorted(table.indexes, key=lambda index: str(index.name))
    for index in indexes:
        index.drop(connection)
    for some in _portions(rows):
        connection.execute(insert(table), some)
    for index in indexes:
        index.create(connection)


def _portions(rows: Iterable[Row]) -> Iterator[list[Row]]:
    ahead = iter(rows)
    return iter(lambda: list(islice(ahead, _AT_ONCE)), [])


def _analyse(database: Database) -> None:
    """As PostgreSQL's autovacuum would soon do by itself. SQLite never does: it plans without."""
    with database.engine.connect() as connection:
        connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))

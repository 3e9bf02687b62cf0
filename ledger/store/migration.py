"""Bringing a database to the present schema, and writing the step to the next one.

A new step: change the tables, then ``python -m ledger.store.migration "what changes"``.
"""

from __future__ import annotations

import sys
from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, MetaData, text

from ledger.store import financing, private, reconciling  # noqa: F401  (their tables register themselves)
from ledger.store.engine import IN_MEMORY, Database, open_database
from ledger.store.faults import faults_named
from ledger.store.tables import metadata

SCRIPTS = Path(__file__).resolve().parent / "migrations"

# Any number does, as long as it is ours: two processes that start at once migrate one by one.
_ADVISORY_LOCK = 0x7975616E6C6975


def every_table() -> MetaData:
    """The tables as the code has them."""
    return metadata


def migrate(url: str) -> None:
    """Bring the database to the present schema; does nothing when it is there already.

    Raises ``StorageFault`` when it can't be reached or refuses to write.
    """
    database = open_database(url)
    try:
        migrate_database(database)
    finally:
        database.close()


def migrate_database(database: Database) -> None:
    """As ``migrate``; several processes may do it at once."""
    if database.is_sqlite:
        database.write(_upgrade)
        return
    # Read committed: a snapshot from before the lock wouldn't show what its last owner did.
    with faults_named(), database.engine.begin() as connection:
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
        _upgrade(connection)


def _upgrade(connection: Connection) -> None:
    command.upgrade(_config(connection), "head")


def create_tables(database: Database) -> None:
    """The tables as the code has them, in a database that nobody keeps."""
    database.write(lambda connection: every_table().create_all(connection))


def write_step(message: str) -> None:
    """Write the step from the newest migration to the tables as the code has them."""
    database = open_database(IN_MEMORY)
    try:
        migrate_database(database)

        def compare(connection: Connection) -> None:
            command.revision(_config(connection), message=message, autogenerate=True)

        database.write(compare)
    finally:
        database.close()


def _config(connection: Connection) -> Config:
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS).replace("%", "%%"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["connection"] = connection
    return config


if __name__ == "__main__":
    write_step(" ".join(sys.argv[1:]))

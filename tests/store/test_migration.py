from __future__ import annotations

import threading

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import inspect

from ledger.store.engine import Database, open_database
from ledger.store.migration import every_table, migrate, migrate_database


def test_migrate__empty_database__schema_is_the_codes(database: Database) -> None:
    with database.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_server_default": True})
        assert compare_metadata(context, every_table()) == []


def test_migrate__empty_database__indexes_are_the_codes(database: Database) -> None:
    """Alembic doesn't compare an index's condition, and uniqueness of current rows is in it."""
    dialect = database.engine.dialect.name
    for table in every_table().sorted_tables:
        stored = {i["name"]: i for i in inspect(database.engine).get_indexes(table.name)}
        for index in table.indexes:
            found = stored[index.name]
            assert bool(found["unique"]) == bool(index.unique)
            wanted = index.dialect_options[dialect]["where"]
            kept = found.get("dialect_options", {}).get(f"{dialect}_where")
            assert (kept is None) == (wanted is None), index.name


def test_migrate__already_there__does_nothing(database: Database) -> None:
    migrate_database(database)
    migrate_database(database)


def test_migrate__three_at_once__each_finds_it_done(empty_url: str) -> None:
    faults: list[Exception] = []

    def run() -> None:
        try:
            migrate(empty_url)
        except Exception as fault:  # noqa: BLE001
            faults.append(fault)

    threads = [threading.Thread(target=run) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert faults == []
    opened = open_database(empty_url)
    assert set(inspect(opened.engine).get_table_names()) >= set(every_table().tables)
    opened.close()

"""Databases to test against, freshly migrated."""

from __future__ import annotations

from sqlalchemy import create_engine, text

from ledger.store.engine import Database, open_database
from ledger.store.migration import migrate_database


def migrated(url: str) -> Database:
    database = open_database(url)
    migrate_database(database)
    return database


def empty_postgres(url: str) -> str:
    """The same database with nothing in it."""
    engine = create_engine(url)
    with engine.begin() as connection:
        connection.execute(text("DROP SCHEMA public CASCADE"))
        connection.execute(text("CREATE SCHEMA public"))
    engine.dispose()
    return url

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store.engine import Database
from tests.api.world import World
from tests.store.databases import empty_postgres, migrated


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = migrated(f"sqlite:///{tmp_path / 'yuanliu.db'}")
    yield opened
    opened.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_database(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """For what depends on how the database isolates writers."""
    url = f"sqlite:///{tmp_path / 'yuanliu.db'}"
    if request.param == "postgresql":
        url = empty_postgres(request.getfixturevalue("postgres_url"))
    opened = migrated(url)
    yield opened
    opened.close()


@pytest.fixture
def world(database: Database) -> Iterator[World]:
    made = World(database)
    with made.http:
        yield made


@pytest.fixture
def either_world(either_database: Database) -> Iterator[World]:
    made = World(either_database)
    with made.http:
        yield made

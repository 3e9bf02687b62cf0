from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.store.engine import Database
from tests.store.databases import empty_postgres, migrated


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'yuanliu.db'}"
    return empty_postgres(request.getfixturevalue("postgres_url"))


@pytest.fixture
def database(empty_url: str) -> Iterator[Database]:
    opened = migrated(empty_url)
    yield opened
    opened.close()

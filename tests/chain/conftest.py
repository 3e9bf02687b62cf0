from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from chain.rpc import Rpc
from node.dev import DevNode
from tests.chain.stage import Stage, deploy_contracts
from tests.store.databases import empty_postgres, migrated


@pytest.fixture
def rpc(dev_node: DevNode) -> Iterator[Rpc]:
    with Rpc(dev_node.rpc_url) as connected:
        yield connected


@pytest.fixture
def stage(rpc: Rpc, tmp_path: Path) -> Iterator[Stage]:
    """Contracts of the test's own on the shared node, and a SQLite database."""
    database = migrated(f"sqlite:///{tmp_path / 'yuanliu.db'}")
    yield Stage(rpc, deploy_contracts(rpc), database)
    database.close()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_stage(request: pytest.FixtureRequest, rpc: Rpc, tmp_path: Path) -> Iterator[Stage]:
    """As ``stage``, once for each kind of database."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path / 'yuanliu.db'}"
    else:
        url = empty_postgres(request.getfixturevalue("postgres_url"))
    database = migrated(url)
    yield Stage(rpc, deploy_contracts(rpc), database)
    database.close()

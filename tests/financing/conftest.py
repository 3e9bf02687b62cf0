"""A market of banks on a chain of its own, whose clock begins where the tests want it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from chain.profile import DEV
from chain.rpc import Rpc
from node.anvil import free_port, start_anvil
from tests.chain.stage import Stage, deploy_contracts
from tests.financing.market import NOW, Market
from tests.store.databases import empty_postgres, migrated

Opened = Callable[[Path, str], Iterator[Market]]


@contextmanager
def opened_market(folder: Path, url: str, now: int = NOW) -> Iterator[Market]:
    """Contracts, relayer, indexer and API in this process; anvil beside it."""
    anvil = start_anvil(DEV, port=free_port(), log=folder / "anvil.log")
    database = migrated(url)
    try:
        with Rpc(anvil.url) as rpc:
            rpc.call("evm_setTime", [now])
            market = Market(Stage(rpc, deploy_contracts(rpc), database), now)
            with market.http:
                market.found()
                yield market
    finally:
        database.close()
        anvil.child.terminate()


@pytest.fixture(params=["sqlite", "postgresql"])
def either_market(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Market]:
    """As ``market``, fresh, once for each kind of database."""
    url = f"sqlite:///{tmp_path / 'yuanliu.db'}"
    if request.param == "postgresql":
        url = empty_postgres(request.getfixturevalue("postgres_url"))
    with opened_market(tmp_path, url) as market:
        yield market


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """One for all tests of a module: what is refused must leave it as it was."""
    folder = tmp_path_factory.mktemp("market")
    with opened_market(folder, f"sqlite:///{folder / 'yuanliu.db'}") as market:
        yield market

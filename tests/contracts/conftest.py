"""A bare anvil for tests of the contracts, and a consortium that each test finds untouched."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chain.profile import DEV
from chain.rpc import Rpc
from node.anvil import free_port, start_anvil
from tests.support.consortium import Consortium


@pytest.fixture(scope="session")
def rpc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rpc]:
    """A node without snapshots on disk: nothing here outlives a test."""
    log = tmp_path_factory.mktemp("anvil") / "anvil.log"
    anvil = start_anvil(DEV, port=free_port(), log=log)
    try:
        with Rpc(anvil.url) as client:
            yield client
    finally:
        anvil.child.terminate()


@pytest.fixture(scope="module")
def founded(rpc: Rpc) -> Consortium:
    """Shared by a module's tests; ask for ``consortium`` to change it."""
    return Consortium.found(rpc)


@pytest.fixture
def consortium(founded: Consortium, rpc: Rpc) -> Iterator[Consortium]:
    snapshot = rpc.call("evm_snapshot")
    yield founded
    assert rpc.call("evm_revert", [snapshot])

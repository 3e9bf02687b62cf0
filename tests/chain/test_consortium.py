"""The relayer and the indexer on a real network of four validators, while some of them fail."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from eth_account.signers.local import LocalAccount
from sqlalchemy import func, select

from chain.client import ChainClient
from chain.contracts import RELAY, contract
from chain.indexer import Indexer
from chain.process import connect
from chain.profile import CONSORTIUM
from chain.relayer import Post, Relayer
from chain.rpc import Rpc, RpcError
from chain.signer import RelayerKey
from chain.sizing import BatchLimits, Sizing
from chain.transactions import Sender, TransactionFailed
from ledger.store.outbox import ActStatus
from ledger.store.tables import batches
from node.consortium.network import Network
from tests.chain.stage import CORE_PARTY, TIER_1, TIER_2, TIER_3, Stage, deploy_contracts
from tests.store.databases import migrated
from tests.support.engine_accounts import ACCOUNTS, DEPLOYER

pytestmark = pytest.mark.xdist_group("consortium")

SETTLED_WITHIN = 90.0
A_FEW = BatchLimits(acts=5)
_accounts: Iterator[LocalAccount] = iter(ACCOUNTS[3:])


@pytest.fixture
def stage(network: Network, tmp_path: Path) -> Iterator[Stage]:
    """Contracts and a relayer key of the test's own on the shared network."""
    database = migrated(f"sqlite:///{tmp_path / 'yuanliu.db'}")
    with connect(network.endpoints.rpc) as rpc:
        deployment = deploy_contracts(rpc, CONSORTIUM, DEPLOYER)
        key = RelayerKey(next(_accounts))
        yield Stage(rpc, deployment, database, key=key, profile=CONSORTIUM)
    database.close()


@contextmanager
def _running(stage: Stage) -> Iterator[tuple[Rpc, Rpc]]:
    """A relayer and an indexer at work, each with its own connection, as in their processes."""
    stop = threading.Event()
    urls = stage.rpc.urls
    with connect(urls) as relaying, connect(urls) as indexing:
        post = Post(ChainClient(relaying), CONSORTIUM, stage.deployment.relay, stage.key)
        relayer = Relayer(stage.database, post, Sizing(A_FEW))
        client = ChainClient(indexing)
        indexer = Indexer(client, stage.database, stage.deployment, CONSORTIUM)
        threads = [threading.Thread(target=one.run, args=[stop]) for one in (relayer, indexer)]
        for thread in threads:
            thread.start()
        try:
            yield relaying, indexing
        finally:
            stop.set()
            for thread in threads:
                thread.join(30)


def _wait_until(reached: Callable[[], bool], stage: Stage) -> None:
    deadline = time.monotonic() + SETTLED_WITHIN
    while not reached():
        assert time.monotonic() < deadline, stage.counts()
        time.sleep(0.02)


def _bring_back(network: Network, *numbers: int) -> None:
    """Until they have caught up: before, they take no transactions."""
    for number in numbers:
        network.start_validator(number)
    deadline = time.monotonic() + SETTLED_WITHIN
    while any(one.catching_up is not False for one in network.status().validators):
        assert time.monotonic() < deadline, network.status()
        time.sleep(0.2)


def _accept_a_life(stage: Stage) -> None:
    """Four receivables' lives, issued, passed down the tiers, merged and paid."""
    script = stage.script
    for _ in range(4):
        claim = script.issue(CORE_PARTY, TIER_1, 10_000)
        script.transfer(claim, 0, 0, 4_000, TIER_2)
        script.transfer(claim, 0, 1_000, 3_000, TIER_3)
        script.transfer(claim, 1_000, 1_000, 3_000, TIER_2)
        script.merge(claim, 0, 1_000)
        script.settle(script.payment(claim, 4_000, 6_000))
    stage.accept_script()


def _assert_all_is_well(stage: Stage) -> None:
    assert stage.counts()[ActStatus.REFUSED] == 0
    assert stage.client.nonce(stage.key.address) == _sent(stage)
    stage.assert_chain_has_script()
    assert stage.replay().drift == []


def _sent(stage: Stage) -> int:
    with stage.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(batches)) or 0


def test_relay__endpoint_in_use_is_killed_midway__every_act_once(
    network: Network, stage: Stage
) -> None:
    with _running(stage) as (relaying, indexing):
        _accept_a_life(stage)
        _wait_until(lambda: _sent(stage) >= 3, stage)
        victim = network.endpoints.rpc.index(relaying.url)
        assert indexing.url == relaying.url
        network.kill(victim)
        try:
            _wait_until(lambda: not stage.open_acts(), stage)
            assert relaying.url != network.endpoints.rpc[victim]
        finally:
            _bring_back(network, victim)
    _assert_all_is_well(stage)


def test_relay__network_halts_and_resumes__acts_wait(network: Network, stage: Stage) -> None:
    with _running(stage):
        stage.accept_script()
        _wait_until(lambda: not stage.open_acts(), stage)
        victims = (2, 3)
        for number in victims:
            network.kill(number)
        try:
            _accept_a_life(stage)
            _wait_until(lambda: stage.counts()[ActStatus.SENT] > 0, stage)
            height = network.height()
            time.sleep(2)
            assert network.height() <= height + 1
            assert stage.counts()[ActStatus.SENT] == A_FEW.acts
        finally:
            _bring_back(network, *victims)
        _wait_until(lambda: not stage.open_acts(), stage)
    _assert_all_is_well(stage)


def test_send__creation_by_an_account_that_may_not_deploy__refused_before_it_is_sent(
    network: Network,
) -> None:
    with connect(network.endpoints.rpc) as rpc:
        sender = Sender(rpc, CONSORTIUM, next(_accounts))
        nonce = sender.next_nonce()
        with pytest.raises(RpcError):
            sender.send(None, contract(RELAY).creation_data())
        assert sender.next_nonce() == nonce


def test_send__engine_includes_it_and_gives_no_receipt__is_a_failure(
    network: Network, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Sender, "estimate", lambda *_: 3_000_000)
    with connect(network.endpoints.rpc) as rpc:
        sender = Sender(rpc, CONSORTIUM, next(_accounts))
        nonce = sender.next_nonce()
        with pytest.raises(TransactionFailed, match="no receipt"):
            sender.send(None, contract(RELAY).creation_data())
        assert sender.next_nonce() == nonce + 1

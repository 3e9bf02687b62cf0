"""Several endpoints of an engine that forgets nothing, which die, lag and err."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from eth_account import Account

from chain.batching import Call, relay_call
from chain.client import ChainClient
from chain.freshness import Stillness
from chain.pace import Pace
from chain.portions import FinalityBroken
from chain.process import wait_for_deployment
from chain.profile import CONSORTIUM
from chain.relayer import BatchRejected
from chain.rpc import BadAnswer, EndpointBehind, NodeUnreachable, Rpc
from chain.simulation import Unsimulated
from chain.transactions import Sender, TransactionFailed, wait_for_receipt
from ledger.ids import ClaimNo, Digest
from ledger.keccak import keccak
from ledger.store.batches import record_batch
from ledger.store.outbox import ActStatus, NewAct, next_accepted
from ledger.store.projector import tip
from node.dev import DevNode
from tests.chain.failing import Body, Died, FailingEndpoint, error, result
from tests.chain.stage import CORE_PARTY, TIER_1, TIER_2, TIER_3, Stage, deploy_contracts
from tests.store.databases import migrated

# What consortium engines have in common, on anvil: nothing is ever forgotten.
STEADFAST = replace(CONSORTIUM, gas_price=0, finality="latest", block_seconds=0)


@dataclass
class Fronts:
    """Two endpoints of one node, the first in use, and a stage that knows only these."""

    first: FailingEndpoint
    second: FailingEndpoint
    stage: Stage
    node: Rpc

    def use_first(self) -> None:
        while self.stage.rpc.url != self.first.url:
            self.stage.rpc.fail_over()

    def issue(self) -> ClaimNo:
        """10,000 units in TIER_1's hand."""
        claim = self.stage.script.issue(CORE_PARTY, TIER_1, 10_000)
        self.stage.accept_script()
        self.stage.settle()
        self.use_first()
        return claim

    def transfer(self, claim: ClaimNo, end: int = 4_000, recipient: Any = TIER_2) -> NewAct:
        """Accept a transfer out of the first lot."""
        self.stage.script.transfer(claim, 0, 0, end, recipient)
        (act,) = self.stage.accept_script()
        return act

    def height(self) -> int:
        return ChainClient(self.node).height()

    def status(self, act: NewAct) -> ActStatus:
        return self.stage.records(act)[0].status

    def finish(self) -> None:
        """Settle, and hold the chain and the projection against the script."""
        self.stage.settle()
        self.stage.assert_chain_has_script()
        assert self.stage.replay().drift == []


@pytest.fixture
def fronts(dev_node: DevNode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Fronts]:
    monkeypatch.setattr(Pace, "of", lambda _: Pace(patience=1.0))
    database = migrated(f"sqlite:///{tmp_path / 'yuanliu.db'}")
    with (
        FailingEndpoint(dev_node.rpc_url) as first,
        FailingEndpoint(dev_node.rpc_url) as second,
        Rpc([first.url, second.url], timeout=5) as rpc,
        Rpc(dev_node.rpc_url) as node,
    ):
        stage = Stage(rpc, deploy_contracts(node), database, profile=STEADFAST)
        stage.accept_script()
        stage.settle()
        yield Fronts(first, second, stage, node)
    database.close()


# ── which endpoint is asked ──────────────────────────────────────────────────────────────────


def test_rpc__endpoint_dies__raises_and_asks_the_next_from_then_on(fronts: Fronts) -> None:
    rpc = fronts.stage.rpc
    fronts.first.dead = True
    with pytest.raises(NodeUnreachable, match=fronts.first.url):
        rpc.call("eth_chainId")
    assert rpc.call("eth_chainId") == hex(7777)
    fronts.first.dead = False
    rpc.call("eth_chainId")
    assert rpc.url == fronts.second.url


def test_rpc__bad_gateway__raises_and_asks_the_next(fronts: Fronts) -> None:
    fronts.first.bad_gateway = True
    with pytest.raises(BadAnswer, match="502"):
        fronts.stage.rpc.batch([("eth_chainId", [])])
    assert fronts.stage.rpc.batch([("eth_chainId", [])]) == [hex(7777)]


def test_rpc__endpoint_never_answers__timeout_and_the_next(fronts: Fronts) -> None:
    release = threading.Event()
    fronts.first.hooks.append(lambda _: release.wait(5) and None)
    with Rpc([fronts.first.url, fronts.second.url], timeout=0.2) as rpc:
        with pytest.raises(NodeUnreachable):
            rpc.call("eth_chainId")
        assert rpc.call("eth_chainId") == hex(7777)
    release.set()


def test_rpc__last_endpoint_fails__first_is_next(fronts: Fronts) -> None:
    rpc = fronts.stage.rpc
    rpc.fail_over()
    rpc.fail_over()
    assert rpc.url == fronts.first.url


def test_rpc__no_endpoints__is_refused() -> None:
    with pytest.raises(ValueError, match="without endpoints"):
        Rpc([])


# ── a batch and an endpoint that dies ────────────────────────────────────────────────────────


@pytest.mark.parametrize("arrives", [False, True])
def test_relay__endpoint_dies_while_a_batch_is_sent__same_bytes_to_the_next(
    fronts: Fronts, *, arrives: bool
) -> None:
    claim = fronts.issue()
    before = fronts.height()

    def die(body: Body) -> None:
        if body["method"] == "eth_sendRawTransaction":
            fronts.first.dead = True
            if arrives:
                fronts.first.ask(body)
            raise Died

    fronts.first.hooks.append(die)
    act = fronts.transfer(claim)
    with pytest.raises(NodeUnreachable):
        fronts.stage.relayer.step()
    fronts.stage.restart()
    fronts.finish()
    assert fronts.status(act) is ActStatus.CONFIRMED
    resent = fronts.second.sent()
    assert resent == ([] if arrives else [fronts.first.sent()[-1]])
    assert fronts.height() == before + 1


def test_relay__endpoint_dies_between_send_and_receipt__one_effect(fronts: Fronts) -> None:
    claim = fronts.issue()
    nonce = fronts.stage.client.nonce(fronts.stage.key.address)
    sent = threading.Event()

    def die(body: Body) -> None:
        if sent.is_set():
            fronts.first.dead = True
            raise Died
        if body["method"] == "eth_sendRawTransaction":
            sent.set()

    fronts.first.hooks.append(die)
    act = fronts.transfer(claim)
    fronts.finish()
    assert fronts.status(act) is ActStatus.CONFIRMED
    assert fronts.stage.client.nonce(fronts.stage.key.address) == nonce + 1


def test_relay__endpoint_is_cut_off_with_the_batch__same_bytes_to_the_next(fronts: Fronts) -> None:
    """It takes the batch, passes it on to nobody, and answers as if the chain stood still."""
    claim = fronts.issue()
    fronts.first.stands_at = fronts.height()

    def swallow(body: Body) -> Any:
        if body["method"] == "eth_sendRawTransaction":
            return result("0x" + keccak(bytes.fromhex(body["params"][0][2:])).hex())
        return None

    fronts.first.hooks.append(swallow)
    act = fronts.transfer(claim)
    fronts.finish()
    assert fronts.status(act) is ActStatus.CONFIRMED
    assert set(fronts.second.sent()) == {fronts.first.sent()[-1]}


def test_relay__chain_stands_still__pending_for_as_long_as_it_takes(fronts: Fronts) -> None:
    claim = fronts.issue()
    nonce = fronts.stage.client.nonce(fronts.stage.key.address)
    fronts.node.call("evm_setAutomine", [False])
    try:
        act = fronts.transfer(claim)
        for _ in range(3):
            assert fronts.stage.relayer.step()
            assert fronts.status(act) is ActStatus.SENT
    finally:
        fronts.node.call("evm_setAutomine", [True])
        fronts.node.call("anvil_mine", ["0x1"])
    fronts.finish()
    assert fronts.stage.client.nonce(fronts.stage.key.address) == nonce + 1
    assert len(set(fronts.first.sent()[-1:] + fronts.second.sent())) == 1


# ── endpoints that are behind ────────────────────────────────────────────────────────────────


def test_relay__endpoint_behind__nothing_refused_on_it(fronts: Fronts) -> None:
    claim = fronts.issue()
    old = fronts.height()
    fronts.transfer(claim, 5_000)
    fronts.stage.settle()
    fronts.use_first()
    fronts.first.stands_at = old
    act = fronts.transfer(claim, 1_000, TIER_3)
    with pytest.raises(EndpointBehind, match="its head is block"):
        fronts.stage.relayer.step()
    assert fronts.stage.rpc.url == fronts.second.url
    fronts.finish()
    assert fronts.status(act) is ActStatus.CONFIRMED


def test_relay__all_endpoints_behind__waits(fronts: Fronts) -> None:
    claim = fronts.issue()
    old = fronts.height()
    fronts.transfer(claim, 5_000)
    fronts.stage.settle()
    fronts.first.stands_at = fronts.second.stands_at = old
    act = fronts.transfer(claim, 1_000, TIER_3)
    for _ in range(4):
        with pytest.raises(EndpointBehind):
            fronts.stage.relayer.step()
    assert fronts.status(act) is ActStatus.ACCEPTED
    fronts.first.stands_at = fronts.second.stands_at = None
    fronts.finish()


def test_relay__another_node_answers_the_simulation__nothing_refused_on_its_older_state(
    fronts: Fronts,
) -> None:
    """As behind a balancer: who told the nonce needn't be who simulates."""
    claim = fronts.issue()
    old = fronts.height()
    fronts.transfer(claim, 5_000)
    fronts.stage.settle()
    fronts.use_first()
    act = fronts.transfer(claim, 1_000, TIER_3)

    def fall_back(body: Body) -> Any:
        if body["method"] == "eth_blockNumber" and len(asked) == 1:
            fronts.first.stands_at = old
        if body["method"] == "eth_blockNumber":
            asked.append(fronts.first.stands_at)
        return None

    asked: list[int | None] = []
    fronts.first.hooks.append(fall_back)
    with pytest.raises(EndpointBehind, match=f"its head is block {old}"):
        fronts.stage.relayer.step()
    assert asked == [None, old]
    assert fronts.status(act) is ActStatus.ACCEPTED
    fronts.finish()


def test_relay__endpoint_with_an_older_nonce__batch_isnt_taken_for_forgotten(
    fronts: Fronts,
) -> None:
    claim = fronts.issue()
    fronts.transfer(claim)
    fronts.stage.settle()
    fronts.use_first()
    fronts.first.hooks.append(
        lambda body: result("0x0") if body["method"] == "eth_getTransactionCount" else None
    )
    with pytest.raises(EndpointBehind, match="its nonce is 0"):
        fronts.stage.relayer.step()
    assert ActStatus.SENT not in {s for s, n in fronts.stage.counts().items() if n}
    fronts.finish()


def test_relay__batch_ahead_of_every_endpoint__kept(fronts: Fronts) -> None:
    """Where blocks can be forgotten its acts would go out anew, under another nonce."""
    claim = fronts.issue()
    act = fronts.transfer(claim)
    stage = fronts.stage
    nonce = stage.client.nonce(stage.key.address) + 1
    raw = stage.key.sign(STEADFAST, nonce=nonce, to=stage.deployment.relay, data=b"", gas=100_000)
    with stage.database.read() as connection:
        ids = [one.id for one in next_accepted(connection, 9)]
    stage.database.write(lambda c: record_batch(c, stage.key.address, nonce, raw, keccak(raw), ids))
    for _ in range(3):
        with pytest.raises(EndpointBehind):
            stage.relayer.step()
    assert fronts.status(act) is ActStatus.SENT


def test_stillness__one_endpoint_stands_while_the_other_goes_on__left(fronts: Fronts) -> None:
    client = fronts.stage.client
    stillness = Stillness(client, patience=0.0)
    stillness.watch(7)
    stillness.watch(8)
    assert client.rpc.url == fronts.first.url
    threading.Event().wait(0.01)
    stillness.watch(8)
    assert client.rpc.url == fronts.second.url


def test_relay__endpoint_takes_no_transactions_while_it_catches_up__asks_the_next(
    fronts: Fronts,
) -> None:
    act = fronts.transfer(fronts.issue())
    closed = error("endpoint is closed while node is catching up")
    fronts.first.hooks.append(
        lambda body: closed if body["method"] == "eth_sendRawTransaction" else None
    )
    with pytest.raises(EndpointBehind, match="catching up"):
        fronts.stage.relayer.step()
    assert fronts.status(act) is ActStatus.SENT
    fronts.finish()


def test_wait_for_deployment__endpoint_without_its_block__asks_the_next(fronts: Fronts) -> None:
    fronts.first.stands_at = fronts.stage.deployment.block - 1
    rpc, stop = fronts.stage.rpc, threading.Event()
    assert wait_for_deployment(rpc, fronts.stage.deployment, STEADFAST, stop)
    assert rpc.url == fronts.second.url


# ── what the indexer believes ────────────────────────────────────────────────────────────────


def test_index__endpoint_without_the_tip__behind_and_nothing_undone(fronts: Fronts) -> None:
    claim = fronts.issue()
    old = fronts.height()
    fronts.transfer(claim)
    fronts.stage.settle()
    before = fronts.stage.indexer.tip
    fronts.first.stands_at = old
    with pytest.raises(EndpointBehind):
        fronts.stage.indexer.step()
    assert fronts.stage.indexer.tip == before
    assert not fronts.stage.indexer.step()


def test_index__another_block_in_place_of_the_tip__alarm_and_nothing_written(
    fronts: Fronts,
) -> None:
    snapshot = fronts.node.call("evm_snapshot")
    fronts.issue()
    before = fronts.stage.indexer.tip
    fronts.node.call("evm_revert", [snapshot])
    fronts.node.call("anvil_mine", ["0x5"])
    with pytest.raises(FinalityBroken):
        fronts.stage.indexer.step()
    with fronts.stage.database.read() as connection:
        assert tip(connection) == before
    with pytest.raises(FinalityBroken):
        fronts.stage.indexer.run(threading.Event())


@pytest.mark.parametrize("state", [False, True])
def test_index__newest_block_before_its_logs__asked_again_and_none_lost(
    fronts: Fronts, *, state: bool
) -> None:
    """CometBFT's engine shows a block before it has its results, and perhaps before its state."""
    claim = fronts.issue()
    act = fronts.transfer(claim)
    fronts.stage.relayer.step()
    newest = fronts.height()
    asked: list[str] = []

    def not_yet(body: Body) -> Any:
        method = body["method"]
        if method not in ("eth_getLogs", "eth_getStorageAt") or len(asked) > 5:
            return None
        asked.append(method)
        if method == "eth_getLogs":
            return result([])
        return None if state else error(f"cannot query with height {newest} in the future")

    fronts.first.hooks.append(not_yet)
    fronts.second.hooks.append(not_yet)
    while fronts.status(act) is not ActStatus.CONFIRMED:
        try:
            assert fronts.stage.indexer.step()
        except EndpointBehind:
            assert not state
    assert len(asked) > 5
    fronts.finish()


def test_index__block_of_refusals_before_its_logs__they_have_an_answer_all_the_same(
    fronts: Fronts,
) -> None:
    """A refusal changes no head, so that nothing tells the indexer that it is missing."""
    stage = fronts.stage
    act = NewAct(Digest(keccak(b"no act")), "Transfer", stage.deployment.receivables, bytes(4))
    stage.accept(act)
    _recorded(fronts)
    stage.relayer.step()
    fronts.first.hooks.append(lambda body: result([]) if body["method"] == "eth_getLogs" else None)
    fronts.use_first()
    while stage.indexer.step():
        pass
    assert fronts.status(act) is ActStatus.SENT
    fronts.first.hooks.clear()
    fronts.finish()
    assert fronts.status(act) is ActStatus.REFUSED


def test_replay__endpoint_behind_the_live_tip__asks_the_next(fronts: Fronts) -> None:
    claim = fronts.issue()
    old = fronts.height()
    fronts.transfer(claim)
    fronts.stage.settle()
    fronts.use_first()
    fronts.first.stands_at = old
    assert fronts.stage.replay().drift == []


# ── nonces used by what we didn't see ────────────────────────────────────────────────────────


def _recorded(fronts: Fronts) -> tuple[int, bytes]:
    """The accepted acts in a batch that is never sent; its nonce, and the call it makes."""
    stage = fronts.stage
    nonce = stage.client.nonce(stage.key.address)
    with stage.database.read() as connection:
        pending = next_accepted(connection, 9)
    data = relay_call([Call(act.target, 1_000_000, act.call) for act in pending])
    relay = stage.deployment.relay
    raw = stage.key.sign(STEADFAST, nonce=nonce, to=relay, data=data, gas=6_000_000)
    ids = [act.id for act in pending]
    stage.database.write(lambda c: record_batch(c, stage.key.address, nonce, raw, keccak(raw), ids))
    return nonce, data


def test_relay__nonce_used_by_what_did_the_act__not_refused_before_it_was_read(
    fronts: Fronts,
) -> None:
    """The batch has no receipt; simulated again at once, its act would be refused as stale."""
    act = fronts.transfer(fronts.issue())
    stage = fronts.stage
    nonce, data = _recorded(fronts)
    relay = stage.deployment.relay
    other = stage.key.sign(STEADFAST, nonce=nonce, to=relay, data=data, gas=7_000_000)
    ChainClient(fronts.node).send(other)
    for _ in range(3):
        stage.relayer.step()
        assert fronts.status(act) in (ActStatus.SENT, ActStatus.ACCEPTED)
    stage.indexer.step()
    assert fronts.status(act) is ActStatus.CONFIRMED
    fronts.finish()


def test_relay__another_submitter_was_faster__not_refused_before_it_was_read(
    fronts: Fronts,
) -> None:
    """The other side of a transfer has its relayer too. To whoever waits, refused is final."""
    act = fronts.transfer(fronts.issue())
    stage = fronts.stage
    Sender(fronts.node, STEADFAST, Account.create()).send(act.target, act.call)
    for _ in range(3):
        assert not stage.relayer.step()
        assert fronts.status(act) is ActStatus.ACCEPTED
    stage.indexer.step()
    assert fronts.status(act) is ActStatus.CONFIRMED
    fronts.finish()


def test_relay__act_that_nobody_posted__refused_once_the_chain_was_read(fronts: Fronts) -> None:
    act = fronts.transfer(fronts.issue())
    stale = replace(act, digest=Digest(keccak(b"another")))
    fronts.finish()
    fronts.stage.accept(stale)
    fronts.stage.settle()
    assert fronts.status(stale) is ActStatus.REFUSED


def test_relay__nonce_used_without_effect__acts_go_out_again_once(fronts: Fronts) -> None:
    act = fronts.transfer(fronts.issue())
    stage = fronts.stage
    nonce, _ = _recorded(fronts)
    other = stage.key.sign(STEADFAST, nonce=nonce, to=act.target, data=b"", gas=100_000)
    ChainClient(fronts.node).send(other)
    stage.relayer.step()
    assert not stage.relayer.step()
    assert fronts.status(act) is ActStatus.ACCEPTED
    fronts.finish()
    assert stage.client.nonce(stage.key.address) == nonce + 2


def test_send__nonce_used_and_no_receipt__is_a_failure(
    fronts: Fronts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("chain.transactions._RECEIPT_AFTER_NONCE", 0.3)
    fronts.first.hooks.append(
        lambda body: result(None) if body["method"] == "eth_getTransactionReceipt" else None
    )
    sender = Sender(fronts.stage.rpc, STEADFAST, Account.create())
    with pytest.raises(TransactionFailed, match="no receipt"):
        sender.send(fronts.stage.deployment.relay, relay_call([]))


# ── what an engine can't do ──────────────────────────────────────────────────────────────────


def _panic_at(fronts: Fronts, poison: NewAct) -> None:
    marker = poison.call.hex()

    def panic(body: Body) -> Any:
        if body["method"] == "eth_call" and marker in body["params"][0]["data"]:
            return error("panic: runtime error")
        return None

    fronts.first.hooks.append(panic)
    fronts.second.hooks.append(panic)


def test_relay__engine_fails_at_one_act_for_ever__it_is_refused_and_others_go_ahead(
    fronts: Fronts,
) -> None:
    stage = fronts.stage
    claims = [fronts.issue() for _ in range(5)]
    for claim in claims:
        stage.script.transfer(claim, 0, 0, 4_000, TIER_2)
    new = stage.accept_script()
    _panic_at(fronts, new[2])
    stage.settle()
    statuses = [record.status for record in stage.records(*new)]
    confirmed, refused = ActStatus.CONFIRMED, ActStatus.REFUSED
    assert statuses == [confirmed, confirmed, refused, confirmed, confirmed]
    assert stage.records(new[2])[0].refusal == {
        "name": "NotSimulated",
        "facts": {"reason": "panic: runtime error"},
    }
    assert stage.replay().drift == []


def test_relay__only_one_endpoint_answers_and_fails__nothing_is_refused(fronts: Fronts) -> None:
    """What is wrong may be wrong with that endpoint, and the other one isn't there to ask."""
    act = fronts.transfer(fronts.issue())
    fronts.first.hooks.append(
        lambda body: (
            error("execution timeout")
            if body["method"] == "eth_call" and len(body["params"][0]["data"]) > 500
            else None
        )
    )
    fronts.second.dead = True
    for _ in range(20):
        with pytest.raises((Unsimulated, NodeUnreachable)):
            fronts.stage.relayer.step()
    assert fronts.status(act) is ActStatus.ACCEPTED
    fronts.second.dead = False
    fronts.finish()
    assert fronts.status(act) is ActStatus.CONFIRMED


def test_relay__engine_fails_at_everything__nothing_is_refused(fronts: Fronts) -> None:
    act = fronts.transfer(fronts.issue())
    ill = [True]

    def broken(body: Body) -> Any:
        return error("database closed") if ill and body["method"] == "eth_call" else None

    fronts.first.hooks.append(broken)
    fronts.second.hooks.append(broken)
    for _ in range(12):
        with pytest.raises(Unsimulated):
            fronts.stage.relayer.step()
    assert fronts.status(act) is ActStatus.ACCEPTED
    ill.clear()
    fronts.finish()


def test_relay__requests_longer_than_the_node_takes__smaller_batches(fronts: Fronts) -> None:
    stage = fronts.stage
    claims = [fronts.issue() for _ in range(6)]
    for claim in claims:
        stage.script.transfer(claim, 0, 0, 4_000, TIER_2)
    stage.accept_script()
    fronts.first.longest = fronts.second.longest = 5_000
    fronts.finish()


def test_relay__endpoint_rejects_what_was_sent_before__one_effect(fronts: Fronts) -> None:
    """The batch is given up and signed anew, while its first form is mined after all."""
    claim = fronts.issue()
    act = fronts.transfer(claim)
    held: list[Body] = []

    def hold(body: Body) -> Any:
        if body["method"] == "eth_sendRawTransaction" and not held:
            held.append(body)
            raise Died
        return None

    fronts.first.hooks.append(hold)
    with pytest.raises(NodeUnreachable):
        fronts.stage.relayer.step()
    fronts.second.hooks.append(
        lambda body: error("no room") if body["method"] == "eth_sendRawTransaction" else None
    )
    with pytest.raises(BatchRejected):
        fronts.stage.relayer.step()
    assert fronts.status(act) is ActStatus.ACCEPTED
    sent = fronts.first.ask(held[0])["result"]
    wait_for_receipt(fronts.node, bytes.fromhex(sent[2:]))
    fronts.second.hooks.clear()
    for _ in range(3):
        fronts.stage.relayer.step()
        assert fronts.status(act) is not ActStatus.REFUSED
    fronts.finish()
    assert fronts.status(act) is ActStatus.CONFIRMED

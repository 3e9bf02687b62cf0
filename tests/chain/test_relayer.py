from __future__ import annotations

from collections.abc import Callable, Sequence

import pytest
from eth_account import Account
from sqlalchemy import Connection, func, select

from chain.batching import Call, relay_call
from chain.client import ChainClient
from chain.pace import Pace
from chain.profile import DEV
from chain.relayer import BatchRejected
from chain.rpc import NodeUnreachable
from chain.simulation import Plan, Simulator
from chain.sizing import BatchLimits
from chain.transactions import Sender
from ledger.agreements import FOREVER, Transfer
from ledger.ids import ClaimNo, Digest
from ledger.keccak import keccak
from ledger.store.batches import Batch, record_batch
from ledger.store.outbox import ActStatus, NewAct, PendingAct, next_accepted
from ledger.store.tables import batches
from tests.chain.stage import (
    CORE_PARTY,
    FOUNDING_ENTRIES,
    TIER_1,
    TIER_2,
    TIER_3,
    Stage,
    act_of,
)

LONG_AGO = 1_000_000_000
PLENTY = 5_000_000


@pytest.fixture
def claim(stage: Stage) -> ClaimNo:
    """10,000 units held by TIER_1 in one lot at version 1."""
    number = stage.script.issue(CORE_PARTY, TIER_1, 10_000)
    stage.accept_script()
    stage.settle()
    return number


def _transfer(
    stage: Stage, claim: ClaimNo, version: int = 1, recipient: int = TIER_2, until: int = FOREVER
) -> NewAct:
    agreement = Transfer(claim, 0, version, 0, 4_000, TIER_1, recipient, bytes(32), until)
    sides = stage.script.parties[TIER_1], stage.script.parties[recipient]
    return act_of(stage.deployment, stage.script.signed(agreement, *sides))


def _count_batches(stage: Stage) -> int:
    with stage.database.read() as connection:
        return connection.scalar(select(func.count()).select_from(batches)) or 0


def _record_by_hand(stage: Stage, new: Sequence[NewAct], gas: int, promise: int) -> Batch:
    """A batch that wasn't simulated, with whatever gas the test wants."""
    key, nonce = stage.key, stage.client.nonce(stage.key.address)
    calls = [Call(act.target, promise, act.call) for act in new]
    relay = stage.deployment.relay
    raw = key.sign(DEV, nonce=nonce, to=relay, data=relay_call(calls), gas=gas)

    def record(connection: Connection) -> Batch:
        ids = [act.id for act in next_accepted(connection, 100)]
        return record_batch(connection, key.address, nonce, raw, keccak(raw), ids)

    return stage.database.write(record)


def test_relay__stale_version__refused_by_name_and_nothing_sent(
    stage: Stage, claim: ClaimNo
) -> None:
    sent_before = _count_batches(stage)
    stale = _transfer(stage, claim, version=7)
    stage.accept(stale)
    stage.settle()
    (record,) = stage.records(stale)
    assert record.status is ActStatus.REFUSED
    assert record.refusal == {
        "name": "LotChanged",
        "facts": {"claim": claim, "start": 0, "version": 7, "current": 1},
    }
    assert record.settled is not None
    assert _count_batches(stage) == sent_before


def test_relay__two_that_exclude_each_other__first_accepted_wins(
    stage: Stage, claim: ClaimNo
) -> None:
    first, second = _transfer(stage, claim), _transfer(stage, claim, recipient=TIER_3)
    stage.accept(first, second)
    stage.relayer.step()
    assert [r.status for r in stage.records(first, second)] == [ActStatus.SENT, ActStatus.ACCEPTED]
    stage.settle()
    won, lost = stage.records(first, second)
    assert won.status is ActStatus.CONFIRMED
    assert lost.status is ActStatus.REFUSED
    assert lost.refusal is not None
    assert lost.refusal["name"] == "LotChanged"
    assert stage.replay().drift == []


def test_relay__good_among_bad__good_ones_go_ahead(stage: Stage, claim: ClaimNo) -> None:
    bad = [_transfer(stage, claim, version=version) for version in (5, 6)]
    good = _transfer(stage, claim)
    after = _transfer(stage, claim, version=9)
    stage.accept(*bad, good, after)
    stage.settle()
    statuses = [record.status for record in stage.records(*bad, good, after)]
    refused, confirmed = ActStatus.REFUSED, ActStatus.CONFIRMED
    assert statuses == [refused, refused, confirmed, refused]


def test_relay__target_without_code__refused(stage: Stage, claim: ClaimNo) -> None:
    good = _transfer(stage, claim)
    nowhere = NewAct(good.digest, good.kind, stage.key.address, good.call)
    stage.accept(nowhere)
    stage.settle()
    (record,) = stage.records(nowhere)
    assert record.refusal == {"name": "CallFailed", "facts": {"reason": "0x"}}


def test_relay__more_than_one_batch_holds__several_in_order(stage: Stage) -> None:
    stage.restart(BatchLimits(acts=4, block_gas=DEV.block_gas_limit))
    number = stage.script.issue(CORE_PARTY, TIER_1, 1_000)
    for unit in range(10):
        stage.script.transfer(number, unit, unit, unit + 1, TIER_2)
    new = stage.accept_script()
    stage.settle()
    assert [record.entry for record in stage.records(*new)] == [
        *range(FOUNDING_ENTRIES, FOUNDING_ENTRIES + len(new))
    ]
    assert _count_batches(stage) == 4
    stage.assert_chain_has_script()


def test_relay__little_gas_in_a_block__batches_that_fit(stage: Stage) -> None:
    stage.restart(BatchLimits(block_gas=1_500_000))
    number = stage.script.issue(CORE_PARTY, TIER_1, 1_000)
    for unit in range(10):
        stage.script.transfer(number, unit, unit, unit + 1, TIER_2)
    new = stage.accept_script()
    stage.settle()
    assert stage.counts()[ActStatus.CONFIRMED] == len(new)
    assert _count_batches(stage) > 1


SEND = ChainClient.send


def _lose_before(client: ChainClient, raw: bytes) -> None:
    raise NodeUnreachable("test", "connection lost")


def _lose_after(client: ChainClient, raw: bytes) -> None:
    SEND(client, raw)
    raise NodeUnreachable("test", "connection lost")


@pytest.mark.parametrize("send", [_lose_before, _lose_after])
def test_relay__connection_lost_around_sending__same_batch_once(
    stage: Stage,
    claim: ClaimNo,
    send: Callable[[ChainClient, bytes], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    act = _transfer(stage, claim)
    stage.accept(act)
    sent_before = _count_batches(stage)
    with monkeypatch.context() as patched:
        patched.setattr(ChainClient, "send", send)
        with pytest.raises(NodeUnreachable):
            stage.relayer.step()
    assert stage.records(act)[0].status is ActStatus.SENT
    stage.restart()
    stage.settle()
    assert stage.records(act)[0].status is ActStatus.CONFIRMED
    assert _count_batches(stage) == sent_before + 1


def test_relay__batch_reverts_as_a_whole__acts_go_out_again(stage: Stage, claim: ClaimNo) -> None:
    act = _transfer(stage, claim)
    stage.accept(act)
    reverting = _record_by_hand(stage, [act], gas=300_000, promise=PLENTY)
    stage.relayer.step()
    mined = stage.client.mined(reverting.tx)
    assert mined is not None
    assert not mined.succeeded
    assert stage.records(act)[0].status is ActStatus.ACCEPTED
    stage.settle()
    assert stage.records(act)[0].status is ActStatus.CONFIRMED
    assert stage.replay().drift == []


def test_relay__engine_rejects_a_batch__acts_go_out_again(stage: Stage, claim: ClaimNo) -> None:
    act = _transfer(stage, claim)
    stage.accept(act)
    _record_by_hand(stage, [act], gas=2 * DEV.block_gas_limit, promise=PLENTY)
    with pytest.raises(BatchRejected):
        stage.relayer.step()
    assert stage.records(act)[0].status is ActStatus.ACCEPTED
    stage.settle()
    assert stage.records(act)[0].status is ActStatus.CONFIRMED


def test_relay__nonce_was_used_by_another__acts_go_out_again(
    stage: Stage, claim: ClaimNo, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Pace, "of", lambda _: Pace(patience=0.2))
    stage.restart()
    act = _transfer(stage, claim)
    stage.accept(act)
    overtaken = _record_by_hand(stage, [act], gas=PLENTY, promise=500_000)
    other = stage.key.sign(DEV, nonce=overtaken.nonce, to=act.target, data=b"", gas=100_000)
    stage.client.send(other)
    stage.settle()
    assert stage.records(act)[0].status is ActStatus.CONFIRMED
    assert stage.client.mined(overtaken.tx) is None


def test_relay__chain_forgets_what_another_sent_with_our_key__acts_go_out_anew(
    stage: Stage, claim: ClaimNo
) -> None:
    snapshot = stage.rpc.call("evm_snapshot")
    nonce = stage.client.nonce(stage.key.address)
    other = stage.key.sign(DEV, nonce=nonce, to=stage.deployment.relay, data=b"", gas=100_000)
    stage.client.send(other)
    act = _transfer(stage, claim)
    stage.accept(act)
    stage.settle()
    stage.rpc.call("evm_revert", [snapshot])
    while stage.indexer.step():
        pass
    assert stage.records(act)[0].status is ActStatus.SENT
    stage.settle()
    (record,) = stage.records(act)
    assert record.status is ActStatus.CONFIRMED
    assert stage.client.nonce(stage.key.address) == nonce + 1
    assert stage.replay().drift == []


def test_relay__expired_by_the_time_it_is_mined__refused_by_the_chain(
    stage: Stage, claim: ClaimNo
) -> None:
    act = _transfer(stage, claim, until=LONG_AGO)
    stage.accept(act)
    _record_by_hand(stage, [act], gas=PLENTY, promise=500_000)
    stage.settle()
    (record,) = stage.records(act)
    assert record.refusal == {"name": "Expired", "facts": {"validUntil": LONG_AGO}}
    assert stage.replay().drift == []


def test_relay__a_stranger_starves_a_copy_of_our_call__our_act_is_not_refused(
    stage: Stage, claim: ClaimNo
) -> None:
    act = _transfer(stage, claim)
    stage.accept(act)
    ours = _record_by_hand(stage, [act], gas=PLENTY, promise=500_000)
    starved = relay_call([Call(act.target, 1_000, act.call)])
    Sender(stage.rpc, DEV, Account.create()).send(stage.deployment.relay, starved)
    stage.indexer.step()
    assert stage.records(act)[0].status is ActStatus.SENT
    stage.settle()
    (record,) = stage.records(act)
    assert (record.status, record.tx) == (ActStatus.CONFIRMED, ours.tx)


def test_relay__somebody_else_submits_it_first__confirmed_all_the_same(
    stage: Stage, claim: ClaimNo
) -> None:
    act = _transfer(stage, claim)
    stage.accept(act)
    Sender(stage.rpc, DEV, Account.create()).send(act.target, act.call)
    stage.settle()
    (record,) = stage.records(act)
    assert record.status is ActStatus.CONFIRMED
    assert record.claim == claim


def test_relay__an_act_too_large_for_any_engine__refused_and_others_go_ahead(
    stage: Stage, claim: ClaimNo
) -> None:
    good = _transfer(stage, claim)
    huge = NewAct(Digest(keccak(b"huge")), good.kind, good.target, good.call + bytes(3_000_000))
    stage.accept(huge, good)
    stage.settle()
    refused, confirmed = stage.records(huge, good)
    assert refused.refusal == {
        "name": "ActTooLarge",
        "facts": {"length": len(huge.call), "most": 100_000},
    }
    assert confirmed.status is ActStatus.CONFIRMED


def test_relay__engine_forgets_blocks_between_nonce_and_simulation__nothing_is_refused(
    stage: Stage, claim: ClaimNo, monkeypatch: pytest.MonkeyPatch
) -> None:
    """On the older state the second transfer looks refused: its lot isn't at version 2 yet."""
    snapshot = stage.rpc.call("evm_snapshot")
    stage.script.transfer(claim, 0, 0, 5_000, TIER_2)
    stage.accept_script()
    stage.settle()
    stage.script.transfer(claim, 0, 0, 1_000, TIER_3)
    (second,) = stage.accept_script()
    simulate = Simulator.plan

    def forget_then_simulate(
        simulator: Simulator, acts: Sequence[PendingAct], at_least: int
    ) -> Plan:
        stage.rpc.call("evm_revert", [snapshot])
        return simulate(simulator, acts, at_least)

    with monkeypatch.context() as patched:
        patched.setattr(Simulator, "plan", forget_then_simulate)
        stage.relayer.step()
    assert stage.records(second)[0].status is ActStatus.ACCEPTED
    stage.settle()
    stage.assert_chain_has_script()

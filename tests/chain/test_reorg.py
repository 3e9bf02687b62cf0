from __future__ import annotations

import dataclasses

import pytest
from eth_account import Account

from chain.profile import DEV
from chain.reorg import ForeignChain, rewind_to_common_ancestor
from chain.rpc import Rpc
from chain.transactions import Sender
from ledger.agreements import FOREVER, Transfer
from ledger.ids import ClaimNo
from ledger.store.outbox import ActStatus, NewAct
from tests.chain.stage import CORE_PARTY, TIER_1, TIER_2, TIER_3, Stage, act_of


def _issued(stage: Stage) -> ClaimNo:
    claim = stage.script.issue(CORE_PARTY, TIER_1, 10_000)
    stage.accept_script()
    stage.settle()
    return claim


def _snapshot(rpc: Rpc) -> str:
    taken: str = rpc.call("evm_snapshot")
    return taken


def _competing_transfer(stage: Stage, claim: ClaimNo) -> NewAct:
    """The whole first lot of a claim to TIER_3, which the script knows nothing of."""
    agreement = Transfer(claim, 0, 1, 0, 10_000, TIER_1, TIER_3, bytes(32), FOREVER)
    sides = stage.script.parties[TIER_1], stage.script.parties[TIER_3]
    return act_of(stage.deployment, stage.script.signed(agreement, *sides))


def _submit_directly(stage: Stage, act: NewAct) -> None:
    Sender(stage.rpc, DEV, Account.create()).send(act.target, act.call)


def test_reorg__chain_forgets_blocks__they_are_sent_again_in_order(either_stage: Stage) -> None:
    stage = either_stage
    claim = _issued(stage)
    snapshot = _snapshot(stage.rpc)
    for recipient, end in ((TIER_2, 9_000), (TIER_3, 5_000), (TIER_2, 2_000)):
        stage.script.transfer(claim, 0, 0, end, recipient)
        stage.accept_script()
        stage.settle()
    before = stage.indexer.tip
    stage.rpc.call("evm_revert", [snapshot])

    assert stage.indexer.step()
    assert stage.indexer.tip.entries == before.entries - 3
    assert stage.counts()[ActStatus.SENT] == 3
    assert stage.replay().drift == []

    stage.settle()
    assert stage.indexer.tip.global_head == before.global_head
    stage.assert_chain_has_script()
    assert stage.replay().drift == []


def test_reorg__another_history_takes_its_place__projection_follows(stage: Stage) -> None:
    claim = _issued(stage)
    snapshot = _snapshot(stage.rpc)
    stage.script.transfer(claim, 0, 0, 4_000, TIER_2)
    (ours,) = stage.accept_script()
    stage.settle()
    assert stage.records(ours)[0].status is ActStatus.CONFIRMED
    stage.rpc.call("evm_revert", [snapshot])
    _submit_directly(stage, _competing_transfer(stage, claim))
    stage.rpc.call("anvil_mine", ["0x5"])

    stage.settle()
    (record,) = stage.records(ours)
    assert record.status is ActStatus.REFUSED
    assert record.entry is None
    assert record.refusal == {
        "name": "LotChanged",
        "facts": {"claim": claim, "start": 0, "version": 1, "current": 2},
    }
    assert stage.replay().drift == []


def test_reorg__a_refusal_on_chain_is_undone__act_waits_for_the_chain_again(stage: Stage) -> None:
    claim = _issued(stage)
    snapshot = _snapshot(stage.rpc)
    stage.script.transfer(claim, 0, 0, 4_000, TIER_2)
    (ours,) = stage.accept_script()
    stage.settle()
    stage.rpc.call("evm_revert", [snapshot])
    again = _snapshot(stage.rpc)
    _submit_directly(stage, _competing_transfer(stage, claim))
    stage.settle()
    assert stage.records(ours)[0].status is ActStatus.REFUSED

    stage.rpc.call("evm_revert", [again])
    stage.indexer.step()
    assert stage.records(ours)[0].status is ActStatus.SENT
    stage.settle()
    assert stage.records(ours)[0].status is ActStatus.CONFIRMED
    assert stage.replay().drift == []


def test_reorg__everything_since_deployment_is_gone__starts_over(stage: Stage) -> None:
    snapshot = _snapshot(stage.rpc)
    new = stage.accept_script()
    stage.settle()
    stage.rpc.call("evm_revert", [snapshot])
    stage.settle()
    assert stage.counts()[ActStatus.CONFIRMED] == len(new)
    stage.assert_chain_has_script()


def test_reorg__chain_without_our_deployment__is_a_fault(stage: Stage) -> None:
    stranger = dataclasses.replace(stage.deployment, block_hash="0x" + "00" * 32)
    with pytest.raises(ForeignChain):
        rewind_to_common_ancestor(stage.client, stage.database, stranger)

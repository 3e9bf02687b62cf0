"""A member's contradiction, from its second signature to an entry on the chain."""

from __future__ import annotations

from dataclasses import replace

import pytest
from eth_account import Account

from chain.profile import DEV
from chain.transactions import Sender
from ledger.acts import Equivocation, decode_call, equivocation_act, equivocation_call
from ledger.agreements import Payment
from ledger.fold import fold
from ledger.ids import Digest
from ledger.store.outbox import ActRecord, ActStatus, read_act
from ledger.store.reading.feed import entries_after
from oracles.witness import Witness
from tests.chain.stage import CORE_PARTY, TIER_1, Stage
from tests.support.accounts import ORACLES, Key

NOW = 1_795_000_000
LIAR = ORACLES[0]


@pytest.fixture
def readings(stage: Stage) -> list[Payment]:
    """Three readings of one statement line, about a lot that is there."""
    claim = stage.script.issue(CORE_PARTY, TIER_1, 10_000)
    stage.accept_script()
    stage.settle()
    payment = stage.script.payment(claim, 0, 10_000, "one line")
    return [payment, replace(payment, amount=9_999), replace(payment, amount=9_998)]


def _attest(stage: Stage, payment: Payment, member: Key) -> None:
    approval = member.sign(stage.deployment.digest(payment))
    Witness(stage.database, stage.deployment).attest(payment, approval, NOW)


def _act(stage: Stage, digest: Digest) -> ActRecord:
    with stage.database.read() as connection:
        found = read_act(connection, digest)
    assert found is not None
    return found


def test_attest__member_signs_three_readings__chain_holds_it_once_and_the_payment_too(
    stage: Stage, readings: list[Payment]
) -> None:
    for reading in readings[:2]:
        _attest(stage, reading, LIAR)
    stage.settle()
    accusation = equivocation_act(readings[0].line, LIAR.address)
    record = _act(stage, accusation)
    assert (record.kind, record.status) == ("Equivocation", ActStatus.CONFIRMED)
    _attest(stage, readings[2], LIAR)
    for member in ORACLES[1:]:
        _attest(stage, readings[0], member)
    stage.settle()
    assert stage.counts()[ActStatus.REFUSED] == 0
    assert _act(stage, stage.deployment.digest(readings[0])).status is ActStatus.CONFIRMED
    stage.script.equivocation(readings[0], readings[1], LIAR)
    stage.script.settle(readings[0], ORACLES[1:])
    stage.assert_chain_has_script()
    with stage.database.read() as connection:
        told = [one.entry for one in entries_after(connection, -1, 1_000)]
    folded = fold(told, stage.deployment, whole=True)
    assert folded.findings == ()
    assert folded.state.equivocations == {(readings[0].line, LIAR.address)}
    assert stage.replay().drift == []


def test_attest__two_members_sign_the_same_two_readings__each_is_an_act(
    stage: Stage, readings: list[Payment]
) -> None:
    for member in ORACLES[:2]:
        for reading in readings[:2]:
            _attest(stage, reading, member)
    stage.settle()
    for member in ORACLES[:2]:
        act = equivocation_act(readings[0].line, member.address)
        assert _act(stage, act).status is ActStatus.CONFIRMED


def test_attest__somebody_else_told_the_chain_first_and_the_other_way_round__confirmed(
    stage: Stage, readings: list[Payment]
) -> None:
    one, other = readings[:2]
    digest = stage.deployment.digest
    theirs = Equivocation(other, LIAR.sign(digest(other)), one, LIAR.sign(digest(one)))
    sender = Sender(stage.rpc, DEV, Account.create())
    sender.send(stage.deployment.attestations, equivocation_call(theirs))
    for reading in (one, other):
        _attest(stage, reading, LIAR)
    stage.indexer.step()
    record = _act(stage, equivocation_act(one.line, LIAR.address))
    assert (record.status, record.tx is not None) == (ActStatus.CONFIRMED, True)
    with stage.database.read() as connection:
        last = entries_after(connection, (record.entry or 0) - 1, 1)
    assert decode_call(last[0].entry.memo) == theirs

"""What members' signatures put into the outbox."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.acts import Equivocation, SignedAct, decode_call, equivocation_act
from ledger.agreements import Payment
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.refusals import InvalidApproval
from ledger.store.engine import Database
from ledger.store.keeping.attestations import Tally
from ledger.store.outbox import PendingAct, next_accepted
from ledger.store.projector import Portion, Posting, apply
from oracles.quorum import Brought, attest
from tests.store.databases import migrated
from tests.support.accounts import DEPLOYMENT, ORACLES, Key
from tests.support.synthetic import SyntheticLedger, lived_claim

NOW = 1_795_000_000
LIAR, HONEST, THIRD = ORACLES


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = migrated(f"sqlite:///{tmp_path / 'yuanliu.db'}")
    ledger, _ = lived_claim()
    postings = [Posting(entry, 1, NOW, bytes(32)) for entry in ledger.entries]
    portion = Portion(postings, [], {1: keccak(b"block")}, 1)
    opened.write(lambda connection: apply(connection, portion))
    yield opened
    opened.close()


def _reading(amount: int, line: bytes = b"line") -> Payment:
    ledger: SyntheticLedger = lived_claim()[0]
    subject = ledger.lots[ClaimNo(2), 0].ref.subject
    return Payment(ledger.config, keccak(line), subject, "CNY", amount, 2027_05_21)


def _attest(database: Database, reading: Payment, member: Key) -> Tally:
    approval = member.sign(DEPLOYMENT.digest(reading))
    return database.write(lambda tx: attest(tx, DEPLOYMENT, Brought(reading, approval, NOW)))


def _waiting(database: Database) -> list[PendingAct]:
    with database.read() as connection:
        return next_accepted(connection, 100)


def test_attest__second_reading_by_one_member__both_signatures_go_to_the_outbox(
    database: Database,
) -> None:
    one, other = _reading(500), _reading(499)
    _attest(database, one, LIAR)
    assert _attest(database, other, LIAR).contradicted == LIAR.address
    (act,) = _waiting(database)
    assert act.digest == equivocation_act(one.line, LIAR.address)
    assert act.target == DEPLOYMENT.attestations
    evidence = [(r, LIAR.sign(DEPLOYMENT.digest(r))) for r in (one, other)]
    assert decode_call(act.call) == Equivocation(*evidence[0], *evidence[1])


def test_attest__further_readings_and_repeats__same_act_same_call(database: Database) -> None:
    readings = [_reading(amount) for amount in (500, 499, 498)]
    _attest(database, readings[0], LIAR)
    _attest(database, readings[1], LIAR)
    before = _waiting(database)
    for reading in readings[::-1]:
        _attest(database, reading, LIAR)
    assert _waiting(database) == before


def test_attest__two_members_contradict_themselves_alike__an_act_each(database: Database) -> None:
    for member in (LIAR, HONEST):
        for reading in (_reading(500), _reading(499)):
            _attest(database, reading, member)
    assert {act.digest for act in _waiting(database)} == {
        equivocation_act(_reading(500).line, member.address) for member in (LIAR, HONEST)
    }


def test_attest__members_contradict_each_other_or_lines_differ__nobody_is_accused(
    database: Database,
) -> None:
    _attest(database, _reading(500), LIAR)
    _attest(database, _reading(499), HONEST)
    _attest(database, _reading(400, b"another line"), LIAR)
    assert _waiting(database) == []


def test_attest__quorum_beside_a_contradiction__payment_goes_out_as_well(
    database: Database,
) -> None:
    one, other = _reading(500), _reading(499)
    for reading, member in [(one, LIAR), (other, LIAR), (one, HONEST), (one, THIRD)]:
        _attest(database, reading, member)
    kinds = [type(decode_call(act.call)) for act in _waiting(database)]
    assert kinds == [Equivocation, SignedAct]


def test_attest__approval_as_of_a_contract_account__is_refused_and_spoils_nothing(
    database: Database,
) -> None:
    one, other = _reading(500), _reading(499)
    _attest(database, one, HONEST)
    made_up = bytes.fromhex(HONEST.address[2:]) + b"anything"
    with pytest.raises(InvalidApproval):
        database.write(lambda tx: attest(tx, DEPLOYMENT, Brought(other, made_up, NOW)))
    assert set(_attest(database, one, THIRD).given) == {HONEST.address, THIRD.address}

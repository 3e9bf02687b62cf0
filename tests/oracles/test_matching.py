from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from ledger.documents import Direction, read_statement
from ledger.documents.statement import StatementLine
from ledger.ids import ClaimNo, PartyNo
from ledger.money import Units
from ledger.payment import read_payment
from ledger.references import lot_reference
from ledger.store.keeping.statements import LineStatus, Reason
from ledger.words import Claim, Lot, LotState
from oracles.matching import Known, match, references

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "statement-camt053.xml"
DEBTOR, HOLDER = PartyNo(1), PartyNo(2)
LOT = Lot(ClaimNo(12), 0, 1_000, HOLDER, PartyNo(0), LotState.LIVE, 1)


def _line(**changes: object) -> StatementLine:
    sample = next(line for line in read_statement(SAMPLE.read_bytes()).lines if line.is_payment)
    paid = replace(sample, end_to_end_id=lot_reference(LOT.ref), units=Units(LOT.amount))
    return replace(paid, **changes)  # type: ignore[arg-type]


def _known(line: StatementLine, lot: Lot = LOT, **changes: object) -> Known:
    claim = Claim(DEBTOR, 1_000, 20270521, line.currency)
    payee = line.account if line.direction is Direction.CREDIT else line.creditor.account
    accounts = {HOLDER: "".join(payee.split()).upper()}
    known = Known(lots={(lot.claim, lot.start): (lot, claim)}, accounts=accounts, allocated={})
    return replace(known, **changes)  # type: ignore[arg-type]


def test_match__exact_payment__agrees_with_what_a_member_reads() -> None:
    line = _line()
    found = match(line, _known(line))
    payment = read_payment(line, bytes(32))
    assert (found.status, found.reason, found.surplus) == (LineStatus.MATCHED, None, 0)
    assert found.lot is not None
    assert (found.lot.subject, found.fingerprint) == (payment.subject, payment.line)
    assert (found.amount, found.booked_on) == (payment.amount, payment.bookedOn)
    assert (found.debtor, found.holder) == (DEBTOR, HOLDER)


@pytest.mark.parametrize(
    ("lot", "reason"),
    [
        (replace(LOT, version=2), Reason.STALE_VERSION),
        (replace(LOT, state=LotState.DISCHARGED), Reason.NOT_LIVE),
    ],
)
def test_match__lot_has_changed__pays_nothing(lot: Lot, reason: Reason) -> None:
    line = _line()
    found = match(line, _known(line, lot))
    assert (found.status, found.reason, found.holder) == (LineStatus.UNMATCHED, reason, HOLDER)


def test_match__line_settled_before__is_matched_and_said() -> None:
    line = _line()
    known = _known(line, replace(LOT, version=2), allocated={line.fingerprint: 1_000})
    found = match(line, known)
    assert (found.status, found.reason) == (LineStatus.MATCHED, Reason.ALREADY_ALLOCATED)


def _account_of_payee(line: StatementLine) -> str:
    return line.account if line.direction is Direction.CREDIT else line.creditor.account


@pytest.mark.parametrize("direction", list(Direction))
def test_match__paid_to_the_holders_account__is_a_payment(direction: Direction) -> None:
    line = _line(direction=direction)
    known = _known(line, accounts={HOLDER: _account_of_payee(line), DEBTOR: line.account})
    if direction is Direction.CREDIT:
        known = _known(line, accounts={HOLDER: line.account})
    assert match(line, known).reason is None


@pytest.mark.parametrize("direction", list(Direction))
@pytest.mark.parametrize("accounts", [{}, {HOLDER: "ANOTHER"}])
def test_match__paid_to_any_other_account__pays_nothing(
    direction: Direction, accounts: dict[PartyNo, str]
) -> None:
    line = _line(direction=direction)
    assert match(line, _known(line, accounts=accounts)).reason is Reason.WRONG_ACCOUNT


def test_match__debtor_paid_itself__pays_nothing() -> None:
    line = _line(direction=Direction.DEBIT)
    known = _known(line, accounts={HOLDER: _account_of_payee(line), DEBTOR: line.account})
    itself = replace(line, creditor=replace(line.creditor, account=line.account))
    unnamed = replace(line, creditor=replace(line.creditor, account=""))
    assert match(itself, known).reason is Reason.WRONG_ACCOUNT
    assert match(unnamed, known).reason is Reason.WRONG_ACCOUNT


def test_match__debited_from_an_account_not_the_debtors__pays_nothing() -> None:
    line = _line(direction=Direction.DEBIT)
    known = _known(line, accounts={HOLDER: _account_of_payee(line), DEBTOR: "ANOTHER"})
    assert match(line, known).reason is Reason.WRONG_ACCOUNT


def test_match__both_sides_of_one_payment__are_two_lines() -> None:
    debit, credit = _line(direction=Direction.DEBIT), _line(direction=Direction.CREDIT)
    assert debit.fingerprint != credit.fingerprint


def test_references__whole_statement__only_those_of_lots() -> None:
    statement = read_statement(SAMPLE.read_bytes())
    lines = (_line(), _line(end_to_end_id="NOTPROVIDED"), _line(end_to_end_id=""))
    assert references(replace(statement, lines=lines)) == [LOT.ref]

"""Financing drafts: what is signed fits the lot and says nothing of the price."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from client.deal_drafts import Owed
from ledger.deals import Remittance
from ledger.documents.statement import Counterparty, Direction, StatementLine
from ledger.keccak import keccak
from ledger.money import Currency, Units
from ledger.payment import NotAPayment
from ledger.references import MAX_LENGTH
from ledger.remittance import commitment_to, new_reference, read_remittance


@pytest.fixture
def line() -> StatementLine:
    day = date(2027, 5, 21)
    nobody = Counterparty()
    return StatementLine(
        account="CN1",
        bank_reference="B1",
        end_to_end_id=new_reference(),
        units=Units(8_500),
        currency=Currency("CNY"),
        direction=Direction.CREDIT,
        booked=True,
        reversal=False,
        booking_date=day,
        value_date=day,
        debtor=nobody,
        creditor=nobody,
        remittance="",
    )


def test_commitment__reference_currency_and_amount__each_changes_it() -> None:
    parts = [("YR-A", "CNY", 5), ("YR-B", "CNY", 5), ("YR-A", "EUR", 5), ("YR-A", "CNY", 6)]
    assert len({commitment_to(*part) for part in parts}) == len(parts)
    assert Owed("CNY", 5, "YR-A").commitment == commitment_to("YR-A", "CNY", 5)


def test_new_reference__many__fit_a_bank_and_never_repeat() -> None:
    found = {new_reference() for _ in range(500)}
    assert len(found) == 500
    assert all(len(one) <= MAX_LENGTH for one in found)


def test_read_remittance__booked_line__what_the_parties_agreed(line: StatementLine) -> None:
    owed = Owed(line.currency, line.units, line.end_to_end_id)
    fact = read_remittance(line, keccak(b"config"))
    assert fact == Remittance(keccak(b"config"), line.fingerprint, owed.commitment, fact.bookedOn)
    assert str(fact.bookedOn) == f"{line.booking_date:%Y%m%d}"


def test_read_remittance__reversal__refused(line: StatementLine) -> None:
    with pytest.raises(NotAPayment):
        read_remittance(replace(line, reversal=True), bytes(32))

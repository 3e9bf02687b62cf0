"""Drafts: the agreed day, and amounts that fit what they are taken from."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from client import drafts
from client.attesting import readings
from client.council import FourEyes, decide, enrolment
from client.directory import PartyNotEnrolled, party_of
from client.drafts import AmountBeyondInvoice, AmountBeyondLot, InvoiceState, Parties, Terms
from client.events import read_events
from client.keys import Key
from client.records import Party
from ledger.approvals import recover
from ledger.documents import Invoice, read_invoice
from ledger.identifiers import party_id
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from ledger.roles import Role
from ledger.words import Lot, LotState
from tests.client.test_signing import DEPLOYMENT

SAMPLES = Path(__file__).resolve().parents[2] / "samples"
LOT = Lot(ClaimNo(1), 100, 600, PartyNo(2), PartyNo(0), LotState.LIVE, 3)
PARTIES = Parties(PartyNo(1), PartyNo(2))


@pytest.fixture
def invoice() -> Invoice:
    """Issued 2026-09-01, due 2026-10-31, 2,000.00 EUR payable."""
    return read_invoice((SAMPLES / "invoice-ubl.xml").read_bytes())


def test_maturity__due_date_ahead__is_the_due_date(invoice: Invoice) -> None:
    assert drafts.maturity_of(invoice, date(2026, 9, 2)).day == date(2026, 10, 31)


def test_maturity__due_date_past__is_the_invoices_own_term_from_today(invoice: Invoice) -> None:
    assert drafts.maturity_of(invoice, date(2026, 10, 31)).day == date(2026, 12, 30)


def test_maturity__no_due_date__is_sixty_days_and_says_so(invoice: Invoice) -> None:
    open_ended = replace(invoice, due_date=None)
    found = drafts.maturity_of(open_ended, date(2026, 11, 22))
    assert found.number == 20270121
    assert "stating no due date" in found.reason


@pytest.mark.parametrize("amount", [1, 500])
def test_transfer__of_what_the_lot_holds__takes_its_first_units(amount: int) -> None:
    act = drafts.transfer(LOT, PartyNo(9), amount)
    assert (act.lot, act.version, act.start, act.end) == (100, 3, 100, 100 + amount)
    assert (act.holder, act.recipient) == (2, 9)


@pytest.mark.parametrize("amount", [0, -1, 501, 2**64 - 1])
def test_transfer__of_what_the_lot_does_not_hold__is_refused(amount: int) -> None:
    with pytest.raises(AmountBeyondLot):
        drafts.transfer(LOT, PartyNo(9), amount)


def test_merge__in_either_order__names_the_left_lot_first() -> None:
    right = replace(LOT, start=600, end=700, version=1)
    assert drafts.merge([right, LOT], 9) == drafts.merge([LOT, right], 9)
    assert drafts.merge([right, LOT], 9).leftVersion == 3


def test_issue__of_a_part__states_total_part_and_version(invoice: Invoice) -> None:
    terms = Terms(drafts.Maturity(date(2027, 5, 21), ""), amount=50_000)
    act = drafts.issue(invoice, PARTIES, InvoiceState(used=150_000, version=2), terms)
    (use,) = act.invoices
    assert (use.total, use.amount, use.version) == (200_000, 50_000, 2)
    assert (act.face, act.currency, act.maturity) == (50_000, "EUR", 20270521)


@pytest.mark.parametrize("amount", [0, -1, 50_001, 2**64 - 1])
def test_issue__beyond_what_is_free__is_refused(invoice: Invoice, amount: int) -> None:
    terms = Terms(drafts.Maturity(date(2027, 5, 21), ""), amount=amount)
    with pytest.raises(AmountBeyondInvoice):
        drafts.issue(invoice, PARTIES, InvoiceState(used=150_000, version=1), terms)


def test_council_act__signed_by_two__carries_both_in_rising_order() -> None:
    keys = [Key(keccak(name)) for name in (b"one", b"two", b"three")]
    party = party_id("uscc:91110000600037341L")
    act = enrolment(party, Role.SUPPLIER, [keys[0].address], FourEyes(1, 5))
    signed = decide(act, keys, DEPLOYMENT)
    signers = [recover(one, DEPLOYMENT.digest(act)) for one in signed.approvals[0]]
    assert signers == sorted((key.address for key in keys), key=str.lower)


def test_party__enrolled_under_its_second_identifier__is_found(invoice: Invoice) -> None:
    enrolled = Party(
        number=7, identifier=invoice.seller.ids[-1], name="", roles=[], active=True, version=1
    )
    assert party_of(invoice.seller, [enrolled]) == 7
    with pytest.raises(PartyNotEnrolled):
        party_of(invoice.buyer, [enrolled])


def test_member__reads_a_statement_by_itself__twice_the_same() -> None:
    content = (SAMPLES / "statement-camt053.xml").read_bytes()
    config = keccak(b"config")
    first, second = readings(content, config), readings(content, config)
    assert first
    assert [one.fact for one in first] == [one.fact for one in second]
    assert all((one.fact is None) != (one.reason is None) for one in first)


def test_events__comments_half_events_and_many_lines__are_read_as_the_standard_says() -> None:
    lines = [
        ": hello",
        "id: 7",
        "event: entry",
        'data: {"index":',
        "data: 7}",
        "",
        "event: nothing",
        "",
        "id: 8",
        'data: {"broken": "off"',
    ]
    (event,) = read_events(lines)
    assert event == {"id": "7", "event": "entry", "data": {"index": 7}}

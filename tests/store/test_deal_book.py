"""What a deal's book tells: what the debtor paid on it, what was bought back, lots, acts."""

from __future__ import annotations

import pytest

from ledger.deals import Mode
from ledger.ids import Address, PartyNo
from ledger.keccak import keccak
from ledger.store.engine import Database
from ledger.store.reading.deal_book import (
    BoughtBack,
    PaidUnits,
    bought_back,
    lots_of_deal,
    paid_by_debtor,
    passed_on,
    steps_of,
)
from ledger.store.reading.deals import DealRecord, currencies_of, deal_by
from ledger.visibility import Scope, View
from tests.store.projecting import portion, project
from tests.support.synthetic_financing import SyntheticDesk, lived_deals

BOOKED = 2027_05_21


@pytest.fixture
def desk(database: Database) -> SyntheticDesk:
    """Of the deal "recourse", [2000, 4000), the bank has [2000, 3000) and was paid 600 of it; the
    rest was bought back, sold to it once more as "again", and paid."""
    desk = lived_deals()
    ledger, claim = desk.ledger, desk.claim
    ledger.settle(ledger.payment(claim, 2_000, 600))
    desk.conclude("again", Mode.RECOURSE, 3_000, 4_000)
    desk.prove_and_release("again", 3_000)
    ledger.settle(ledger.payment(claim, 3_000, 1_000))
    project(database, portion(ledger.entries))
    return desk


def _deal(database: Database, desk: SyntheticDesk, name: str) -> DealRecord:
    bank = desk.bank
    scope = Scope(Address("0x" + 40 * "0"), bank, (View(bank),), is_council=False, is_oracle=False)
    with database.read() as connection:
        found = deal_by(connection, scope, desk.deal(name))
    assert found is not None
    return found


def test_paid_by_debtor__units_sold_again__count_under_the_later_deal(
    database: Database, desk: SyntheticDesk
) -> None:
    with database.read() as connection:
        for name, paid in (
            ("recourse", [PaidUnits(2_000, 2_600, BOOKED)]),
            ("again", [PaidUnits(3_000, 4_000, BOOKED)]),
            ("sale", []),
            ("pledge", []),
        ):
            assert paid_by_debtor(connection, _deal(database, desk, name)) == paid


def test_bought_back__one_paid_one_rescinded__only_what_was_paid(
    database: Database, desk: SyntheticDesk
) -> None:
    deal = _deal(database, desk, "recourse")
    with database.read() as connection:
        assert bought_back(connection, deal) == [BoughtBack(keccak(b"buy-back"), 3_000, 4_000)]
        assert bought_back(connection, _deal(database, desk, "sale")) == []


def test_passed_on__lot_given_to_another__without_what_was_bought_back(
    database: Database,
) -> None:
    desk = lived_deals()
    assert desk.lot(2_000).holder == desk.bank
    desk.recover(2_000, PartyNo(4))
    project(database, portion(desk.ledger.entries))
    with database.read() as connection:
        found = passed_on(connection, _deal(database, desk, "recourse"))
        assert [(one.start, one.end) for one in found] == [(2_000, 3_000)]
        assert passed_on(connection, _deal(database, desk, "sale")) == []


def test_lots_of_deal__as_they_are_now__whoever_has_them(
    database: Database, desk: SyntheticDesk
) -> None:
    with database.read() as connection:
        lots = lots_of_deal(connection, _deal(database, desk, "recourse"))
        currencies = currencies_of(connection, [desk.deal("recourse"), bytes(32)])
    assert [(lot.start, lot.end) for lot in lots] == [
        (2_000, 2_600),
        (2_600, 3_000),
        (3_000, 4_000),
    ]
    assert {lot.holder for lot in lots} == {desk.bank}
    assert currencies == {desk.deal("recourse"): "CNY"}


def test_steps_of__enforced_pledge__with_the_debts_they_are_about(
    database: Database, desk: SyntheticDesk
) -> None:
    with database.read() as connection:
        steps = steps_of(connection, _deal(database, desk, "enforced"))
    advance = keccak(b"enforced")
    assert [(step.kind, step.commitment) for step in steps] == [
        ("Finance", advance),
        ("Remittance", advance),
        ("Enforcement", None),
    ]
    assert sorted(step.entry for step in steps) == [step.entry for step in steps]

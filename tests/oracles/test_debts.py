"""Lines that bear a debt's reference: what they pay, or what is amiss."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from ledger.deals import Duty, Outcome
from ledger.documents import Counterparty, Direction, StatementLine
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from ledger.money import Units, currency_of
from ledger.remittance import commitment_to, read_remittance
from ledger.store.keeping.openings import DebtOpening
from ledger.store.keeping.statements import LineStatus, Reason
from ledger.store.reading.owed import Owed
from oracles.debts import Debts
from oracles.matching import Known, match

REFERENCE = "YR-" + "A" * 30
CNY, EUR = currency_of("CNY"), currency_of("EUR")
SELLER, BANK = PartyNo(2), PartyNo(8)
ACCOUNTS = {SELLER: "6222000000000002", BANK: "6222000000000008"}
DEAL = keccak(b"deal")
OWED = Owed(
    commitment=commitment_to(REFERENCE, "CNY", 9_500),
    deal=DEAL,
    claim=ClaimNo(12),
    duty=Duty.ADVANCE,
    outcome=Outcome.OPEN,
    line=None,
    seller=SELLER,
    bank=BANK,
)
OPENING = DebtOpening(OWED.commitment, DEAL, Duty.ADVANCE, REFERENCE, "CNY", 9_500, BANK, SELLER)
LINE = StatementLine(
    account=ACCOUNTS[BANK],
    bank_reference="B1",
    end_to_end_id=REFERENCE,
    units=Units(9_500),
    currency=CNY,
    direction=Direction.DEBIT,
    booked=True,
    reversal=False,
    booking_date=date(2026, 11, 24),
    value_date=None,
    debtor=Counterparty(),
    creditor=Counterparty("the seller", ACCOUNTS[SELLER]),
    remittance="",
)


def _known(owed: Owed | None = OWED, opening: DebtOpening | None = OPENING) -> Known:
    return Known(
        lots={},
        accounts=ACCOUNTS,
        allocated={},
        debts=Debts(
            owed={} if owed is None else {owed.commitment: owed},
            openings={} if opening is None else {opening.reference: opening},
        ),
    )


@pytest.mark.parametrize(
    "line",
    [LINE, replace(LINE, account=ACCOUNTS[SELLER], direction=Direction.CREDIT)],
    ids=["as the bank books it", "as the seller's bank does"],
)
def test_match__debt_paid__is_what_a_member_reads(line: StatementLine) -> None:
    found = match(line, _known())
    assert (found.status, found.reason, found.lot) == (LineStatus.MATCHED, None, None)
    assert (found.debtor, found.holder) == (BANK, SELLER)
    fact = read_remittance(line, bytes(32))
    assert found.debt is not None
    assert (found.debt.commitment, found.fingerprint) == (fact.commitment, fact.line)


def test_match__chain_knows_the_debt__needs_no_opening() -> None:
    assert match(LINE, _known(opening=None)).reason is None


@pytest.mark.parametrize(
    ("duty", "payer", "payee"),
    [
        (Duty.ADVANCE, BANK, SELLER),
        (Duty.SURPLUS, BANK, SELLER),
        (Duty.BUY_BACK, SELLER, BANK),
        (Duty.REPAYMENT, SELLER, BANK),
    ],
)
def test_match__each_duty__is_paid_by_whom_it_binds(
    duty: Duty, payer: PartyNo, payee: PartyNo
) -> None:
    known = _known(replace(OWED, duty=duty))
    creditor = Counterparty("", ACCOUNTS[payee])
    sound = replace(LINE, account=ACCOUNTS[payer], creditor=creditor)
    assert match(sound, known).reason is None
    backwards = replace(sound, account=ACCOUNTS[payee], creditor=Counterparty("", ACCOUNTS[payer]))
    assert match(backwards, known).reason is Reason.WRONG_ACCOUNT


@pytest.mark.parametrize(
    "changes",
    [
        {"account": "999"},
        {"creditor": Counterparty("a friend", "6222000000000099")},
        {"creditor": Counterparty("the bank itself", ACCOUNTS[BANK])},
        {"creditor": Counterparty("nobody said")},
        {"direction": Direction.CREDIT},
    ],
)
def test_match__paid_to_somebody_else__pays_nothing(changes: dict[str, Any]) -> None:
    found = match(replace(LINE, **changes), _known())
    assert (found.status, found.reason) == (LineStatus.UNMATCHED, Reason.WRONG_ACCOUNT)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"units": Units(9_499)}, Reason.SHORT),
        ({"units": Units(9_501)}, Reason.OVER),
        ({"currency": EUR}, Reason.WRONG_CURRENCY),
        ({"end_to_end_id": "YR-" + "B" * 30}, Reason.UNKNOWN_DEBT),
        ({"end_to_end_id": "YR-" + "A" * 29}, Reason.OTHER_REFERENCE),
        ({"booked": False}, Reason.NOT_BOOKED),
        ({"reversal": True}, Reason.REVERSAL),
    ],
)
def test_match__not_the_debt__pays_nothing_and_says_why(
    changes: dict[str, Any], reason: Reason
) -> None:
    found = match(replace(LINE, **changes), _known())
    assert (found.status, found.reason, found.surplus) == (LineStatus.UNMATCHED, reason, 0)


def test_match__without_opening__wrong_amount_is_an_unknown_debt() -> None:
    found = match(replace(LINE, units=Units(9_499)), _known(opening=None))
    assert (found.reason, found.debt, found.debtor) == (Reason.UNKNOWN_DEBT, None, None)


def test_match__agreed_but_not_on_the_ledger__is_not_owed() -> None:
    assert match(LINE, _known(owed=None)).reason is Reason.NOT_OWED


@pytest.mark.parametrize(
    ("changes", "status", "reason"),
    [
        (
            {"outcome": Outcome.PAID, "line": LINE.fingerprint},
            LineStatus.MATCHED,
            Reason.ALREADY_ALLOCATED,
        ),
        (
            {"outcome": Outcome.PAID, "line": keccak(b"another")},
            LineStatus.UNMATCHED,
            Reason.ALREADY_PAID,
        ),
        ({"outcome": Outcome.RESCINDED}, LineStatus.UNMATCHED, Reason.RESCINDED),
    ],
)
def test_match__debt_closed__is_said(
    changes: dict[str, Any], status: LineStatus, reason: Reason
) -> None:
    found = match(LINE, _known(replace(OWED, **changes)))
    assert (found.status, found.reason) == (status, reason)

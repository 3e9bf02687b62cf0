"""Issues and payments: every rule broken is named."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.agreements import InvoiceUse
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from tests.ledger.fold.acts import (
    ENTERPRISE,
    TWO,
    Attack,
    claim_of,
    findings_after,
    folded,
    issue,
)
from tests.support.synthetic import (
    ORACLES,
    Key,
    SyntheticLedger,
    consortium,
)


def debtor_without_role(ledger: SyntheticLedger) -> None:
    ledger.post_issue(issue(debtor=TWO))


def owed_to_itself(ledger: SyntheticLedger) -> None:
    ledger.post_issue(issue(creditor=ENTERPRISE))


def no_such_day(ledger: SyntheticLedger) -> None:
    ledger.post_issue(issue(maturity=2027_02_29))


def no_currency(ledger: SyntheticLedger) -> None:
    ledger.post_issue(issue(currency="CN1"))


def face_beyond_invoices(ledger: SyntheticLedger) -> None:
    ledger.post_issue(issue(face=101))


def invoice_overused(ledger: SyntheticLedger) -> None:
    ledger.issue(ENTERPRISE, TWO, 5_001, invoice="first", total=15_000)


def invoice_with_another_total(ledger: SyntheticLedger) -> None:
    ledger.issue(ENTERPRISE, TWO, 100, invoice="first", total=15_001)


def invoice_in_another_currency(ledger: SyntheticLedger) -> None:
    use = InvoiceUse(keccak(b"first"), 15_000, 100, 1)
    ledger.post_issue(issue(currency="EUR", invoices=(use,)))


def invoice_use_repeated(ledger: SyntheticLedger) -> None:
    use = InvoiceUse(keccak(b"first"), 15_000, 100, 0)
    ledger.post_issue(issue(invoices=(use,)))


def too_few_oracles(ledger: SyntheticLedger) -> None:
    ledger.settle(ledger.payment(ClaimNo(1), 0, 10_000), ORACLES[:1])


def a_stranger_as_oracle(ledger: SyntheticLedger) -> None:
    ledger.settle(ledger.payment(ClaimNo(1), 0, 10_000), [ORACLES[0], Key("stranger")])


def removed_oracle(ledger: SyntheticLedger) -> None:
    ledger.seat_oracles(2, ORACLES[1:])
    ledger.settle(ledger.payment(ClaimNo(1), 0, 10_000), ORACLES[:2])


def old_oracle_configuration(ledger: SyntheticLedger) -> None:
    payment = ledger.payment(ClaimNo(1), 0, 10_000)
    ledger.seat_oracles(2)
    ledger.settle(payment)


def payment_allocated_twice(ledger: SyntheticLedger) -> None:
    for start in (0, 4_000):
        ledger.settle(ledger.payment(ClaimNo(1), start, 4_000, line="same"))


def payment_allocated_by_one_unit_too_much(ledger: SyntheticLedger) -> None:
    ledger.transfer(ClaimNo(1), 0, 4_000, 4_001, TWO)
    for start in (0, 4_000):
        ledger.settle(ledger.payment(ClaimNo(1), start, 4_000, line="same"))


def payment_with_another_amount(ledger: SyntheticLedger) -> None:
    ledger.settle(ledger.payment(ClaimNo(1), 0, 4_000, line="same"))
    ledger.settle(ledger.payment(ClaimNo(1), 4_000, 5_000, line="same"))


def payment_in_another_currency(ledger: SyntheticLedger) -> None:
    ledger.settle(replace(ledger.payment(ClaimNo(1), 0, 10_000), currency="EUR"))


def payment_of_a_discharged_lot(ledger: SyntheticLedger) -> None:
    ledger.settle(ledger.payment(ClaimNo(1), 0, 10_000))
    ledger.settle(ledger.payment(ClaimNo(1), 0, 10_000))


ATTACKS: list[tuple[Attack, str]] = [
    (debtor_without_role, "RoleMissing"),
    (owed_to_itself, "SelfDealing"),
    (no_such_day, "InvalidDate"),
    (no_currency, "InvalidCurrency"),
    (face_beyond_invoices, "InvoicesDoNotCover"),
    (invoice_overused, "InvoiceOverused"),
    (invoice_with_another_total, "InvoiceMismatch"),
    (invoice_in_another_currency, "InvoiceMismatch"),
    (invoice_use_repeated, "InvoiceVersionStale"),
    (too_few_oracles, "ApprovalsMissing"),
    (a_stranger_as_oracle, "NotMember"),
    (removed_oracle, "NotMember"),
    (old_oracle_configuration, "WrongConfig"),
    (payment_allocated_twice, "PaymentOverallocated"),
    (payment_allocated_by_one_unit_too_much, "PaymentOverallocated"),
    (payment_with_another_amount, "PaymentContradicted"),
    (payment_in_another_currency, "CurrencyMismatch"),
    (payment_of_a_discharged_lot, "LotNotLive"),
]


@pytest.mark.parametrize(
    ("attack", "name"), ATTACKS, ids=lambda value: getattr(value, "__name__", value)
)
def test_fold__entry_that_breaks_a_rule__named(attack: Attack, name: str) -> None:
    assert name in findings_after(attack)


def test_fold__two_broken_entries__both_found() -> None:
    ledger = consortium()
    claim_of(ledger)
    debtor_without_role(ledger)
    no_such_day(ledger)
    broken = {entry.index for entry in ledger.entries[-2:]}
    assert {finding.entry for finding in folded(ledger).findings} == broken

"""What a statement line pays under a deal, or why it pays nothing.

A line proves the debt whose commitment it opens: reference, currency and amount have to be right
together. Where the reference is right alone, the two who keep its opening are told what is amiss.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.deals import Outcome
from ledger.documents import Direction, StatementLine
from ledger.ids import PartyNo
from ledger.remittance import commitment_to
from ledger.store.keeping.openings import DebtOpening
from ledger.store.keeping.statements import Debt, Reason
from ledger.store.reading.owed import Owed


@dataclass(frozen=True)
class Debts:
    """What the ledger knows of the debts that a statement names: ``owed`` by commitment,
    ``openings`` by reference."""

    owed: Mapping[bytes, Owed] = field(default_factory=dict)
    openings: Mapping[str, DebtOpening] = field(default_factory=dict)


@dataclass(frozen=True)
class Finding:
    """``debt`` is what the line's reference names, whether or not the line pays it."""

    reason: Reason | None
    debt: Debt | None = None
    payer: PartyNo | None = None
    payee: PartyNo | None = None


def commitment_of(line: StatementLine) -> bytes:
    """What the line opens, if it pays a debt."""
    return commitment_to(line.end_to_end_id, line.currency, line.units)


def find_debt(line: StatementLine, debts: Debts, accounts: Mapping[PartyNo, str]) -> Finding:
    """One line with a debt's reference, against the debts as they are now."""
    owed = debts.owed.get(commitment_of(line))
    if owed is not None:
        debt = Debt(owed.commitment, owed.deal)
        reason = _against(line, owed, accounts)
        return Finding(reason, debt, owed.payer, owed.payee)
    opening = debts.openings.get(line.end_to_end_id)
    if opening is None:
        return Finding(Reason.UNKNOWN_DEBT)
    debt = Debt(opening.commitment, opening.deal)
    return Finding(_amiss(line, opening), debt, opening.payer, opening.payee)


def _against(line: StatementLine, owed: Owed, accounts: Mapping[PartyNo, str]) -> Reason | None:
    if owed.outcome is Outcome.PAID:
        same = owed.line == line.fingerprint
        return Reason.ALREADY_ALLOCATED if same else Reason.ALREADY_PAID
    if owed.outcome is Outcome.RESCINDED:
        return Reason.RESCINDED
    if not paid_between(line, owed.payer, owed.payee, accounts):
        return Reason.WRONG_ACCOUNT
    return None


def _amiss(line: StatementLine, opening: DebtOpening) -> Reason:
    if line.currency != opening.currency:
        return Reason.WRONG_CURRENCY
    if line.units == opening.amount:
        return Reason.NOT_OWED
    return Reason.OVER if line.units > opening.amount else Reason.SHORT


def paid_between(
    line: StatementLine, payer: PartyNo, payee: PartyNo, accounts: Mapping[PartyNo, str]
) -> bool:
    """Whether the payee was paid, on the account it stated: who pays somebody else, itself for
    one, has paid nothing, whatever reference it writes."""
    wanted = accounts.get(payee)
    if line.direction is Direction.CREDIT:
        return line.account == wanted
    return line.account == accounts.get(payer, line.account) and line.creditor.account == wanted

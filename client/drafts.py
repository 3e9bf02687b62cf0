"""Agreements between parties, drafted from what they are about and ready to be signed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import ClassVar

from ledger.agreements import InvoiceUse, Issue, Merge, Transfer
from ledger.business_day import business_day, number_of
from ledger.commitments import EMPTY_ROOT
from ledger.documents import Invoice
from ledger.errors import Refused
from ledger.ids import PartyNo
from ledger.words import Lot

DEFAULT_TERM_DAYS = 60
"""Where an invoice states no due date: what Decree 802 gives a large buyer to pay an SME."""
VALIDITY_SECONDS = 3600


@dataclass
class AmountBeyondLot(Refused):
    """More is to change hands than the lot holds, or nothing at all."""

    amount: int
    held: int
    summary: ClassVar[str] = "{amount} minor units can't be given from a lot of {held}."


@dataclass
class AmountBeyondInvoice(Refused):
    """More is to be issued than the invoice has free, or nothing at all."""

    amount: int
    free: int
    summary: ClassVar[str] = "{amount} minor units can't be issued: the invoice has {free} free."


@dataclass(frozen=True)
class Maturity:
    """The agreed day of payment and how it came about."""

    day: date
    reason: str

    @property
    def number(self) -> int:
        """As signed and kept on chain: YYYYMMDD."""
        return number_of(self.day)


@dataclass(frozen=True)
class Parties:
    """The two sides of a receivable, by their numbers in the registry."""

    debtor: PartyNo
    creditor: PartyNo


@dataclass(frozen=True)
class InvoiceState:
    """How far an invoice has been used: minor units used, in how many uses."""

    used: int = 0
    version: int = 0


@dataclass(frozen=True)
class Terms:
    """What the invoice alone does not settle. ``amount`` None means all that is free."""

    maturity: Maturity
    amount: int | None = None
    documents: bytes = EMPTY_ROOT
    valid_until: int = field(default_factory=lambda: valid_until())

    def over(self, documents: bytes) -> Terms:
        """These terms, over the documents with this commitment root."""
        return replace(self, documents=documents)


def today() -> date:
    """The business day: dates are Asia/Shanghai's."""
    return business_day(int(time.time()))


def valid_until(seconds: int = VALIDITY_SECONDS) -> int:
    """Unix seconds until which an agreement drafted now can be concluded."""
    return int(time.time()) + seconds


def maturity_of(invoice: Invoice, on: date) -> Maturity:
    """The due date if it lies ahead; else as many days from ``on`` as the invoice's own term."""
    if invoice.due_date is not None and invoice.due_date > on:
        return Maturity(invoice.due_date, "the invoice's due date")
    term = invoice.term_days
    if term is None:
        reason = f"{DEFAULT_TERM_DAYS} days from today, the invoice stating no due date"
        return Maturity(on + timedelta(days=DEFAULT_TERM_DAYS), reason)
    return Maturity(on + timedelta(days=term), f"{term} days from today, the invoice's own term")


def issue(invoice: Invoice, parties: Parties, state: InvoiceState, terms: Terms) -> Issue:
    """The debtor's promise over an invoice, or a part of it; raises ``AmountBeyondInvoice``."""
    free = invoice.payable - state.used
    amount = free if terms.amount is None else terms.amount
    if not 0 < amount <= free:
        raise AmountBeyondInvoice(amount, free)
    use = InvoiceUse(invoice.fingerprint, invoice.payable, amount, state.version)
    return Issue(
        debtor=parties.debtor,
        creditor=parties.creditor,
        currency=invoice.currency,
        face=amount,
        maturity=terms.maturity.number,
        invoices=(use,),
        documents=terms.documents,
        validUntil=terms.valid_until,
    )


def transfer(
    lot: Lot,
    recipient: PartyNo,
    amount: int | None = None,
    *,
    documents: bytes = EMPTY_ROOT,
    until: int | None = None,
) -> Transfer:
    """The lot's first ``amount`` units (None: all) change hands; raises ``AmountBeyondLot``."""
    given = lot.amount if amount is None else amount
    if not 0 < given <= lot.amount:
        raise AmountBeyondLot(given, lot.amount)
    return Transfer(
        claim=lot.claim,
        lot=lot.start,
        version=lot.version,
        start=lot.start,
        end=lot.start + given,
        holder=lot.holder,
        recipient=recipient,
        documents=documents,
        validUntil=valid_until() if until is None else until,
    )


def merge(lots: Sequence[Lot], until: int | None = None) -> Merge:
    """Two lots of one holder become one, in whichever order they are given.

    Whether they touch and are one holder's is the contract's to say: ``NotAdjacent``,
    ``NotHolder``, ``UnknownLot``.
    """
    left, right = sorted(lots, key=lambda lot: lot.start)
    return Merge(
        claim=left.claim,
        left=left.start,
        leftVersion=left.version,
        right=right.start,
        rightVersion=right.version,
        holder=left.holder,
        validUntil=valid_until() if until is None else until,
    )

"""What is free of an invoice, over all claims and all banks: one number, for those entitled.

Whoever knows a seller and a number can compute an invoice's fingerprint, and anyone can write a
document with both in it. So knowing proves nothing: an asker stands in some relation to the
invoice that others have made, and from anybody else it can't be told whether it exists.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, exists, func, literal_column, or_, select

from ledger.documents import invoice_fingerprint
from ledger.identifiers import PartyId
from ledger.ids import ClaimNo, PartyNo
from ledger.risk.reversal import Side
from ledger.store.financing import finance_requests
from ledger.store.keeping.reversals import reversed_behind
from ledger.store.private import documents, invoice_reversals, openings
from ledger.store.reading import members
from ledger.store.reading.receivables import InvoiceState, invoice_state
from ledger.store.tables import claims, invoice_uses

_IS_OPEN = finance_requests.c.status == literal_column("'open'")


@dataclass(frozen=True, slots=True)
class Free:
    """Minor units."""

    currency: str
    amount: int


def free_amount(
    connection: Connection, party: PartyNo, fingerprint: bytes, now: int, *, is_bank: bool
) -> Free | None:
    """For the invoice's seller; for debtor and first creditor of a claim on it; and for a bank
    that the seller opened it to, or that a holder is asking about such a claim. None for others.
    """
    shown = _shown_by_seller(connection, party, fingerprint, is_bank=is_bank)
    if shown is None and not (
        _has_part(connection, party, fingerprint)
        or (is_bank and _is_asked(connection, party, fingerprint, now))
    ):
        return None
    state = invoice_state(connection, fingerprint) or shown
    return None if state is None else _free(connection, fingerprint, state)


def _shown_by_seller(
    connection: Connection, party: PartyNo, fingerprint: bytes, *, is_bank: bool
) -> InvoiceState | None:
    """The invoice as in the seller's own document, if that is the party or has shown it to this
    bank. The registry says who the seller is: its identifier is part of the fingerprint."""
    opened = exists().where(openings.c.document == documents.c.row, openings.c.party == party)
    shown = or_(documents.c.owner == party, opened) if is_bank else documents.c.owner == party
    # One for each owner, so that nobody hides the seller's among copies of its own.
    firsts = (
        select(func.min(documents.c.row))
        .where(documents.c.fingerprint == fingerprint, shown)
        .group_by(documents.c.owner)
    )
    query = select(documents.c.owner, documents.c.invoice).where(documents.c.row.in_(firsts))
    for owner, invoice in connection.execute(query):
        record = members.party(connection, owner)
        number = str(invoice["number"])
        if record and invoice_fingerprint(PartyId(record.identifier), number) == fingerprint:
            return InvoiceState(int(invoice["payable"]), 0, 0, invoice["currency"])
    return None


def _has_part(connection: Connection, party: PartyNo, fingerprint: bytes) -> bool:
    query = _claims_on(fingerprint).where(or_(claims.c.debtor == party, claims.c.creditor == party))
    return connection.execute(query.limit(1)).first() is not None


def _is_asked(connection: Connection, bank: PartyNo, fingerprint: bytes, now: int) -> bool:
    """Whether a request that this bank can still answer is about a claim on the invoice."""
    query = select(finance_requests.c.row).where(
        finance_requests.c.bank == bank,
        _IS_OPEN,
        finance_requests.c.expires >= now,
        finance_requests.c.claim.in_(_claims_on(fingerprint)),
    )
    return connection.execute(query.limit(1)).first() is not None


def _claims_on(fingerprint: bytes) -> Any:
    return (
        select(claims.c.number)
        .join(invoice_uses, invoice_uses.c.claim == claims.c.number)
        .where(
            claims.c.until.is_(None),
            invoice_uses.c.until.is_(None),
            invoice_uses.c.fingerprint == fingerprint,
        )
    )


def _free(connection: Connection, fingerprint: bytes, state: InvoiceState) -> Free:
    numbers = [ClaimNo(one) for one in connection.scalars(_claims_on(fingerprint))]
    back = _taken_back(connection, fingerprint, numbers, state.currency)
    return Free(state.currency, max(0, state.total - state.used - back))


def _taken_back(
    connection: Connection, fingerprint: bytes, numbers: Sequence[ClaimNo], currency: str
) -> int:
    """By red letters; of those about an invoice without a claim, the seller's and the tax's."""
    if numbers:
        found = reversed_behind(connection, numbers)
        return max(
            (
                one.reversed
                for behind in found.values()
                for one in behind
                if one.fingerprint == fingerprint
            ),
            default=0,
        )
    letters = (
        select(func.max(invoice_reversals.c.amount).label("amount"))
        .where(
            invoice_reversals.c.fingerprint == fingerprint,
            invoice_reversals.c.currency == currency,
            invoice_reversals.c.side.in_((Side.SELLER, Side.ORACLE)),
        )
        .group_by(invoice_reversals.c.letter)
        .subquery()
    )
    return int(connection.scalar(select(func.coalesce(func.sum(letters.c.amount), 0))) or 0)

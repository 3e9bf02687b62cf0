"""What a party held, owed and was owed on a day, each figure from two places.

Opening and closing are the projection's rows as of an entry; what came and went is told by the
day's entries themselves; what was paid by the allocations of payments. They have to agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, case, func, or_, select

from ledger.entries import Entry, Op
from ledger.ids import ClaimNo, PartyNo
from ledger.positions import Book, Moved
from ledger.reconciliation import Flow
from ledger.store.reading.span import Span, held_before
from ledger.store.tables import claims, entries, lots, payments
from ledger.words import OUTSTANDING, Claim, Lot, LotState

Flows = dict[str, Flow]
"""By currency."""


@dataclass
class _Sums:
    opening: dict[str, int]
    closing: dict[str, int]
    paid: dict[str, int]
    came: dict[str, int] = field(default_factory=dict)
    went: dict[str, int] = field(default_factory=dict)

    def add(self, moved: Moved) -> None:
        self.came[moved.currency] = self.came.get(moved.currency, 0) + moved.came
        self.went[moved.currency] = self.went.get(moved.currency, 0) + moved.went

    def flows(self) -> Flows:
        sums = (self.opening, self.came, self.went, self.paid, self.closing)
        return {
            currency: Flow(*(one.get(currency, 0) for one in sums))
            for currency in sorted(set().union(*sums))
            if any(one.get(currency, 0) for one in sums)
        }


def position_flows(connection: Connection, party: PartyNo, span: Span) -> tuple[Flows, Flows]:
    """What the party held (as a holder of lots), and what it owed (as the debtor of claims)."""
    held, owed = (
        _Sums(*_outstanding(connection, mine, span), paid=_paid(connection, mine, span))
        for mine in (lots.c.holder == party, claims.c.debtor == party)
    )
    concerned = _concerned(party, span)
    book = _book(connection, concerned, span.first)
    for entry in _entries(connection, concerned, span):
        moved = book.move(entry, party)
        if moved is not None:
            held.add(moved[0])
            owed.add(moved[1])
    return held.flows(), owed.flows()


def _outstanding(
    connection: Connection, mine: ColumnElement[bool], span: Span
) -> tuple[dict[str, int], dict[str, int]]:
    """At the day's beginning and at its end, in one look at what held at some time of it."""
    units = lots.c.end - lots.c.start
    opening, closing = (
        func.sum(case((held_before(lots, entry), units), else_=0))
        for entry in (span.first, span.end)
    )
    query = (
        select(claims.c.currency, opening, closing)
        .join(claims, claims.c.number == lots.c.claim)
        .where(
            mine,
            lots.c.state.in_(OUTSTANDING),
            lots.c.since < span.end,
            or_(lots.c.until.is_(None), lots.c.until >= span.first),
        )
        .group_by(claims.c.currency)
    )
    rows = connection.execute(query).all()
    return {row[0]: int(row[1]) for row in rows}, {row[0]: int(row[2]) for row in rows}


def _paid(connection: Connection, mine: ColumnElement[bool], span: Span) -> dict[str, int]:
    """By whose the lots were when they were paid, as the payments' versions tell."""
    query = (
        select(claims.c.currency, func.sum(payments.c.allocated))
        .join(claims, claims.c.number == payments.c.claim)
        .join(
            lots,
            (lots.c.claim == payments.c.claim)
            & (lots.c.start == payments.c.start)
            & (lots.c.version == payments.c.version),
        )
        .where(mine, span.within(payments.c.since))
        .group_by(claims.c.currency)
    )
    return {currency: int(units) for currency, units in connection.execute(query)}


def _concerned(party: PartyNo, span: Span) -> Select[tuple[int]]:
    """The books in which the day had entries, of claims that the party holds, held or owes."""
    held = select(lots.c.claim).where(lots.c.holder == party)
    owed = select(claims.c.number).where(claims.c.debtor == party)
    book = entries.c.book
    return select(book).where(span.within(entries.c.index), book.in_(held.union(owed)))


def _entries(connection: Connection, books: Select[tuple[int]], span: Span) -> Iterator[Entry]:
    of_day = select(entries).where(span.within(entries.c.index), entries.c.book.in_(books))
    return map(_entry, connection.execute(of_day.order_by(entries.c.index)))


def _book(connection: Connection, numbers: Select[tuple[int]], entry: int) -> Book:
    """The claims of these numbers with their lots, as they were before an entry."""
    opened = select(claims).where(claims.c.number.in_(numbers), held_before(claims, entry))
    cut = select(lots).where(lots.c.claim.in_(numbers), held_before(lots, entry))
    found = {
        ClaimNo(row.number): Claim(row.debtor, row.face, row.maturity, row.currency)
        for row in connection.execute(opened)
    }
    return Book.at(found, map(lot_of, connection.execute(cut)))


def lot_of(row: Any) -> Lot:
    return Lot(
        row.claim, row.start, row.end, row.holder, row.lien, LotState(row.state), row.version
    )


def _entry(row: Any) -> Entry:
    words = row.words
    return Entry(
        index=row.index,
        book=row.book,
        act=row.act,
        op=Op(row.op),
        policy=row.policy,
        words=tuple(int.from_bytes(words[at : at + 32], "big") for at in range(0, len(words), 32)),
        memo=row.memo,
    )

"""What happened under one deal: its acts, the lots that are left of it, what the debtor paid the
bank on them. For callers who have found the deal within their scope."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, and_, or_, select

from ledger.acts import SignedAct, decode_call
from ledger.deals import BuyBack, Duty, Finance, Outcome
from ledger.ids import EntryIndex
from ledger.store.reading.deals import DealRecord
from ledger.store.tables import deal_steps, deals, entries, lots, payments
from ledger.words import Lot, LotState


@dataclass(frozen=True, slots=True)
class DealStep:
    """An act of the deal. ``commitment`` is of the debt that it makes, proves paid or ends."""

    entry: EntryIndex
    time: int
    act: bytes
    kind: str
    commitment: bytes | None


@dataclass(frozen=True, slots=True)
class PaidUnits:
    """Units ``[start, end)`` that the debtor paid, on which the bank was paid; YYYYMMDD."""

    start: int
    end: int
    booked_on: int


@dataclass(frozen=True, slots=True)
class BoughtBack:
    """Units whose buy-back is agreed under ``commitment``."""

    commitment: bytes
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class PassedOn:
    """Units that are with somebody else since a block of this time, Unix seconds."""

    start: int
    end: int
    time: int


def steps_of(connection: Connection, deal: DealRecord) -> list[DealStep]:
    """Every act of the deal, oldest first."""
    subjects = [deal.deal, *(one.commitment for one in deal.obligations)]
    taken = select(deal_steps.c.since).where(deal_steps.c.subject.in_(subjects))
    made = [deal.since, *(one.since for one in deal.obligations)]
    query = select(entries).where(or_(entries.c.index.in_(made), entries.c.index.in_(taken)))
    return [_step(row) for row in connection.execute(query.order_by(entries.c.index))]


def lots_of_deal(connection: Connection, deal: DealRecord) -> list[Lot]:
    """The lots that its units are in now, whoever has them and whatever became of them."""
    query = select(lots).where(lots.c.until.is_(None), _overlaps(deal)).order_by(lots.c.start)
    return [
        Lot(row.claim, row.start, row.end, row.holder, row.lien, LotState(row.state), row.version)
        for row in connection.execute(query)
    ]


def paid_by_debtor(connection: Connection, deal: DealRecord) -> list[PaidUnits]:
    """Units of the deal that were paid while they were the bank's by this deal, by start."""
    paid = and_(payments.c.since == lots.c.since, payments.c.until.is_(None))
    query = (
        select(lots.c.start, lots.c.end, lots.c.since, payments.c.booked_on)
        .join(payments, paid)
        .where(lots.c.until.is_(None), lots.c.state == LotState.DISCHARGED, _overlaps(deal))
        .where(lots.c.holder == deal.bank, lots.c.since > deal.since)
        .order_by(lots.c.start)
    )
    later = _later_deals(connection, deal)
    found: list[PaidUnits] = []
    for row in connection.execute(query):
        own = [(max(row.start, deal.start), min(row.end, deal.end))]
        for since, start, end in later:
            own = own if since > row.since else list(_without(own, start, end))
        found += [PaidUnits(start, end, row.booked_on) for start, end in own]
    return found


def bought_back(connection: Connection, deal: DealRecord) -> list[BoughtBack]:
    """Units whose buy-back was proven paid, oldest first."""
    paid = {
        one.since: one.commitment
        for one in deal.obligations
        if one.duty is Duty.BUY_BACK and one.outcome is Outcome.PAID
    }
    query = select(entries.c.index, entries.c.memo).where(entries.c.index.in_(list(paid)))
    found = []
    for index, memo in connection.execute(query.order_by(entries.c.index)):
        call = decode_call(memo)
        if isinstance(call, SignedAct) and isinstance(call.agreement, BuyBack):
            act = call.agreement
            found.append(BoughtBack(paid[index], act.start, act.end))
    return found


def passed_on(connection: Connection, deal: DealRecord) -> list[PassedOn]:
    """Units that the bank got by this deal and no longer has: sold on, or given to a successor.
    What the seller bought back isn't among them."""
    query = (
        select(lots.c.start, lots.c.end, entries.c.time)
        .join(entries, entries.c.index == lots.c.since)
        .where(lots.c.until.is_(None), _overlaps(deal), lots.c.holder != deal.bank)
        .order_by(lots.c.start)
    )
    back = bought_back(connection, deal)
    found: list[PassedOn] = []
    for row in connection.execute(query):
        gone = [(max(row.start, deal.start), min(row.end, deal.end))]
        for one in back:
            gone = list(_without(gone, one.start, one.end))
        found += [PassedOn(start, end, row.time) for start, end in gone]
    return found


def _overlaps(deal: DealRecord) -> Any:
    return and_(lots.c.claim == deal.claim, lots.c.start < deal.end, lots.c.end > deal.start)


def _later_deals(connection: Connection, deal: DealRecord) -> list[tuple[int, int, int]]:
    """Deals by which the same bank got the same units again: those took this one's place."""
    query = select(deals.c.since, deals.c.start, deals.c.end).where(
        deals.c.until.is_(None),
        deals.c.claim == deal.claim,
        deals.c.bank == deal.bank,
        deals.c.since > deal.since,
        deals.c.start < deal.end,
        deals.c.end > deal.start,
    )
    return [(row.since, row.start, row.end) for row in connection.execute(query)]


def _without(spans: Iterable[tuple[int, int]], start: int, end: int) -> Iterable[tuple[int, int]]:
    for first, last in spans:
        pieces = (first, min(last, start)), (max(first, end), last)
        yield from ((one, other) for one, other in pieces if one < other)


def _step(row: Any) -> DealStep:
    call = decode_call(row.memo)
    act = call.agreement if isinstance(call, SignedAct) else None
    owed = act.advance if isinstance(act, Finance) else getattr(act, "commitment", None)
    return DealStep(EntryIndex(row.index), row.time, row.act, type(act).__name__, owed)

"""Deals as positions: what of each is still owed, worked out from the projection at each look.

A deal is worth looking at while the bank holds, or has a lien on, unpaid units of it; while a
surplus is owed; or if the debtor paid some of it late. All else is over. A deal whose units the
same bank holds under a later one by now comes without pieces.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Select,
    and_,
    exists,
    func,
    or_,
    select,
)

from ledger.business_day import day_of
from ledger.credit import Interval
from ledger.deals import Duty, Mode
from ledger.ids import PartyNo
from ledger.pricing import financed_in
from ledger.projection import Step
from ledger.risk import Owed, Piece, Position
from ledger.risk.position import without
from ledger.store.chunks import chunked
from ledger.store.financing import finance_quotes
from ledger.store.reading.deals import DealRecord, deal_records
from ledger.store.reading.visible import concerns
from ledger.store.tables import claims, deal_steps, deals, lots, obligations, payments
from ledger.visibility import Scope
from ledger.words import LotState

_UNPAID = (LotState.LIVE, LotState.FROZEN)
_AT_ONCE = 500
_MOST_LOOKS = 20


@dataclass(frozen=True, slots=True)
class _Promise:
    """What the claim of a deal says."""

    debtor: PartyNo
    currency: str
    maturity: int


@dataclass(frozen=True, slots=True)
class Looked:
    """Some positions, and the entry to look behind for more; None when that is all."""

    positions: list[Position]
    more_behind: int | None


def positions(connection: Connection, scope: Scope, after: int, limit: int) -> Looked:
    """Up to ``limit`` positions of deals within the scope, in the order of the deals' entries,
    behind ``after``. Fewer may come although there are more: a look is bounded, however many
    deals are over by now."""
    worth: list[tuple[int, bytes]] = []
    reached = after
    for _ in range(_MOST_LOOKS):
        deals_of_scope = _next_deals(connection, scope, reached)
        worth += _worth(connection, deals_of_scope)
        if len(worth) > limit:
            taken = worth[:limit]
            return Looked(_of_worth(connection, taken), taken[-1][0])
        if len(deals_of_scope) < _AT_ONCE:
            return Looked(_of_worth(connection, worth), None)
        reached = deals_of_scope[-1][0]
    return Looked(_of_worth(connection, worth), reached)


def position_of(connection: Connection, scope: Scope, deal: bytes) -> Position | None:
    """One deal's, if the scope reaches it and it isn't over."""
    query = _worth_a_look().where(
        concerns(scope, deals.c.claim, deals.c.seller, deals.c.bank), deals.c.deal == deal
    )
    found = _positions(connection, query)
    return found[0] if found else None


def positions_owed_by(
    connection: Connection, bank: PartyNo, parties: Collection[PartyNo]
) -> dict[PartyNo, list[Position]]:
    """Everything unpaid that each of these may owe the bank: as debtor, or as seller of a pledge
    or on demand. In the order of the deals' entries."""
    named = or_(claims.c.debtor.in_(parties), and_(deals.c.seller.in_(parties), _owes_as_seller()))
    query = _over_claims().where(deals.c.bank == bank, named, _unpaid()).order_by(deals.c.since)
    found: dict[PartyNo, list[Position]] = {party: [] for party in parties}
    for position in _positions(connection, query):
        for party in found.keys() & position.obligors:
            found[party].append(position)
    return found


def obligors_of(connection: Connection, bank: PartyNo, after: int, limit: int) -> list[PartyNo]:
    """Parties that may owe this bank, or once did, by number, those above ``after``."""
    debtors = _over_claims().where(deals.c.bank == bank, claims.c.debtor > after)
    sellers = select(deals.c.seller).where(
        deals.c.bank == bank, deals.c.seller > after, _owes_as_seller()
    )
    named = debtors.with_only_columns(claims.c.debtor.label("party")).union(sellers).subquery()
    query = select(named.c.party).order_by(named.c.party).limit(limit)
    return [PartyNo(number) for number in connection.scalars(query)]


def of_units() -> ColumnElement[bool]:
    """Current lots with units of a deal. Lots below the one that the deal begins in are skipped by
    index: a claim may have a million of them."""
    below = lots.alias("below")
    first = _last_start(below, below.c.state.not_in((LotState.ABSENT, LotState.MERGED)))
    return and_(
        lots.c.until.is_(None),
        lots.c.claim == deals.c.claim,
        lots.c.start >= first,
        lots.c.start < deals.c.end,
        lots.c.end > deals.c.start,
    )


def _last_start(table: FromClause, *conditions: ColumnElement[bool]) -> ColumnElement[int]:
    """Where the last of these rows begins that begins no later than the deal."""
    below = select(func.max(table.c.start)).where(
        table.c.until.is_(None),
        table.c.claim == deals.c.claim,
        table.c.start <= deals.c.start,
        *conditions,
    )
    return below.correlate(deals).scalar_subquery()


def with_the_bank(holder: Any, lien: Any) -> ColumnElement[bool]:
    return or_(holder == deals.c.bank, lien == deals.c.bank)


def paid_of_deal() -> ColumnElement[bool]:
    """Payments of a deal's units after it was made; those below skipped, as what is paid once isn't
    paid again."""
    return and_(
        payments.c.until.is_(None),
        payments.c.claim == deals.c.claim,
        payments.c.since > deals.c.since,
        payments.c.start >= func.coalesce(_last_start(payments.alias("before")), 0),
        payments.c.start < deals.c.end,
        payments.c.start + payments.c.allocated > deals.c.start,
    )


def later_deals(
    connection: Connection, numbers: Sequence[bytes]
) -> dict[bytes, list[tuple[int, Interval]]]:
    """For each deal, later ones of the same bank over some of its units: they take its place."""
    columns = (deals.c.claim, deals.c.bank, deals.c.since, deals.c.start, deals.c.end)
    asked = connection.execute(select(deals.c.deal, *columns).where(deals.c.deal.in_(numbers)))
    rows = asked.all()
    if not rows:
        return {}
    near = select(*columns).where(
        deals.c.claim.in_({row.claim for row in rows}),
        deals.c.bank.in_({row.bank for row in rows}),
        deals.c.start < max(row.end for row in rows),
        deals.c.end > min(row.start for row in rows),
    )
    shelves: dict[tuple[int, int], list[Any]] = defaultdict(list)
    for row in connection.execute(near.order_by(deals.c.start)):
        shelves[row.claim, row.bank].append(row)
    return {
        bytes(row.deal): [
            (other.since, (other.start, other.end)) for other in others if other.since > row.since
        ]
        for row, others in _overlapping(rows, shelves)
    }


def _overlapping(
    rows: Sequence[Any], shelves: Mapping[tuple[int, int], Sequence[Any]]
) -> Iterator[tuple[Any, list[Any]]]:
    """Each row with those of its shelf that share units with it. The longest there says how far
    back to look, so that a claim with thousands of deals isn't compared with itself."""
    starts = {key: [one.start for one in shelf] for key, shelf in shelves.items()}
    longest = {key: max(one.end - one.start for one in shelf) for key, shelf in shelves.items()}
    for row in rows:
        key = (row.claim, row.bank)
        first = bisect_left(starts[key], row.start - longest[key])
        near = shelves[key][first : bisect_left(starts[key], row.end)]
        yield row, [one for one in near if one.end > row.start]


def _worth_a_look() -> Select[Any]:
    late = exists().where(paid_of_deal(), payments.c.booked_on > claims.c.maturity)
    ended = exists().where(deal_steps.c.subject == obligations.c.commitment)
    surplus = exists().where(
        obligations.c.deal == deals.c.deal, obligations.c.duty == Duty.SURPLUS, ~ended
    )
    return _over_claims().where(or_(_unpaid(), late, surplus))


def _over_claims() -> Select[Any]:
    return select(deals.c.deal).join(
        claims, and_(claims.c.number == deals.c.claim, claims.c.until.is_(None))
    )


def _unpaid() -> ColumnElement[bool]:
    return exists().where(
        of_units(), lots.c.state.in_(_UNPAID), with_the_bank(lots.c.holder, lots.c.lien)
    )


def _owes_as_seller() -> ColumnElement[bool]:
    """As ``Position.obligors`` says, but for a pledge that was enforced."""
    demanded = exists().where(
        deal_steps.c.subject == deals.c.deal, deal_steps.c.step == Step.DEMANDED
    )
    return or_(deals.c.mode == Mode.PLEDGE.number, demanded)


def _next_deals(connection: Connection, scope: Scope, after: int) -> list[tuple[int, bytes]]:
    """The next deals of the scope, with their entries; each side of each view by its own index."""
    found: set[tuple[int, bytes]] = set()
    for view in scope.views:
        for column in (deals.c.bank, deals.c.seller):
            query = (
                select(deals.c.since, deals.c.deal)
                .where(concerns(replace(scope, views=(view,)), deals.c.claim, column))
                .where(deals.c.since > after)
                .order_by(deals.c.since)
                .limit(_AT_ONCE)
            )
            found |= {(row.since, bytes(row.deal)) for row in connection.execute(query)}
    return sorted(found)[:_AT_ONCE]


def _worth(connection: Connection, some: Sequence[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    query = _worth_a_look().where(deals.c.deal.in_([deal for _, deal in some]))
    worth = {bytes(deal) for deal in connection.scalars(query)}
    return [one for one in some if one[1] in worth]


def _of_worth(connection: Connection, some: Sequence[tuple[int, bytes]]) -> list[Position]:
    return _portion(connection, [deal for _, deal in some]) if some else []


def _positions(connection: Connection, query: Select[Any]) -> list[Position]:
    numbers = [bytes(number) for number in connection.scalars(query)]
    return [
        position for some in chunked(numbers, _AT_ONCE) for position in _portion(connection, some)
    ]


def _portion(connection: Connection, numbers: Sequence[bytes]) -> list[Position]:
    promises = _promises(connection, numbers)
    financed = _financed(connection, numbers)
    later = later_deals(connection, numbers)
    pieces = _pieces(connection, numbers)
    found = []
    for record in deal_records(connection, numbers):
        taken = [interval for _, interval in later.get(record.deal, [])]
        owed = [left for piece in pieces[record.deal] for left in without(piece, taken)]
        known = financed.get(record.deal)
        found.append(_position(record, promises[record.deal], tuple(owed), known))
    return found


def _position(
    record: DealRecord, promise: _Promise, pieces: tuple[Piece, ...], financed: int | None
) -> Position:
    return Position(
        deal=record.deal,
        concluded=record.since,
        claim=record.claim,
        start=record.start,
        end=record.end,
        debtor=promise.debtor,
        seller=record.seller,
        bank=record.bank,
        mode=record.mode,
        state=record.state,
        demanded=record.demanded,
        currency=promise.currency,
        maturity=day_of(promise.maturity),
        due_on=day_of(record.due_on),
        pieces=pieces,
        owed=tuple(Owed(one.duty, one.outcome, one.pay_by) for one in record.obligations),
        financed=financed,
    )


def _promises(connection: Connection, numbers: Sequence[bytes]) -> dict[bytes, _Promise]:
    query = (
        select(deals.c.deal, claims.c.debtor, claims.c.currency, claims.c.maturity)
        .select_from(deals)
        .join(claims, and_(claims.c.number == deals.c.claim, claims.c.until.is_(None)))
        .where(deals.c.deal.in_(numbers))
    )
    return {
        bytes(row.deal): _Promise(PartyNo(row.debtor), row.currency, row.maturity)
        for row in connection.execute(query)
    }


def _pieces(connection: Connection, numbers: Sequence[bytes]) -> dict[bytes, list[Piece]]:
    columns = (deals.c.deal, deals.c.start.label("first"), deals.c.end.label("last"))
    query = (
        select(*columns, lots.c.start, lots.c.end, lots.c.state)
        .select_from(deals)
        .join(lots, of_units())
        .where(
            deals.c.deal.in_(numbers),
            lots.c.state.in_(_UNPAID),
            with_the_bank(lots.c.holder, lots.c.lien),
        )
        .order_by(lots.c.start)
    )
    found: dict[bytes, list[Piece]] = defaultdict(list)
    for row in connection.execute(query):
        start, end = max(row.start, row.first), min(row.end, row.last)
        frozen = row.state == LotState.FROZEN
        found[bytes(row.deal)].append(Piece(row.start, start, end, frozen))
    return found


def _financed(connection: Connection, numbers: Iterable[bytes]) -> dict[bytes, int]:
    """What the opened terms say; only seller and bank of a deal ever see its position."""
    query = select(finance_quotes.c.digest, finance_quotes.c.terms).where(
        finance_quotes.c.digest.in_(list(numbers))
    )
    rows = connection.execute(query)
    return {bytes(row.digest): financed_in(row.terms) for row in rows}

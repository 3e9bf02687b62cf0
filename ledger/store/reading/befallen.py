"""What befell deals besides time, as ``ledger.risk.alerts`` needs it."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

from sqlalchemy import Connection, and_, func, select

from ledger.business_day import business_day, day_of
from ledger.credit import LineKind
from ledger.ids import ClaimNo, PartyNo
from ledger.projection import Intervention
from ledger.risk import Circumstances, Freeze, Position, Receipt, Share
from ledger.store.financing import finance_decisions, finance_quotes
from ledger.store.keeping.reversals import reversed_behind
from ledger.store.private import credit_lines
from ledger.store.reading.paths import layer_of, path_of
from ledger.store.reading.positions import later_deals, paid_of_deal, with_the_bank
from ledger.store.tables import deals, entries, lot_orders, lots, payments, registrations

Place = tuple[ClaimNo, int]


def circumstances(
    connection: Connection, positions: Sequence[Position]
) -> dict[bytes, Circumstances]:
    """Of each of these positions, by deal."""
    numbers = [one.deal for one in positions]
    concluded = _concluded(connection, numbers)
    receipts = _receipts(connection, numbers)
    freezes = _freezes(connection, positions)
    registered = _registered(connection, numbers)
    layers = _layers(connection, positions)
    reversals = reversed_behind(connection, {one.claim for one in positions})
    return {
        one.deal: Circumstances(
            concluded_on=business_day(concluded[one.deal]),
            receipts=tuple(receipts[one.deal]),
            freezes=_of(one, freezes),
            reversals=reversals.get(one.claim, ()),
            registered_until=_day(registered.get(one.deal)),
            layer=layers[one.deal],
        )
        for one in positions
    }


def shares_of(connection: Connection, bank: PartyNo) -> list[Share]:
    """What each debtor takes up of all that the bank's debtor lines have in use, by currency.

    Open quotes count, as they do against the line.
    """
    used = (credit_lines.c.open + credit_lines.c.drawn).label("used")
    query = select(credit_lines.c.party, credit_lines.c.currency, used).where(
        credit_lines.c.bank == bank, credit_lines.c.kind == LineKind.DEBTOR, used > 0
    )
    rows = connection.execute(query.order_by(credit_lines.c.currency, credit_lines.c.party)).all()
    totals: dict[str, int] = defaultdict(int)
    for row in rows:
        totals[row.currency] += row.used
    return [
        Share(bank, PartyNo(row.party), row.currency, row.used, totals[row.currency])
        for row in rows
    ]


def _concluded(connection: Connection, numbers: Sequence[bytes]) -> dict[bytes, int]:
    query = (
        select(deals.c.deal, entries.c.time)
        .select_from(deals)
        .join(entries, entries.c.index == deals.c.since)
        .where(deals.c.deal.in_(numbers))
    )
    return {bytes(deal): time for deal, time in connection.execute(query)}


def _receipts(connection: Connection, numbers: Sequence[bytes]) -> Mapping[bytes, list[Receipt]]:
    """Payments of units that the bank held, or had a lien on, under this deal and no later one."""
    paid = and_(
        lots.c.claim == payments.c.claim,
        lots.c.start == payments.c.start,
        lots.c.version == payments.c.version,
        with_the_bank(lots.c.holder, lots.c.lien),
    )
    query = (
        select(deals.c.deal, deals.c.start.label("first"), deals.c.end.label("last"), payments)
        .select_from(deals)
        .join(payments, paid_of_deal())
        .join(lots, paid)
        .where(deals.c.deal.in_(numbers))
        .order_by(payments.c.since)
    )
    later = later_deals(connection, numbers)
    found: dict[bytes, list[Receipt]] = defaultdict(list)
    for row in connection.execute(query):
        deal = bytes(row.deal)
        start = max(row.start, row.first)
        end = min(row.start + row.allocated, row.last)
        superseded = any(
            since < row.since and first < end and last > start
            for since, (first, last) in later.get(deal, [])
        )
        if not superseded:
            found[deal].append(Receipt(bytes(row.line), start, end, day_of(row.booked_on)))
    return found


def _freezes(connection: Connection, positions: Sequence[Position]) -> dict[Place, Freeze]:
    """The order behind each frozen lot: its newest, since a lot keeps its place while frozen."""
    frozen = {(one.claim, piece.lot) for one in positions for piece in one.pieces if piece.frozen}
    if not frozen:
        return {}
    query = (
        select(lot_orders, entries.c.time)
        .join(entries, entries.c.index == lot_orders.c.since)
        .where(
            lot_orders.c.claim.in_({claim for claim, _ in frozen}),
            lot_orders.c.start.in_({start for _, start in frozen}),
            lot_orders.c.intervention == Intervention.FREEZE,
        )
        .order_by(lot_orders.c.since)
    )
    found = {
        (ClaimNo(row.claim), row.start): Freeze(
            row.start, row.since, bytes(row.evidence), business_day(row.time)
        )
        for row in connection.execute(query)
    }
    return {place: found[place] for place in sorted(frozen) if place in found}


def _registered(connection: Connection, numbers: Sequence[bytes]) -> dict[bytes, int]:
    covering = and_(
        registrations.c.until.is_(None),
        registrations.c.claim == deals.c.claim,
        registrations.c.bank == deals.c.bank,
        registrations.c.start <= deals.c.start,
        registrations.c.end >= deals.c.end,
    )
    query = (
        select(deals.c.deal, func.max(registrations.c.expires_on))
        .select_from(deals)
        .join(registrations, covering)
        .where(deals.c.deal.in_(numbers))
        .group_by(deals.c.deal)
    )
    return {bytes(deal): expires for deal, expires in connection.execute(query)}


def _layers(connection: Connection, positions: Sequence[Position]) -> dict[bytes, int]:
    """How often units had been passed on when each deal was made: as the bank's desk counted it
    (the quote held for that version of the lot only), or from the path where no desk did."""
    query = (
        select(finance_quotes.c.digest, finance_decisions.c.rules)
        .join(finance_decisions, finance_decisions.c.quote == finance_quotes.c.row)
        .where(finance_quotes.c.digest.in_([one.deal for one in positions]))
    )
    counted = {bytes(deal): _counted(rules) for deal, rules in connection.execute(query)}
    layers = {}
    for one in positions:
        layer = counted.get(one.deal)
        layers[one.deal] = _layer(connection, one) if layer is None else layer
    return layers


def _counted(rules: bytes) -> int | None:
    """As the facts of a stored decision have it, if they do: other facts may be asked some day."""
    layer = json.loads(rules).get("facts", {}).get("split_layer")
    return None if layer is None else int(layer)


def _layer(connection: Connection, position: Position) -> int:
    path = path_of(connection, position.claim, position.start, position.end)
    before = [step for step in path if step.entry < position.concluded]
    return layer_of(before, position.start, position.end)


def _of(position: Position, freezes: Mapping[Place, Freeze]) -> tuple[Freeze, ...]:
    places = {(position.claim, piece.lot) for piece in position.pieces if piece.frozen}
    return tuple(freezes[place] for place in sorted(places) if place in freezes)


def _day(number: int | None) -> date | None:
    return None if number is None else day_of(number)

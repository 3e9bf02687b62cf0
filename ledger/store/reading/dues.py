"""What was due on a day, by reference, with what the ledger holds proven of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, select, tuple_

from ledger.business_day import business_day, number_of
from ledger.documents.statement import Direction
from ledger.ids import PartyNo
from ledger.reconciliation import Due, DueKind, Proof
from ledger.references import (
    LotReferenceMistyped,
    NotLotReference,
    lot_reference,
    read_lot_reference,
)
from ledger.store.chunks import chunked
from ledger.store.keeping.instructions import instructed
from ledger.store.private import statement_lines
from ledger.store.reading.debts import NEVER, Debt, debts_named
from ledger.store.reading.flows import lot_of
from ledger.store.reading.span import Span, held_before
from ledger.store.tables import claims, lots, payments
from ledger.words import OUTSTANDING, Lot, LotRef

_AT_ONCE = 5_000


def dues_of(
    connection: Connection,
    party: PartyNo,
    span: Span,
    debts: Iterable[Debt],
    references: Collection[str],
) -> list[Due]:
    """What the party had to pay or was to be paid: ``debts``, lots paid that day or overdue at
    its end, and, whosever they are, lots and debts that have one of the ``references``."""
    known = {debt.reference: debt for debt in (*debts, *_named_debts(connection, references))}
    rows = _lots_of(connection, party, span) | _named_lots(connection, references, span)
    proofs = _allocated(connection, span, rows)
    found = [_due_of_debt(debt, span) for debt in known.values()]
    found += [_due_of_lot(row, span, proofs.get(place, ())) for place, row in rows.items()]
    told = _instructed(connection, party, [due.reference for due in found], span)
    directions = _directions(connection, found)
    return [
        replace(
            due,
            instructed=told.get(due.reference, 0),
            proofs=tuple(replace(p, direction=directions.get(p.line)) for p in due.proofs),
        )
        for due in found
    ]


def _named_debts(connection: Connection, references: Collection[str]) -> Iterable[Debt]:
    for some in chunked(sorted(references), _AT_ONCE):
        yield from debts_named(connection, some)


def _due_of_debt(debt: Debt, span: Span) -> Due:
    closed = debt.ended < span.end
    proven = (Proof(debt.line, debt.amount),) if closed and debt.line is not None else ()
    return Due(
        reference=debt.reference,
        kind=DueKind[debt.duty.name],
        currency=debt.currency,
        amount=debt.amount,
        payer=debt.payer,
        payee=debt.payee,
        due_on=_day_of(debt.pay_by),
        proofs=proven,
        ended=closed and not proven,
    )


def _day_of(pay_by: int) -> int | None:
    return number_of(business_day(pay_by)) if pay_by else None


# ── lots ─────────────────────────────────────────────────────────────────────────────────────

_Place = tuple[int, int, int]
"""A lot at one version: claim, first unit, version."""


def _lots_of(connection: Connection, party: PartyNo, span: Span) -> dict[_Place, Any]:
    overdue = and_(
        claims.c.maturity <= number_of(span.day),
        lots.c.state.in_(OUTSTANDING),
        held_before(lots, span.end),
    )
    paid = select(payments.c.claim, payments.c.start, payments.c.version).where(
        span.within(payments.c.since)
    )
    was_paid = tuple_(lots.c.claim, lots.c.start, lots.c.version).in_(paid)
    found: dict[_Place, Any] = {}
    # Each by its own index: asked for all at once, a database reads all that there ever was.
    for mine in (lots.c.holder == party, claims.c.debtor == party):
        for wanted in (overdue, was_paid):
            found |= _by_place(connection, _with_claims().where(mine, wanted))
    return dict(sorted(found.items()))


def _named_lots(
    connection: Connection, references: Collection[str], span: Span
) -> dict[_Place, Any]:
    named = [_place(ref) for ref in map(_read, sorted(references)) if ref is not None]
    found: dict[_Place, Any] = {}
    for some in chunked(named, _AT_ONCE):
        place = tuple_(lots.c.claim, lots.c.start, lots.c.version)
        query = _with_claims().where(place.in_(some), lots.c.since < span.end)
        found |= _by_place(connection, query)
    return found


def _read(reference: str) -> LotRef | None:
    try:
        return read_lot_reference(reference)
    except (NotLotReference, LotReferenceMistyped):
        return None


def _place(ref: LotRef) -> _Place:
    return ref.claim, ref.start, ref.version


def _with_claims() -> Select[Any]:
    return select(lots, claims.c.debtor, claims.c.currency, claims.c.maturity).join(
        claims, claims.c.number == lots.c.claim
    )


def _by_place(connection: Connection, query: Select[Any]) -> dict[_Place, Any]:
    ordered = query.order_by(lots.c.claim, lots.c.start, lots.c.version)
    return {(row.claim, row.start, row.version): row for row in connection.execute(ordered)}


def _allocated(
    connection: Connection, span: Span, places: Collection[_Place]
) -> Mapping[_Place, Sequence[Proof]]:
    found: dict[_Place, list[Proof]] = defaultdict(list)
    for some in chunked(list(places), _AT_ONCE):
        place = tuple_(payments.c.claim, payments.c.start, payments.c.version)
        query = select(payments).where(place.in_(some), payments.c.since < span.end)
        for row in connection.execute(query.order_by(payments.c.since)):
            found[row.claim, row.start, row.version].append(Proof(row.line, row.allocated))
    return found


def _due_of_lot(row: Any, span: Span, proofs: Sequence[Proof]) -> Due:
    lot = lot_of(row)
    until = NEVER if row.until is None else row.until
    return Due(
        reference=lot_reference(lot.ref),
        kind=DueKind.LOT,
        currency=row.currency,
        amount=lot.amount,
        payer=row.debtor,
        payee=lot.holder,
        due_on=row.maturity,
        proofs=tuple(proofs),
        ended=until < span.end or not _is_owed(lot),
    )


def _is_owed(lot: Lot) -> bool:
    return lot.state in OUTSTANDING


# ── what else is known by reference ──────────────────────────────────────────────────────────


def _instructed(
    connection: Connection, party: PartyNo, references: Sequence[str], span: Span
) -> dict[str, int]:
    found: dict[str, int] = {}
    for some in chunked(references, _AT_ONCE):
        found |= instructed(connection, party, some, span.closes)
    return found


def _directions(connection: Connection, dues: Iterable[Due]) -> dict[bytes, Direction]:
    """Of the lines that proved something, whoever handed them in: which side's view they are."""
    found: dict[bytes, Direction] = {}
    for some in chunked([proof.line for due in dues for proof in due.proofs], _AT_ONCE):
        named: ColumnElement[bool] = statement_lines.c.fingerprint.in_(some)
        query = select(statement_lines.c.fingerprint, statement_lines.c.direction).where(named)
        found |= {line: Direction(way) for line, way in connection.execute(query.distinct())}
    return found

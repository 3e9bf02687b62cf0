"""Claims, lots, invoices and payments, as far as a scope reaches."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, and_, func, or_, select

from ledger.ids import ClaimNo, EntryIndex, PartyNo
from ledger.store.reading.visible import concerns, visible_claims, visible_lots
from ledger.store.tables import claims, entries, invoice_uses, lots, payments
from ledger.visibility import Scope
from ledger.words import Claim, Lot, LotRef, LotState


@dataclass(frozen=True, slots=True)
class Receivable:
    """A claim's header."""

    number: ClaimNo
    claim: Claim
    creditor: PartyNo
    documents: bytes
    opened: EntryIndex


@dataclass(frozen=True, slots=True)
class HeldLot:
    """A lot and its claim's currency."""

    lot: Lot
    currency: str


@dataclass(frozen=True, slots=True)
class LotVersion:
    """A lot as it was from entry ``since`` until before entry ``until`` (None: still)."""

    held: HeldLot
    since: EntryIndex
    until: EntryIndex | None
    time: int
    """Of the block that wrote it, Unix seconds."""
    act: bytes
    """The digest of the act that wrote it."""


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """How far an invoice backs receivables; ``version`` counts its uses."""

    total: int
    used: int
    version: int
    currency: str


def list_receivables(
    connection: Connection, scope: Scope, after: int, limit: int
) -> list[Receivable]:
    """Claims in the order of their numbers, those above ``after``."""
    query = (
        select(claims)
        .where(claims.c.until.is_(None), visible_claims(scope), claims.c.number > after)
        .order_by(claims.c.number)
        .limit(limit)
    )
    return [_receivable(row) for row in connection.execute(query)]


def receivable(connection: Connection, scope: Scope, number: int) -> Receivable | None:
    query = select(claims).where(
        claims.c.until.is_(None), claims.c.number == number, visible_claims(scope)
    )
    row = connection.execute(query).one_or_none()
    return None if row is None else _receivable(row)


def list_lots(
    connection: Connection,
    scope: Scope,
    after: tuple[int, int],
    limit: int,
    *,
    claim: int | None = None,
    holder: int | None = None,
    state: LotState | None = None,
) -> list[HeldLot]:
    """Lots as they are now, ordered by claim and start, those behind ``after``."""
    conditions = [lots.c.until.is_(None), visible_lots(scope), _behind(after)]
    if claim is not None:
        conditions.append(lots.c.claim == claim)
    if holder is not None:
        conditions.append(lots.c.holder == holder)
    if state is not None:
        conditions.append(lots.c.state == state)
    query = _held().where(*conditions).order_by(lots.c.claim, lots.c.start).limit(limit)
    return [HeldLot(_lot(row), row.currency) for row in connection.execute(query)]


def lot_history(
    connection: Connection, scope: Scope, claim: int, start: int, after: int, limit: int
) -> list[LotVersion]:
    """Versions above ``after`` of the lot that begins at ``start``, oldest first, if visible."""
    query = (
        _held()
        .add_columns(entries.c.time, entries.c.act)
        .join(entries, entries.c.index == lots.c.since)
        .where(lots.c.claim == claim, lots.c.start == start, lots.c.version > after)
        .where(visible_lots(scope))
        .order_by(lots.c.version)
        .limit(limit)
    )
    return [
        LotVersion(HeldLot(_lot(row), row.currency), row.since, row.until, row.time, row.act)
        for row in connection.execute(query)
    ]


def totals(connection: Connection, numbers: Iterable[int]) -> dict[int, dict[LotState, int]]:
    """Minor units by claim and state; for claims whose whole face the caller may see."""
    query = (
        select(lots.c.claim, lots.c.state, func.sum(lots.c.end - lots.c.start))
        .where(lots.c.until.is_(None), lots.c.claim.in_(list(numbers)))
        .group_by(lots.c.claim, lots.c.state)
    )
    found: dict[int, dict[LotState, int]] = {}
    for claim, state, units in connection.execute(query):
        found.setdefault(claim, {})[LotState(state)] = int(units)
    return found


def invoice_state(connection: Connection, fingerprint: bytes) -> InvoiceState | None:
    """None for an invoice that backs no receivable yet. The caller checks entitlement."""
    query = select(invoice_uses).where(
        invoice_uses.c.until.is_(None), invoice_uses.c.fingerprint == fingerprint
    )
    rows = connection.execute(query).all()
    if not rows:
        return None
    used = sum(row.amount for row in rows)
    return InvoiceState(rows[0].total, used, len(rows), rows[0].currency)


def uses_invoice(connection: Connection, scope: Scope, fingerprint: bytes) -> bool:
    """Whether a claim on this invoice is owed by, or was issued to, one of the scope's parties."""
    query = (
        select(claims.c.number)
        .join(invoice_uses, invoice_uses.c.claim == claims.c.number)
        .where(
            claims.c.until.is_(None),
            invoice_uses.c.until.is_(None),
            invoice_uses.c.fingerprint == fingerprint,
            concerns(scope, claims.c.number, claims.c.debtor, claims.c.creditor),
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def current_lots(
    connection: Connection, refs: Iterable[LotRef]
) -> dict[tuple[int, int], tuple[Lot, Claim]]:
    """The lots at these places as they are now, by claim and start, each with its claim.

    Unscoped: for matching payments, which have to find any lot that was paid.
    """
    places = {(ref.claim, ref.start) for ref in refs}
    by_claim = select(lots, claims).join(claims, claims.c.number == lots.c.claim)
    query = by_claim.where(
        lots.c.until.is_(None),
        claims.c.until.is_(None),
        lots.c.claim.in_({claim for claim, _ in places}),
        lots.c.start.in_({start for _, start in places}),
    )
    found = {(row.claim, row.start): (_lot(row), _claim(row)) for row in connection.execute(query)}
    return {place: found[place] for place in places if place in found}


def allocated(connection: Connection, lines: Iterable[bytes]) -> dict[bytes, int]:
    """How much of each of these statement lines has discharged lots."""
    query = (
        select(payments.c.line, func.sum(payments.c.allocated))
        .where(payments.c.until.is_(None), payments.c.line.in_(list(lines)))
        .group_by(payments.c.line)
    )
    return {line: int(units) for line, units in connection.execute(query)}


def _held() -> Select[Any]:
    currency = claims.c.currency
    return select(lots, currency).join(
        claims, and_(claims.c.number == lots.c.claim, claims.c.until.is_(None))
    )


def _behind(after: tuple[int, int]) -> Any:
    claim, start = after
    return or_(lots.c.claim > claim, and_(lots.c.claim == claim, lots.c.start > start))


def _receivable(row: Any) -> Receivable:
    return Receivable(row.number, _claim(row), row.creditor, row.documents, row.since)


def _claim(row: Any) -> Claim:
    return Claim(row.debtor, row.face, row.maturity, row.currency)


def _lot(row: Any) -> Lot:
    return Lot(
        row.claim, row.start, row.end, row.holder, row.lien, LotState(row.state), row.version
    )


def asked_about(connection: Connection, number: int) -> Receivable | None:
    """A claim's header. Unscoped: for a bank that its holder asked about a part of it."""
    query = select(claims).where(claims.c.until.is_(None), claims.c.number == number)
    row = connection.execute(query).one_or_none()
    return None if row is None else _receivable(row)


def currencies_of(connection: Connection, numbers: Iterable[int]) -> dict[int, str]:
    """By claim. Unscoped, as above."""
    query = select(claims.c.number, claims.c.currency).where(
        claims.c.until.is_(None), claims.c.number.in_(set(numbers))
    )
    return {row.number: row.currency for row in connection.execute(query)}


def free_of_invoices(connection: Connection, number: int) -> dict[bytes, tuple[str, int]]:
    """Currency and free minor units of every invoice that backs the claim. Unscoped, as above."""
    query = (
        select(
            invoice_uses.c.fingerprint,
            invoice_uses.c.currency,
            func.max(invoice_uses.c.total) - func.sum(invoice_uses.c.amount),
        )
        .where(
            invoice_uses.c.until.is_(None),
            invoice_uses.c.fingerprint.in_(
                select(invoice_uses.c.fingerprint).where(
                    invoice_uses.c.claim == number, invoice_uses.c.until.is_(None)
                )
            ),
        )
        .group_by(invoice_uses.c.fingerprint, invoice_uses.c.currency)
    )
    return {key: (currency, int(free)) for key, currency, free in connection.execute(query)}


def opened_at(connection: Connection, receivable: Receivable) -> int:
    """When the claim was issued: its block's time, Unix seconds."""
    query = select(entries.c.time).where(entries.c.index == receivable.opened)
    return int(connection.execute(query).scalar_one())

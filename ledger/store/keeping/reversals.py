"""Red-letter invoices: kept as they came in, and what they take back from which claims."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, and_, exists, or_, select

from ledger.business_day import business_day, number_of
from ledger.documents import RedLetter
from ledger.ids import Address, ClaimNo, PartyNo
from ledger.risk import ReversedInvoice
from ledger.risk.reversal import Side
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import invoice_reversals
from ledger.store.reading.visible import concerns
from ledger.store.tables import claims, deals, invoice_uses
from ledger.visibility import Scope

_HEADER = [column for column in invoice_reversals.c if column.name != "content"]


@dataclass(frozen=True, slots=True)
class HandedIn:
    """A red letter as it came in. ``party`` is None for a member that signs for no party."""

    letter: RedLetter
    side: Side
    party: PartyNo | None
    address: Address
    sha256: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class Reversal:
    """A kept red letter without its content; ``fingerprint`` is of the invoice it reverses."""

    row: int
    id: str
    fingerprint: bytes
    letter: bytes
    number: str
    original: str
    amount: int
    currency: str
    issued_on: int
    side: Side
    party: PartyNo | None
    created: int


def add_reversal(connection: Connection, new: HandedIn, now: int) -> tuple[Reversal, bool]:
    """The reversal and whether it is new: the same bytes from one account are one."""
    letter = new.letter
    row = {
        "fingerprint": letter.reversed_fingerprint,
        "letter": letter.fingerprint,
        "number": letter.number,
        "original": letter.original,
        "amount": letter.amount,
        "currency": letter.currency,
        "issued_on": number_of(letter.issue_date),
        "side": new.side.value,
        "party": new.party,
        "address": new.address,
        "sha256": new.sha256,
        "content": new.content,
        "created": now,
    }
    added = insert_once(connection, invoice_reversals, row)
    query = select(*_HEADER).where(
        invoice_reversals.c.address == new.address, invoice_reversals.c.sha256 == new.sha256
    )
    return _reversal(connection.execute(query).one()), added


def list_reversals(
    connection: Connection, scope: Scope, after: str | None, limit: int
) -> list[Reversal]:
    """Newest first, those behind the one with the id ``after``."""
    query = select(*_HEADER).where(_visible(scope))
    if after is not None:
        behind = select(invoice_reversals.c.row).where(invoice_reversals.c.id == after)
        query = query.where(invoice_reversals.c.row < behind.scalar_subquery())
    rows = connection.execute(query.order_by(invoice_reversals.c.row.desc()).limit(limit))
    return [_reversal(row) for row in rows]


def find_content(connection: Connection, scope: Scope, reversal_id: str) -> bytes | None:
    """The bytes as they came in, if the scope reaches them."""
    query = select(invoice_reversals.c.content).where(
        invoice_reversals.c.id == reversal_id, _visible(scope)
    )
    content: bytes | None = connection.scalar(query)
    return content


def reversed_behind(
    connection: Connection, numbers: Iterable[ClaimNo]
) -> dict[ClaimNo, tuple[ReversedInvoice, ...]]:
    """Of these claims, the invoices that red letters were handed in against. Unscoped: for a
    claim that the caller was asked about or has financed."""
    by_invoice: dict[tuple[int, bytes], list[Any]] = defaultdict(list)
    for row in connection.execute(_against(list(numbers))):
        by_invoice[row.claim, bytes(row.fingerprint)].append(row)
    found: dict[ClaimNo, tuple[ReversedInvoice, ...]] = {}
    for (claim, fingerprint), rows in by_invoice.items():
        number = ClaimNo(claim)
        found[number] = (*found.get(number, ()), _reversed(fingerprint, rows))
    return found


def is_uncovered(connection: Connection, claim: ClaimNo) -> bool:
    """Whether red letters took back so much of an invoice behind the claim that what all claims
    use of it isn't covered any more."""
    taken = {one.fingerprint: one for one in reversed_behind(connection, [claim]).get(claim, ())}
    if not taken:
        return False
    query = select(invoice_uses.c.fingerprint, invoice_uses.c.amount).where(
        invoice_uses.c.until.is_(None), invoice_uses.c.fingerprint.in_(list(taken))
    )
    used: dict[bytes, int] = defaultdict(int)
    for fingerprint, amount in connection.execute(query):
        used[bytes(fingerprint)] += amount
    return any(used[name] > one.total - one.reversed for name, one in taken.items())


def _against(numbers: Sequence[int]) -> Select[Any]:
    counts = or_(
        invoice_reversals.c.side.in_((Side.SELLER, Side.ORACLE)),
        invoice_reversals.c.party == claims.c.debtor,
    )
    return (
        select(
            invoice_uses.c.claim,
            invoice_uses.c.total,
            *(column for column in _HEADER if column.name not in ("row", "id")),
        )
        .join(invoice_uses, invoice_uses.c.fingerprint == invoice_reversals.c.fingerprint)
        .join(claims, claims.c.number == invoice_uses.c.claim)
        .where(
            invoice_uses.c.until.is_(None),
            claims.c.until.is_(None),
            invoice_uses.c.claim.in_(numbers),
            invoice_uses.c.currency == invoice_reversals.c.currency,
            counts,
        )
        .order_by(invoice_uses.c.claim, invoice_reversals.c.fingerprint, invoice_reversals.c.letter)
    )


def _reversed(fingerprint: bytes, rows: Sequence[Any]) -> ReversedInvoice:
    """Several copies of one red letter count once, with the largest amount that any states."""
    amounts: dict[bytes, int] = {}
    for row in rows:
        letter = bytes(row.letter)
        amounts[letter] = max(amounts.get(letter, 0), row.amount)
    return ReversedInvoice(
        fingerprint,
        rows[0].total,
        sum(amounts.values()),
        tuple(sorted(amounts)),
        tuple(sorted({row.side for row in rows})),
        business_day(min(row.created for row in rows)),
    )


def _visible(scope: Scope) -> ColumnElement[bool]:
    """For whoever handed it in, the parties to claims on the invoice, and to deals over those."""
    handed_in = invoice_reversals.c.address == scope.address
    if scope.party is not None:
        handed_in = or_(handed_in, invoice_reversals.c.party == scope.party)
    on_claim = and_(
        invoice_uses.c.fingerprint == invoice_reversals.c.fingerprint,
        invoice_uses.c.until.is_(None),
        claims.c.number == invoice_uses.c.claim,
        claims.c.until.is_(None),
    )
    of_claim = exists().where(
        on_claim, concerns(scope, claims.c.number, claims.c.debtor, claims.c.creditor)
    )
    of_deal = exists().where(
        on_claim,
        deals.c.claim == claims.c.number,
        concerns(scope, deals.c.claim, deals.c.seller, deals.c.bank),
    )
    return or_(handed_in, of_claim, of_deal)


def _reversal(row: Any) -> Reversal:
    found = {name: getattr(row, name) for name in Reversal.__slots__}
    return Reversal(**(found | {"side": Side(row.side)}))

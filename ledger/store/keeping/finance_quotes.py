"""Quotes: a bank's signed, expiring offers, and who has signed them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, exists, or_, select, update

from ledger.deals import Finance
from ledger.ids import Address, Digest, PartyNo
from ledger.quoting import Opening
from ledger.store.columns import new_id
from ledger.store.financing import finance_quotes, finance_requests, quote_approvals
from ledger.store.keeping.finance_requests import FinanceRequest
from ledger.store.keeping.upsert import insert_once
from ledger.store.outbox import ActStatus
from ledger.store.tables import acts


class QuoteStatus(StrEnum):
    PROPOSED = "proposed"
    """Another officer of the bank has to sign; the holder doesn't see it."""

    OFFERED = "offered"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class QuoteApproval:
    signer: Address
    party: PartyNo
    approval: bytes


@dataclass(frozen=True, slots=True)
class Quote:
    """``request`` is the public id of what it answers."""

    row: int
    id: str
    request: str
    digest: Digest
    finance: Finance
    opening: Opening
    stored_status: QuoteStatus
    created: int
    approvals: tuple[QuoteApproval, ...]

    def status(self, now: int) -> QuoteStatus:
        """As it stands: an offer that nobody took runs out by itself."""
        runs_out = self.stored_status in (QuoteStatus.PROPOSED, QuoteStatus.OFFERED)
        if runs_out and now > self.finance.validUntil:
            return QuoteStatus.EXPIRED
        return self.stored_status


@dataclass(frozen=True, slots=True)
class NewQuote:
    digest: Digest
    finance: Finance
    opening: Opening


def add_quote(
    connection: Connection, request: FinanceRequest, new: NewQuote, now: int
) -> str | None:
    """The new quote's id; None if this very agreement is quoted already."""
    quote_id = new_id()
    row = {
        "id": quote_id,
        "request": request.row,
        "bank": request.bank,
        "holder": request.holder,
        "digest": new.digest,
        "message": new.finance.to_json(),
        "terms": new.opening.terms,
        "salt": new.opening.salt,
        "reference": new.opening.reference,
        "status": QuoteStatus.PROPOSED,
        "valid_until": new.finance.validUntil,
        "created": now,
    }
    return quote_id if insert_once(connection, finance_quotes, row) else None


def add_approval(connection: Connection, quote: Quote, given: QuoteApproval, now: int) -> None:
    """Keep an approval; a signer's first one stays."""
    row = {
        "quote": quote.row,
        "signer": given.signer,
        "party": given.party,
        "approval": given.approval,
        "created": now,
    }
    insert_once(connection, quote_approvals, row)


def move_on(connection: Connection, quote: Quote, before: QuoteStatus, after: QuoteStatus) -> bool:
    """Whether the quote was ``before``, and is ``after`` now."""
    changed = connection.execute(
        update(finance_quotes)
        .where(finance_quotes.c.row == quote.row, finance_quotes.c.status == before)
        .values(status=after)
    )
    return changed.rowcount == 1


def find_quote(connection: Connection, party: PartyNo, quote_id: str) -> Quote | None:
    """The quote with this id, if it is its bank's, or was offered to its holder."""
    found = _read(connection, finance_quotes.c.id == quote_id, _sees(party), limit=1)
    return found[0] if found else None


def opened_deals(
    connection: Connection, party: PartyNo, deals: Collection[bytes]
) -> dict[bytes, Opening]:
    """What opens the price of each of these deals that the party quoted or was offered."""
    if not deals:
        return {}
    query = select(finance_quotes).where(finance_quotes.c.digest.in_(list(deals)), _sees(party))
    return {
        bytes(row.digest): Opening(row.terms, row.salt, row.reference)
        for row in connection.execute(query)
    }


def list_quotes(
    connection: Connection,
    party: PartyNo,
    after: str | None,
    limit: int,
    *,
    request: str | None = None,
) -> list[Quote]:
    """Newest first, those behind the one with the id ``after``."""
    conditions = []
    if request is not None:
        conditions.append(finance_requests.c.id == request)
    if after is not None:
        behind = select(finance_quotes.c.row).where(finance_quotes.c.id == after, _sees(party))
        conditions.append(finance_quotes.c.row < behind.scalar_subquery())
    # Each side by itself, as for requests.
    found = [
        one for side in _sides(party) for one in _read(connection, side, *conditions, limit=limit)
    ]
    return sorted(found, key=lambda one: one.row, reverse=True)[:limit]


def promised(connection: Connection, request: FinanceRequest, now: int) -> bool:
    """Whether the holder has accepted a quote over this version of the lot that may still take
    effect. Not one that the chain refused: should it come to the chain again, only one of two
    over the same version can be taken there."""
    refused = exists().where(
        acts.c.digest == finance_quotes.c.digest, acts.c.status == ActStatus.REFUSED
    )
    query = (
        select(finance_quotes.c.row)
        .join(finance_requests, finance_requests.c.row == finance_quotes.c.request)
        .where(
            finance_requests.c.claim == request.claim,
            finance_requests.c.lot == request.lot,
            finance_requests.c.version == request.version,
            finance_requests.c.holder == request.holder,
            finance_quotes.c.status == QuoteStatus.ACCEPTED,
            finance_quotes.c.valid_until >= now,
            ~refused,
        )
    )
    return connection.execute(query.limit(1)).first() is not None


def _sees(party: PartyNo) -> ColumnElement[bool]:
    return or_(*_sides(party))


def _sides(party: PartyNo) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    """What a bank sees, and what a holder does."""
    offered = finance_quotes.c.status.in_((QuoteStatus.OFFERED, QuoteStatus.ACCEPTED))
    return finance_quotes.c.bank == party, and_(finance_quotes.c.holder == party, offered)


def _read(connection: Connection, *conditions: ColumnElement[bool], limit: int) -> list[Quote]:
    query = (
        select(finance_quotes, finance_requests.c.id.label("request_id"))
        .join(finance_requests, finance_requests.c.row == finance_quotes.c.request)
        .where(*conditions)
        .order_by(finance_quotes.c.row.desc())
        .limit(limit)
    )
    rows = connection.execute(query).all()
    given = _approvals(connection, [row.row for row in rows])
    return [_quote(row, given[row.row]) for row in rows]


def _approvals(connection: Connection, quotes: Sequence[int]) -> dict[int, list[QuoteApproval]]:
    given: dict[int, list[QuoteApproval]] = {number: [] for number in quotes}
    query = select(quote_approvals).where(quote_approvals.c.quote.in_(quotes))
    for row in connection.execute(query.order_by(quote_approvals.c.signer)):
        given[row.quote].append(
            QuoteApproval(Address(row.signer), PartyNo(row.party), row.approval)
        )
    return given


def _quote(row: Any, given: Sequence[QuoteApproval]) -> Quote:
    return Quote(
        row=row.row,
        id=row.id,
        request=row.request_id,
        digest=Digest(row.digest),
        finance=Finance.from_json(row.message),
        opening=Opening(row.terms, row.salt, row.reference),
        stored_status=QuoteStatus(row.status),
        created=row.created,
        approvals=tuple(given),
    )

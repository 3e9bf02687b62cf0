"""Requests for finance: one row for each bank asked, seen by that bank and the holder alone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, insert, or_, select, update

from ledger.deals import Mode
from ledger.ids import ClaimNo, PartyNo
from ledger.store.columns import new_id
from ledger.store.financing import finance_messages, finance_requests
from ledger.words import LotRef

_READ_APART = ("mode", "documents", "stored_status")


class RequestStatus(StrEnum):
    OPEN = "open"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    ACCEPTED = "accepted"
    EXPIRED = "expired"


@dataclass(frozen=True, slots=True)
class NewAsk:
    """What a holder asks one or several banks; ``documents`` are public ids."""

    holder: PartyNo
    lot: LotRef
    start: int
    end: int
    mode: Mode
    value_date: int
    documents: Sequence[str]
    expires: int


@dataclass(frozen=True, slots=True)
class FinanceRequest:
    """One bank's request. ``ask`` is for the holder's eyes only."""

    row: int
    id: str
    ask: str
    holder: PartyNo
    bank: PartyNo
    claim: ClaimNo
    lot: int
    version: int
    start: int
    end: int
    mode: Mode
    value_date: int
    documents: tuple[str, ...]
    expires: int
    stored_status: RequestStatus
    reason: str | None
    created: int

    @property
    def ref(self) -> LotRef:
        return LotRef(self.claim, self.lot, self.version)

    def status(self, now: int) -> RequestStatus:
        """As it stands: what nobody closed runs out by itself."""
        if self.stored_status is RequestStatus.OPEN and now > self.expires:
            return RequestStatus.EXPIRED
        return self.stored_status


@dataclass(frozen=True, slots=True)
class Message:
    party: PartyNo
    text: str
    created: int


def add_ask(connection: Connection, new: NewAsk, banks: Sequence[PartyNo], now: int) -> str:
    """The id that joins the new requests, one for each bank."""
    ask = new_id()
    for bank in banks:
        row = {
            "id": new_id(),
            "ask": ask,
            "holder": new.holder,
            "bank": bank,
            "claim": new.lot.claim,
            "lot": new.lot.start,
            "version": new.lot.version,
            "start": new.start,
            "end": new.end,
            "mode": new.mode,
            "value_date": new.value_date,
            "documents": list(new.documents),
            "expires": new.expires,
            "status": RequestStatus.OPEN,
            "created": now,
        }
        connection.execute(insert(finance_requests).values(row))
    return ask


def find_request(connection: Connection, party: PartyNo, request_id: str) -> FinanceRequest | None:
    """The request with this id, if the party is its holder or its bank."""
    query = select(finance_requests).where(finance_requests.c.id == request_id, _sees(party))
    row = connection.execute(query).one_or_none()
    return None if row is None else _request(row)


def requests_of_ask(connection: Connection, holder: PartyNo, ask: str) -> list[FinanceRequest]:
    query = select(finance_requests).where(
        finance_requests.c.ask == ask, finance_requests.c.holder == holder
    )
    return [_request(row) for row in connection.execute(query.order_by(finance_requests.c.row))]


def list_requests(
    connection: Connection,
    party: PartyNo,
    after: str | None,
    limit: int,
    *,
    as_bank: bool | None = None,
    open_at: int | None = None,
) -> list[FinanceRequest]:
    """Newest first, those behind the one with the id ``after``; perhaps only those still open."""
    behind = None if after is None else _row_of(connection, party, after)
    # Each side by itself: asked for either at once, a database reads all that there ever was.
    sides = (True, False) if as_bank is None else (as_bank,)
    rows = [
        row for side in sides for row in _newest(connection, party, side, behind, limit, open_at)
    ]
    rows.sort(key=lambda row: row.row, reverse=True)
    return [_request(row) for row in rows[:limit]]


def _row_of(connection: Connection, party: PartyNo, request_id: str) -> int:
    """Where the list goes on: only an id of the caller's own leads on, another's is as unknown
    as none."""
    query = select(finance_requests.c.row).where(finance_requests.c.id == request_id, _sees(party))
    return connection.scalar(query) or 0


def _newest(
    connection: Connection,
    party: PartyNo,
    as_bank: bool,
    behind: int | None,
    limit: int,
    open_at: int | None,
) -> Sequence[Any]:
    side = finance_requests.c.bank if as_bank else finance_requests.c.holder
    query = select(finance_requests).where(side == party)
    if open_at is not None:
        query = query.where(
            finance_requests.c.status == RequestStatus.OPEN, finance_requests.c.expires >= open_at
        )
    if behind is not None:
        query = query.where(finance_requests.c.row < behind)
    return connection.execute(query.order_by(finance_requests.c.row.desc()).limit(limit)).all()


def close_request(
    connection: Connection, request: FinanceRequest, status: RequestStatus, reason: str | None
) -> bool:
    """Whether the request was still open, and is ``status`` now."""
    changed = connection.execute(
        update(finance_requests)
        .where(
            finance_requests.c.row == request.row,
            finance_requests.c.status == RequestStatus.OPEN,
        )
        .values(status=status, reason=reason)
    )
    return changed.rowcount == 1


def add_message(
    connection: Connection, request: FinanceRequest, party: PartyNo, text: str, now: int
) -> None:
    row = {"request": request.row, "party": party, "text": text, "created": now}
    connection.execute(insert(finance_messages).values(row))


def messages_of(connection: Connection, request: FinanceRequest) -> list[Message]:
    """Oldest first."""
    return messages_of_each(connection, [request])[request.row]


def messages_of_each(
    connection: Connection, requests: Iterable[FinanceRequest]
) -> dict[int, list[Message]]:
    """By the requests' rows, oldest first."""
    found: dict[int, list[Message]] = {request.row: [] for request in requests}
    query = select(finance_messages).where(finance_messages.c.request.in_(list(found)))
    for row in connection.execute(query.order_by(finance_messages.c.row)):
        found[row.request].append(Message(PartyNo(row.party), row.text, row.created))
    return found


def _sees(party: PartyNo) -> ColumnElement[bool]:
    return or_(finance_requests.c.bank == party, finance_requests.c.holder == party)


def _request(row: Any) -> FinanceRequest:
    plain = {
        name: getattr(row, name) for name in FinanceRequest.__slots__ if name not in _READ_APART
    }
    return FinanceRequest(
        **plain,
        mode=Mode(row.mode),
        documents=tuple(row.documents),
        stored_status=RequestStatus(row.status),
    )

"""Requests for finance over HTTP: ask banks, answer their questions, take a request back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Query, status
from pydantic import Field

from api import asking
from api.auth import Caller, SignedIn
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    ClaimNumber,
    Currency,
    Day,
    Id,
    IdPath,
    In,
    Moment,
    Note,
    Out,
    Page,
    Paged,
    PartyNumber,
    id_cursor,
    iso_day,
    iso_moment,
    read_day,
    read_units,
)
from ledger.deals import Mode
from ledger.ids import ClaimNo, PartyNo
from ledger.store.connection import Connection
from ledger.store.keeping import finance_requests
from ledger.store.keeping.finance_requests import FinanceRequest as KeptRequest
from ledger.store.keeping.finance_requests import Message as KeptMessage
from ledger.store.keeping.finance_requests import NewAsk, RequestStatus
from ledger.store.reading.receivables import currencies_of
from ledger.words import LotRef

router = APIRouter(route_class=Route, prefix="/v1/finance-requests", tags=["financing"])

MOST_BANKS = 20

Role = Literal["holder", "bank"]
FinanceMode = Literal["sale", "recourse", "pledge"]
Instant = Annotated[int, Field(ge=0, lt=2**53, description="Unix seconds")]


class AskRequest(In):
    """Units ``start`` to ``end`` (excluded) of the caller's lot at ``lot``, as it is at
    ``version``. Documents are the caller's own; they are opened to the banks asked."""

    banks: Annotated[list[PartyNumber], Field(min_length=1, max_length=MOST_BANKS)]
    claim: ClaimNumber
    lot: Amount
    version: Annotated[int, Field(ge=0, lt=2**32)]
    start: Amount
    end: Amount
    mode: FinanceMode
    value_date: Day
    expires: Instant
    documents: Annotated[list[Id], Field(max_length=50, default_factory=list)]


class FinanceMessage(Out):
    party: int
    text: str
    at: Moment


class FinanceRequest(Out):
    """One bank's request. ``ask`` joins those that the holder made together; banks read null."""

    id: Id
    ask: Id | None
    holder: int
    bank: int
    claim: int
    lot: Amount
    version: int
    start: Amount
    end: Amount
    amount: Amount
    currency: Currency
    mode: FinanceMode
    value_date: Day
    documents: list[Id]
    expires: Moment
    status: RequestStatus
    reason: str | None
    created: Moment
    messages: list[FinanceMessage]


class FinanceRequestPage(Page[FinanceRequest]):
    pass


class Asked(Out):
    """One request for each bank, in the order given."""

    ask: Id
    requests: list[FinanceRequest]


class MessageRequest(In):
    text: Note


@router.post("", status_code=status.HTTP_201_CREATED)
def ask_banks(services: Given, caller: SignedIn, request: AskRequest) -> Asked:
    """Asks banks for finance. Each sees its own request, and nothing of there being others."""
    now = services.clock()
    new = NewAsk(
        holder=caller.party,
        lot=LotRef(ClaimNo(request.claim), read_units(request.lot), request.version),
        start=read_units(request.start),
        end=read_units(request.end),
        mode=Mode(request.mode),
        value_date=read_day("value_date", request.value_date),
        documents=tuple(dict.fromkeys(request.documents)),
        expires=request.expires,
    )
    banks = [PartyNo(bank) for bank in dict.fromkeys(request.banks)]

    def work(connection: Connection) -> Asked:
        made = asking.ask(connection, caller, new, banks, now)
        shown = [show(connection, caller, one, now) for one in made]
        return Asked(ask=made[0].ask, requests=shown)

    return services.database.write(work)


@router.get("")
def list_finance_requests(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    role: Annotated[Role | None, Query(description="The caller's side")] = None,
    open_only: Annotated[bool, Query(description="Only what can still be answered")] = False,
) -> FinanceRequestPage:
    """Requests that the caller's party made, or was asked as a bank, newest first."""
    after, now = paging.behind(id_cursor, None), services.clock()
    with services.database.read() as connection:
        found = finance_requests.list_requests(
            connection,
            caller.party,
            after,
            paging.fetch,
            as_bank=None if role is None else role == "bank",
            open_at=now if open_only else None,
        )
        shown = show_all(connection, caller, found, now)
    return FinanceRequestPage(**paging.cut(shown, lambda one: one.id, lambda one: one))


@router.get("/{request_id}")
def show_finance_request(services: Given, caller: SignedIn, request_id: IdPath) -> FinanceRequest:
    with services.database.read() as connection:
        found = asking.find(connection, caller, request_id)
        return show(connection, caller, found, services.clock())


@router.post("/{request_id}/messages", status_code=status.HTTP_201_CREATED)
def say_about_finance_request(
    services: Given, caller: SignedIn, request_id: IdPath, request: MessageRequest
) -> FinanceRequest:
    """The bank asks for more, or the holder answers."""
    now = services.clock()

    def work(connection: Connection) -> FinanceRequest:
        found = asking.say(connection, caller, request_id, request.text, now)
        return show(connection, caller, found, now)

    return services.database.write(work)


@router.post("/{request_id}/withdrawal")
def withdraw_finance_request(
    services: Given, caller: SignedIn, request_id: IdPath
) -> FinanceRequest:
    """The holder takes it back from this bank."""
    now = services.clock()

    def work(connection: Connection) -> FinanceRequest:
        found = asking.withdraw(connection, caller, request_id, now)
        return show(connection, caller, found, now)

    return services.database.write(work)


def show(connection: Connection, caller: Caller, found: KeptRequest, now: int) -> FinanceRequest:
    """A request as one of its two sides sees it."""
    return show_all(connection, caller, [found], now)[0]


def show_all(
    connection: Connection, caller: Caller, found: Sequence[KeptRequest], now: int
) -> list[FinanceRequest]:
    """As ``show``, in as few queries for a whole page as for one."""
    said = finance_requests.messages_of_each(connection, found)
    currencies = currencies_of(connection, [one.claim for one in found])
    return [_shown(caller, one, currencies[one.claim], said[one.row], now) for one in found]


def _shown(
    caller: Caller, found: KeptRequest, currency: str, said: Sequence[KeptMessage], now: int
) -> FinanceRequest:
    return FinanceRequest(
        id=found.id,
        ask=found.ask if found.holder == caller.party else None,
        holder=found.holder,
        bank=found.bank,
        claim=found.claim,
        lot=str(found.lot),
        version=found.version,
        start=str(found.start),
        end=str(found.end),
        amount=str(found.end - found.start),
        currency=currency,
        mode=found.mode.value,
        value_date=iso_day(found.value_date),
        documents=list(found.documents),
        expires=iso_moment(found.expires),
        status=found.status(now),
        reason=found.reason,
        created=iso_moment(found.created),
        messages=[
            FinanceMessage(party=one.party, text=one.text, at=iso_moment(one.created))
            for one in said
        ],
    )

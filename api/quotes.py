"""Quotes over HTTP: a bank's signed offers, as its officers and the holder see them."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query, status
from pydantic import Field, StringConstraints, WithJsonSchema

from api import accepting, quote_signing, quoting
from api.auth import SignedIn
from api.logs import CurrentRequestId
from api.messages import MESSAGE_SCHEMA
from api.quoting import Desk, DeskDraft, SecondLook
from api.routing import Route
from api.services import Given, Services
from api.wire import (
    Address,
    Amount,
    Approval,
    Hash,
    Id,
    IdPath,
    In,
    Moment,
    Note,
    Out,
    Page,
    Paged,
    Reference,
    id_cursor,
    iso_moment,
)
from ledger.deals import Finance
from ledger.hexadecimal import hexed, unhexed
from ledger.ids import PartyNo
from ledger.pricing import Price, price, read_terms
from ledger.quoting import Opening
from ledger.rules import shipped_catalogue
from ledger.store.connection import Connection
from ledger.store.keeping import finance_quotes
from ledger.store.keeping.finance_quotes import Quote as KeptQuote
from ledger.store.keeping.finance_quotes import QuoteStatus
from ledger.typed import typed_data

router = APIRouter(route_class=Route, prefix="/v1", tags=["financing"])

TermsText = Annotated[
    str,
    StringConstraints(min_length=2, max_length=4096),
    Field(description="The terms' canonical JSON, to the byte: what `terms` commits to."),
]


class QuoteRequest(In):
    """``message`` is the Finance agreement. ``seen`` is the hash of the view the officer decided
    on; ``justifications`` are texts by rule. Salt, terms and reference open what it commits to."""

    message: Annotated[dict[str, Any], WithJsonSchema(MESSAGE_SCHEMA)]
    terms: TermsText
    salt: Hash
    reference: Reference
    seen: Hash
    justifications: Annotated[dict[str, Note], Field(max_length=50, default_factory=dict)]
    approval: Approval


class SecondLookRequest(In):
    """``seen`` is the hash of the view that the second officer decided on."""

    seen: Hash
    approval: Approval


class AcceptanceRequest(In):
    approval: Approval


class QuotePrice(Out):
    """What the terms cost; minor units."""

    days: int
    interest: Amount
    holder_interest: Amount
    core_interest: Amount
    fees: Amount
    advance: Amount
    repayment: Amount
    annual_cost_bp: int


class QuoteSide(Out):
    """``given`` are the signers whose approvals count now, of ``needed``."""

    side: str
    party: int
    needed: int
    given: list[Address]


class Quote(Out):
    """A signed offer with its price opened. For its bank and its holder alone."""

    id: Id
    request: Id
    digest: Hash
    message: Annotated[dict[str, Any], WithJsonSchema(MESSAGE_SCHEMA)]
    typed_data: Annotated[dict[str, Any], WithJsonSchema(MESSAGE_SCHEMA)]
    terms: str
    salt: Hash
    reference: str
    price: QuotePrice
    sides: list[QuoteSide]
    status: QuoteStatus
    valid_until: Moment
    created: Moment


class QuotePage(Page[Quote]):
    pass


@router.post("/finance-requests/{request_id}/quotes", status_code=status.HTTP_201_CREATED)
def add_quote(
    services: Given, caller: SignedIn, request_id: IdPath, request: QuoteRequest
) -> Quote:
    """The officer's signed quote. Decision, quote and what it takes up of lines are one. Above
    the bank's amount for four eyes it is a proposal until another officer approves it."""
    draft = DeskDraft(
        finance=Finance.from_json(request.message),
        opening=Opening(request.terms.encode(), unhexed(request.salt), request.reference),
        seen=unhexed(request.seen),
        justifications=request.justifications,
        approval=unhexed(request.approval),
    )
    desk = desk_of(services)

    def work(connection: Connection) -> Quote:
        made = quoting.quote(connection, caller, request_id, draft, desk)
        return _show(connection, services, made, desk.now)

    return services.database.write(work, turns=[caller.party])


@router.get("/quotes")
def list_quotes(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    request: Annotated[str | None, Query(pattern=r"^[0-9a-f]{32}$")] = None,
) -> QuotePage:
    """Quotes of the caller's bank, or offered to the caller's party, newest first."""
    after, now = paging.behind(id_cursor, None), services.clock()
    with services.database.read() as connection:
        found = finance_quotes.list_quotes(
            connection, caller.party, after, paging.fetch, request=request
        )
        shown = {one.id: _show(connection, services, one, now) for one in found}
    return QuotePage(**paging.cut(found, lambda one: one.id, lambda one: shown[one.id]))


@router.get("/quotes/{quote_id}")
def show_quote(services: Given, caller: SignedIn, quote_id: IdPath) -> Quote:
    with services.database.read() as connection:
        found = quote_signing.find(connection, caller, quote_id)
        return _show(connection, services, found, services.clock())


@router.post("/quotes/{quote_id}/approvals")
def approve_quote(
    services: Given, caller: SignedIn, quote_id: IdPath, request: SecondLookRequest
) -> Quote:
    """Another officer of the same bank approves what a colleague proposed."""
    look = SecondLook(unhexed(request.seen), unhexed(request.approval))
    desk = desk_of(services)

    def work(connection: Connection) -> Quote:
        found = quoting.approve(connection, caller, quote_id, look, desk)
        return _show(connection, services, found, desk.now)

    return services.database.write(work, turns=[caller.party])


@router.post("/quotes/{quote_id}/withdrawal")
def withdraw_quote(services: Given, caller: SignedIn, quote_id: IdPath) -> Quote:
    """The bank takes back a quote that its second officer hasn't signed."""
    now = services.clock()

    def work(connection: Connection) -> Quote:
        found = quoting.withdraw(connection, caller, quote_id, now)
        return _show(connection, services, found, now)

    return services.database.write(work, turns=[caller.party])


@router.post("/quotes/{quote_id}/acceptance")
def accept_quote(
    services: Given,
    caller: SignedIn,
    quote_id: IdPath,
    request: AcceptanceRequest,
    request_id: CurrentRequestId,
) -> Quote:
    """The holder countersigns; with the last signature needed the deal goes to the chain."""
    approval, desk = unhexed(request.approval), desk_of(services, request_id)

    def work(connection: Connection) -> Quote:
        found = accepting.accept(connection, caller, quote_id, approval, desk)
        return _show(connection, services, found, desk.now)

    return services.database.write(work, turns=[caller.party])


def desk_of(services: Services, request_id: str = "") -> Desk:
    return Desk(services.deployment, shipped_catalogue(), services.clock(), request_id)


def _show(connection: Connection, services: Services, found: KeptQuote, now: int) -> Quote:
    cost = price(read_terms(found.opening.terms))
    return Quote(
        id=found.id,
        request=found.request,
        digest=hexed(found.digest),
        message=found.finance.to_json(),
        typed_data=typed_data(found.finance, services.deployment.domain(Finance)),
        terms=found.opening.terms.decode(),
        salt=hexed(found.opening.salt),
        reference=found.opening.reference,
        price=show_price(cost),
        sides=[
            _side(connection, found, "seller", PartyNo(found.finance.seller)),
            _side(connection, found, "bank", PartyNo(found.finance.bank)),
        ],
        status=found.status(now),
        valid_until=iso_moment(found.finance.validUntil),
        created=iso_moment(found.created),
    )


def show_price(cost: Price) -> QuotePrice:
    return QuotePrice(
        days=cost.days,
        interest=str(cost.interest),
        holder_interest=str(cost.holder_interest),
        core_interest=str(cost.core_interest),
        fees=str(cost.fees),
        advance=str(cost.advance),
        repayment=str(cost.repayment),
        annual_cost_bp=cost.annual_cost_bp,
    )


def _side(connection: Connection, found: KeptQuote, side: str, party: PartyNo) -> QuoteSide:
    given = quote_signing.signed_by(connection, found, party)
    return QuoteSide(
        side=side,
        party=party,
        needed=quote_signing.needed(connection, found, party),
        given=sorted(given),
    )

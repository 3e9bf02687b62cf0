"""What is used of credit lines: for their bank, and for a debtor of what its banks let it issue."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import SignedIn
from api.lines import find_own
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    ClaimPath,
    Currency,
    Day,
    Hash,
    IdPath,
    Moment,
    Out,
    Page,
    Paged,
    hash_cursor,
    iso_day,
    iso_moment,
)
from ledger.business_day import business_day, number_of
from ledger.credit import LineKind
from ledger.hexadecimal import hexed
from ledger.ids import PartyNo
from ledger.store.line_use import ReservationState
from ledger.store.reading.exposures import Exposure, exposures, issuance_limits
from ledger.store.reading.line_holders import Holder, holders_of

router = APIRouter(route_class=Route, prefix="/v1", tags=["credit lines"])


class OwnLineHolder(Out):
    """A quote or deal, or for an issuance line an issue: ``held`` of the ``amount`` that it took up
    at first. ``claim`` is told of the bank's own deals; ``valid_until`` matters to open ones."""

    digest: Hash
    state: ReservationState
    amount: Amount
    held: Amount
    claim: int | None
    valid_until: Moment
    created: Moment


class OwnLineHolderPage(Page[OwnLineHolder]):
    pass


class PartyExposure(Out):
    """``share`` of all that the bank's lines of this kind and currency have in use, in basis
    points; open quotes count."""

    kind: LineKind
    currency: Currency
    limit: Amount
    expires_on: Day
    open: Amount
    drawn: Amount
    remaining: Amount
    share: int


class PartyExposurePage(Page[PartyExposure]):
    pass


class OwnIssuanceLimit(Out):
    currency: Currency
    limit: Amount
    used: Amount
    remaining: Amount


class OwnIssuanceLimitPage(Page[OwnIssuanceLimit]):
    pass


@router.get("/lines/{line_id}/holders")
def list_line_holders(
    services: Given, caller: SignedIn, line_id: IdPath, paging: Paged
) -> OwnLineHolderPage:
    """What takes up a line at present, newest first."""
    after = paging.behind(hash_cursor, None)
    with services.database.read() as connection:
        line = find_own(connection, caller, line_id)
        found = holders_of(connection, line, after, paging.fetch)
    return OwnLineHolderPage(**paging.cut(found, lambda one: hexed(one.digest), _show_holder))


@router.get("/exposures/{number}")
def show_exposure(services: Given, caller: SignedIn, number: ClaimPath) -> PartyExposurePage:
    """What the caller's bank has lent on a party's word, by kind and currency."""
    with services.database.read() as connection:
        found = exposures(connection, caller.party, PartyNo(number))
    return PartyExposurePage(items=[_show_exposure(one) for one in found], next=None)


@router.get("/issuance-limits")
def list_issuance_limits(services: Given, caller: SignedIn) -> OwnIssuanceLimitPage:
    """What the caller's party may still issue, by currency; empty where no bank set a limit."""
    today = number_of(business_day(services.clock()))
    with services.database.read() as connection:
        found = issuance_limits(connection, caller.party, today)
    items = [
        OwnIssuanceLimit(
            currency=one.currency,
            limit=str(one.limit),
            used=str(one.used),
            remaining=str(one.remaining),
        )
        for one in found
    ]
    return OwnIssuanceLimitPage(items=items, next=None)


def _show_holder(one: Holder) -> OwnLineHolder:
    return OwnLineHolder(
        digest=hexed(one.digest),
        state=one.state,
        amount=str(one.amount),
        held=str(one.held),
        claim=one.claim,
        valid_until=iso_moment(one.valid_until),
        created=iso_moment(one.created),
    )


def _show_exposure(one: Exposure) -> PartyExposure:
    return PartyExposure(
        kind=one.kind,
        currency=one.currency,
        limit=str(one.limit),
        expires_on=iso_day(one.expires_on),
        open=str(one.open),
        drawn=str(one.drawn),
        remaining=str(one.remaining),
        share=one.share,
    )

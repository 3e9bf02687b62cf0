"""Receivables and their lots, as far as the caller's scope reaches."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from api.auth import Caller, SignedIn
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    ClaimPath,
    Currency,
    Day,
    Hash,
    Moment,
    Out,
    Page,
    Paged,
    UnitPath,
    iso_day,
    iso_moment,
    number_cursor,
)
from ledger.hexadecimal import hexed
from ledger.references import lot_reference
from ledger.store.reading import receivables
from ledger.store.reading.receivables import HeldLot, LotVersion
from ledger.store.reading.receivables import Receivable as KnownReceivable
from ledger.words import OUTSTANDING, LotState

router = APIRouter(route_class=Route, prefix="/v1", tags=["receivables"])

State = Literal["live", "discharged", "merged", "frozen"]


class Receivable(Out):
    """A claim's header. ``live`` and ``discharged`` (minor units) only for its debtor, who alone
    sees all of it."""

    claim: int
    debtor: int
    creditor: int
    currency: Currency
    face: Amount
    maturity: Day
    documents: Hash
    opened: int
    live: Amount | None
    discharged: Amount | None


class ReceivablePage(Page[Receivable]):
    pass


class Lot(Out):
    """Units ``start`` to ``end`` (excluded) of a claim. ``reference`` goes into its payment."""

    claim: int
    start: Amount
    end: Amount
    amount: Amount
    currency: Currency
    holder: int
    lien: int
    state: str
    version: int
    reference: str


class LotPage(Page[Lot]):
    pass


class PastLot(Lot):
    """A lot as it was from entry ``since``, by ``act``, until before entry ``until``."""

    since: int
    until: int | None
    written: Moment
    act: Hash


class PastLotPage(Page[PastLot]):
    pass


@router.get("/receivables")
def list_receivables(services: Given, caller: SignedIn, paging: Paged) -> ReceivablePage:
    """Receivables that the caller owes, or of which it holds or held a lot, by number."""
    after = paging.behind(number_cursor, 0)
    with services.database.read() as connection:
        found = receivables.list_receivables(connection, caller.scope, after, paging.fetch)
        sums = receivables.totals(connection, _owed(caller, found))
    page = paging.cut(found, lambda one: str(one.number), lambda one: _receivable(one, sums))
    return ReceivablePage(**page)


@router.get("/receivables/{claim}")
def show_receivable(services: Given, caller: SignedIn, claim: ClaimPath) -> Receivable:
    with services.database.read() as connection:
        found = receivables.receivable(connection, caller.scope, claim)
        if found is None:
            raise NotFound
        sums = receivables.totals(connection, _owed(caller, [found]))
    return _receivable(found, sums)


@router.get("/receivables/{claim}/lots")
def list_lots_of_receivable(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    claim: ClaimPath,
    state: Annotated[State | None, Query()] = None,
) -> LotPage:
    """The claim's lots as they are now: all for its debtor, else those the caller holds."""
    after = (claim, paging.behind(number_cursor, -1))
    with services.database.read() as connection:
        if receivables.receivable(connection, caller.scope, claim) is None:
            raise NotFound
        found = receivables.list_lots(
            connection, caller.scope, after, paging.fetch, claim=claim, state=_state(state)
        )
    return LotPage(**paging.cut(found, lambda one: str(one.lot.start), show_lot))


@router.get("/lots")
def list_own_lots(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    state: Annotated[State | None, Query()] = None,
) -> LotPage:
    """Lots that the caller's party holds, by claim and start."""
    after = paging.behind(_lot_cursor, (0, -1))
    with services.database.read() as connection:
        found = receivables.list_lots(
            connection,
            caller.scope,
            after,
            paging.fetch,
            holder=caller.party,
            state=_state(state),
        )
    return LotPage(**paging.cut(found, lambda one: f"{one.lot.claim}.{one.lot.start}", show_lot))


@router.get("/lots/{claim}/{start}/history")
def show_lot_history(
    services: Given, caller: SignedIn, paging: Paged, claim: ClaimPath, start: UnitPath
) -> PastLotPage:
    """Every version of the lot that begins at a unit, oldest first, as far as it was the caller's
    or of a claim that it owes."""
    after = paging.behind(number_cursor, 0)
    with services.database.read() as connection:
        found = receivables.lot_history(connection, caller.scope, claim, start, after, paging.fetch)
    if not found and not after:
        raise NotFound
    return PastLotPage(**paging.cut(found, lambda one: str(one.held.lot.version), _past_lot))


def _owed(caller: Caller, found: list[KnownReceivable]) -> list[int]:
    return [one.number for one in found if caller.scope.covers(one.number, {one.claim.debtor})]


def _state(state: State | None) -> LotState | None:
    return None if state is None else LotState[state.upper()]


def _lot_cursor(text: str) -> tuple[int, int]:
    claim, _, start = text.partition(".")
    return number_cursor(claim), number_cursor(start)


def _receivable(found: KnownReceivable, sums: dict[int, dict[LotState, int]]) -> Receivable:
    own = sums.get(found.number)
    return Receivable(
        claim=found.number,
        debtor=found.claim.debtor,
        creditor=found.creditor,
        currency=found.claim.currency,
        face=str(found.claim.face),
        maturity=iso_day(found.claim.maturity),
        documents=hexed(found.documents),
        opened=found.opened,
        live=None if own is None else str(sum(own.get(state, 0) for state in OUTSTANDING)),
        discharged=None if own is None else str(own.get(LotState.DISCHARGED, 0)),
    )


def show_lot(held: HeldLot) -> Lot:
    lot = held.lot
    return Lot(
        claim=lot.claim,
        start=str(lot.start),
        end=str(lot.end),
        amount=str(lot.amount),
        currency=held.currency,
        holder=lot.holder,
        lien=lot.lien,
        state=lot.state.name.lower(),
        version=lot.version,
        reference=lot_reference(lot.ref),
    )


def _past_lot(found: LotVersion) -> PastLot:
    return PastLot(
        **show_lot(found.held).model_dump(),
        since=found.since,
        until=found.until,
        written=iso_moment(found.time),
        act=hexed(found.act),
    )

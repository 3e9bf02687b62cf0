"""The collections worklist: what is late in the caller's deals, and whose move is next."""

from __future__ import annotations

from fastapi import APIRouter

from api.auth import SignedIn
from api.risk_day import risk_day
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    Currency,
    Day,
    Hash,
    Moment,
    Out,
    Page,
    Paged,
    iso_moment,
    number_cursor,
)
from ledger.hexadecimal import hexed
from ledger.risk import NextStep, Task, tasks_of
from ledger.store.reading.positions import positions

router = APIRouter(route_class=Route, prefix="/v1/risk/collections", tags=["risk"])


class CollectionTask(Out):
    """``actor`` is the party whose move ``step`` is, null where neither side may move. ``until`` is
    its last moment, where it has one. ``outstanding`` is what is open under the deal as a whole."""

    deal: Hash
    claim: int
    debtor: int
    seller: int
    bank: int
    step: NextStep
    actor: int | None
    until: Moment | None
    due_on: Day | None
    days_past_due: int
    outstanding: Amount
    currency: Currency


class CollectionTaskPage(Page[CollectionTask]):
    """``limit`` counts deals looked at: a page may be empty and have a ``next``."""


@router.get("")
def list_collections(services: Given, caller: SignedIn, paging: Paged) -> CollectionTaskPage:
    """Everything late under deals that the caller is a side of, in the order of the deals. Of a
    sale without recourse the seller reads nothing once it is paid."""
    after, day = paging.behind(number_cursor, 0), risk_day(services)
    with services.database.read() as connection:
        looked = positions(connection, caller.scope, after, paging.limit)
    items = [
        _task(task)
        for position in looked.positions
        for task in tasks_of(position, day.limits, day.now)
        if caller.scope.covers(position.claim, task.audience)
    ]
    return CollectionTaskPage(
        items=items, next=None if looked.more_behind is None else str(looked.more_behind)
    )


def _task(task: Task) -> CollectionTask:
    position = task.position
    return CollectionTask(
        deal=hexed(position.deal),
        claim=position.claim,
        debtor=position.debtor,
        seller=position.seller,
        bank=position.bank,
        step=task.step,
        actor=task.actor,
        until=None if task.until is None else iso_moment(task.until),
        due_on=None if task.due_on is None else task.due_on.isoformat(),
        days_past_due=task.days_past_due,
        outstanding=str(position.outstanding),
        currency=position.currency,
    )

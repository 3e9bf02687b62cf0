"""The day-end report: a party's day, to the minor unit, with everything that doesn't add up."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import Field, StringConstraints

from api.auth import SignedIn
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    Currency,
    Day,
    Id,
    NotADay,
    Out,
    Page,
    Paged,
    iso_day,
    read_day,
)
from ledger.business_day import business_day, day_of
from ledger.documents import Direction
from ledger.reconciliation import (
    AccountItems,
    Division,
    DueKind,
    Flow,
    Item,
    ItemState,
)
from ledger.store.reading.day_end import DayEnd, day_end

router = APIRouter(route_class=Route, prefix="/v1/reports", tags=["reports"])

SignedAmount = Annotated[str, StringConstraints(pattern=r"^-?[0-9]{1,24}$")]
"""Minor units, decimal, below zero where something is overdrawn or missing."""
_FIRST_YEAR, _LAST_YEAR = 1970, 9998
DaySum = Annotated[str, StringConstraints(pattern=r"^[0-9]{1,24}$")]

What = Literal["held", "owed", "to_pay", "to_receive"]


class DayFlow(Out):
    """``opening + came - went - paid - closing = residual``, which is 0 when all is well.

    ``held``: units of receivables held; ``owed``: of receivables owed; ``to_pay``, ``to_receive``:
    money under deals (advances, buy-backs, repayments, surpluses). ``went`` without being paid:
    passed on, or rescinded.
    """

    what: What
    currency: Currency
    opening: DaySum
    came: DaySum
    went: DaySum
    paid: DaySum
    closing: DaySum
    residual: SignedAmount


class AccountDayFlow(Out):
    """An account as its statements tell its day.

    ``opening + credits - debits - closing = balance_residual``, where balances are stated; and
    ``credits + debits - settled - listed = residual``. Both are 0 when all is well: every unit
    that moved settled something, or is in ``differences``.
    """

    account: str
    currency: Currency
    opening: SignedAmount | None
    credits: DaySum
    debits: DaySum
    closing: SignedAmount | None
    balance_residual: SignedAmount | None
    settled: DaySum
    listed: DaySum
    residual: SignedAmount


class DayDifference(Out):
    """A statement line of which something isn't settled. Its parts and what is settled make its
    amount: ``waiting`` for oracle members, ``over`` what was due, ``repeated`` under a reference
    that was paid before, or ``unmatched`` with anything owed."""

    line: Id
    account: str
    reference: str
    direction: Direction
    amount: Amount
    currency: Currency
    settled: Amount
    waiting: Amount
    over: Amount
    repeated: Amount
    unmatched: Amount
    resolution: str | None


class DueItem(Out):
    """A payment that was due: ``due = paid + open + lapsed``.

    ``paid`` is proven; ``stated`` is what statements say, proven or not; ``instructed`` what the
    caller's bank was told to pay. ``lapsed`` isn't owed under this reference any more.
    """

    reference: str
    kind: DueKind
    currency: Currency
    payer: int
    payee: int
    due_on: Day | None
    due: Amount
    instructed: Amount
    stated: DaySum
    paid: Amount
    open: Amount
    lapsed: Amount
    state: ItemState


class DayEndReport(Page[DueItem]):
    """``balances``: every residual is 0, and no debt is without a known amount (``unopened``).

    Differences don't keep a day from balancing: they are where the money is that settled nothing.
    ``entries`` counts the ledger's entries up to the end of the day. Items are those of the day
    and whatever is overdue, by reference.
    """

    day: Day
    entries: int
    balances: bool
    flows: list[DayFlow]
    accounts: list[AccountDayFlow]
    differences: list[DayDifference]
    unopened: Annotated[int, Field(ge=0)]


@router.get("/day-end")
def show_day_end(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    day: Annotated[Day | None, Query(description="YYYY-MM-DD in Shanghai; else today")] = None,
) -> DayEndReport:
    """The caller's party's day: opening, in, out and closing of all it held and owed, what the
    statements it handed in say, and what came of every payment that was due."""
    after = paging.behind(_reference_cursor, "")
    on = business_day(services.clock()) if day is None else _read_day(day)
    with services.database.read() as connection:
        found = day_end(connection, caller.scope, caller.party, on)
    rest = [item for item in found.items if item.due.reference > after]
    rest.sort(key=_reference)
    return DayEndReport(
        **paging.cut(rest, _reference, _show_item),
        day=on.isoformat(),
        entries=found.span.end,
        balances=found.balances,
        flows=_show_flows(found),
        accounts=[_show_account(one) for one in found.accounts],
        differences=[_show_difference(one) for one in found.listed],
        unopened=found.unopened,
    )


def _read_day(text: str) -> date:
    """A day whose neighbours are days as well."""
    found = day_of(read_day("day", text))
    if not _FIRST_YEAR <= found.year <= _LAST_YEAR:
        raise NotADay("day", text)
    return found


def _reference(item: Item) -> str:
    return item.due.reference


def _reference_cursor(value: str) -> str:
    if not value.isascii() or not value.isprintable():
        raise ValueError(value)
    return value


def _show_flows(found: DayEnd) -> list[DayFlow]:
    held = [_show_flow("held", currency, flow) for currency, flow in found.held.items()]
    owed = [_show_flow("owed", currency, flow) for currency, flow in found.owed.items()]
    debts = [
        _show_flow("to_pay" if pays else "to_receive", currency, flow)
        for (currency, pays), flow in found.debts.items()
    ]
    return [*held, *owed, *debts]


def _show_flow(what: What, currency: str, flow: Flow) -> DayFlow:
    return DayFlow(
        what=what,
        currency=currency,
        opening=str(flow.opening),
        came=str(flow.came),
        went=str(flow.went),
        paid=str(flow.paid),
        closing=str(flow.closing),
        residual=str(flow.residual),
    )


def _show_account(one: AccountItems) -> AccountDayFlow:
    stated = one.balances
    return AccountDayFlow(
        account=one.account,
        currency=one.currency,
        opening=None if stated is None else str(stated.opening),
        credits=str(one.credits if stated is None else stated.credits),
        debits=str(one.debits if stated is None else stated.debits),
        closing=None if stated is None else str(stated.closing),
        balance_residual=None if stated is None else str(stated.residual),
        settled=str(one.settled),
        listed=str(one.listed),
        residual=str(one.residual),
    )


def _show_difference(one: Division) -> DayDifference:
    line = one.line
    return DayDifference(
        line=line.id,
        account=line.account,
        reference=line.reference,
        direction=line.direction,
        amount=str(line.units),
        currency=line.currency,
        settled=str(one.settled),
        waiting=str(one.waiting),
        over=str(one.over),
        repeated=str(one.repeated),
        unmatched=str(one.unmatched),
        resolution=line.resolution,
    )


def _show_item(item: Item) -> DueItem:
    due = item.due
    return DueItem(
        reference=due.reference,
        kind=due.kind,
        currency=due.currency,
        payer=due.payer,
        payee=due.payee,
        due_on=None if due.due_on is None else iso_day(due.due_on),
        due=str(due.amount),
        instructed=str(due.instructed),
        stated=str(item.stated),
        paid=str(due.proven),
        open=str(item.open),
        lapsed=str(item.lapsed),
        state=item.state,
    )

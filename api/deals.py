"""Deals over HTTP: what became of them, what is owed, and the instruction that pays it.

Who made a deal reads it whole. Prices and amounts are opened to the two alone: not to the debtor,
nor to whoever has a mandate of one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from fastapi import APIRouter, Header, Response

from api import dealing
from api.auth import Caller, SignedIn
from api.dealing import OpenedDeal
from api.instructions import XML_TOO, PaymentInstructions, in_form
from api.problems import NotFound
from api.proposals import DebtOpening, show_opening
from api.quotes import QuotePrice, show_price
from api.receivables import Lot, show_lot
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    Currency,
    Day,
    Hash,
    HashPath,
    Moment,
    Out,
    Page,
    Paged,
    iso_day,
    iso_moment,
    number_cursor,
)
from ledger.business_day import business_day
from ledger.deals import DealState, Duty, Outcome
from ledger.dues import Dues
from ledger.hexadecimal import hexed, unhexed
from ledger.pricing import price
from ledger.store.connection import Connection
from ledger.store.keeping.openings import DebtOpening as KeptOpening
from ledger.store.reading.deal_book import DealStep, steps_of
from ledger.store.reading.deals import DealRecord, ObligationRecord, currencies_of, deal_by
from ledger.store.reading.deals import list_deals as read_deals
from ledger.store.reading.receivables import HeldLot

router = APIRouter(route_class=Route, prefix="/v1/deals", tags=["financing"])

DealMode = Literal["sale", "recourse", "pledge"]
DealCondition = Literal["concluded", "advanced", "rescinded", "repaid", "enforced"]
DutyName = Literal["advance", "buy_back", "repayment", "surplus"]
OutcomeName = Literal["open", "paid", "rescinded"]

_CONDITIONS: dict[DealState, DealCondition] = {
    DealState.CONCLUDED: "concluded",
    DealState.ADVANCED: "advanced",
    DealState.RESCINDED: "rescinded",
    DealState.REPAID: "repaid",
    DealState.ENFORCED: "enforced",
}
_DUTIES: dict[Duty, DutyName] = {
    Duty.ADVANCE: "advance",
    Duty.BUY_BACK: "buy_back",
    Duty.REPAYMENT: "repayment",
    Duty.SURPLUS: "surplus",
}
_OUTCOMES: dict[Outcome, OutcomeName] = {
    Outcome.OPEN: "open",
    Outcome.PAID: "paid",
    Outcome.RESCINDED: "rescinded",
}


class DebtOfDeal(Out):
    """A payment owed under a deal. ``booked_on`` and ``line`` are of what proved it paid;
    ``opening`` is there for payer and payee, where it came through this API."""

    commitment: Hash
    duty: DutyName
    payer: int
    payee: int
    pay_by: Moment | None
    outcome: OutcomeName
    booked_on: Day | None
    line: Hash | None
    entry: int
    opening: DebtOpening | None


class Deal(Out):
    """Units ``start`` to ``end`` (excluded) of a claim, sold or pledged to a bank. ``digest`` is of
    the agreement that made it; ``terms``, ``rules`` and ``registration`` are commitments."""

    digest: Hash
    claim: int
    start: Amount
    end: Amount
    amount: Amount
    currency: Currency
    seller: int
    bank: int
    mode: DealMode
    state: DealCondition
    demanded: bool
    due_on: Day
    terms: Hash
    rules: Hash
    registration: Hash
    entry: int
    obligations: list[DebtOfDeal]


class DealPage(Page[Deal]):
    pass


class DealAct(Out):
    """An act of the deal; ``commitment`` is of the debt that it makes, proves paid or ends."""

    entry: int
    at: Moment
    act: Hash
    kind: str
    commitment: Hash | None


class DealPrice(Out):
    """The terms that both signed, opened: canonical JSON, its salt, and what it comes to."""

    terms: str
    salt: Hash
    price: QuotePrice


class DealDues(Out):
    """What is owed to the bank on a day, as the terms say; ``received`` is what it was paid, or
    passed on; ``surplus`` what it owes back."""

    on: Day
    days_past_due: int
    principal: Amount
    charges: Amount
    late_interest: Amount
    total: Amount
    received: Amount
    surplus: Amount


class DealDetail(Deal):
    """A deal with its history, the lots its units are in now, and, for its two sides, its price
    and what is owed today. ``dues`` is null before the advance is paid and once all is repaid."""

    acts: list[DealAct]
    lots: list[Lot]
    opened: DealPrice | None
    dues: DealDues | None


@router.get("")
def list_deals(services: Given, caller: SignedIn, paging: Paged) -> DealPage:
    """Deals of the caller's party as seller or bank, in the order of their entries."""
    after = paging.behind(number_cursor, -1)
    with services.database.read() as connection:
        found = read_deals(connection, caller.scope, after, paging.fetch)
        shown = {deal.digest: deal for deal in _all(connection, caller, found)}
    page = paging.cut(found, lambda one: str(one.since), lambda one: shown[hexed(one.deal)])
    return DealPage(**page)


@router.get("/{deal}")
def show_deal(services: Given, caller: SignedIn, deal: HashPath) -> DealDetail:
    """One deal, with all that its two sides know of it."""
    today = business_day(services.clock())
    with services.database.read() as connection:
        found = _find(connection, caller, deal)
        (shown,) = _all(connection, caller, [found])
        opened = dealing.opened_deal(connection, caller.scope.party, found)
        dues = None if opened is None else dealing.dues_of(connection, found, opened, today)
        return DealDetail(
            **shown.model_dump(),
            acts=[_act(one) for one in steps_of(connection, found)],
            lots=[
                show_lot(HeldLot(one, shown.currency))
                for one in dealing.lots_shown(connection, caller.scope.party, found)
            ],
            opened=None if opened is None else _price(opened),
            dues=None if dues is None else _dues(dues),
        )


@router.get(
    "/{deal}/obligations/{commitment}/payment-instruction",
    response_model=PaymentInstructions,
    responses=XML_TOO,
)
def show_deal_payment_instruction(
    services: Given,
    caller: SignedIn,
    deal: HashPath,
    commitment: HashPath,
    accept: Annotated[str, Header(include_in_schema=False)] = "",
) -> PaymentInstructions | Response:
    """For who owes it: JSON, or with ``Accept: application/xml`` a pain.001.001.09 message.

    Its end-to-end id is the reference that the commitment was made of: with another, oracle
    members wouldn't find the debt.
    """
    today = business_day(services.clock())
    with services.database.read() as connection:
        found = _find(connection, caller, deal)
        instructions = dealing.instruct(
            connection, caller.scope.party, found, unhexed(commitment), today
        )
    return in_form(services, caller, instructions, accept)


def _find(connection: Connection, caller: Caller, deal: str) -> DealRecord:
    found = deal_by(connection, caller.scope, unhexed(deal))
    if found is None:
        raise NotFound
    return found


def _all(connection: Connection, caller: Caller, found: Sequence[DealRecord]) -> list[Deal]:
    opened = dealing.openings(connection, caller.scope.party, found)
    currencies = currencies_of(connection, [one.deal for one in found])
    return [
        Deal(
            digest=hexed(one.deal),
            claim=one.claim,
            start=str(one.start),
            end=str(one.end),
            amount=str(one.end - one.start),
            currency=currencies[one.deal],
            seller=one.seller,
            bank=one.bank,
            mode=one.mode.value,
            state=_CONDITIONS[one.state],
            demanded=one.demanded,
            due_on=iso_day(one.due_on),
            terms=hexed(one.terms),
            rules=hexed(one.rules),
            registration=hexed(one.registration),
            entry=one.since,
            obligations=[_debt(one, owed, opened.get(owed.commitment)) for owed in one.obligations],
        )
        for one in found
    ]


def _debt(deal: DealRecord, owed: ObligationRecord, opening: KeptOpening | None) -> DebtOfDeal:
    payer, payee = owed.duty.sides(deal.seller, deal.bank)
    return DebtOfDeal(
        commitment=hexed(owed.commitment),
        duty=_DUTIES[owed.duty],
        payer=payer,
        payee=payee,
        pay_by=iso_moment(owed.pay_by) if owed.pay_by else None,
        outcome=_OUTCOMES[owed.outcome],
        booked_on=None if owed.booked_on is None else iso_day(owed.booked_on),
        line=None if owed.line is None else hexed(owed.line),
        entry=owed.since,
        opening=None if opening is None else show_opening(opening),
    )


def _act(step: DealStep) -> DealAct:
    return DealAct(
        entry=step.entry,
        at=iso_moment(step.time),
        act=hexed(step.act),
        kind=step.kind,
        commitment=None if step.commitment is None else hexed(step.commitment),
    )


def _price(opened: OpenedDeal) -> DealPrice:
    return DealPrice(
        terms=opened.opening.terms.decode(),
        salt=hexed(opened.opening.salt),
        price=show_price(price(opened.terms)),
    )


def _dues(dues: Dues) -> DealDues:
    return DealDues(
        on=dues.on.isoformat(),
        days_past_due=dues.days_past_due,
        principal=str(dues.principal),
        charges=str(dues.charges),
        late_interest=str(dues.late_interest),
        total=str(dues.total),
        received=str(dues.received),
        surplus=str(dues.surplus),
    )

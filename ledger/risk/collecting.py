"""Collection: for everything that is late, whose move is next, and until when.

Only moves that the chain would take are named (``Financing.sol``), or those that are made outside
it. A sale without recourse is between bank and debtor alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.business_day import business_day
from ledger.deals import DealState, Duty, Mode, Outcome
from ledger.ids import PartyNo
from ledger.pricing import days_past_due
from ledger.risk.limits import Limits
from ledger.risk.position import Owed, Position


class NextStep(StrEnum):
    RESCIND = "rescind"
    """The advance is late: the seller may withdraw from the deal."""

    REMIND_DEBTOR = "remind_debtor"
    PURSUE_DEBTOR = "pursue_debtor"
    """Non-performing by its delay: for lawyers."""

    DEMAND = "demand"
    AGREE_BUY_BACK = "agree_buy_back"
    PAY_BUY_BACK = "pay_buy_back"
    RESCIND_BUY_BACK = "rescind_buy_back"
    PURSUE_SELLER = "pursue_seller"
    """A buy-back was agreed, not paid and rescinded."""

    PAY_REPAYMENT = "pay_repayment"
    ENFORCE = "enforce"
    PAY_SURPLUS = "pay_surplus"
    AWAIT_THAW = "await_thaw"
    """All that is owed is frozen by an authority's order: nobody may move it."""


@dataclass(frozen=True, slots=True)
class Task:
    """``actor`` is whose move it is; None: nobody's of the two. ``until`` in Unix seconds, None
    where there is no date. ``due_on`` None: at no certain time."""

    position: Position
    step: NextStep
    actor: PartyNo | None
    audience: frozenset[PartyNo]
    due_on: date | None
    days_past_due: int
    until: int | None = None


def tasks_of(position: Position, limits: Limits, now: int) -> tuple[Task, ...]:
    """What is late under a deal at this time (Unix seconds), and what to do about it."""
    return tuple(_tasks(position, limits, now))


def _tasks(position: Position, limits: Limits, now: int) -> Iterator[Task]:
    for surplus in _open(position, Duty.SURPLUS):
        yield _owed(position, NextStep.PAY_SURPLUS, position.bank, surplus, now)
    if position.state is DealState.CONCLUDED:
        for advance in _open(position, Duty.ADVANCE):
            if now > advance.pay_by:
                yield _owed(position, NextStep.RESCIND, position.seller, advance, now)
    today = business_day(now)
    if position.days_past_due(today):
        yield _overdue(position, limits, now, today)


def _overdue(position: Position, limits: Limits, now: int, today: date) -> Task:
    days = position.days_past_due(today)
    step, actor, until = _move(position, limits, now, days)
    return Task(position, step, actor, position.at_risk, position.due, days, until)


def _move(
    position: Position, limits: Limits, now: int, days: int
) -> tuple[NextStep, PartyNo | None, int | None]:
    if all(piece.frozen for piece in position.pieces):
        return NextStep.AWAIT_THAW, None, None
    if position.is_loan:
        return _move_of_pledge(position, now)
    if position.mode is Mode.RECOURSE:
        return _move_of_recourse(position, now)
    pursue = limits.category(days).non_performing
    step = NextStep.PURSUE_DEBTOR if pursue else NextStep.REMIND_DEBTOR
    return step, position.bank, None


def _move_of_pledge(position: Position, now: int) -> tuple[NextStep, PartyNo, int | None]:
    """The last repayment agreed says until when the seller has time, as on chain."""
    repayments = _open(position, Duty.REPAYMENT)
    if repayments and now <= repayments[-1].pay_by:
        return NextStep.PAY_REPAYMENT, position.seller, repayments[-1].pay_by
    return NextStep.ENFORCE, position.bank, None


def _move_of_recourse(position: Position, now: int) -> tuple[NextStep, PartyNo, int | None]:
    agreed = sorted(one.pay_by for one in _open(position, Duty.BUY_BACK))
    if agreed and now <= agreed[0]:
        return NextStep.PAY_BUY_BACK, position.seller, agreed[0]
    if agreed:
        return NextStep.RESCIND_BUY_BACK, position.bank, None
    if not position.demanded:
        return NextStep.DEMAND, position.bank, None
    failed = any(
        one.duty is Duty.BUY_BACK and one.outcome is Outcome.RESCINDED for one in position.owed
    )
    if failed:
        return NextStep.PURSUE_SELLER, position.bank, None
    return NextStep.AGREE_BUY_BACK, position.seller, None


def _owed(position: Position, step: NextStep, actor: PartyNo, owed: Owed, now: int) -> Task:
    due = business_day(owed.pay_by) if owed.pay_by else None
    days = days_past_due(due, business_day(now)) if due else 0
    return Task(position, step, actor, position.sides, due, days)


def _open(position: Position, duty: Duty) -> list[Owed]:
    return [one for one in position.owed if one.duty is duty and one.outcome is Outcome.OPEN]

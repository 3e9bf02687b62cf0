"""Whose move is next, for every mode and stage; only moves that the chain takes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ledger.business_day import end_of
from ledger.deals import DealState, Duty, Mode, Outcome
from ledger.risk import NextStep, Owed, Piece, Task, tasks_of
from tests.ledger.risk.situations import BANK, DUE, LIMITS, SELLER, owed, position

LATER = end_of(DUE + timedelta(10))
"""Ten days past due, in Unix seconds."""
SOON, PAST = LATER + 1, LATER - 1
RECOURSE, PLEDGE = {"mode": Mode.RECOURSE}, {"mode": Mode.PLEDGE}


def todo(now: int = LATER, **changes: Any) -> list[Task]:
    return list(tasks_of(position(**changes), LIMITS, now))


def test_tasks__nothing_late__none() -> None:
    assert todo(end_of(DUE)) == []
    assert todo(pieces=()) == []


@pytest.mark.parametrize(
    ("changes", "step", "actor"),
    [
        ({}, NextStep.REMIND_DEBTOR, BANK),
        (RECOURSE, NextStep.DEMAND, BANK),
        (RECOURSE | {"demanded": True}, NextStep.AGREE_BUY_BACK, SELLER),
        (PLEDGE, NextStep.ENFORCE, BANK),
        (PLEDGE | {"state": DealState.ENFORCED}, NextStep.REMIND_DEBTOR, BANK),
        ({"pieces": (Piece(0, 0, 9, frozen=True),)}, NextStep.AWAIT_THAW, None),
        (
            {"pieces": (Piece(0, 0, 9, frozen=True), Piece(9, 9, 10))},
            NextStep.REMIND_DEBTOR,
            BANK,
        ),
    ],
)
def test_tasks__overdue__the_modes_next_move(
    changes: dict[str, Any], step: NextStep, actor: int | None
) -> None:
    (one,) = todo(**changes)
    assert (one.step, one.actor, one.due_on, one.days_past_due) == (step, actor, DUE, 10)


@pytest.mark.parametrize(
    ("outcome", "pay_by", "step", "actor", "until"),
    [
        (Outcome.OPEN, SOON, NextStep.PAY_BUY_BACK, SELLER, SOON),
        (Outcome.OPEN, LATER, NextStep.PAY_BUY_BACK, SELLER, LATER),
        (Outcome.OPEN, PAST, NextStep.RESCIND_BUY_BACK, BANK, None),
        (Outcome.RESCINDED, PAST, NextStep.PURSUE_SELLER, BANK, None),
        (Outcome.PAID, PAST, NextStep.AGREE_BUY_BACK, SELLER, None),
    ],
)
def test_tasks__buy_back__by_what_became_of_it(
    outcome: Outcome, pay_by: int, step: NextStep, actor: int, until: int | None
) -> None:
    (one,) = todo(**RECOURSE, demanded=True, owed=owed(Duty.BUY_BACK, outcome, pay_by))
    assert (one.step, one.actor, one.until) == (step, actor, until)


@pytest.mark.parametrize(
    ("pay_by", "step", "actor"),
    [(SOON, NextStep.PAY_REPAYMENT, SELLER), (PAST, NextStep.ENFORCE, BANK)],
)
def test_tasks__repayment_agreed__nothing_is_enforced_before_its_end(
    pay_by: int, step: NextStep, actor: int
) -> None:
    (one,) = todo(**PLEDGE, owed=owed(Duty.REPAYMENT, Outcome.OPEN, pay_by))
    assert (one.step, one.actor) == (step, actor)


def test_tasks__substandard__for_lawyers() -> None:
    (one,) = todo(end_of(DUE + timedelta(91)))
    assert one.step is NextStep.PURSUE_DEBTOR


def test_tasks__advance_late__the_seller_may_rescind() -> None:
    unpaid = {"state": DealState.CONCLUDED, "owed": (Owed(Duty.ADVANCE, Outcome.OPEN, LATER),)}
    assert todo(LATER, **unpaid) == []
    (one,) = todo(SOON, **unpaid)
    assert (one.step, one.actor, one.audience) == (NextStep.RESCIND, SELLER, {SELLER, BANK})


def test_tasks__surplus_admitted__the_bank_pays_though_the_lots_are_paid() -> None:
    (one,) = todo(**RECOURSE, pieces=(), owed=owed(Duty.SURPLUS, Outcome.OPEN, 0))
    assert (one.step, one.actor, one.due_on) == (NextStep.PAY_SURPLUS, BANK, None)


def test_tasks__sale__is_no_business_of_the_seller() -> None:
    assert todo()[0].audience == {BANK}
    assert todo(**RECOURSE)[0].audience == {BANK, SELLER}

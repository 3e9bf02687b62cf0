"""What of a deal is owed, by whom, and what later deals leave of it."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.deals import DealState, Mode
from ledger.risk import Piece
from ledger.risk.position import without
from tests.ledger.risk.situations import BANK, DEBTOR, DUE, SELLER, position

intervals = st.lists(
    st.tuples(st.integers(0, 60), st.integers(0, 60)).map(lambda two: (min(two), max(two))),
    max_size=5,
)


@given(intervals)
def test_without__any_intervals__exactly_the_units_in_none_of_them(
    taken: list[tuple[int, int]],
) -> None:
    piece = Piece(5, 10, 50, frozen=True)
    left = list(without(piece, taken))
    units = [unit for one in left for unit in range(one.start, one.end)]
    assert units == [n for n in range(10, 50) if not any(a <= n < b for a, b in taken)]
    assert all((one.lot, one.frozen) == (5, True) and one.units for one in left)


@pytest.mark.parametrize(
    ("financed", "left", "outstanding"),
    [(None, 1_000, 1_000), (None, 300, 300), (700, 1_000, 700), (700, 1, 1), (700, 0, 0)],
)
def test_outstanding__part_paid__its_share_rounded_up(
    financed: int | None, left: int, outstanding: int
) -> None:
    pieces = (Piece(0, 0, left),) if left else ()
    assert position(financed=financed, pieces=pieces).outstanding == outstanding


def test_due__pledge_until_enforced__the_loans_day_and_the_seller_owes() -> None:
    loan = position(mode=Mode.PLEDGE, due_on=date(2027, 3, 1))
    assert (loan.due, loan.obligors) == (date(2027, 3, 1), (SELLER,))
    enforced = position(mode=Mode.PLEDGE, due_on=date(2027, 3, 1), state=DealState.ENFORCED)
    assert (enforced.due, enforced.obligors) == (DUE, (DEBTOR,))


def test_obligors__recourse_demanded__debtor_and_seller() -> None:
    assert position(mode=Mode.RECOURSE).obligors == (DEBTOR,)
    assert position(mode=Mode.RECOURSE, demanded=True).obligors == (DEBTOR, SELLER)


@pytest.mark.parametrize(
    ("changes", "days"),
    [
        ({}, 10),
        ({"state": DealState.CONCLUDED}, 0),
        ({"state": DealState.RESCINDED}, 0),
        ({"pieces": ()}, 0),
    ],
)
def test_days_past_due__only_while_money_is_out(changes: dict[str, object], days: int) -> None:
    one = position(**changes)
    assert one.days_past_due(DUE + timedelta(10)) == days
    assert one.days_past_due(DUE) == 0


def test_at_risk__sale__the_bank_alone() -> None:
    assert position().at_risk == {BANK}
    assert position(mode=Mode.RECOURSE).at_risk == {BANK, SELLER}

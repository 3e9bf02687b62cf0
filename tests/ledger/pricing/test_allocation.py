"""Partial payments: what they pay first, and that nothing is lost."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import NegativeAmount, Units
from ledger.pricing import Debt, PaymentOrder, allocate

DEBT = Debt(principal=Units(1000), interest=Units(50), late_interest=Units(7), costs=Units(3))
amounts = st.integers(0, 10**12).map(Units)
debts = st.builds(Debt, amounts, amounts, amounts, amounts)


@pytest.mark.parametrize(
    ("payment", "order", "paid"),
    [
        (2, PaymentOrder.INTEREST_FIRST, (0, 0, 0, 2)),
        (10, PaymentOrder.INTEREST_FIRST, (0, 7, 0, 3)),
        (55, PaymentOrder.INTEREST_FIRST, (0, 50, 2, 3)),
        (100, PaymentOrder.INTEREST_FIRST, (40, 50, 7, 3)),
        (100, PaymentOrder.PRINCIPAL_FIRST, (97, 0, 0, 3)),
        (1010, PaymentOrder.PRINCIPAL_FIRST, (1000, 7, 0, 3)),
        (0, PaymentOrder.PRINCIPAL_FIRST, (0, 0, 0, 0)),
    ],
)
def test_allocate__part_of_a_debt__in_the_agreed_order(
    payment: int, order: PaymentOrder, paid: tuple[int, int, int, int]
) -> None:
    assert allocate(Units(payment), DEBT, order).paid == Debt(*map(Units, paid))


@pytest.mark.parametrize("order", list(PaymentOrder))
def test_allocate__more_than_the_debt__surplus_is_not_kept(order: PaymentOrder) -> None:
    allocation = allocate(Units(1100), DEBT, order)
    assert (allocation.paid, allocation.left.total, allocation.surplus) == (DEBT, 0, 40)


@given(amounts, debts, st.sampled_from(list(PaymentOrder)))
def test_allocate__any_payment__adds_up(payment: Units, debt: Debt, order: PaymentOrder) -> None:
    allocation = allocate(payment, debt, order)
    assert allocation.paid.total + allocation.surplus == payment
    assert allocation.paid.total + allocation.left.total == debt.total
    assert not (allocation.surplus and allocation.left.total)


@given(amounts, amounts, debts, st.sampled_from(list(PaymentOrder)))
def test_allocate__in_two_payments__as_in_one(
    first: Units, second: Units, debt: Debt, order: PaymentOrder
) -> None:
    once = allocate(Units(first + second), debt, order)
    then = allocate(second, allocate(first, debt, order).left, order)
    assert then.left == once.left


def test_allocate__negative_payment__refused() -> None:
    with pytest.raises(NegativeAmount):
        allocate(Units(-1), DEBT, PaymentOrder.INTEREST_FIRST)

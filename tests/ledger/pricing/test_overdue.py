"""Late interest and days past due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.money import Units
from ledger.pricing import Balance, Terms, days_past_due, late_interest
from ledger.pricing.errors import BalancesUnordered
from ledger.pricing.rates import RateBp
from tests.ledger.pricing.samples import any_terms, terms
from tests.ledger.pricing.test_convention import REFERENCES, ql_date

LATE = terms(late_rate=RateBp(720), financed=Units(50_000))
"""10 minor units a day, due on 2026-07-04."""

WHOLE = Balance(LATE.maturity, LATE.financed)


@pytest.mark.parametrize(
    ("until", "units"),
    [
        (date(2026, 7, 3), 0),
        (date(2026, 7, 4), 0),
        (date(2026, 7, 5), 10),
        (date(2026, 8, 3), 300),
    ],
)
def test_late_interest__whole_balance__from_maturity_to_the_day_before(
    until: date, units: int
) -> None:
    assert late_interest(LATE, [WHOLE], until) == units


def test_late_interest__half_paid_after_ten_days__less_from_then_on() -> None:
    balances = [WHOLE, Balance(date(2026, 7, 14), Units(25_000))]
    assert late_interest(LATE, balances, date(2026, 7, 24)) == 100 + 50


def test_late_interest__balance_from_before_maturity__counts_from_maturity() -> None:
    balances = [Balance(date(2026, 1, 5), LATE.financed)]
    assert late_interest(LATE, balances, date(2026, 7, 5)) == 10


def test_late_interest__asked_for_a_day_before_a_payment__leaves_it_out() -> None:
    balances = [WHOLE, Balance(date(2026, 7, 14), Units(0))]
    assert late_interest(LATE, balances, date(2026, 7, 6)) == 20


def test_late_interest__no_balance__nothing() -> None:
    assert late_interest(LATE, [], date(2027, 1, 1)) == 0


def test_late_interest__balances_out_of_order__refused() -> None:
    with pytest.raises(BalancesUnordered):
        late_interest(LATE, [WHOLE, WHOLE], date(2027, 1, 1))


@settings(max_examples=300)
@given(any_terms(most=10**10), st.integers(0, 900))
def test_late_interest__any_delay_each_way_of_counting__as_quantlib(
    drawn: Terms, delay: int
) -> None:
    until = drawn.maturity + timedelta(delay)
    for convention, reference in REFERENCES.items():
        one = replace(drawn, convention=convention)
        late = late_interest(one, [Balance(one.maturity, one.financed)], until)
        rate = ql.InterestRate(one.late_rate / 10_000, reference, ql.Simple, ql.Annual)
        factor = rate.compoundFactor(ql_date(one.maturity), ql_date(until))
        assert abs(late - one.financed * (factor - 1)) <= 0.5 + one.financed * 1e-14


@given(any_terms(), st.lists(st.integers(1, 50), max_size=8), st.integers(0, 500))
def test_late_interest__cut_into_balances_of_the_same_amount__same(
    one: Terms, gaps: list[int], delay: int
) -> None:
    until = one.maturity + timedelta(delay)
    balances = [Balance(one.maturity, one.financed)]
    for gap in gaps:
        balances.append(Balance(balances[-1].since + timedelta(gap), one.financed))
    assert late_interest(one, balances, until) == late_interest(one, balances[:1], until)


@pytest.mark.parametrize(
    ("on", "days"),
    [
        (date(2024, 2, 28), 0),
        (date(2024, 2, 27), 0),
        (date(2024, 3, 1), 2),
        (date(2025, 2, 28), 366),
    ],
)
def test_days_past_due__around_the_due_date__whole_days_after(on: date, days: int) -> None:
    assert days_past_due(date(2024, 2, 28), on) == days

"""Prices to the minor unit: worked by hand, against QuantLib, and by their own laws."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from fractions import Fraction
from typing import Any

import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import assume, given, settings

from ledger.money import MAX_UNITS, Units, currency_of
from ledger.pricing import Fees, InterestRatio, Terms, Timing, price
from ledger.pricing.errors import NothingAdvanced
from ledger.pricing.price import Price
from ledger.pricing.rates import MAX_RATE_BP, RateBp, exact_interest
from ledger.refusals import AmountTooLarge
from tests.ledger.pricing.samples import any_terms, terms
from tests.ledger.pricing.test_convention import REFERENCES, ql_date


def test_price__discount__interest_comes_off_the_advance() -> None:
    # 1,000,000.00 × 3.65 % × 180/360 = 18,250.00
    assert price(terms()) == Price(
        days=180,
        interest=Units(1_825_000),
        holder_interest=Units(1_825_000),
        core_interest=Units(0),
        fees=Units(0),
        advance=Units(98_175_000),
        repayment=Units(100_000_000),
        annual_cost_bp=377,  # 18,250 / 981,750 × 365/180 = 3.7694 %
    )


def test_price__arrears__all_is_due_at_maturity() -> None:
    priced = price(terms(timing=Timing.ARREARS, fees=Fees(Units(500), 10)))
    assert priced.advance == 100_000_000
    assert priced.fees == 500 + 100_000
    assert priced.repayment == 100_000_000 + 1_825_000 + 100_500
    assert priced.annual_cost_bp == 390  # 19,255 / 1,000,000 × 365/180 = 3.9045 %


def test_price__core_enterprise_bears_two_thirds__holder_pays_the_rest() -> None:
    priced = price(terms(financed=Units(100), rate=RateBp(1000), ratio=InterestRatio(1, 2)))
    assert (priced.interest, priced.holder_interest, priced.core_interest) == (5, 2, 3)
    assert priced.advance == 98


def test_price__rate_of_zero__costs_nothing() -> None:
    priced = price(terms(rate=RateBp(0)))
    assert (priced.interest, priced.advance, priced.annual_cost_bp) == (0, 100_000_000, 0)


def test_price__half_a_unit__rounded_up_once() -> None:
    # 180 days of 360 at 100 basis points: 0.5 % of 100 is half a unit.
    assert price(terms(financed=Units(100), rate=RateBp(100))).interest == 1
    assert price(terms(financed=Units(99), rate=RateBp(100))).interest == 0


def test_price__flat_and_proportional_fee__rounded_together() -> None:
    assert price(terms(financed=Units(1_249), fees=Fees(Units(7), 4))).fees == 7
    assert price(terms(financed=Units(1_250), fees=Fees(Units(7), 4))).fees == 8


def test_price__yen__whole_yen() -> None:
    priced = price(terms(currency=currency_of("JPY"), financed=Units(1_000_001)))
    assert priced.interest == 18_250


def test_price__across_a_leap_day__one_day_more() -> None:
    leap = price(terms(value_date=date(2024, 2, 28), maturity=date(2024, 3, 1)))
    plain = price(terms(value_date=date(2023, 2, 28), maturity=date(2023, 3, 1)))
    assert (leap.days, plain.days) == (2, 1)


@pytest.mark.parametrize(
    "changes",
    [
        {"fees": Fees(Units(100_000_000))},
        {"fees": Fees(Units(0), 10_000)},
        {"rate": RateBp(MAX_RATE_BP), "maturity": date(2027, 2, 1)},
    ],
)
def test_price__nothing_left_to_advance__refused(changes: dict[str, Any]) -> None:
    with pytest.raises(NothingAdvanced):
        price(terms(**changes))


def test_price__repayment_beyond_the_ledger__refused() -> None:
    with pytest.raises(AmountTooLarge):
        price(terms(financed=Units(MAX_UNITS), timing=Timing.ARREARS))


@settings(max_examples=300)
@given(any_terms())
def test_price__any_terms__balances_to_the_unit(one: Terms) -> None:
    try:
        priced = price(one)
    except NothingAdvanced:
        assume(False)
    holder_pays = priced.holder_interest + priced.fees
    assert priced.holder_interest + priced.core_interest == priced.interest
    if one.timing is Timing.DISCOUNT:
        assert priced.advance + holder_pays == priced.repayment == one.financed
    else:
        assert priced.advance == one.financed
        assert priced.repayment == one.financed + holder_pays + priced.core_interest
    assert priced.advance > 0


@settings(max_examples=1200)
@given(any_terms(most=10**12))
def test_price__any_terms_each_way_of_counting__interest_to_the_unit_as_quantlib(
    drawn: Terms,
) -> None:
    plain = replace(drawn, timing=Timing.ARREARS, ratio=InterestRatio(0, 1), fees=Fees())
    for convention, reference in REFERENCES.items():
        one = replace(plain, convention=convention)
        rate = ql.InterestRate(one.rate / 10_000, reference, ql.Simple, ql.Annual)
        factor = rate.compoundFactor(ql_date(one.value_date), ql_date(one.maturity))
        expected = one.financed * (factor - 1)
        exact = exact_interest(one.financed, one.rate, one.value_date, one.maturity, convention)
        # A double holds the factor to 1e-15: nearer to a half, QuantLib can't tell up from down.
        blur = one.financed * 1e-14 + 1e-9
        assert abs(exact - Fraction(expected)) < blur
        if abs(exact - int(exact) - Fraction(1, 2)) > blur:
            assert price(one).interest == ql.ClosestRounding(0)(expected)

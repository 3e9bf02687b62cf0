"""Rounding once, and parts that add up."""

from __future__ import annotations

from fractions import Fraction

import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import MAX_UNITS, NegativeAmount, Units
from ledger.pricing.errors import InvalidRatio
from ledger.pricing.rounding import half_up, require_units, split_by_ratio, units_of
from ledger.refusals import AmountTooLarge

weights = st.lists(st.integers(0, 1_000_000), min_size=1, max_size=6).filter(any)
amounts = st.integers(0, MAX_UNITS).map(Units)


@pytest.mark.parametrize(
    ("exact", "units"),
    [
        (Fraction(0), 0),
        (Fraction(1, 2), 1),
        (Fraction(3, 2), 2),
        (Fraction(5, 2), 3),
        (Fraction(49999999, 100000000), 0),
        (Fraction(4, 3), 1),
    ],
)
def test_half_up__halves_and_less__nearest(exact: Fraction, units: int) -> None:
    assert half_up(exact) == units


@given(st.integers(0, 10**9), st.sampled_from([1, 2, 4, 8, 16, 64]))
def test_half_up__what_a_float_holds_exactly__as_quantlib(number: int, divisor: int) -> None:
    expected = ql.ClosestRounding(0)(number / divisor)
    assert half_up(Fraction(number, divisor)) == int(expected)


@given(amounts, weights)
def test_split_by_ratio__any_ratio__adds_up_within_a_unit(units: Units, ratio: list[int]) -> None:
    parts = split_by_ratio(units, ratio)
    assert sum(parts) == units
    for part, weight in zip(parts, ratio, strict=True):
        assert abs(part - Fraction(units * weight, sum(ratio))) < 1
        assert weight or part == 0


@pytest.mark.parametrize(
    ("units", "ratio", "parts"),
    [
        (1, [1, 1], (1, 0)),
        (100, [1, 2], (33, 67)),
        (101, [70, 30], (71, 30)),
        (0, [3, 4], (0, 0)),
        (99, [0, 1], (0, 99)),
        (10, [1, 1, 1], (4, 3, 3)),
    ],
)
def test_split_by_ratio__known_cases__largest_remainder_then_first(
    units: int, ratio: list[int], parts: tuple[int, ...]
) -> None:
    assert split_by_ratio(Units(units), ratio) == parts


@pytest.mark.parametrize("ratio", [[], [0], [0, 0], [-1, 2], [1, 1_000_001]])
def test_split_by_ratio__no_ratio__refused(ratio: list[int]) -> None:
    with pytest.raises(InvalidRatio):
        split_by_ratio(Units(1), ratio)


def test_units_of__rounds_above_the_most__refused() -> None:
    assert units_of(Fraction(2 * MAX_UNITS + 1, 2) - Fraction(1, 3)) == MAX_UNITS
    with pytest.raises(AmountTooLarge):
        units_of(Fraction(2 * MAX_UNITS + 1, 2))


def test_require_units__below_zero__refused() -> None:
    with pytest.raises(NegativeAmount):
        require_units(-1)

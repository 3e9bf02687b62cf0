"""Exact amounts become whole minor units here, once, at the end of a calculation."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from ledger.errors import Refused
from ledger.money import MAX_UNITS, NegativeAmount, Units
from ledger.pricing.errors import InvalidRatio
from ledger.refusals import AmountTooLarge

MAX_WEIGHT = 1_000_000

NOTHING = Units(0)

BASIS_POINTS = 10_000
"""Basis points in a whole."""


def half_up(exact: Fraction) -> int:
    """The nearest whole number of an amount that isn't negative; a half goes up."""
    return (2 * exact.numerator + exact.denominator) // (2 * exact.denominator)


def units_of(exact: Fraction) -> Units:
    """Whole minor units, rounded half up; AmountTooLarge beyond what the ledger holds."""
    return require_units(half_up(exact))


def require_units(units: int) -> Units:
    """The same number as an amount; NegativeAmount or AmountTooLarge."""
    refusal = _why_no_amount(units)
    if refusal is not None:
        raise refusal
    return Units(units)


def split_by_ratio(units: Units, weights: Sequence[int]) -> tuple[Units, ...]:
    """Parts in the ratio of the weights that add up to ``units`` exactly (largest remainder).

    Every part is its exact share rounded down or up; the units left over go to the largest
    remainders, of equal ones to the part listed first. Raises ``InvalidRatio``.
    """
    require_ratio(weights)
    total = sum(weights)
    shares = [divmod(units * weight, total) for weight in weights]
    left_over = units - sum(whole for whole, _ in shares)
    by_remainder = sorted(range(len(shares)), key=lambda n: -shares[n][1])
    favoured = set(by_remainder[:left_over])
    return tuple(Units(whole + (n in favoured)) for n, (whole, _) in enumerate(shares))


def require_ratio(weights: Sequence[int]) -> None:
    """Raises ``InvalidRatio`` unless the weights are 0 to MAX_WEIGHT and not all zero."""
    if not any(weights) or not all(0 <= weight <= MAX_WEIGHT for weight in weights):
        raise InvalidRatio(":".join(map(str, weights)), MAX_WEIGHT)


def _why_no_amount(units: int) -> Refused | None:
    if units < 0:
        return NegativeAmount(str(units))
    return AmountTooLarge(units) if units > MAX_UNITS else None

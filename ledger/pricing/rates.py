"""Annual rates in whole basis points, and the interest they make."""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import NewType

from ledger.money import Units
from ledger.pricing.convention import Convention
from ledger.pricing.errors import NegativeRate, RateTooHigh
from ledger.pricing.rounding import BASIS_POINTS

RateBp = NewType("RateBp", int)
"""Basis points a year: 365 is 3.65 %."""

MAX_RATE_BP = 10_000
"""100 % a year. No legal limit: those are dated, and belong to a rule pack."""


def rate_of(basis_points: int) -> RateBp:
    """The same number as a rate; NegativeRate or RateTooHigh. Zero is a rate."""
    if basis_points < 0:
        raise NegativeRate(basis_points)
    if basis_points > MAX_RATE_BP:
        raise RateTooHigh(basis_points, MAX_RATE_BP)
    return RateBp(basis_points)


def exact_interest(
    principal: Units, rate: RateBp, start: date, end: date, convention: Convention
) -> Fraction:
    """Simple interest in minor units, not rounded; ``start`` counts, ``end`` doesn't."""
    return principal * Fraction(rate, BASIS_POINTS) * convention.years(start, end)

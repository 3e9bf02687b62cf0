"""Late interest: on unpaid principal from maturity on, simple, at the terms' late rate.

Maturity itself is the first day that counts, since ordinary interest leaves it out; the day of
payment doesn't count. No interest on interest.

The terms state the rate. Usual in China is the contract's and 30 to 50 % of it (银发〔2003〕251号);
a large buyer owes an SME the one-year LPR at least, and 0.05 % a day where nothing was agreed
(Decree 802, article 17).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from ledger.money import Units
from ledger.pricing.errors import BalancesUnordered
from ledger.pricing.rates import exact_interest
from ledger.pricing.rounding import units_of
from ledger.pricing.terms import Terms


@dataclass(frozen=True, slots=True)
class Balance:
    """Principal unpaid from the day ``since`` on, in minor units."""

    since: date
    unpaid: Units


def late_interest(terms: Terms, balances: Sequence[Balance], until: date) -> Units:
    """All late interest that has accrued before the day ``until``, over a falling balance.

    Exact over all balances and rounded half up once, so what partial payments have left can be
    had by subtracting what was paid, without drift. Raises ``BalancesUnordered``.
    """
    _require_ordered(balances)
    ends = [balance.since for balance in balances[1:]] + [until]
    periods = zip(balances, ends, strict=True) if balances else ()
    accrued = (_accrued(terms, balance, min(end, until)) for balance, end in periods)
    return units_of(sum(accrued, Fraction(0)))


def days_past_due(due: date, on: date) -> int:
    """Whole days after the due date: 0 on the day itself and before, 1 on the day after."""
    return max(0, (on - due).days)


def _accrued(terms: Terms, balance: Balance, end: date) -> Fraction:
    start = max(balance.since, terms.maturity)
    if end <= start:
        return Fraction(0)
    return exact_interest(balance.unpaid, terms.late_rate, start, end, terms.convention)


def _require_ordered(balances: Sequence[Balance]) -> None:
    for one, next_one in pairwise(balances):
        if next_one.since <= one.since:
            raise BalancesUnordered(next_one.since.isoformat(), one.since.isoformat())

"""Terms to start from, and strategies for any terms."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import strategies as st

from ledger.money import Units, currency_of
from ledger.pricing import Convention, DayCount, Fees, InterestRatio, Terms, Timing, YearBase
from ledger.pricing.rates import MAX_RATE_BP, RateBp

CNY = currency_of("CNY")

CONVENTIONS = [
    Convention(DayCount.ACTUAL, YearBase.DAYS_360),
    Convention(DayCount.ACTUAL, YearBase.DAYS_365),
    Convention(DayCount.ACTUAL, YearBase.ACTUAL),
    Convention(DayCount.THIRTY, YearBase.DAYS_360),
    Convention(DayCount.THIRTY, YearBase.DAYS_365),
]


def terms(**changes: Any) -> Terms:
    """CNY 1,000,000.00 at 3.65 % for 180 days, ACT/360, discounted, unless changed."""
    base: dict[str, Any] = {
        "currency": CNY,
        "financed": Units(100_000_000),
        "value_date": date(2026, 1, 5),
        "maturity": date(2026, 7, 4),
        "rate": RateBp(365),
        "late_rate": RateBp(548),
    }
    return Terms(**(base | changes))


def month_ends(low: date, high: date) -> st.SearchStrategy[date]:
    """The last days of months and their neighbours, where day counts differ most."""
    firsts = st.builds(
        date, st.integers(low.year + 1, high.year - 1), st.integers(1, 12), st.just(1)
    )
    return st.builds(lambda first, n: first + timedelta(n), firsts, st.integers(-4, 2))


def dates(low: date = date(2000, 1, 1), high: date = date(2100, 1, 1)) -> st.SearchStrategy[date]:
    return st.one_of(st.dates(low, high), month_ends(low, high))


@st.composite
def any_terms(draw: st.DrawFn, most: int = 10**15) -> Terms:
    """Terms up to ``most`` minor units and three years; a price may still be refused."""
    value_date = draw(dates())
    return Terms(
        currency=currency_of(draw(st.sampled_from(["CNY", "JPY", "KWD", "EUR"]))),
        financed=Units(draw(st.integers(1, most))),
        value_date=value_date,
        maturity=value_date + timedelta(draw(st.integers(1, 1100))),
        rate=RateBp(draw(st.integers(0, MAX_RATE_BP))),
        late_rate=RateBp(draw(st.integers(0, MAX_RATE_BP))),
        timing=draw(st.sampled_from(list(Timing))),
        convention=draw(st.sampled_from(CONVENTIONS)),
        fees=Fees(Units(draw(st.integers(0, 1000))), draw(st.integers(0, 100))),
        ratio=InterestRatio(draw(st.integers(1, 100)), draw(st.integers(0, 100))),
    )

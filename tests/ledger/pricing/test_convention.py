"""Day counts and year fractions: against QuantLib, and by their own laws."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

import pytest
import QuantLib as ql  # noqa: N813 (as its own documentation calls it)
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.pricing import Convention, DayCount, YearBase, convention_of
from ledger.pricing.errors import IncoherentConvention, UnknownDayCount, UnknownYearBase
from tests.ledger.pricing.samples import CONVENTIONS, dates

ACT_360, ACT_365, ACT_ACT, THIRTY_360, THIRTY_365 = CONVENTIONS
REFERENCES = {
    ACT_360: ql.Actual360(),
    ACT_365: ql.Actual365Fixed(),
    ACT_ACT: ql.ActualActual(ql.ActualActual.ISDA),
    THIRTY_360: ql.Thirty360(ql.Thirty360.EurobondBasis),
}
anywhere = dates(date(1901, 1, 1), date(2199, 12, 31))


def ql_date(day: date) -> ql.Date:
    return ql.Date(day.day, day.month, day.year)


@settings(max_examples=1500)
@given(anywhere, anywhere)
def test_years__any_two_dates_each_way_of_counting__as_quantlib(one: date, other: date) -> None:
    start, end = sorted((one, other))
    for convention, reference in REFERENCES.items():
        assert convention.days(start, end) == reference.dayCount(ql_date(start), ql_date(end))
        expected = reference.yearFraction(ql_date(start), ql_date(end))
        assert abs(convention.years(start, end) - Fraction(expected)) < Fraction(1, 10**12)


@given(anywhere, anywhere, anywhere, st.sampled_from(CONVENTIONS))
def test_years__period_cut_anywhere__parts_add_up(
    one: date, two: date, three: date, convention: Convention
) -> None:
    start, cut, end = sorted((one, two, three))
    parts = convention.years(start, cut) + convention.years(cut, end)
    assert parts == convention.years(start, end)


@pytest.mark.parametrize(
    ("convention", "start", "end", "days", "years"),
    [
        (ACT_360, date(2024, 2, 28), date(2024, 3, 1), 2, Fraction(2, 360)),
        (ACT_365, date(2023, 2, 28), date(2023, 3, 1), 1, Fraction(1, 365)),
        (ACT_ACT, date(2023, 12, 31), date(2024, 1, 2), 2, Fraction(1, 365) + Fraction(1, 366)),
        (ACT_ACT, date(2024, 1, 1), date(2025, 1, 1), 366, Fraction(1)),
        (THIRTY_360, date(2024, 1, 31), date(2024, 2, 29), 29, Fraction(29, 360)),
        (THIRTY_360, date(2023, 2, 28), date(2023, 3, 1), 3, Fraction(3, 360)),
        (THIRTY_360, date(2026, 8, 30), date(2026, 8, 31), 0, Fraction(0)),
        (THIRTY_360, date(2026, 1, 1), date(2027, 1, 1), 360, Fraction(1)),
        (THIRTY_365, date(2026, 1, 1), date(2026, 7, 1), 180, Fraction(180, 365)),
    ],
)
def test_years__edges_of_months_and_years__exact(
    convention: Convention, start: date, end: date, days: int, years: Fraction
) -> None:
    assert convention.days(start, end) == days
    assert convention.years(start, end) == years


@pytest.mark.parametrize("base", ["0", "", "-360", "366", "360.0", "Actual"])
def test_convention_of__another_year_base__refused(base: str) -> None:
    with pytest.raises(UnknownYearBase):
        convention_of("actual", base)


def test_convention_of__another_day_count__refused() -> None:
    with pytest.raises(UnknownDayCount):
        convention_of("30", "360")


def test_convention_of__thirty_day_months_in_actual_years__refused() -> None:
    with pytest.raises(IncoherentConvention):
        convention_of("30E", "actual")


def test_convention_of__names__convention() -> None:
    assert convention_of("30E", "360") == Convention(DayCount.THIRTY, YearBase.DAYS_360)

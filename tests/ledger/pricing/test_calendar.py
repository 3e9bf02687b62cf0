"""Business days: as the State Council published them, and against QuantLib's own rolling."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
import QuantLib as ql  # noqa: N813
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.pricing.calendar import (
    FIRST_YEAR,
    Roll,
    is_business_day,
    is_known,
    last_known_year,
    roll,
)
from ledger.pricing.errors import CalendarUnknown
from tests.ledger.pricing.samples import terms
from tests.ledger.pricing.test_convention import ql_date

MAKE_UP_DAYS = {
    # 国办发明电〔2024〕12号 and 〔2025〕7号
    2025: ["0126", "0208", "0427", "0928", "1011"],
    2026: ["0104", "0214", "0228", "0509", "0920", "1010"],
}
HOLIDAYS = [
    *(date(2025, 1, 28) + timedelta(n) for n in range(8)),
    *(date(2025, 10, 1) + timedelta(n) for n in range(8)),
    *(date(2026, 2, 15) + timedelta(n) for n in range(9)),
    *(date(2026, 10, 1) + timedelta(n) for n in range(7)),
]
known_days = st.dates(date(FIRST_YEAR, 1, 20), date(2026, 12, 15))


@pytest.mark.parametrize("year", list(MAKE_UP_DAYS))
def test_is_business_day__weekends__open_only_on_make_up_days(year: int) -> None:
    days = (date(year, 1, 1) + timedelta(n) for n in range(365))
    weekend = [day for day in days if day.weekday() >= 5]
    assert [f"{day:%m%d}" for day in weekend if is_business_day(day)] == MAKE_UP_DAYS[year]


@pytest.mark.parametrize("day", HOLIDAYS)
def test_is_business_day__published_holiday__closed(day: date) -> None:
    assert not is_business_day(day)


def test_is_known__since_2008_without_a_gap__at_least_to_2026() -> None:
    assert last_known_year() >= 2026
    assert not is_known(FIRST_YEAR - 1)
    assert not is_known(last_known_year() + 1)


@pytest.mark.parametrize("year", [1, 1900, 2007, 2150, 2199, 2200, 9999])
def test_is_business_day__year_not_known__refused(year: int) -> None:
    with pytest.raises(CalendarUnknown) as caught:
        is_business_day(date(year, 6, 1))
    assert str(year) in str(caught.value)


def test_roll__last_holiday_of_the_last_known_year__refused_not_guessed() -> None:
    day = date(last_known_year(), 12, 31)
    while is_business_day(day):
        day -= timedelta(1)
    assert roll(day, Roll.NONE) == day
    with pytest.raises(CalendarUnknown):
        roll(date(last_known_year() + 1, 1, 1), Roll.FOLLOWING)


@pytest.mark.parametrize(
    ("day", "how", "rolled"),
    [
        (date(2026, 10, 3), Roll.NONE, date(2026, 10, 3)),
        (date(2026, 10, 3), Roll.FOLLOWING, date(2026, 10, 8)),
        (date(2026, 10, 10), Roll.FOLLOWING, date(2026, 10, 10)),  # a Saturday made up for
        (date(2026, 2, 28), Roll.MODIFIED_FOLLOWING, date(2026, 2, 28)),  # likewise
        (date(2026, 1, 31), Roll.FOLLOWING, date(2026, 2, 2)),
        (date(2026, 1, 31), Roll.MODIFIED_FOLLOWING, date(2026, 1, 30)),
        (date(2026, 1, 3), Roll.FOLLOWING, date(2026, 1, 4)),  # onto a Sunday made up for
    ],
)
def test_roll__holidays_and_make_up_days__business_day(day: date, how: Roll, rolled: date) -> None:
    assert roll(day, how) == rolled


@settings(max_examples=1000)
@given(known_days)
def test_roll__any_known_day__as_quantlib(day: date) -> None:
    china = ql.China(ql.China.IB)
    for how, theirs in [
        (Roll.FOLLOWING, ql.Following),
        (Roll.MODIFIED_FOLLOWING, ql.ModifiedFollowing),
    ]:
        assert ql_date(roll(day, how)) == china.adjust(ql_date(day), theirs)


def test_terms__maturity_rolled_over_a_holiday__interest_for_the_days_added() -> None:
    due = roll(date(2026, 10, 3), Roll.FOLLOWING)
    one = terms(value_date=date(2026, 9, 20), maturity=due)
    assert one.convention.days(one.value_date, one.maturity) == 18

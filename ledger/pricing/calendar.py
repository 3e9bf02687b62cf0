"""China's interbank business days, make-up working days included, and rolling onto them.

The State Council publishes each year's holidays and make-up working days (调休) in the autumn
before; no rule gives them. QuantLib carries them (``China(IB)``) and is kept up by others, so
a release brings the next year. Its years before 2008 are wrong in places (compared with
``chinese-calendar``), and of a year that it doesn't know it only knows the weekends, in silence:
so a year counts as known only from 2008 on, and if it has make-up working days, as all have.

The one module that imports QuantLib (0.1 s, 36 MiB); terms and prices don't need it.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from functools import cache

import QuantLib

from ledger.pricing.errors import CalendarUnknown

FIRST_YEAR = 2008

_LAST_CONCEIVABLE = 2199
"""QuantLib's dates end there."""

_DAY = timedelta(days=1)
_SATURDAY = 5


class Roll(StrEnum):
    """What becomes of a date that is no business day."""

    NONE = "none"
    FOLLOWING = "following"
    """The next business day."""

    MODIFIED_FOLLOWING = "modified following"
    """The next one, unless that is in another month: then the one before."""


def is_business_day(day: date) -> bool:
    """Whether banks settle among each other in China on this day; CalendarUnknown."""
    if not is_known(day.year):
        raise CalendarUnknown(day.year, FIRST_YEAR, last_known_year())
    return _is_open(day)


def roll(day: date, how: Roll) -> date:
    """The business day this one becomes.

    Raises ``CalendarUnknown`` if a day has to be looked at in a year that isn't known.
    """
    if how is Roll.NONE or is_business_day(day):
        return day
    following = _next_open(day, _DAY)
    if how is Roll.MODIFIED_FOLLOWING and following.month != day.month:
        return _next_open(day, -_DAY)
    return following


@cache
def is_known(year: int) -> bool:
    """Whether the year's holidays and make-up working days are known."""
    if not FIRST_YEAR <= year <= _LAST_CONCEIVABLE:
        return False
    first = date(year, 1, 1)
    days = (first + n * _DAY for n in range(366))
    return any(_is_open(day) for day in days if day.weekday() >= _SATURDAY and day.year == year)


@cache
def last_known_year() -> int:
    """The last year of the unbroken run of known ones."""
    year = FIRST_YEAR
    while is_known(year + 1):
        year += 1
    return year


def _next_open(day: date, step: timedelta) -> date:
    while not is_business_day(day):
        day += step
    return day


def _is_open(day: date) -> bool:
    china = QuantLib.China(QuantLib.China.IB)
    return bool(china.isBusinessDay(QuantLib.Date(day.day, day.month, day.year)))

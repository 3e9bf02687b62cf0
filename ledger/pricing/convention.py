"""How days make up a share of a year. The first day counts, the last doesn't (算头不算尾).

| day count | year base | known as | source |
|---|---|---|---|
| actual | 360 | ACT/360 | 2006 ISDA Definitions 4.16(e); the usual one for loans in China |
| actual | 365 | ACT/365 (Fixed) | 4.16(d) |
| actual | actual | ACT/ACT (ISDA) | 4.16(b): days in leap years /366, the others /365 |
| 30E | 360 | 30E/360, Eurobond basis | 4.16(g): the 31st counts as the 30th, February as it is |
| 30E | 365 | 30E/365 | as above over 365 |

Of the 30-day counts, 30E is the one that adds up: a period cut at any day has exactly the interest
of its parts, since each date has one place on the line (30/360 and 30E/360 ISDA look at the other
end of the period). Every convention here is such a line: a share of a year is the difference of
two places on it, exact, as a fraction.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from fractions import Fraction

from ledger.pricing.errors import IncoherentConvention, UnknownDayCount, UnknownYearBase


class DayCount(StrEnum):
    ACTUAL = "actual"
    THIRTY = "30E"


class YearBase(StrEnum):
    DAYS_360 = "360"
    DAYS_365 = "365"
    ACTUAL = "actual"


@dataclass(frozen=True, slots=True)
class Convention:
    """A day count and the year it is a share of; IncoherentConvention for 30E in actual years."""

    day_count: DayCount = DayCount.ACTUAL
    year_base: YearBase = YearBase.DAYS_360

    def __post_init__(self) -> None:
        if self.day_count is DayCount.THIRTY and self.year_base is YearBase.ACTUAL:
            raise IncoherentConvention(self.day_count, self.year_base)

    def days(self, start: date, end: date) -> int:
        """Days that bear interest: ``start`` counts, ``end`` doesn't."""
        return _day_number(end, self.day_count) - _day_number(start, self.day_count)

    def years(self, start: date, end: date) -> Fraction:
        """The same as an exact share of a year."""
        if self.year_base is YearBase.ACTUAL:
            return _place_in_years(end) - _place_in_years(start)
        return Fraction(self.days(start, end), int(self.year_base))


ACT_360 = Convention()


def convention_of(day_count: str, year_base: str) -> Convention:
    """The convention of these names; UnknownDayCount, UnknownYearBase, IncoherentConvention."""
    return Convention(day_count_of(day_count), year_base_of(year_base))


def day_count_of(text: str) -> DayCount:
    try:
        return DayCount(text)
    except ValueError:
        raise UnknownDayCount(text) from None


def year_base_of(text: str) -> YearBase:
    try:
        return YearBase(text)
    except ValueError:
        raise UnknownYearBase(text) from None


def _day_number(day: date, count: DayCount) -> int:
    if count is DayCount.ACTUAL:
        return day.toordinal()
    return 360 * day.year + 30 * day.month + min(day.day, 30)


def _place_in_years(day: date) -> Fraction:
    first = date(day.year, 1, 1)
    length = date(day.year, 12, 31).toordinal() - first.toordinal() + 1
    return day.year + Fraction(day.toordinal() - first.toordinal(), length)

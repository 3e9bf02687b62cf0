"""Terms in calendar months."""

from __future__ import annotations

from calendar import monthrange
from datetime import MAXYEAR, date


def add_months(day: date, months: int) -> date:
    """The day of the same number that many months on, or the month's last if it has no such day.

    As Civil Code article 202 ends a term of months: 31 August and six months is 28 February.
    Beyond the calendar it is the calendar's last day.
    """
    years, month = divmod(day.month - 1 + months, 12)
    year = day.year + years
    if year > MAXYEAR:
        return date.max
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))

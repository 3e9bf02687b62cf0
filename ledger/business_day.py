"""The business day: dates are those of Asia/Shanghai."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from ledger.refusals import InvalidDate

BUSINESS_ZONE = ZoneInfo("Asia/Shanghai")
LAST_MOMENT = 253_402_214_399
"""The end of the year 9999 in Shanghai, Unix seconds: the last that calendars have."""
DAY_SECONDS = 86_400
_FIRST_YEAR = 1970


def business_day(moment: int) -> date:
    """The day it is in Shanghai at this moment, Unix seconds; beyond ``LAST_MOMENT`` the last.

    Deadlines come from what parties signed, and a signed one may have any 64 bits.
    """
    return datetime.fromtimestamp(min(moment, LAST_MOMENT), BUSINESS_ZONE).date()


def end_of(day: date) -> int:
    """The last second of a day in Shanghai, Unix seconds."""
    after = datetime.combine(day + timedelta(days=1), time(), BUSINESS_ZONE)
    return int(after.timestamp()) - 1


def number_of(day: date) -> int:
    """As signed and kept on chain: YYYYMMDD."""
    return day.year * 10_000 + day.month * 100 + day.day


def day_of(number: int) -> date:
    """The day of a YYYYMMDD number; ValueError."""
    return date(number // 10_000, number // 100 % 100, number % 100)


def date_text(number: int) -> str:
    """A YYYYMMDD number as ISO 8601, also where no calendar has that day: it was signed so."""
    return f"{number // 10_000:04}-{number // 100 % 100:02}-{number % 100:02}"


def require_date(day: int) -> None:
    """As ``Dates.requireValid``: YYYYMMDD of a real day, or InvalidDate."""
    try:
        valid = date(day // 10_000, day // 100 % 100, day % 100).year >= _FIRST_YEAR
    except ValueError:
        valid = False
    if not valid:
        raise InvalidDate(day)

"""Days are Shanghai's, whatever the moment."""

from __future__ import annotations

from datetime import date

import pytest

from ledger.agreements import FOREVER
from ledger.business_day import LAST_MOMENT, business_day, day_of, end_of, number_of


def test_business_day__midnight_in_shanghai__the_next_day() -> None:
    last = end_of(date(2026, 11, 22))
    assert [business_day(last), business_day(last + 1)] == [date(2026, 11, 22), date(2026, 11, 23)]


@pytest.mark.parametrize("moment", [LAST_MOMENT, LAST_MOMENT + 1, 2**63, FOREVER])
def test_business_day__a_moment_beyond_all_calendars__their_last_day(moment: int) -> None:
    """A deadline that a party signed may have any 64 bits."""
    assert business_day(moment) == date.max


def test_number_of__and_back__the_same_day() -> None:
    assert day_of(number_of(date(2026, 2, 28))) == date(2026, 2, 28)

"""Named refusals of prices. Amounts in their fields are minor units, rates basis points."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import Refused


@dataclass
class NegativeRate(Refused):
    """The annual rate is below zero."""

    rate_bp: int
    summary: ClassVar[str] = "{rate_bp} basis points a year is negative."


@dataclass
class RateTooHigh(Refused):
    """The annual rate is a slip (percent for basis points, a zero too many), not a price."""

    rate_bp: int
    limit: int
    summary: ClassVar[str] = "{rate_bp} basis points a year is more than {limit} (100 %)."


@dataclass
class UnknownYearBase(Refused):
    """The year has neither 360 nor 365 nor its actual days."""

    base: str
    summary: ClassVar[str] = "{base!r} is no year base: 360, 365 or actual."


@dataclass
class UnknownDayCount(Refused):
    """Days are counted neither as they are nor in months of 30."""

    day_count: str
    summary: ClassVar[str] = "{day_count!r} is no day count: actual or 30E."


@dataclass
class IncoherentConvention(Refused):
    """Months of 30 days don't add up to a year of 365 or 366."""

    day_count: str
    year_base: str
    summary: ClassVar[str] = "Days counted {day_count} have no meaning in a year of {year_base}."


@dataclass
class NoTerm(Refused):
    """Maturity doesn't come after the value date, so no day bears interest."""

    value_date: str
    maturity: str
    summary: ClassVar[str] = "Maturity {maturity} doesn't come after the value date {value_date}."


@dataclass
class InvalidRatio(Refused):
    """The parts of a ratio are whole numbers from 0 to a limit, and not all zero."""

    weights: str
    limit: int
    summary: ClassVar[str] = "{weights} is no ratio of whole numbers from 0 to {limit}."


@dataclass
class FeeTooHigh(Refused):
    """The proportional fee is more than the whole amount."""

    fee_bp: int
    limit: int
    summary: ClassVar[str] = "A fee of {fee_bp} basis points is more than {limit} (100 %)."


@dataclass
class NothingAdvanced(Refused):
    """What is taken off leaves nothing to advance."""

    financed: int
    withheld: int
    summary: ClassVar[str] = "Of {financed} minor units {withheld} would be taken off."


@dataclass
class BalancesUnordered(Refused):
    """The balances of an overdue debt aren't listed by rising date."""

    since: str
    previous: str
    summary: ClassVar[str] = "The balance since {since} follows the one since {previous}."


@dataclass
class CalendarUnknown(Refused):
    """The year's holidays and make-up working days aren't published or not known here."""

    year: int
    first: int
    last: int
    summary: ClassVar[str] = "The interbank calendar is known from {first} to {last}, not {year}."

"""Terms of a financing as options on the command line."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Annotated, ClassVar

import typer

from ledger.errors import Refused
from ledger.money import Units, currency_of, minor_units
from ledger.pricing import Fees, InterestRatio, RateBp, Terms, Timing, convention_of, rate_of
from ledger.pricing.errors import InvalidRatio
from ledger.pricing.rates import MAX_RATE_BP
from ledger.pricing.rounding import MAX_WEIGHT

Rate = Annotated[str, typer.Option(help="Percent a year, e.g. 3.65; whole basis points.")]
LateRate = Annotated[
    str | None,
    typer.Option(help="Percent a year from maturity on; else the rate and half of it."),
]
When = Annotated[
    Timing,
    typer.Option(
        "--timing",
        help="discount: taken off the advance (sale). arrears: paid at maturity (loan).",
    ),
]
DayCounting = Annotated[str, typer.Option("--day-count", help="actual, or 30E: months of 30.")]
YearLength = Annotated[str, typer.Option("--year-base", help="360, 365 or actual.")]
FlatFee = Annotated[str, typer.Option("--fee", help="A flat fee, decimal, e.g. 300.00.")]
FeeBp = Annotated[int, typer.Option(help="A fee in basis points of the amount, once.")]
Ratio = Annotated[
    str, typer.Option(help="Who bears interest, HOLDER:CORE parts; 3:1 is three quarters.")
]


class Rolling(StrEnum):
    """``ledger.pricing.calendar.Roll`` as typed: that module brings QuantLib, 36 MiB."""

    NONE = "none"
    FOLLOWING = "following"
    MODIFIED_FOLLOWING = "modified-following"


RollDay = Annotated[
    Rolling,
    typer.Option("--roll", help="Move maturity to a business day of China's interbank calendar."),
]

_PERCENT = re.compile(r"(?P<sign>[+-]?)(?P<whole>[0-9]{1,12})(?:\.(?P<part>[0-9]{0,12}))?")
_RATIO = re.compile(r"([0-9]{1,12}):([0-9]{1,12})")


@dataclass
class MalformedRate(Refused):
    """The rate isn't a decimal number of percent in whole basis points."""

    text: str
    summary: ClassVar[str] = "{text!r} is no rate: percent a year with two decimals at most."


@dataclass(frozen=True)
class GivenTerms:
    """What was typed in, besides the amount and the dates."""

    rate: str
    late_rate: str | None = None
    timing: Timing = Timing.DISCOUNT
    day_count: str = "actual"
    year_base: str = "360"
    fee: str = "0"
    fee_bp: int = 0
    ratio: str = "1:0"

    def over(self, amount: str | Units, currency: str, value_date: date, maturity: date) -> Terms:
        """The terms over this amount: decimal text, or minor units. Raises what a term refuses."""
        money = currency_of(currency)
        units = minor_units(amount, money) if isinstance(amount, str) else amount
        rate = percent(self.rate)
        return Terms(
            currency=money,
            financed=units,
            value_date=value_date,
            maturity=maturity,
            rate=rate,
            late_rate=_late(rate) if self.late_rate is None else percent(self.late_rate),
            timing=self.timing,
            convention=convention_of(self.day_count, self.year_base),
            fees=Fees(minor_units(self.fee, money), self.fee_bp),
            ratio=_ratio(self.ratio),
        )


def percent(text: str) -> RateBp:
    """``"3.65"`` as 365 basis points; MalformedRate, NegativeRate or RateTooHigh."""
    match = _PERCENT.fullmatch(text)
    part = (match["part"] or "").rstrip("0") if match else ""
    if match is None or len(part) > 2:
        raise MalformedRate(text[:64])
    points = int(match["whole"] + part.ljust(2, "0"))
    return rate_of(-points if match["sign"] == "-" else points)


def rolled(maturity: date, how: Rolling) -> date:
    """The business day that maturity becomes; CalendarUnknown."""
    if how is Rolling.NONE:
        return maturity
    from ledger.pricing.calendar import Roll, roll

    return roll(maturity, Roll[how.name])


def percent_text(basis_points: int) -> str:
    return f"{basis_points // 100}.{basis_points % 100:02} %"


def _late(rate: RateBp) -> RateBp:
    """Half more, the most that is usual in China (银发〔2003〕251号), within what is a rate."""
    return rate_of(min(MAX_RATE_BP, (3 * rate + 1) // 2))


def _ratio(text: str) -> InterestRatio:
    match = _RATIO.fullmatch(text)
    if match is None:
        raise InvalidRatio(text[:64], MAX_WEIGHT)
    return InterestRatio(int(match[1]), int(match[2]))

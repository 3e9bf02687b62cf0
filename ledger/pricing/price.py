"""What terms cost: the advance, the interest and who bears it, what is due at maturity."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from ledger.money import Units
from ledger.pricing.errors import NothingAdvanced
from ledger.pricing.rates import exact_interest
from ledger.pricing.rounding import BASIS_POINTS, half_up, require_units, split_by_ratio, units_of
from ledger.pricing.terms import Terms, Timing


@dataclass(frozen=True, slots=True)
class Price:
    """Amounts in minor units of the terms' currency.

    ``holder_interest`` + ``core_interest`` = ``interest``. The holder's part and the fees are
    taken off the advance (discount) or due at maturity (arrears). The core enterprise pays its
    part itself, on the value date or at maturity; under arrears it is within ``repayment``.
    ``annual_cost_bp`` is what the holder bears.
    """

    days: int
    interest: Units
    holder_interest: Units
    core_interest: Units
    fees: Units
    advance: Units
    repayment: Units
    annual_cost_bp: int


def price(terms: Terms) -> Price:
    """The price of these terms. Interest is rounded half up once, as a whole, and then split.

    Raises ``NothingAdvanced`` or ``AmountTooLarge``.
    """
    interest = units_of(
        exact_interest(
            terms.financed, terms.rate, terms.value_date, terms.maturity, terms.convention
        )
    )
    holder, core = split_by_ratio(interest, terms.ratio.weights)
    fees = fees_of(terms)
    advance = _advance(terms, holder + fees)
    return Price(
        days=terms.convention.days(terms.value_date, terms.maturity),
        interest=interest,
        holder_interest=holder,
        core_interest=core,
        fees=fees,
        advance=advance,
        repayment=_repayment(terms, interest + fees),
        annual_cost_bp=annual_cost_bp(holder + fees, advance, terms),
    )


def fees_of(terms: Terms) -> Units:
    """Flat and proportional fee together, rounded half up once."""
    proportional = Fraction(terms.financed * terms.fees.bp, BASIS_POINTS)
    return units_of(terms.fees.flat + proportional)


def annual_cost_bp(cost: int, received: Units, terms: Terms) -> int:
    """A cost as basis points a year of what was received, half up: simple, by days over 365.

    Simple, not compound: People's Bank announcement 2021 No. 3 asks for all costs over the
    principal in use, by the year, and allows the simple method where it is called so.
    """
    days = (terms.maturity - terms.value_date).days
    return half_up(Fraction(cost * BASIS_POINTS * 365, received * days))


def _advance(terms: Terms, holder_pays: int) -> Units:
    if terms.timing is Timing.ARREARS:
        return terms.financed
    if holder_pays >= terms.financed:
        raise NothingAdvanced(terms.financed, holder_pays)
    return Units(terms.financed - holder_pays)


def _repayment(terms: Terms, charges: int) -> Units:
    if terms.timing is Timing.DISCOUNT:
        return terms.financed
    return require_units(terms.financed + charges)

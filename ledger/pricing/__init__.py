"""Terms of a financing and what they cost, exact to the minor unit.

``ledger.pricing.calendar`` stands apart: it alone needs QuantLib.
"""

from ledger.pricing.allocation import Allocation, Debt, PaymentOrder, allocate
from ledger.pricing.convention import Convention, DayCount, YearBase, convention_of
from ledger.pricing.overdue import Balance, days_past_due, late_interest
from ledger.pricing.price import Price, price
from ledger.pricing.rates import RateBp, rate_of
from ledger.pricing.reading import financed_in, read_terms
from ledger.pricing.terms import Fees, InterestRatio, Terms, Timing

__all__ = [
    "Allocation",
    "Balance",
    "Convention",
    "DayCount",
    "Debt",
    "Fees",
    "InterestRatio",
    "PaymentOrder",
    "Price",
    "RateBp",
    "Terms",
    "Timing",
    "YearBase",
    "allocate",
    "convention_of",
    "days_past_due",
    "financed_in",
    "late_interest",
    "price",
    "rate_of",
    "read_terms",
]

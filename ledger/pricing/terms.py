"""What a quote says about money: the terms, complete in themselves, and their commitment.

Only the commitment reaches the chain. ``maturity`` is the day repayment is due, already rolled to
a business day where that was agreed (``ledger.pricing.calendar``): a price must not change when
a calendar is corrected.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, ClassVar

from ledger.canonical import write_canonical
from ledger.commitments import commit
from ledger.money import Currency, Units, currency_of
from ledger.pricing.convention import ACT_360, Convention
from ledger.pricing.errors import FeeTooHigh, NoTerm
from ledger.pricing.rates import RateBp, rate_of
from ledger.pricing.rounding import BASIS_POINTS, NOTHING, require_ratio, require_units
from ledger.refusals import ZeroAmount


class Timing(StrEnum):
    """When interest and fees are paid.

    Discounting suits a sale (factoring, bills): the price of a claim is less than its face. A loan
    bears interest in arrears: Civil Code article 670 counts as principal only what was paid out.
    """

    DISCOUNT = "discount"
    """Holder's interest and fees are taken off the advance; the amount financed is repaid."""

    ARREARS = "arrears"
    """The whole amount is advanced; at maturity it is repaid with interest and fees."""


@dataclass(frozen=True, slots=True)
class Fees:
    """``flat`` minor units and ``bp`` basis points of the amount financed, both once.

    Raises ``NegativeAmount``, ``AmountTooLarge`` or ``FeeTooHigh``.
    """

    flat: Units = NOTHING
    bp: int = 0

    def __post_init__(self) -> None:
        require_units(self.flat)
        require_units(self.bp)
        if self.bp > BASIS_POINTS:
            raise FeeTooHigh(self.bp, BASIS_POINTS)


@dataclass(frozen=True, slots=True)
class InterestRatio:
    """Who bears interest: ``holder`` parts to ``core`` (enterprise) parts; InvalidRatio."""

    holder: int = 1
    core: int = 0

    def __post_init__(self) -> None:
        require_ratio(self.weights)

    @property
    def weights(self) -> tuple[int, int]:
        return self.holder, self.core


@dataclass(frozen=True, slots=True)
class Terms:
    """One financing's terms. Amounts are minor units of ``currency``, rates basis points a year.

    ``financed`` is what repays the bank at maturity (discount) or what it lends (arrears).
    ``late_rate`` applies from maturity on. Raises ``UnknownCurrency``, ``ZeroAmount``,
    ``NegativeAmount``, ``AmountTooLarge``, ``NoTerm``, ``NegativeRate`` or ``RateTooHigh``.
    """

    KIND: ClassVar[str] = "yuanliu.pricing.terms.v1"

    currency: Currency
    financed: Units
    value_date: date
    maturity: date
    rate: RateBp
    late_rate: RateBp
    timing: Timing = Timing.DISCOUNT
    convention: Convention = ACT_360
    fees: Fees = Fees()
    ratio: InterestRatio = InterestRatio()

    def __post_init__(self) -> None:
        currency_of(self.currency)
        if require_units(self.financed) == 0:
            raise ZeroAmount
        if self.maturity <= self.value_date:
            raise NoTerm(self.value_date.isoformat(), self.maturity.isoformat())
        rate_of(self.rate)
        rate_of(self.late_rate)

    def document(self) -> bytes:
        """The one spelling of these terms; ``read_terms`` reads no other."""
        return write_canonical(self._members())

    def commitment(self, salt: bytes) -> bytes:
        """What the chain holds of them: 32 bytes, opened with salt and document.

        Raises ``WrongHashLength`` or ``WeakSalt``.
        """
        return commit(salt, self.document())

    def _members(self) -> dict[str, Any]:
        return {
            "kind": self.KIND,
            "currency": self.currency,
            "financed": str(self.financed),
            "value_date": self.value_date.isoformat(),
            "maturity": self.maturity.isoformat(),
            "rate_bp": self.rate,
            "late_rate_bp": self.late_rate,
            "timing": self.timing.value,
            "day_count": self.convention.day_count.value,
            "year_base": self.convention.year_base.value,
            "fees": {"flat": str(self.fees.flat), "bp": self.fees.bp},
            "interest_ratio": {"holder": self.ratio.holder, "core": self.ratio.core},
        }

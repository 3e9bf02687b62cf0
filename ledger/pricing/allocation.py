"""Which parts of a debt a partial payment pays.

Unless agreed otherwise: costs of realising the claim, then interest, then principal (Civil Code
article 561). Of interest, what fell due at maturity comes before late interest, as it is older
(article 560). The parties may put principal before interest; costs stay first.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from ledger.money import Units
from ledger.pricing.rounding import NOTHING, require_units


class PaymentOrder(StrEnum):
    INTEREST_FIRST = "interest first"
    PRINCIPAL_FIRST = "principal first"


_ORDERS = {
    PaymentOrder.INTEREST_FIRST: ("costs", "interest", "late_interest", "principal"),
    PaymentOrder.PRINCIPAL_FIRST: ("costs", "principal", "interest", "late_interest"),
}


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed, or paid of it, by kind, in minor units; NegativeAmount, AmountTooLarge."""

    principal: Units = NOTHING
    interest: Units = NOTHING
    late_interest: Units = NOTHING
    costs: Units = NOTHING

    def __post_init__(self) -> None:
        for part in (self.principal, self.interest, self.late_interest, self.costs):
            require_units(part)

    @property
    def total(self) -> Units:
        return Units(self.principal + self.interest + self.late_interest + self.costs)


@dataclass(frozen=True, slots=True)
class Allocation:
    """``paid`` + ``left`` is the debt, ``paid`` + ``surplus`` the payment."""

    paid: Debt
    left: Debt
    surplus: Units


def allocate(payment: Units, debt: Debt, order: PaymentOrder) -> Allocation:
    """Pays the parts of the debt in this order; what is too much is ``surplus``, not kept.

    Raises ``NegativeAmount`` or ``AmountTooLarge``.
    """
    rest = require_units(payment)
    paid: dict[str, Units] = {}
    left: dict[str, Units] = {}
    for part in _ORDERS[order]:
        owed = getattr(debt, part)
        paid[part] = Units(min(rest, owed))
        left[part] = Units(owed - paid[part])
        rest = Units(rest - paid[part])
    return Allocation(Debt(**paid), Debt(**left), rest)

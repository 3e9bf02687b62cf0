"""What a deal's two sides owe each other on a day, from its opened terms and what was paid.

A sale with recourse: what the debtor left unpaid is the seller's to pay, with late interest from
maturity on. A pledge: the loan, its interest and fees, and late interest. A sale without recourse:
the debtor alone owes, and the bank keeps whatever it gets (Civil Code article 767). What the bank
gets beyond its due under recourse or a pledge is the seller's (articles 766 and, from general
knowledge, 438).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from ledger.deals import Mode
from ledger.money import Units
from ledger.pricing import (
    Balance,
    Debt,
    PaymentOrder,
    Terms,
    allocate,
    days_past_due,
    late_interest,
    price,
)
from ledger.pricing.rounding import NOTHING, half_up, require_units


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the bank was paid, or passed on, on a day: of the principal, and beyond it (late
    interest)."""

    on: date
    principal: Units
    beyond: Units = NOTHING


@dataclass(frozen=True, slots=True)
class Dues:
    """Minor units on the day ``on``. ``charges`` are interest and fees of a loan, due at maturity;
    ``late_interest`` is what had accrued before this day; ``surplus`` is due to the seller."""

    on: date
    days_past_due: int
    principal: Units
    charges: Units
    late_interest: Units
    received: Units
    surplus: Units

    @property
    def total(self) -> Units:
        return Units(self.principal + self.charges + self.late_interest)

    def price_of(self, units: int) -> Units:
        """What buys back so many units of the principal: with their share of all the rest."""
        if units >= self.principal:
            return self.total
        rest = self.charges + self.late_interest
        return require_units(units + half_up(Fraction(rest * units, self.principal)))


def dues_on(
    day: date, mode: Mode, terms: Terms, receipts: Sequence[Receipt], admitted: int = 0
) -> Dues:
    """Once the advance is paid. ``admitted`` is what the bank has admitted to owe as surplus."""
    cleared = _within_principal(receipts, terms.financed)
    principal = Units(terms.financed - sum(one.principal for one in cleared))
    owed = Debt(interest=_charges(terms), late_interest=_late(day, mode, terms, cleared))
    beyond = Units(sum(one.beyond for one in cleared))
    split = allocate(beyond, owed, PaymentOrder.INTEREST_FIRST)
    surplus = 0 if mode is Mode.SALE or principal else max(0, split.surplus - admitted)
    left = Units(principal + split.left.total)
    return Dues(
        on=day,
        days_past_due=days_past_due(terms.maturity, day) if left else 0,
        principal=principal,
        charges=split.left.interest,
        late_interest=split.left.late_interest,
        received=Units(sum(one.principal + one.beyond for one in cleared)),
        surplus=Units(surplus),
    )


def _charges(terms: Terms) -> Units:
    """Of a discount nothing: the advance was less by them."""
    return Units(price(terms).repayment - terms.financed)


def _late(day: date, mode: Mode, terms: Terms, cleared: Iterable[Receipt]) -> Units:
    if mode is Mode.SALE:
        return NOTHING
    paid: dict[date, int] = {}
    for one in cleared:
        # What came before the money was lent leaves it lent for no day.
        on = max(one.on, terms.value_date)
        paid[on] = paid.get(on, 0) + one.principal
    unpaid = terms.financed - paid.pop(terms.value_date, 0)
    balances = [Balance(terms.value_date, Units(unpaid))]
    for on in sorted(paid):
        unpaid -= paid[on]
        balances.append(Balance(on, Units(unpaid)))
    return late_interest(terms, balances, day)


def _within_principal(receipts: Iterable[Receipt], financed: int) -> list[Receipt]:
    """By day; what the principal has no room for any more is beyond it."""
    cleared, room = [], financed
    for one in sorted(receipts, key=lambda one: one.on):
        fits = min(one.principal, room)
        room -= fits
        beyond = Units(one.beyond + one.principal - fits)
        cleared.append(Receipt(one.on, Units(fits), beyond))
    return cleared

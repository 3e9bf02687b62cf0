"""The five categories of all that one party owes one bank.

Contagion asks what share of the debt is non-performing, which takes one currency. Over several,
the share of all of it is a mean of the shares in each, so it is no greater than the greatest:
where that one is within the limit, so is the whole. Where it isn't, the whole depends on rates
that the ledger doesn't have, and is taken to be beyond it too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from ledger.hexadecimal import hexed
from ledger.ids import PartyNo
from ledger.money import Currency, Units
from ledger.risk.position import Position
from ledger.rules import Category, Exposure, Pack, classify
from ledger.rules.classification import contagious


@dataclass(frozen=True, slots=True)
class Debt:
    """``own`` is the category by the debt's own delay."""

    position: Position
    days_past_due: int
    own: Category
    category: Category

    @property
    def by_contagion(self) -> bool:
        return self.category is not self.own


@dataclass(frozen=True, slots=True)
class DebtorClass:
    """All debts of one party at one bank, in the order given."""

    party: PartyNo
    debts: tuple[Debt, ...]

    @property
    def category(self) -> Category:
        return max((debt.category for debt in self.debts), default=Category.NORMAL)

    @property
    def most_days_past_due(self) -> int:
        return max((debt.days_past_due for debt in self.debts), default=0)

    @property
    def currencies(self) -> list[str]:
        return sorted({debt.position.currency for debt in self.debts})

    def sum(self, currency: str, *, past_due: bool = False, non_performing: bool = False) -> int:
        """Outstanding in minor units of ``currency``: all of it, or what is as bad as asked."""
        return sum(
            debt.position.outstanding
            for debt in self.debts
            if debt.position.currency == currency
            and (debt.days_past_due or not past_due)
            and (debt.category.non_performing or not non_performing)
        )


def classify_debtor(
    pack: Pack, party: PartyNo, positions: Sequence[Position], on: date
) -> DebtorClass:
    """The debts of ``party`` among ``positions``, which are one bank's.

    Raises ``PackNotInForce`` or ``RuleMissing``.
    """
    owed = [one for one in positions if one.lent and party in one.obligors]
    exposures = {one.deal: _exposure(one, on) for one in owed}
    own: dict[bytes, Category] = {}
    spreads = False
    for currency in {one.currency for one in owed}:
        same = [one for one in owed if one.currency == currency]
        found = classify(pack, [exposures[one.deal] for one in same], on)
        own |= {one.deal: each.own for one, each in zip(same, found, strict=True)}
        spreads = spreads or contagious(pack, [exposures[one.deal] for one in same], on)
    return DebtorClass(party, tuple(_debt(one, own[one.deal], spreads, on) for one in owed))


def _debt(position: Position, own: Category, spreads: bool, on: date) -> Debt:
    category = max(own, Category.SUBSTANDARD) if spreads else own
    return Debt(position, position.days_past_due(on), own, category)


def _exposure(position: Position, on: date) -> Exposure:
    return Exposure(
        hexed(position.deal),
        Currency(position.currency),
        Units(position.outstanding),
        position.days_past_due(on),
    )

"""The five categories of a debtor's debt at one bank, by days past due and by contagion.

Days past due give the least bad category a debt may have; a bank may judge it worse. All
thresholds come from the pack and are exceeded, not reached: 90 days are special mention still,
91 are substandard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import IntEnum
from typing import TypeVar

from ledger.money import Currency, Units
from ledger.pricing.rounding import require_units
from ledger.rules.errors import DebtsInSeveralCurrencies, DelayUnknown, PackNotInForce, RuleMissing
from ledger.rules.kinds import Contagion, Criterion, OverdueCategories
from ledger.rules.pack import Pack

T = TypeVar("T", bound=Criterion)


class Category(IntEnum):
    """正常, 关注, 次级, 可疑, 损失; from substandard on a debt is non-performing."""

    NORMAL = 1
    SPECIAL_MENTION = 2
    SUBSTANDARD = 3
    DOUBTFUL = 4
    LOSS = 5

    @property
    def non_performing(self) -> bool:
        return self >= Category.SUBSTANDARD


@dataclass(frozen=True, slots=True)
class Exposure:
    """One debt of a debtor at the bank: what is outstanding, in minor units of ``currency``.

    ``days_past_due`` None means unknown. ``guaranteed`` marks a credit enhancement that the
    supervisor accepts: contagion doesn't reach it (article 7).
    """

    reference: str
    currency: Currency
    outstanding: Units
    days_past_due: int | None
    guaranteed: bool = False


@dataclass(frozen=True, slots=True)
class Classified:
    """A debt's category; ``own`` is what its own delay gives."""

    exposure: Exposure
    own: Category
    category: Category

    @property
    def by_contagion(self) -> bool:
        return self.category != self.own


def classify(pack: Pack, exposures: Sequence[Exposure], on: date) -> tuple[Classified, ...]:
    """The categories of all that one debtor owes one bank, in the order given.

    Raises ``PackNotInForce``, ``RuleMissing``, ``DelayUnknown``, ``DebtsInSeveralCurrencies``,
    ``NegativeAmount`` or ``AmountTooLarge``.
    """
    if not pack.covers(on):
        raise PackNotInForce(pack.id, on.isoformat())
    _require_sound(exposures)
    thresholds = _find(pack, OverdueCategories, on)
    if thresholds is None:
        raise RuleMissing(pack.id, "overdue-categories@1")
    own = [category_of(_delay(one), thresholds) for one in exposures]
    contagion = _find(pack, Contagion, on)
    spreads = contagion is not None and _spreads(exposures, own, contagion)
    return tuple(
        Classified(exposure, category, _reached(exposure, category, spreads))
        for exposure, category in zip(exposures, own, strict=True)
    )


def contagious(pack: Pack, exposures: Sequence[Exposure], on: date) -> bool:
    """Whether so much of one debtor's debt is non-performing that all of it is.

    Raises as ``classify`` does.
    """
    own = [one.own for one in classify(pack, exposures, on)]
    rule = _find(pack, Contagion, on)
    return rule is not None and _spreads(exposures, own, rule)


def category_of(days_past_due: int, thresholds: OverdueCategories) -> Category:
    """The least bad category of a debt that many days past due."""
    limits = [
        (thresholds.loss, Category.LOSS),
        (thresholds.doubtful, Category.DOUBTFUL),
        (thresholds.substandard, Category.SUBSTANDARD),
        (thresholds.special_mention, Category.SPECIAL_MENTION),
    ]
    exceeded = (category for days, category in limits if days_past_due > days)
    return next(exceeded, Category.NORMAL)


def _spreads(exposures: Sequence[Exposure], own: Sequence[Category], rule: Contagion) -> bool:
    total = sum(one.outstanding for one in exposures)
    bad = sum(
        one.outstanding
        for one, category in zip(exposures, own, strict=True)
        if category.non_performing
    )
    return bad * 100 > total * rule.over_percent


def _reached(exposure: Exposure, own: Category, spreads: bool) -> Category:
    return max(own, Category.SUBSTANDARD) if spreads and not exposure.guaranteed else own


def _find(pack: Pack, kind: type[T], on: date) -> T | None:
    for rule in pack.rules:
        if isinstance(rule.criterion, kind) and rule.in_force.covers(on):
            return rule.criterion
    return None


def _delay(exposure: Exposure) -> int:
    if exposure.days_past_due is None:
        raise DelayUnknown(exposure.reference)
    return exposure.days_past_due


def _require_sound(exposures: Sequence[Exposure]) -> None:
    for one in exposures:
        require_units(one.outstanding)
    currencies = sorted({one.currency for one in exposures})
    if len(currencies) > 1:
        raise DebtsInSeveralCurrencies(", ".join(currencies))

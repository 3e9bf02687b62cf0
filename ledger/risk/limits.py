"""From where on something is worth an alert: parameters of the rule pack in force."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TypeVar

from ledger.rules import Category, Pack
from ledger.rules.classification import category_of
from ledger.rules.errors import PackNotInForce, RuleMissing
from ledger.rules.kinds import (
    AtMost,
    Concentration,
    Criterion,
    OverdueCategories,
    RegistrationNotice,
)

T = TypeVar("T", bound=Criterion)


@dataclass(frozen=True, slots=True)
class Limits:
    """None: the pack has no such limit, and nothing exceeds it."""

    categories: OverdueCategories
    layers: int | None
    concentration_bp: int | None
    notice_days: int | None

    def category(self, days_past_due: int) -> Category:
        """By delay alone, before contagion."""
        return category_of(days_past_due, self.categories)


def limits_of(pack: Pack, on: date) -> Limits:
    """Raises ``PackNotInForce`` or ``RuleMissing``."""
    if not pack.covers(on):
        raise PackNotInForce(pack.id, on.isoformat())
    categories = _first(pack, OverdueCategories, on)
    if categories is None:
        raise RuleMissing(pack.id, "overdue-categories@1")
    concentration = _first(pack, Concentration, on)
    notice = _first(pack, RegistrationNotice, on)
    return Limits(
        categories,
        _layers(pack, on),
        None if concentration is None else concentration.over_bp,
        None if notice is None else notice.days,
    )


def _layers(pack: Pack, on: date) -> int | None:
    found = (
        rule.criterion.limit
        for rule in pack.rules
        if isinstance(rule.criterion, AtMost)
        and rule.criterion.fact == "split_layer"
        and rule.in_force.covers(on)
    )
    return min(found, default=None)


def _first(pack: Pack, kind: type[T], on: date) -> T | None:
    for rule in pack.rules:
        if isinstance(rule.criterion, kind) and rule.in_force.covers(on):
            return rule.criterion
    return None

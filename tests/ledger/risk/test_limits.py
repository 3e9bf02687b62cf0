"""Limits come from the pack in force; a pack without one raises nothing."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from ledger.risk import limits_of
from ledger.rules import Category
from ledger.rules.errors import PackNotInForce, RuleMissing
from tests.ledger.risk.situations import DUE, LIMITS, PACK


def test_limits__shipped_pack__its_parameters() -> None:
    assert (LIMITS.layers, LIMITS.concentration_bp, LIMITS.notice_days) == (5, 5_000, 90)
    assert LIMITS.category(91) is Category.SUBSTANDARD


def test_limits__pack_without_them__none() -> None:
    kept = tuple(rule for rule in PACK.rules if rule.id == "overdue-categories")
    found = limits_of(replace(PACK, rules=kept), DUE)
    assert (found.layers, found.concentration_bp, found.notice_days) == (None, None, None)


def test_limits__no_categories_or_another_time__refused() -> None:
    with pytest.raises(RuleMissing):
        limits_of(replace(PACK, rules=()), DUE)
    with pytest.raises(PackNotInForce):
        limits_of(PACK, date(2020, 1, 1))

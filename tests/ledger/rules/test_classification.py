"""Five categories, exactly at their thresholds, and contagion over a debtor's whole debt."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.money import NegativeAmount, Units, currency_of
from ledger.rules import Category, Exposure, Period, classify, shipped_catalogue
from ledger.rules.errors import DebtsInSeveralCurrencies, DelayUnknown, PackNotInForce, RuleMissing

CNY = currency_of("CNY")
PACK = shipped_catalogue().by_id("cn-receivables-1")
TODAY = date(2026, 3, 1)
N, M, S, D, L = Category


def debt(outstanding: int, days: int | None, guaranteed: bool = False) -> Exposure:
    return Exposure("a debt", CNY, Units(outstanding), days, guaranteed)


def categories(*debts: Exposure, on: date = TODAY) -> list[Category]:
    return [one.category for one in classify(PACK, debts, on)]


@pytest.mark.parametrize(
    ("days", "category"),
    [
        (-5, N),
        (0, N),
        (1, M),
        (90, M),
        (91, S),
        (270, S),
        (271, D),
        (360, D),
        (361, L),
        (5000, L),
    ],
)
def test_classify__one_debt__worse_only_past_the_threshold(days: int, category: Category) -> None:
    assert categories(debt(100, days)) == [category]


@pytest.mark.parametrize(
    ("bad", "good", "spreads"),
    [(10, 90, False), (1001, 8999, True), (1000, 9000, False), (11, 89, True), (1, 8, True)],
)
def test_classify__non_performing_share_around_a_tenth__spreads_only_above(
    bad: int, good: int, spreads: bool
) -> None:
    expected = [D, S if spreads else N]
    assert categories(debt(bad, 300), debt(good, 0)) == expected


def test_classify__contagion__raises_none_that_is_worse_already() -> None:
    given = classify(PACK, [debt(50, 400), debt(50, 91), debt(50, 30), debt(50, 0)], TODAY)
    assert [one.category for one in given] == [L, S, S, S]
    assert [one.by_contagion for one in given] == [False, False, True, True]
    assert [one.own for one in given] == [L, S, M, N]


def test_classify__special_mention_only__does_not_spread() -> None:
    assert categories(debt(99, 90), debt(1, 0)) == [M, N]


def test_classify__accepted_credit_enhancement__not_reached_by_contagion() -> None:
    assert categories(debt(50, 91), debt(50, 10, guaranteed=True)) == [S, M]


def test_classify__all_repaid__nothing_spreads() -> None:
    assert categories(debt(0, 400), debt(0, 0)) == [L, N]


def test_classify__no_debt__nothing() -> None:
    assert categories() == []


def test_classify__before_contagion_was_law__each_by_itself() -> None:
    early = PACK.during(Period(date(2020, 1, 1), None))
    thresholds = next(rule for rule in early.rules if rule.id == "overdue-categories")
    always = replace(thresholds, in_force=Period(None, None))
    rules = tuple(always if rule is thresholds else rule for rule in early.rules)
    pack, debts = replace(early, rules=rules), [debt(50, 91), debt(50, 0)]
    before, after = date(2023, 6, 30), date(2023, 7, 1)
    assert [one.category for one in classify(pack, debts, before)] == [S, N]
    assert [one.category for one in classify(pack, debts, after)] == [S, S]


def test_classify__delay_unknown__refused_not_normal() -> None:
    with pytest.raises(DelayUnknown):
        categories(debt(1, 0), debt(1, None))


def test_classify__two_currencies__refused() -> None:
    with pytest.raises(DebtsInSeveralCurrencies):
        categories(debt(1, 0), replace(debt(1, 0), currency=currency_of("USD")))


def test_classify__negative_amount__refused() -> None:
    with pytest.raises(NegativeAmount):
        categories(debt(-1, 0))


def test_classify__pack_not_in_force__refused() -> None:
    with pytest.raises(PackNotInForce):
        categories(debt(1, 0), on=date(2025, 6, 14))


def test_classify__pack_without_thresholds__refused() -> None:
    rules = tuple(rule for rule in PACK.rules if rule.id != "overdue-categories")
    with pytest.raises(RuleMissing):
        classify(replace(PACK, rules=rules), [debt(1, 0)], TODAY)


@given(st.lists(st.tuples(st.integers(0, 10**12), st.integers(0, 500)), max_size=8))
def test_classify__any_debts__contagion_exactly_above_a_tenth(pairs: list[tuple[int, int]]) -> None:
    given = classify(PACK, [debt(*pair) for pair in pairs], TODAY)
    total = sum(amount for amount, _ in pairs)
    bad = sum(amount for amount, days in pairs if days > 90)
    if 10 * bad > total:
        assert all(one.category.non_performing for one in given)
    else:
        assert not any(one.by_contagion for one in given)

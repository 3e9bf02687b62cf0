"""A debtor's debts at one bank: by delay, by contagion, over currencies."""

from __future__ import annotations

from datetime import timedelta

import pytest

from ledger.deals import DealState, Mode
from ledger.ids import PartyNo
from ledger.risk import Piece, Position, classify_debtor
from ledger.rules import Category
from tests.ledger.risk.situations import DEBTOR, DUE, PACK, SELLER, position

N, M, S, D, L = Category
ON = DUE
LATE_91 = DUE - timedelta(91)


def debt(units: int, name: str, *, late: bool = False, currency: str = "CNY") -> Position:
    return position(
        name,
        end=units,
        pieces=(Piece(0, 0, units),),
        maturity=LATE_91 if late else DUE,
        currency=currency,
    )


def categories(*debts: Position, party: PartyNo = DEBTOR) -> list[Category]:
    return [one.category for one in classify_debtor(PACK, party, debts, ON).debts]


@pytest.mark.parametrize(("bad", "good", "found"), [(10, 90, [S, N]), (11, 89, [S, S])])
def test_classify_debtor__a_tenth_and_more__contagion_only_above(
    bad: int, good: int, found: list[Category]
) -> None:
    assert categories(debt(bad, "bad", late=True), debt(good, "good")) == found


def test_classify_debtor__contagion__says_so_and_sums() -> None:
    found = classify_debtor(PACK, DEBTOR, [debt(50, "bad", late=True), debt(50, "good")], ON)
    assert [one.by_contagion for one in found.debts] == [False, True]
    assert (found.category, found.most_days_past_due) == (S, 91)
    assert (found.sum("CNY"), found.sum("CNY", past_due=True)) == (100, 50)
    assert found.sum("CNY", non_performing=True) == 100


def test_classify_debtor__small_in_one_currency_all_bad_in_another__spreads() -> None:
    dollars = debt(1, "usd", late=True, currency="USD")
    assert categories(debt(1_000_000, "cny"), dollars) == [S, S]


def test_classify_debtor__within_a_tenth_in_every_currency__stays() -> None:
    mixed = [
        debt(10, "cny bad", late=True),
        debt(90, "cny"),
        debt(1, "usd bad", late=True, currency="USD"),
        debt(9, "usd", currency="USD"),
    ]
    assert categories(*mixed) == [S, N, S, N]


def test_classify_debtor__others_debts_and_what_isnt_lent__left_out() -> None:
    loan = position("loan", mode=Mode.PLEDGE)
    unpaid = position("unpaid", state=DealState.CONCLUDED)
    assert categories(loan, unpaid, debt(10, "one")) == [N]
    assert categories(loan, unpaid, party=SELLER) == [N]


def test_classify_debtor__demanded_from_the_seller__infects_its_own_loan() -> None:
    demanded = position("recourse", mode=Mode.RECOURSE, demanded=True, maturity=LATE_91)
    loan = position("loan", mode=Mode.PLEDGE)
    assert categories(demanded, loan, party=SELLER) == [S, S]
    assert categories(demanded, loan) == [S]

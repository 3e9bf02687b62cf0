"""What a deal owes, worked out by hand: ACT/360, late rate 7.2 %, which is 0.02 % a day."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.deals import Mode
from ledger.dues import Receipt, dues_on
from ledger.money import Units, currency_of
from ledger.pricing import Fees, RateBp, Terms, Timing

LENT, DUE = date(2026, 8, 1), date(2026, 11, 1)


def _terms(timing: Timing = Timing.DISCOUNT, financed: int = 1_000_000) -> Terms:
    return Terms(
        currency=currency_of("CNY"),
        financed=Units(financed),
        value_date=LENT,
        maturity=DUE,
        rate=RateBp(360),
        late_rate=RateBp(720),
        timing=timing,
        fees=Fees(flat=Units(500)),
    )


LOAN = _terms(Timing.ARREARS)


def _receipt(on: date, principal: int, beyond: int = 0) -> Receipt:
    return Receipt(on, Units(principal), Units(beyond))


def test_dues__recourse_ten_days_late__principal_and_late_interest() -> None:
    dues = dues_on(DUE + timedelta(10), Mode.RECOURSE, _terms(), [])
    assert (dues.principal, dues.charges, dues.late_interest) == (1_000_000, 0, 2_000)
    assert (dues.total, dues.days_past_due, dues.surplus) == (1_002_000, 10, 0)


def test_dues__debtor_paid_half_late__late_interest_over_the_falling_balance() -> None:
    paid = _receipt(DUE + timedelta(4), 500_000)
    dues = dues_on(DUE + timedelta(10), Mode.RECOURSE, _terms(), [paid])
    # 4 days over 1,000,000 and 6 over 500,000, at 0.02 % a day.
    assert (dues.principal, dues.late_interest) == (500_000, 800 + 600)
    assert dues.price_of(500_000) == dues.total == 501_400
    assert dues.price_of(250_000) == 250_700


def test_dues__part_bought_back_with_its_late_interest__the_rest_owes_the_rest() -> None:
    day = DUE + timedelta(10)
    before = dues_on(day, Mode.RECOURSE, _terms(), [])
    part = before.price_of(400_000)
    bought = _receipt(day, 400_000, part - 400_000)
    after = dues_on(day, Mode.RECOURSE, _terms(), [bought])
    assert (after.principal, after.late_interest) == (600_000, 1_200)
    assert part + after.total == before.total


def test_dues__sale_without_recourse__no_late_interest_and_no_surplus() -> None:
    dues = dues_on(DUE + timedelta(10), Mode.SALE, _terms(), [])
    assert (dues.total, dues.late_interest, dues.days_past_due) == (1_000_000, 0, 10)
    paid = dues_on(DUE, Mode.SALE, _terms(), [_receipt(DUE, 1_000_000, 77)])
    assert (paid.total, paid.surplus, paid.days_past_due) == (0, 0, 0)


def test_dues__loan__interest_and_fees_at_maturity_and_late_interest_after() -> None:
    # 92 days at 3.6 % over 360, which is 0.01 % a day.
    assert dues_on(DUE, Mode.PLEDGE, LOAN, []).total == 1_000_000 + 9_200 + 500
    late = dues_on(DUE + timedelta(1), Mode.PLEDGE, LOAN, [])
    assert (late.charges, late.late_interest) == (9_700, 200)


def test_dues__enforced_pledge_paid_beyond_the_loan__surplus_less_what_is_admitted() -> None:
    paid = [_receipt(DUE, 1_500_000)]
    dues = dues_on(DUE + timedelta(30), Mode.PLEDGE, LOAN, paid)
    assert (dues.total, dues.received, dues.surplus) == (0, 1_500_000, 490_300)
    admitted = dues_on(DUE + timedelta(30), Mode.PLEDGE, LOAN, paid, admitted=490_000)
    assert admitted.surplus == 300
    assert dues_on(DUE, Mode.PLEDGE, LOAN, paid, admitted=600_000).surplus == 0


@given(
    st.lists(
        st.tuples(st.integers(-100, 200), st.integers(0, 700_000), st.integers(0, 9_000)),
        max_size=6,
    ),
    st.integers(0, 300),
    st.sampled_from(list(Mode)),
)
def test_dues__any_receipts__nothing_negative_and_nothing_lost(
    paid: list[tuple[int, int, int]], days: int, mode: Mode
) -> None:
    terms = LOAN if mode is Mode.PLEDGE else _terms()
    day = DUE + timedelta(days)
    receipts = [_receipt(DUE + timedelta(on), units, beyond) for on, units, beyond in paid]
    dues = dues_on(day, mode, terms, receipts)
    parts = (dues.principal, dues.charges, dues.late_interest, dues.surplus)
    assert min(parts) >= 0
    assert dues.received == sum(units + beyond for _, units, beyond in paid)
    assert not (dues.surplus and dues.total)
    if not dues.total and mode is not Mode.SALE:
        assert dues.received - dues.surplus >= terms.financed


def test_dues__received_before_the_money_was_lent__lent_for_no_day() -> None:
    early = _receipt(LENT - timedelta(3), 1_000_000)
    assert dues_on(DUE + timedelta(50), Mode.RECOURSE, _terms(), [early]).total == 0


@pytest.mark.parametrize("units", [1, 333_333, 999_999, 1_000_000])
def test_price_of__any_part__never_less_than_the_units(units: int) -> None:
    dues = dues_on(DUE + timedelta(10), Mode.RECOURSE, _terms(), [])
    assert units <= dues.price_of(units) <= dues.total

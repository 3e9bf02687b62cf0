"""Each kind of alert: when it is raised, whom it concerns, and when it is another."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

from ledger.deals import DealState, Mode
from ledger.keccak import keccak
from ledger.risk import (
    Alert,
    AlertKind,
    Circumstances,
    Freeze,
    Piece,
    Position,
    Receipt,
    ReversedInvoice,
    Share,
    Urgency,
    alerts_of,
    concentration_alerts,
)
from tests.ledger.risk.situations import BANK, DEBTOR, DUE, LIMITS, SELLER, position

BEFORE = DUE - timedelta(30)
INVOICE = ReversedInvoice(
    keccak(b"invoice"), 5_000, 2_000, (keccak(b"red"),), ("seller",), date(2027, 4, 2)
)


def raised(one: Position, on: date = BEFORE, **befallen: Any) -> list[Alert]:
    return list(alerts_of(one, Circumstances(date(2027, 1, 1), **befallen), LIMITS, on))


def test_alerts__nothing_happened__none() -> None:
    assert raised(position()) == []
    assert raised(position(), DUE) == []


def test_overdue__the_day_after__again_only_in_the_next_category() -> None:
    (one,) = raised(position(), DUE + timedelta(1))
    assert (one.kind, one.urgency, one.about) == (AlertKind.OVERDUE, Urgency.ACT, DEBTOR)
    assert (one.since, one.audience) == (DUE + timedelta(1), {BANK})
    assert one.facts["days_past_due"] == "1"
    ids = [raised(position(), DUE + timedelta(days))[0].id for days in (1, 90, 91, 270)]
    assert ids[0] == ids[1] != ids[2] == ids[3]


def test_overdue__recourse__concerns_the_seller_too() -> None:
    (one,) = raised(position(mode=Mode.RECOURSE), DUE + timedelta(1))
    assert one.audience == {BANK, SELLER}


def test_overdue__loan__is_about_the_borrower() -> None:
    (one,) = raised(position(mode=Mode.PLEDGE, due_on=BEFORE), DUE)
    assert (one.about, one.since) == (SELLER, BEFORE + timedelta(1))


def test_overdue__advance_unpaid__is_no_debt() -> None:
    assert raised(position(state=DealState.CONCLUDED), DUE + timedelta(9)) == []


def test_paid_late__booked_after_maturity__stays_when_all_is_paid() -> None:
    late = Receipt(keccak(b"line"), 0, 400, DUE + timedelta(3))
    on_time = Receipt(keccak(b"other"), 400, 1_000, DUE)
    (one,) = raised(position(pieces=()), receipts=(late, on_time))
    assert (one.kind, one.urgency) == (AlertKind.PAID_LATE, Urgency.WATCH)
    assert (one.facts["days_late"], one.facts["amount"]) == ("3", "400")


def test_lot_frozen__each_order_is_another_alert() -> None:
    pieces = (Piece(0, 0, 600, frozen=True), Piece(600, 600, 1_000))
    first = Freeze(0, 50, keccak(b"order"), date(2027, 2, 1))
    (one,) = raised(position(pieces=pieces), freezes=(first,))
    assert (one.kind, one.facts["amount"], one.since) == (
        AlertKind.LOT_FROZEN,
        "600",
        date(2027, 2, 1),
    )
    (again,) = raised(position(pieces=pieces), freezes=(Freeze(0, 60, first.evidence, first.on),))
    assert one.id != again.id


def test_invoice_reversed__concerns_both_sides_until_the_deal_is_over() -> None:
    (one,) = raised(position(), reversals=(INVOICE,))
    assert (one.kind, one.urgency) == (AlertKind.INVOICE_REVERSED, Urgency.ACT)
    assert one.audience == {BANK, SELLER}
    assert (one.facts["reversed"], one.facts["told_by"]) == ("2000", "seller")
    assert raised(position(pieces=()), reversals=(INVOICE,)) == []


@pytest.mark.parametrize(
    ("days_left", "kinds"),
    [(91, []), (90, [Urgency.WATCH]), (0, [Urgency.WATCH]), (-1, [Urgency.ACT])],
)
def test_registration__around_its_notice(days_left: int, kinds: list[Urgency]) -> None:
    found = raised(position(), registered_until=BEFORE + timedelta(days_left))
    assert [one.urgency for one in found] == kinds
    assert all(one.audience == {BANK} for one in found)


def test_registration__lapsed__is_another_alert_than_lapsing() -> None:
    until = BEFORE + timedelta(1)
    (lapsing,) = raised(position(), registered_until=until)
    (lapsed,) = raised(position(), until + timedelta(1), registered_until=until)
    assert lapsing.id != lapsed.id
    assert raised(position(), registered_until=None) == []


def test_layers__beyond_the_packs_limit__only_the_bank_is_told() -> None:
    assert LIMITS.layers == 5
    assert raised(position(), layer=5) == []
    (one,) = raised(position(), layer=6)
    assert (one.kind, one.audience) == (AlertKind.LAYERS_EXCEEDED, {BANK})


def test_alerts__several__the_urgent_first() -> None:
    found = raised(position(), layer=6, reversals=(INVOICE,))
    assert [one.urgency for one in found] == [Urgency.ACT, Urgency.WATCH]


def test_concentration__above_the_limit_only__again_for_each_tenth() -> None:
    def told(used: int) -> tuple[Alert, ...]:
        return concentration_alerts([Share(BANK, DEBTOR, "CNY", used, 10_000)], LIMITS, DUE)

    assert told(5_000) == ()
    (one,) = told(5_001)
    assert (one.about, one.audience, one.facts["share_bp"]) == (DEBTOR, {BANK}, "5001")
    assert one.id == told(5_999)[0].id != told(6_000)[0].id
    assert concentration_alerts([Share(BANK, DEBTOR, "CNY", 0, 0)], LIMITS, DUE) == ()


def test_id__other_deal__other_alert() -> None:
    first, second = (raised(position(name), DUE + timedelta(1))[0] for name in ("one", "two"))
    assert first.id != second.id

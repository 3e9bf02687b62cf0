"""The path of one unit."""

from __future__ import annotations

import pytest

from ledger.ids import ClaimNo
from ledger.references import read_lot_reference
from ledger.trace import UnknownUnit, render, trace
from tests.support.synthetic import consortium, lived_claim


def test_trace__unit_that_went_everywhere__its_holders_in_order_and_its_payment() -> None:
    ledger, claim = lived_claim()
    found = trace(ledger.entries, claim, 3_500)
    assert [hop.lot.holder for hop in found.hops] == [2, 3, 4, 3, 3, 5, 5]
    assert [hop.was for hop in found.hops] == [None, 2, 3, 4, 3, 3, 5]
    assert all(hop.lot.start <= 3_500 < hop.lot.end for hop in found.hops)
    last = found.hops[-1]
    assert last.payment is not None
    assert (last.payment.amount, last.lot.start, last.lot.end) == (1_000, 3_000, 4_000)


def test_trace__acts_on_other_units__not_in_its_path() -> None:
    ledger, claim = lived_claim()
    assert [hop.entry for hop in trace(ledger.entries, claim, 9_999).hops] == [12, 14, 15, 24]


def test_render__discharged_unit__reference_of_the_payment_is_the_lots() -> None:
    ledger, claim = lived_claim()
    text = render(trace(ledger.entries, claim, 3_500))
    reference = text.partition("reference ")[2].split()[0]
    lot = read_lot_reference(reference)
    assert (lot.claim, lot.start) == (claim, 3_000)
    assert "party 5 was paid" in text


@pytest.mark.parametrize("unit", [-1, 10_000])
def test_trace__unit_outside_the_face__unknown(unit: int) -> None:
    ledger, claim = lived_claim()
    with pytest.raises(UnknownUnit):
        trace(ledger.entries, claim, unit)


def test_trace__claim_never_opened__unknown() -> None:
    with pytest.raises(UnknownUnit):
        trace(consortium().entries, ClaimNo(1), 0)

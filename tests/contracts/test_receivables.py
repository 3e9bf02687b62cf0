"""Issue, transfer, merge: what no two parties can agree on."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chain.contracts import LEDGER, RECEIVABLES
from ledger.agreements import FOREVER, InvoiceUse, Merge
from ledger.errors import Refused
from ledger.keccak import keccak
from ledger.refusals import (
    AmountTooLarge,
    InvalidCurrency,
    InvalidDate,
    InvoiceMismatch,
    InvoiceOverused,
    InvoicesDoNotCover,
    InvoiceVersionStale,
    LotChanged,
    LotNotLive,
    NotAdjacent,
    NotHolder,
    OutsideLot,
    RoleMissing,
    SelfDealing,
    UnknownLot,
    ZeroAmount,
)
from tests.support.consortium import CORE, TIER1, TIER2, TIER3, Consortium

HUGE = 2**64 - 1
MOST = 2**63 - 1
INVOICE = keccak(b"invoice")


def _use(total: int, amount: int, version: int = 0) -> InvoiceUse:
    return InvoiceUse(INVOICE, total, amount, version)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"face": 0, "invoices": ()}, ZeroAmount),
        ({"invoices": (_use(9_000, 0),)}, ZeroAmount),
        ({"face": HUGE, "invoices": (_use(HUGE, HUGE),)}, AmountTooLarge),
        ({"face": MOST + 1, "invoices": (_use(MOST + 1, MOST + 1),)}, AmountTooLarge),
        ({"face": HUGE, "invoices": (_use(9_000, 9_000),)}, InvoicesDoNotCover),
        ({"face": 9_001, "invoices": (_use(9_001, 9_000),)}, InvoicesDoNotCover),
        ({"invoices": ()}, InvoicesDoNotCover),
        ({"invoices": (_use(8_999, 9_000),)}, InvoiceOverused),
        ({"invoices": (_use(9_000, 6_000), _use(9_000, 3_001, 1))}, InvoiceOverused),
        ({"invoices": (_use(9_000, 4_500), _use(9_000, 4_500))}, InvoiceVersionStale),
        ({"invoices": (_use(9_000, 9_000, 1),)}, InvoiceVersionStale),
        ({"invoices": (_use(9_000, 4_500), _use(9_001, 4_500, 1))}, InvoiceMismatch),
        ({"creditor": CORE}, SelfDealing),
        ({"debtor": TIER2}, RoleMissing),
        ({"maturity": 20270229}, InvalidDate),
        ({"maturity": 0}, InvalidDate),
        ({"currency": "cny"}, InvalidCurrency),
        ({"currency": "\0\0\0"}, InvalidCurrency),
    ],
)
def test_issue__unsound__is_refused(
    changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    consortium.refuse(consortium.signed(consortium.issue(**changes)), refusal)


def test_issue__most_that_can_be__is_accepted(consortium: Consortium) -> None:
    consortium.do(consortium.issue(face=MOST))
    assert consortium.lot(1, 0)["end"] == MOST


def test_issue__in_two_parts_of_one_invoice__uses_both(consortium: Consortium) -> None:
    consortium.do(consortium.issue(invoices=(_use(10_000, 4_000), _use(10_000, 5_000, 1))))
    assert consortium.stage.read(RECEIVABLES, "invoiceOf", INVOICE) == (10_000, 9_000, b"CNY", 2)


def test_issue__replayed__finds_its_invoice_used(consortium: Consortium) -> None:
    act = consortium.signed(consortium.issue())
    assert consortium.refusal(act) is None
    consortium.refuse(act, InvoiceVersionStale, version=0, current=1)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"invoices": (_use(9_000, 3_001, 1),), "face": 3_001}, InvoiceOverused),
        ({"invoices": (_use(9_001, 3_000, 1),), "face": 3_000}, InvoiceMismatch),
        (
            {"invoices": (_use(9_000, 3_000, 1),), "face": 3_000, "currency": "EUR"},
            InvoiceMismatch,
        ),
    ],
)
def test_issue__again_on_used_invoice__keeps_within_it(
    changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    """Over all claims and all creditors."""
    consortium.do(consortium.issue(face=6_000, invoices=(_use(9_000, 6_000),)))
    consortium.refuse(consortium.signed(consortium.issue(creditor=TIER3, **changes)), refusal)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"start": 5, "end": 5}, ZeroAmount),
        ({"start": 9, "end": 5}, ZeroAmount),
        ({"end": 9_001}, OutsideLot),
        ({"end": HUGE}, OutsideLot),
        ({"start": 9_000, "end": 9_001}, OutsideLot),
        ({"recipient": TIER1}, SelfDealing),
        ({"holder": TIER3}, NotHolder),
        ({"version": 0}, LotChanged),
        ({"version": 2}, LotChanged),
        ({"version": 2**32 - 1}, LotChanged),
        ({"version": 2**24 + 1}, LotChanged),
        ({"claim": 2}, UnknownLot),
        ({"claim": 0}, UnknownLot),
        ({"lot": 1}, UnknownLot),
    ],
)
def test_transfer__unsound__is_refused(
    changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    lot = consortium.open_claim()
    act = replace(consortium.transfer(lot.claim, 9_000), **changes)
    consortium.refuse(consortium.signed(act), refusal)


def test_transfer__replayed__finds_the_lot_changed(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, 9_000))
    assert consortium.refusal(act) is None
    consortium.refuse(act, LotChanged, version=1, current=2)


def test_transfer__replayed_after_return__stays_void(consortium: Consortium) -> None:
    """The lot is back with its first holder, whole as it was: the old signature still won't do."""
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, 9_000))
    consortium.do(act)
    consortium.do(consortium.transfer(lot.claim, 9_000, version=2, holder=TIER2, recipient=TIER1))
    consortium.refuse(act, LotChanged, version=1, current=3)


def test_transfer__two_of_one_lot__first_wins(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    first = consortium.signed(consortium.transfer(lot.claim, 4_000))
    second = consortium.signed(consortium.transfer(lot.claim, 4_000, recipient=TIER3))
    consortium.do(first)
    consortium.refuse(second, LotChanged)


def test_transfer__from_the_middle__leaves_three_lots(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    consortium.do(consortium.transfer(lot.claim, 6_000, start=2_000))
    places = [consortium.lot(lot.claim, start) for start in (0, 2_000, 6_000)]
    assert [(p["end"], p["holder"], p["version"]) for p in places] == [
        (2_000, TIER1, 2),
        (6_000, TIER2, 1),
        (9_000, TIER1, 1),
    ]


def _split(consortium: Consortium) -> None:
    """One claim in three lots of TIER1, TIER1 and TIER2: [0, 3000), [3000, 6000), [6000, 9000)."""
    lot = consortium.open_claim()
    consortium.do(consortium.transfer(lot.claim, 9_000, start=6_000))
    consortium.do(consortium.transfer(lot.claim, 6_000, version=2, start=3_000))
    back = {"lot": 3_000, "start": 3_000, "holder": TIER2, "recipient": TIER1}
    consortium.do(consortium.transfer(lot.claim, 6_000, version=1, **back))


MERGE = Merge(1, 0, 3, 3_000, 2, TIER1, FOREVER)


def test_merge__adjacent_lots__makes_one(consortium: Consortium) -> None:
    _split(consortium)
    consortium.do(MERGE)
    left, right = consortium.lot(1, 0), consortium.lot(1, 3_000)
    assert (left["end"], left["version"], left["state"]) == (6_000, 4, 1)
    assert (right["end"], right["version"], right["state"]) == (3_000, 3, 3)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"leftVersion": 2}, LotChanged),
        ({"rightVersion": 1}, LotChanged),
        ({"right": 6_000, "rightVersion": 1}, NotHolder),
        ({"holder": TIER2}, NotHolder),
        ({"right": 0, "rightVersion": 3}, NotAdjacent),
        ({"left": 3_000, "leftVersion": 2, "right": 0, "rightVersion": 3}, NotAdjacent),
        ({"right": 4_000}, UnknownLot),
        ({"left": 1}, UnknownLot),
        ({"claim": 9}, UnknownLot),
    ],
)
def test_merge__unsound__is_refused(
    changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    _split(consortium)
    consortium.refuse(consortium.signed(replace(MERGE, **changes)), refusal)


def test_merged_lot__born_again_at_its_place__keeps_counting(consortium: Consortium) -> None:
    """A signature over the lot that was merged away must not fit the later one."""
    _split(consortium)
    old = consortium.signed(
        consortium.transfer(1, 6_000, lot=3_000, version=2, start=3_000, recipient=TIER3)
    )
    consortium.do(MERGE)
    consortium.refuse(old, LotChanged, version=2, current=3)
    tombstone = consortium.transfer(1, 6_000, lot=3_000, version=3, start=3_000)
    consortium.refuse(consortium.signed(tombstone), LotNotLive, state=3)
    consortium.do(consortium.transfer(1, 3_000, version=4, start=0))
    assert consortium.lot(1, 3_000)["version"] == 4
    consortium.refuse(old, LotChanged, version=2, current=4)


def test_call__with_loose_encoding__leaves_the_canonical_memo(consortium: Consortium) -> None:
    act = consortium.signed(consortium.issue())
    receipt = consortium.stage.send(consortium.stage.target(act), act.call_data() + b"junk")
    data = bytes.fromhex(receipt["logs"][0]["data"][2:])
    assert act.call_data() in data
    assert b"junk" not in data
    assert consortium.stage.read(LEDGER, "claimCount") == 1

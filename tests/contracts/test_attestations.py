"""Payments that were not witnessed, or not so, or used up."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chain.contracts import ATTESTATIONS
from client.keys import Key
from ledger.acts import Equivocation, equivocation_call
from ledger.errors import Refused
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.refusals import (
    AlreadyRecorded,
    AmountTooLarge,
    ApprovalsMissing,
    ApprovalsUnordered,
    CurrencyMismatch,
    InvalidDate,
    InvalidQuorum,
    LotChanged,
    LotNotLive,
    NoContradiction,
    NotMember,
    NotPolicy,
    PaymentContradicted,
    PaymentOverallocated,
    SignerTaken,
    UnknownLot,
    UnknownSubject,
    WrongConfig,
    WrongEpoch,
    ZeroAmount,
)
from ledger.words import LotRef
from scripts.stage import oracle_config
from tests.support.consortium import Consortium, call_data, with_approvals

HUGE = 2**64 - 1
LOT = LotRef(ClaimNo(1), 0, 1)


@pytest.fixture
def owed(consortium: Consortium) -> Consortium:
    """With one claim of 9,000 in one lot."""
    consortium.open_claim()
    return consortium


def test_settle__in_full__discharges_the_lot(owed: Consortium) -> None:
    owed.do(owed.payment(LOT, 9_000))
    lot = owed.lot(1, 0)
    assert (lot["end"], lot["state"], lot["version"]) == (9_000, 2, 2)
    assert owed.stage.read(ATTESTATIONS, "paymentOf", keccak(b"line")) == (9_000, 9_000)


def test_settle__in_part__leaves_the_rest_live(owed: Consortium) -> None:
    owed.do(owed.payment(LOT, 2_500))
    assert [owed.lot(1, start)["state"] for start in (0, 2_500)] == [2, 1]
    owed.do(owed.payment(LotRef(ClaimNo(1), 2_500, 1), 6_500, b"another line"))
    assert owed.lot(1, 2_500)["state"] == 2


def test_settle__overpaid__allocates_the_lot_only(owed: Consortium) -> None:
    owed.do(owed.payment(LOT, 20_000))
    assert owed.stage.read(ATTESTATIONS, "paymentOf", keccak(b"line")) == (20_000, 9_000)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"amount": 0}, ZeroAmount),
        ({"amount": HUGE}, AmountTooLarge),
        ({"currency": "EUR"}, CurrencyMismatch),
        ({"config": bytes(32)}, WrongConfig),
        ({"config": b"\1" * 32}, WrongConfig),
        ({"bookedOn": 20270229}, InvalidDate),
        ({"subject": LotRef(ClaimNo(1), 0, 2).subject}, LotChanged),
        ({"subject": LotRef(ClaimNo(1), 1, 1).subject}, UnknownLot),
        ({"subject": LotRef(ClaimNo(2), 0, 1).subject}, UnknownLot),
        ({"subject": bytes(32)}, UnknownLot),
        ({"subject": b"\1" + LOT.subject[1:]}, UnknownSubject),
    ],
)
def test_settle__unsound__is_refused(
    changes: dict[str, Any], refusal: type[Refused], owed: Consortium
) -> None:
    owed.refuse(owed.signed(replace(owed.payment(LOT, 9_000), **changes)), refusal)


def test_settle__twice__pays_once(owed: Consortium) -> None:
    act = owed.signed(owed.payment(LOT, 9_000))
    owed.do(act)
    owed.refuse(act, PaymentOverallocated, free=0, wanted=9_000)


def test_settle__discharged_lot_anew__is_not_live(owed: Consortium) -> None:
    owed.do(owed.payment(LOT, 9_000))
    again = owed.payment(LotRef(ClaimNo(1), 0, 2), 9_000, b"another line")
    owed.refuse(owed.signed(again), LotNotLive, state=2)


def test_settle__one_line_for_two_lots__stays_within_it(owed: Consortium) -> None:
    owed.open_claim(face=9_000, invoice=b"another invoice")
    owed.do(owed.payment(LOT, 12_000))
    second = owed.payment(LotRef(ClaimNo(2), 0, 1), 12_000)
    owed.refuse(owed.signed(second), PaymentOverallocated, free=3_000, wanted=9_000)


def test_settle__line_with_another_amount__contradicts(owed: Consortium) -> None:
    owed.do(owed.payment(LOT, 4_000))
    more = owed.payment(LotRef(ClaimNo(1), 4_000, 1), 5_000)
    owed.refuse(owed.signed(more), PaymentContradicted, amount=5_000, recorded=4_000)


def _witnesses(consortium: Consortium, names: str) -> list[Key]:
    known = dict(zip("abc", consortium.oracles, strict=True)) | {"t": consortium.thief}
    return [known[name] for name in names]


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        ("", ApprovalsMissing),
        ("a", ApprovalsMissing),
        ("aa", ApprovalsUnordered),
        ("at", NotMember),
        ("abct", NotMember),
    ],
)
def test_settle__too_few_members__is_refused(
    names: str, refusal: type[Refused], owed: Consortium
) -> None:
    payment = owed.payment(LOT, 9_000)
    owed.refuse(owed.signed(payment, _witnesses(owed, names)), refusal)


def test_settle__members_disagree__is_refused(owed: Consortium) -> None:
    """Each signed what it read; a submitter can't make a quorum of two readings."""
    one, other = owed.payment(LOT, 9_000), owed.payment(LOT, 8_000)
    digest = owed.stage.deployment.digest
    first, second, _ = owed.oracles
    mixed = [first.sign(digest(one)), second.sign(digest(other))]
    for approvals in (mixed, mixed[::-1]):
        refused = owed.refusal(with_approvals(owed.signed(one), approvals))
        assert isinstance(refused, NotMember | ApprovalsUnordered)


def test_settle__by_removed_member__is_refused(owed: Consortium) -> None:
    payment = owed.payment(LOT, 9_000)
    config = oracle_config(2, owed.oracles[:2], 2)
    owed.do(config)
    owed.refuse(owed.signed(payment), WrongConfig)
    anew = replace(payment, config=owed.stage.deployment.digest(config))
    owed.refuse(owed.signed(anew, owed.oracles[1:]), NotMember)
    assert owed.refusal(owed.signed(anew)) is None


def test_settle__same_line_under_new_config__stays_allocated(owed: Consortium) -> None:
    owed.do(owed.payment(LOT, 9_000))
    owed.open_claim(invoice=b"another invoice")
    config = oracle_config(2, owed.oracles, 2)
    owed.do(config)
    second = owed.payment(LotRef(ClaimNo(2), 0, 1), 9_000)
    second = replace(second, config=owed.stage.deployment.digest(config))
    owed.refuse(owed.signed(second), PaymentOverallocated, free=0)


def test_allocate__not_from_a_policy__is_refused(owed: Consortium) -> None:
    act = owed.signed(owed.payment(LOT, 9_000))
    arguments = (act.agreement.to_abi(), list(act.approvals[0]), 9_000)
    data = call_data("Attestations", "allocate", *arguments)
    with owed.unchanged():
        refused = owed.refusal_of(owed.stage.deployment.attestations, data)
    assert isinstance(refused, NotPolicy)


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"epoch": 1}, WrongEpoch),
        ({"epoch": 3}, WrongEpoch),
        ({"quorum": 0}, InvalidQuorum),
        ({"quorum": 4}, InvalidQuorum),
        ({"members": ()}, InvalidQuorum),
        ({"members": (), "quorum": 0}, InvalidQuorum),
        ({"members": ("0x" + "11" * 20,) * 2}, SignerTaken),
        ({"members": ("0x" + "00" * 20,) * 2}, SignerTaken),
    ],
)
def test_configure__unsound__is_refused(
    changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    act = replace(oracle_config(2, consortium.oracles, 2), **changes)
    consortium.refuse(consortium.signed(act), refusal)


# ── before any member is named ────────────────────────────────────────────────────────────────


def test_epoch_0__payment_that_nobody_signed__is_refused(consortium: Consortium) -> None:
    """A fresh contract's quorum and config are 0: that must not read as "nobody has to sign"."""
    bare = Consortium.bare(consortium.stage.rpc)
    bare.enrol_parties()
    bare.open_claim()
    payment = bare.payment(LOT, 9_000)
    assert payment.config == bytes(32)
    bare.refuse(bare.signed(payment, []), WrongConfig)
    data = equivocation_call(Equivocation(payment, b"", replace(payment, amount=1), b""))
    refused = bare.refusal_of(bare.stage.deployment.attestations, data)
    assert isinstance(refused, WrongConfig)


# ── equivocation ──────────────────────────────────────────────────────────────────────────────


def _evidence(
    consortium: Consortium, signers: str = "aa", **changes: Any
) -> tuple[Equivocation, bytes]:
    one = consortium.payment(LOT, 9_000)
    other = replace(one, **({"amount": 8_000} | changes))
    digest = consortium.stage.deployment.digest
    first, second = _witnesses(consortium, signers)
    found = Equivocation(one, first.sign(digest(one)), other, second.sign(digest(other)))
    return found, equivocation_call(found)


def test_equivocation__two_readings_of_one_line__is_recorded_once(consortium: Consortium) -> None:
    found, data = _evidence(consortium)
    attestations = consortium.stage.deployment.attestations
    assert consortium.refusal_of(attestations, data) is None
    member = consortium.oracles[0].address
    assert consortium.stage.read(ATTESTATIONS, "equivocated", found.one.line, member)
    with consortium.unchanged():
        assert isinstance(consortium.refusal_of(attestations, data), AlreadyRecorded)


@pytest.mark.parametrize(
    ("signers", "changes", "refusal"),
    [
        ("aa", {"amount": 9_000}, NoContradiction),
        ("aa", {"line": keccak(b"another line")}, NoContradiction),
        ("ab", {}, NoContradiction),
        ("at", {}, NoContradiction),
        ("tt", {}, NotMember),
        ("aa", {"config": b"\1" * 32}, WrongConfig),
    ],
)
def test_equivocation__no_evidence__is_refused(
    signers: str, changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    _, data = _evidence(consortium, signers, **changes)
    with consortium.unchanged():
        refused = consortium.refusal_of(consortium.stage.deployment.attestations, data)
    assert isinstance(refused, refusal)

"""Payments that never were, against a whole stack: nothing is discharged by them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import httpx
import pytest

from ledger.acts import SignedAct
from ledger.agreements import Payment
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.references import lot_reference
from ledger.words import LotRef
from tests.chain.stage import CORE_PARTY, TIER_1
from tests.e2e.town import Town, problem_of, sample
from tests.support.synthetic import COUNCIL, ORACLES, Key

MOST = 2**64 - 1


def _payment(town: Town, line: str, **changes: Any) -> Payment:
    return replace(town.script.payment(town.claim, 0, 100, line), **changes)


def _attest(town: Town, member: Key, payment: Payment, bearer: Key = ORACLES[2]) -> httpx.Response:
    approval = "0x" + member.sign(town.deployment.digest(payment)).hex()
    body = {"kind": "Payment", "message": payment.to_json(), "approval": approval}
    return town.send(bearer, "/v1/attestations", body)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"amount": 0}, "ZeroAmount"),
        ({"amount": MOST}, "AmountTooLarge"),
        ({"bookedOn": 20270230}, "InvalidDate"),
        ({"config": bytes(32)}, "WrongConfig"),
    ],
)
def test_payment__spoilt__is_refused_by_name(
    town: Town, changes: dict[str, Any], name: str
) -> None:
    with town.unchanged():
        assert problem_of(_attest(town, ORACLES[0], _payment(town, "spoilt", **changes))) == name


def test_payment__attested_by_no_member__is_refused(town: Town) -> None:
    payment = _payment(town, "theft")
    with town.unchanged():
        assert problem_of(_attest(town, Key("thief"), payment)) == "NotMember"
        assert problem_of(_attest(town, COUNCIL[0], payment)) == "NotMember"


@pytest.mark.parametrize(
    ("members", "name"),
    [
        ([ORACLES[0]], "ApprovalsMissing"),
        ([ORACLES[0], Key("thief")], "NotMember"),
        ([], "ApprovalsMissing"),
    ],
)
def test_payment__settled_without_a_quorum__is_refused(
    town: Town, members: list[Key], name: str
) -> None:
    with town.unchanged():
        assert town.fate(town.signed(_payment(town, "few"), members))["name"] == name


def test_payment__one_member_twice__is_no_quorum(town: Town) -> None:
    payment = _payment(town, "twice")
    ledger = town.standing()["head"]
    given = [_attest(town, ORACLES[0], payment).json() for _ in range(2)]
    assert [(one["given"], one["act"]) for one in given] == [(1, None)] * 2
    twice = (ORACLES[0].sign(town.deployment.digest(payment)),) * 2
    assert town.fate(SignedAct(payment, (twice,)))["name"] == "ApprovalsUnordered"
    assert town.standing()["head"] == ledger


def test_payment__members_disagree__settles_nothing(town: Town) -> None:
    ledger = town.standing()["head"]
    one, other = _payment(town, "apart"), _payment(town, "apart", amount=99)
    assert _attest(town, ORACLES[0], one).json()["act"] is None
    told = _attest(town, ORACLES[1], other).json()
    assert (told["given"], len(told["others"]), told["act"]) == (1, 1, None)
    (found,) = town.get(CORE_PARTY, "/v1/worklist").json()["disagreements"]
    assert {reading["message"]["amount"] for reading in found["readings"]} == {"100", "99"}
    assert town.standing()["head"] == ledger


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        (lot_reference(LotRef(ClaimNo(4_000), 0, 1)), "unknown_lot"),
        (lot_reference(LotRef(ClaimNo(1), 0, 1)), "stale_version"),
        ("YL0-1-0-1", "mistyped_reference"),
        ("INVOICE 17", "other_reference"),
    ],
)
def test_payment__for_no_lot_there_is__goes_to_the_worklist(
    town: Town, reference: str, reason: str
) -> None:
    ledger = town.standing()["head"]
    changes = {"LOT-12-0-68000000": reference, "LOT-12-68000000-113000000": reference}
    content = sample("statement-camt053.xml", **changes)
    statement = town.upload(town.bank, "/v1/statements", content).json()
    told = {(line["status"], line["reason"], line["payment"]) for line in statement["lines"]}
    assert told == {("unmatched", reason, None)}
    listed = {line["id"] for line in town.get(town.bank, "/v1/worklist").json()["items"]}
    assert listed >= {line["id"] for line in statement["lines"]}
    assert town.standing()["head"] == ledger


def test_payment__settled_once__can_not_be_again(town: Town) -> None:
    claim = town.script.issue(CORE_PARTY, TIER_1, 500)
    payment = town.script.payment(claim, 0, 100, "paid")
    town.script.settle(payment)
    town.post()
    another = replace(payment, subject=LotRef(claim, 100, 1).subject)
    with town.unchanged():
        assert town.fate(town.signed(payment, ORACLES[:2]))["status"] == "confirmed"
        more = town.signed(another, ORACLES[:2])
        assert town.fate(more)["name"] == "PaymentOverallocated"
        less = town.signed(replace(another, amount=99), ORACLES[:2])
        assert town.fate(less)["name"] == "PaymentContradicted"
        foreign = town.signed(replace(another, line=keccak(b"f"), currency="EUR"), ORACLES[:2])
        assert town.fate(foreign)["name"] == "CurrencyMismatch"
    ledger = town.standing()["head"]
    assert _attest(town, ORACLES[2], payment).json()["act"]["status"] == "confirmed"
    assert town.standing()["head"] == ledger


def test_payment__by_a_member_since_removed__is_refused(town: Town) -> None:
    payment = _payment(town, "removed")
    signed = town.signed(payment, ORACLES[:2])
    town.script.seat_oracles(2, [*ORACLES[1:], Key("oracle 4")])
    town.post()
    try:
        with town.unchanged():
            assert town.fate(signed)["name"] == "WrongConfig"
            renewed = _payment(town, "removed")
            assert town.fate(town.signed(renewed, ORACLES[:2]))["name"] == "NotMember"
            assert problem_of(_attest(town, ORACLES[1], payment, ORACLES[1])) == "WrongConfig"
            assert problem_of(_attest(town, ORACLES[0], renewed, ORACLES[1])) == "NotMember"
    finally:
        town.script.seat_oracles(3)
        town.post()

"""Signatures that are not what they should be."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.acts import SignedAct
from ledger.agreements import FOREVER, Amendment, Transfer
from ledger.errors import Refused
from ledger.ids import Address
from ledger.refusals import (
    ApprovalsMissing,
    ApprovalsUnordered,
    Expired,
    InvalidApproval,
    NotSigner,
    PartyNotActive,
    UnknownParty,
)
from tests.contracts.spoilers import high_s
from tests.support.consortium import (
    DUAL,
    DUAL_ABOVE,
    TIER1,
    TIER2,
    TIER3,
    Consortium,
    with_approvals,
)


def _amendment(party: int, **changes: object) -> Amendment:
    act = Amendment(party, 1, 2, True, (), (), 1, FOREVER, FOREVER)
    return replace(act, **changes)  # type: ignore[arg-type]


@pytest.fixture
def transfer(consortium: Consortium) -> SignedAct:
    """A sound transfer of a whole lot from TIER1 to TIER2."""
    lot = consortium.open_claim()
    return consortium.signed(consortium.transfer(lot.claim, 9_000))


def test_transfer__sound__goes_through_once(consortium: Consortium, transfer: SignedAct) -> None:
    assert consortium.refusal(transfer) is None
    lot = consortium.lot(1, 0)
    assert (lot["holder"], lot["version"], lot["end"]) == (TIER2, 2, 9_000)


def test_approval__high_s__is_invalid(consortium: Consortium, transfer: SignedAct) -> None:
    holder, recipient = transfer.approvals
    malleated = with_approvals(transfer, map(high_s, holder), recipient)
    consortium.refuse(malleated, InvalidApproval, position=0)


@pytest.mark.parametrize(
    "spoiled",
    [
        pytest.param(lambda a: a[:64], id="truncated"),
        pytest.param(lambda _: b"", id="empty"),
        pytest.param(lambda a: a[:64] + b"\0", id="v is 0"),
        pytest.param(lambda a: a[:64] + b"\x1d", id="v is 29"),
        pytest.param(lambda _: bytes(64) + b"\x1b", id="r and s are 0"),
        pytest.param(lambda a: b"\xff" * 32 + a[32:], id="r is beyond the field"),
        pytest.param(lambda _: bytes(20) + b"x", id="ERC-1271 of the zero address"),
        pytest.param(lambda a: bytes(19) + b"\1" + a, id="ERC-1271 of a precompile"),
    ],
)
def test_approval__malformed__is_invalid(
    spoiled: object, consortium: Consortium, transfer: SignedAct
) -> None:
    holder, recipient = transfer.approvals
    act = with_approvals(transfer, [spoiled(holder[0])], recipient)  # type: ignore[operator]
    consortium.refuse(act, InvalidApproval, position=0)


def test_approval__of_thief__is_not_signers(consortium: Consortium, transfer: SignedAct) -> None:
    digest = consortium.stage.deployment.digest(transfer.agreement)
    stolen = with_approvals(transfer, [consortium.thief.sign(digest)], transfer.approvals[1])
    thief = consortium.thief.address
    consortium.refuse(stolen, NotSigner, party=TIER1, signer=thief)


def test_approval__of_both_sides_by_one__is_refused(
    consortium: Consortium, transfer: SignedAct
) -> None:
    holder, _ = transfer.approvals
    consortium.refuse(with_approvals(transfer, holder, holder), NotSigner, party=TIER2)


@pytest.mark.parametrize(
    "elsewhere",
    [
        pytest.param({"chain_id": 1}, id="another chain"),
        pytest.param({"receivables": Address("0x" + "12" * 20)}, id="another contract"),
    ],
)
def test_approval__bound_elsewhere__is_not_signers(
    elsewhere: dict[str, object], consortium: Consortium, transfer: SignedAct
) -> None:
    there = replace(consortium.stage.deployment, **elsewhere)  # type: ignore[arg-type]
    digest = there.digest(transfer.agreement)
    sides = [[key.sign(digest) for key in consortium.signers(n)] for n in (TIER1, TIER2)]
    consortium.refuse(with_approvals(transfer, *sides), NotSigner, party=TIER1)


def test_approval__of_one_act_on_another__is_not_signers(
    consortium: Consortium, transfer: SignedAct
) -> None:
    assert isinstance(transfer.agreement, Transfer)
    more = replace(transfer.agreement, recipient=TIER3)
    consortium.refuse(replace(transfer, agreement=more), NotSigner)


def test_approvals__none__are_missing(consortium: Consortium, transfer: SignedAct) -> None:
    act = with_approvals(transfer, transfer.approvals[0], [])
    consortium.refuse(act, ApprovalsMissing, given=0, needed=1)


def test_approvals__twice_the_same__are_unordered(
    consortium: Consortium, transfer: SignedAct
) -> None:
    holder, recipient = transfer.approvals
    consortium.refuse(with_approvals(transfer, holder * 2, recipient), ApprovalsUnordered)


@pytest.mark.parametrize(
    ("approvals", "refusal"),
    [
        pytest.param(slice(0, 1), ApprovalsMissing, id="one of two"),
        pytest.param(slice(None, None, -1), ApprovalsUnordered, id="falling order"),
    ],
)
def test_four_eyes__above_amount__needs_both_in_order(
    approvals: slice, refusal: type[Refused], consortium: Consortium
) -> None:
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, DUAL_ABOVE + 1, recipient=DUAL))
    holder, recipient = act.approvals
    consortium.refuse(with_approvals(act, holder, recipient[approvals]), refusal)
    assert consortium.refusal(act) is None


def test_four_eyes__at_amount__needs_one(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, DUAL_ABOVE, recipient=DUAL))
    holder, recipient = act.approvals
    assert consortium.refusal(with_approvals(act, holder, recipient[1:])) is None


def test_four_eyes__one_key_twice__is_not_two(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, 5_000, recipient=DUAL))
    holder, recipient = act.approvals
    consortium.refuse(with_approvals(act, holder, recipient[:1] * 2), ApprovalsUnordered)


def test_signer__removed_before_submission__is_not_signer(
    consortium: Consortium, transfer: SignedAct
) -> None:
    (old,) = consortium.signers(TIER1)
    new = consortium.cast.key("new signer")
    consortium.do(_amendment(TIER1, added=(new.address,), removed=(old.address,)))
    consortium.refuse(transfer, NotSigner, party=TIER1, signer=old.address)


def test_party__suspended_before_submission__is_not_active(
    consortium: Consortium, transfer: SignedAct
) -> None:
    consortium.do(_amendment(TIER2, active=False))
    consortium.refuse(transfer, PartyNotActive, party=TIER2)


@pytest.mark.parametrize("number", [0, 99])
def test_party__unknown__is_refused(number: int, consortium: Consortium) -> None:
    lot = consortium.open_claim()
    act = consortium.transfer(lot.claim, 9_000, recipient=number)
    signed = consortium.signed(act, consortium.signers(TIER1), [consortium.thief])
    consortium.refuse(signed, UnknownParty, party=number)


def test_agreement__after_its_time__has_expired(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    act = consortium.signed(consortium.transfer(lot.claim, 9_000, validUntil=1))
    consortium.refuse(act, Expired, validUntil=1)

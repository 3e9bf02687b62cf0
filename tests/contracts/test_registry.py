"""Council, parties and policies: acts that are not the council's, or no longer."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chain.contracts import LEDGER, REGISTRY
from ledger.acts import SignedAct, enact_policy_call
from ledger.agreements import FOREVER, Amendment, Constitution, PolicyChange
from ledger.errors import Refused
from ledger.refusals import (
    AlreadyEnrolled,
    ApprovalsMissing,
    ApprovalsUnordered,
    Expired,
    GovernorStays,
    InvalidQuorum,
    MalformedIdentifier,
    NotCouncil,
    NotGovernor,
    NotPolicy,
    PartyChanged,
    PolicyNotReady,
    PolicyVersionStale,
    SignerTaken,
    SignerUnknown,
    UnknownParty,
    WrongEpoch,
)
from ledger.roles import Role
from scripts.stage import enrolment
from tests.support.consortium import (
    CORE,
    DUAL,
    POLICY_DELAY,
    TIER1,
    Consortium,
    call_data,
    with_approvals,
)

NOBODY = "0x" + "00" * 20


def _addresses(*keys: Any) -> tuple[str, ...]:
    return tuple(key.address for key in keys)


# ── the council's approvals ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("pick", "refusal"),
    [
        (lambda approvals: approvals[:1], ApprovalsMissing),
        (lambda approvals: approvals[:1] * 2, ApprovalsUnordered),
        (lambda approvals: approvals[::-1], ApprovalsUnordered),
    ],
)
def test_council__not_a_quorum__is_refused(
    pick: Any, refusal: type[Refused], consortium: Consortium
) -> None:
    act = consortium.signed(enrolment("test:new", Role.SUPPLIER, [consortium.cast.key("new")]))
    consortium.refuse(with_approvals(act, pick(act.approvals[0])), refusal)


def test_council__thief_among_them__is_refused(consortium: Consortium) -> None:
    act = enrolment("test:new", Role.SUPPLIER, [consortium.thief])
    signed = consortium.signed(act, [*consortium.council[:2], consortium.thief])
    consortium.refuse(signed, NotCouncil, signer=consortium.thief.address)


# ── parties ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"identifier": "test:1"}, AlreadyEnrolled),
        ({"identifier": ""}, MalformedIdentifier),
        ({"identifier": "x" * 257}, MalformedIdentifier),
        ({"identifier": "公" * 86}, MalformedIdentifier),
        ({"identifier": "test:\0"}, MalformedIdentifier),
        ({"identifier": "test:\x1f"}, MalformedIdentifier),
        ({"identifier": "test:\x7f"}, MalformedIdentifier),
        ({"quorum": 0}, InvalidQuorum),
        ({"quorum": 2}, InvalidQuorum),
        ({"signers": ()}, InvalidQuorum),
        ({"signers": (NOBODY,)}, SignerTaken),
        ({"signers": ("0x" + "11" * 20,) * 2}, SignerTaken),
        ({"signers": tuple(f"0x{n:040x}" for n in range(1, 257))}, InvalidQuorum),
        ({"validUntil": 1}, Expired),
    ],
)
def test_enrol__unsound__is_refused(
    changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    act = enrolment("test:new", Role.SUPPLIER, [consortium.cast.key("new")])
    consortium.refuse(consortium.signed(replace(act, **changes)), refusal)


@pytest.mark.parametrize("identifier", ["x", "x" * 256, "name:CN: 江北 é ~"])
def test_enrol__identifier_of_any_text__is_accepted(
    identifier: str, consortium: Consortium
) -> None:
    act = enrolment(identifier, Role.SUPPLIER, [consortium.cast.key("new")])
    consortium.do(consortium.signed(act))


def test_enrol__signer_of_another_party__is_taken(consortium: Consortium) -> None:
    """Else one key could consent on both sides."""
    act = enrolment("test:new", Role.SUPPLIER, consortium.signers(TIER1))
    consortium.refuse(consortium.signed(act), SignerTaken, party=TIER1)


def test_enrol__replayed__is_refused(consortium: Consortium) -> None:
    act = consortium.signed(enrolment("test:new", Role.SUPPLIER, [consortium.cast.key("new")]))
    consortium.do(act)
    consortium.refuse(act, AlreadyEnrolled, identifier="test:new", party=DUAL + 1)


def amendment(consortium: Consortium, **changes: Any) -> SignedAct:
    act = Amendment(DUAL, 1, 2, True, (), (), 2, 1_000, FOREVER)
    return consortium.signed(replace(act, **changes))


def test_amend__unsound__is_refused(consortium: Consortium) -> None:
    first, second = _addresses(*consortium.signers(DUAL))
    other = consortium.signers(CORE)[0].address
    new = consortium.cast.key("new").address
    cases: list[tuple[dict[str, Any], type[Refused]]] = [
        ({"version": 0}, PartyChanged),
        ({"version": 2}, PartyChanged),
        ({"party": 0}, UnknownParty),
        ({"party": 99}, UnknownParty),
        ({"quorum": 0}, InvalidQuorum),
        ({"quorum": 3}, InvalidQuorum),
        ({"removed": (first,)}, InvalidQuorum),
        ({"removed": (first, second), "quorum": 1}, InvalidQuorum),
        ({"removed": (first, first)}, SignerUnknown),
        ({"removed": (other,)}, SignerUnknown),
        ({"removed": (NOBODY,)}, SignerUnknown),
        ({"added": (new, new)}, SignerTaken),
        ({"added": (first,)}, SignerTaken),
        ({"added": (other,)}, SignerTaken),
        ({"added": (NOBODY,)}, SignerTaken),
    ]
    for changes, refusal in cases:
        consortium.refuse(amendment(consortium, **changes), refusal)


def test_amend__removed_and_added_at_once__stays(consortium: Consortium) -> None:
    first, _ = _addresses(*consortium.signers(DUAL))
    consortium.do(amendment(consortium, removed=(first,), added=(first,)))
    party = consortium.stage.read(REGISTRY, "party", DUAL)
    assert party[0] == 2
    assert party[4] == 2


def test_amend__replayed__is_refused(consortium: Consortium) -> None:
    act = amendment(consortium)
    consortium.do(act)
    consortium.refuse(act, PartyChanged, version=1, current=2)


# ── the council's succession ──────────────────────────────────────────────────────────────────


def _constitution(consortium: Consortium, epoch: int = 2) -> Constitution:
    return Constitution(epoch, _addresses(*consortium.cast.keys("successor", 3)), 2, FOREVER)


def test_constitute__handed_over__old_council_is_out(consortium: Consortium) -> None:
    act = consortium.signed(_constitution(consortium))
    new_party = consortium.signed(
        enrolment("test:new", Role.SUPPLIER, [consortium.cast.key("new")])
    )
    consortium.do(act)
    consortium.refuse(act, NotCouncil)
    consortium.refuse(new_party, NotCouncil)
    successors = consortium.cast.keys("successor", 3)
    again = consortium.signed(_constitution(consortium), successors)
    consortium.refuse(again, WrongEpoch, epoch=2, expected=3)
    consortium.do(consortium.signed(new_party.agreement, successors))


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"epoch": 1}, WrongEpoch),
        ({"epoch": 3}, WrongEpoch),
        ({"members": ()}, InvalidQuorum),
        ({"quorum": 0}, InvalidQuorum),
        ({"quorum": 4}, InvalidQuorum),
        ({"members": ("0x" + "11" * 20,) * 2}, SignerTaken),
        ({"members": (NOBODY, "0x" + "11" * 20)}, SignerTaken),
    ],
)
def test_constitute__unsound__is_refused(
    changes: dict[str, Any], refusal: type[Refused], consortium: Consortium
) -> None:
    act = replace(_constitution(consortium), **changes)
    consortium.refuse(consortium.signed(act), refusal)


# ── policies ──────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def policy(consortium: Consortium) -> str:
    return consortium.cast.key("policy").address


def _enact(consortium: Consortium, policy: str) -> Refused | None:
    call = enact_policy_call(policy)  # type: ignore[arg-type]
    return consortium.refusal_of(consortium.stage.deployment.registry, call)


def test_policy__authorised__waits_for_the_delay(consortium: Consortium, policy: str) -> None:
    consortium.do(PolicyChange(policy, True, 0, FOREVER))
    with consortium.unchanged():
        assert isinstance(_enact(consortium, policy), PolicyNotReady)
    consortium.travel(POLICY_DELAY)
    assert _enact(consortium, policy) is None
    assert consortium.stage.read(LEDGER, "isPolicy", policy)
    with consortium.unchanged():
        assert isinstance(_enact(consortium, policy), PolicyNotReady)


def test_policy__never_scheduled__cannot_be_enacted(consortium: Consortium, policy: str) -> None:
    with consortium.unchanged():
        assert _enact(consortium, policy) == PolicyNotReady(policy, 0)


def test_policy__ended_while_scheduled__is_off_the_schedule(
    consortium: Consortium, policy: str
) -> None:
    consortium.do(PolicyChange(policy, True, 0, FOREVER))
    consortium.do(PolicyChange(policy, False, 1, FOREVER))
    consortium.travel(POLICY_DELAY)
    assert isinstance(_enact(consortium, policy), PolicyNotReady)
    assert not consortium.stage.read(LEDGER, "isPolicy", policy)


def test_policy__scheduled_again__waits_again(consortium: Consortium, policy: str) -> None:
    consortium.do(PolicyChange(policy, True, 0, FOREVER))
    consortium.travel(POLICY_DELAY - 100)
    consortium.do(PolicyChange(policy, True, 1, FOREVER))
    consortium.travel(200)
    assert isinstance(_enact(consortium, policy), PolicyNotReady)


def test_policy_change__replayed__is_stale(consortium: Consortium, policy: str) -> None:
    act = consortium.signed(PolicyChange(policy, True, 0, FOREVER))
    consortium.do(act)
    consortium.refuse(act, PolicyVersionStale, version=0, current=1)
    consortium.do(PolicyChange(policy, False, 1, FOREVER))
    consortium.refuse(act, PolicyVersionStale, version=0, current=2)


def test_policy__ended__acts_no_more(consortium: Consortium) -> None:
    receivables = consortium.stage.deployment.receivables
    lot = consortium.open_claim()
    consortium.do(PolicyChange(receivables, False, 0, FOREVER))
    act = consortium.signed(consortium.transfer(lot.claim, 9_000))
    consortium.refuse(act, NotPolicy, caller=receivables)
    payment = consortium.signed(consortium.payment(lot, 9_000))
    consortium.refuse(payment, NotPolicy, caller=receivables)


def test_registry__its_own_authority__stays(consortium: Consortium) -> None:
    """Without it the council could never act again."""
    registry = consortium.stage.deployment.registry
    act = PolicyChange(registry, False, 0, FOREVER)
    consortium.refuse(consortium.signed(act), GovernorStays)


def test_ledger__anyone_else__can_do_nothing(consortium: Consortium) -> None:
    lot = consortium.open_claim()
    ref = (lot.claim, lot.start, lot.version)
    act, memo = bytes(32), b""
    calls: list[tuple[str, tuple[Any, ...], type[Refused]]] = [
        ("open", ((CORE, b"CNY", 20270521, 5), TIER1, act, memo), NotPolicy),
        ("move", (ref, 0, 9_000, TIER1, CORE, act, memo), NotPolicy),
        ("discharge", (ref, 9_000, act, memo), NotPolicy),
        ("merge", (ref, ref, TIER1, act, memo), NotPolicy),
        ("note", (act, [], memo), NotPolicy),
        ("setPolicy", (consortium.thief.address, True, act, memo), NotGovernor),
    ]
    for function, arguments, refusal in calls:
        data = call_data(LEDGER, function, *arguments)
        with consortium.unchanged():
            refused = consortium.refusal_of(consortium.stage.deployment.ledger, data)
        assert isinstance(refused, refusal)

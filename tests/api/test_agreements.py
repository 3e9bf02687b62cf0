from __future__ import annotations

import threading
import time
from dataclasses import replace
from typing import Any

import pytest

from ledger.agreements import FOREVER, Amendment, InvoiceUse, Issue, Merge, OracleConfig
from ledger.commitments import EMPTY_ROOT
from ledger.keccak import keccak
from ledger.refusals import LotChanged
from tests.api.world import BANK, CAREFUL, CORE, NOW, STRANGER, TIER1, TIER2, World, problem_of
from tests.support.synthetic import COUNCIL, MATURITY, ORACLES, Key


def _issue(face: int = 9_000, creditor: int = TIER1, **changes: Any) -> Issue:
    use = InvoiceUse(keccak(b"invoice"), face, face, 0)
    act = Issue(CORE, creditor, "CNY", face, MATURITY, (use,), EMPTY_ROOT, FOREVER)
    return replace(act, **changes)


def _problem(acts: list[dict]) -> str:
    return acts[0]["problem"]["type"].removeprefix("urn:yuanliu:problem:")


def test_submit__concluded_issue__is_accepted_then_confirmed(world: World) -> None:
    (answer,) = world.submit(BANK, world.concluded(_issue()))
    assert answer["status"] == "accepted"
    world.mine()
    act = world.get(BANK, f"/v1/agreements/{answer['digest']}").json()
    assert (act["status"], act["claim"], act["kind"]) == ("confirmed", 1, "Issue")
    assert act["entry"] == world.posted - 1


def test_submit__same_agreement_twice__is_one_act(world: World) -> None:
    first, again = world.submit(CORE, *[world.concluded(_issue())] * 2)
    assert first["digest"] == again["digest"]
    assert world.submit(TIER1, world.concluded(_issue()))[0]["digest"] == first["digest"]
    assert len(world.waiting()) == 1


def test_submit__one_bad_among_good__refuses_only_itself(world: World) -> None:
    good, other = world.concluded(_issue()), world.concluded(_issue(face=5))
    bad = world.concluded(_issue(face=7), [world.key(CORE)], [world.key(STRANGER)])
    answers = world.submit(CORE, good, bad, other)
    assert [answer.get("status") for answer in answers] == ["accepted", None, "accepted"]
    assert answers[1]["problem"]["party"] == TIER1
    assert len(world.waiting()) == 2


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"validUntil": NOW - 1}, "Expired"),
        ({"creditor": int(CORE)}, "SelfDealing"),
        ({"face": 0, "invoices": ()}, "ZeroAmount"),
        ({"face": 2**64 - 1}, "AmountTooLarge"),
        ({"maturity": 20270230}, "InvalidDate"),
        ({"maturity": 19691231}, "InvalidDate"),
        ({"currency": "XTS"}, "UnknownCurrency"),
        ({"invoices": ()}, "InvoicesDoNotCover"),
        ({"creditor": 99}, "UnknownParty"),
    ],
)
def test_submit__issue_spoilt__is_refused_by_name(
    world: World, changes: dict[str, Any], problem: str
) -> None:
    sides = ([world.key(CORE)], [world.key(TIER1)])
    assert _problem(world.submit(CORE, world.concluded(_issue(**changes), *sides))) == problem
    assert not world.waiting()


def test_submit__debtor_is_no_core_enterprise__is_refused(world: World) -> None:
    spoilt = world.concluded(_issue(debtor=int(TIER2)))
    assert _problem(world.submit(CORE, spoilt)) == "RoleMissing"


def test_submit__transfer_to_oneself_or_of_nothing__is_refused(world: World) -> None:
    claim = world.ledger.issue(CORE, TIER1, 100)
    sound = world.transfer(claim)
    itself = world.concluded(replace(sound, recipient=sound.holder))
    nothing = world.concluded(replace(sound, start=5, end=5))
    beyond = world.concluded(replace(sound, end=2**64 - 1))
    answers = world.submit(TIER1, itself, nothing, beyond)
    assert [_problem([one]) for one in answers] == ["SelfDealing", "ZeroAmount", "AmountTooLarge"]


def test_submit__one_signature_for_two_acts__is_refused(world: World) -> None:
    signed = world.concluded(_issue())
    twin = replace(_issue(), maturity=20270522)
    stolen = {**signed, "message": twin.to_json()}
    assert _problem(world.submit(CORE, stolen)) == "NotSigner"
    assert not world.waiting()


def test_submit__signed_for_another_chain__is_refused(world: World) -> None:
    home = world.ledger.deployment
    world.ledger.deployment = replace(home, chain_id=1)
    abroad = world.concluded(_issue())
    world.ledger.deployment = home
    assert _problem(world.submit(CORE, abroad)) == "NotSigner"


def test_submit__signer_removed_after_signing__is_refused(world: World) -> None:
    signed = world.concluded(_issue())
    old, new = world.key(TIER1), Key("next")
    world.ledger.amend(
        Amendment(TIER1, 1, 2, True, (new.address,), (old.address,), 1, FOREVER, FOREVER)
    )
    world.index()
    assert _problem(world.submit(CORE, signed)) == "NotSigner"


def test_submit__four_eyes_with_two__is_refused(world: World) -> None:
    issue = _issue(creditor=int(CAREFUL))
    one_eye = world.concluded(issue, [world.key(CORE)], [world.key(CAREFUL)])
    assert _problem(world.submit(CORE, one_eye)) == "ApprovalsMissing"
    small = _issue(face=1_000, creditor=int(CAREFUL))
    one_is_enough = world.concluded(small, [world.key(CORE)], [world.key(CAREFUL)])
    assert world.submit(CORE, one_is_enough)[0]["status"] == "accepted"
    assert world.submit(CORE, world.concluded(issue))[0]["status"] == "accepted"


def test_submit__approvals_out_of_order_or_twice__is_refused(world: World) -> None:
    signed = world.concluded(_issue(creditor=int(CAREFUL)))
    debtor, creditor = signed["approvals"]
    turned = {**signed, "approvals": [debtor, creditor[::-1]]}
    doubled = {**signed, "approvals": [debtor, [creditor[0], creditor[0]]]}
    answers = world.submit(CORE, turned, doubled)
    assert [_problem([one]) for one in answers] == ["ApprovalsUnordered"] * 2


def test_submit__malleable_signature__is_refused(world: World) -> None:
    order = 0xFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFEBAAEDCE6AF48A03BBFD25E8CD0364141
    signed = world.concluded(_issue())
    approval = bytes.fromhex(signed["approvals"][0][0][2:])
    s = (order - int.from_bytes(approval[32:64], "big")).to_bytes(32, "big")
    twin = approval[:32] + s + bytes([55 - approval[64]])
    spoilt = {**signed, "approvals": [["0x" + twin.hex()], signed["approvals"][1]]}
    assert _problem(world.submit(CORE, spoilt)) == "InvalidApproval"


def test_submit__council_act_by_too_few_or_others__is_refused(world: World) -> None:
    act = OracleConfig(2, (COUNCIL[0].address,), 1, FOREVER)
    few = world.concluded(act, COUNCIL[:1])
    others = world.concluded(act, [world.key(CORE), COUNCIL[0]])
    few_others = world.concluded(act, [world.key(CORE)])
    void = world.concluded(replace(act, quorum=2), COUNCIL[:2])
    answers = world.submit(COUNCIL[0], few, others, few_others, void)
    names = [_problem([one]) for one in answers]
    # Too few come first, whoever they are: so does the contract count.
    assert names == ["ApprovalsMissing", "NotCouncil", "ApprovalsMissing", "InvalidQuorum"]


def test_submit__contract_signer__is_left_to_the_simulation(world: World) -> None:
    issue = _issue()
    contract = world.key(TIER1).address + "ab" * 70
    signed = world.concluded(issue)
    by_contract = {**signed, "approvals": [signed["approvals"][0], [contract]]}
    assert world.submit(CORE, by_contract)[0]["status"] == "accepted"


def test_submit__contract_signer_named_by_a_stranger__is_refused(world: World) -> None:
    """Only the chain can ask a contract account: from anyone its approval could be junk, which
    would stand in the genuine act's place."""
    signed = world.concluded(_issue())
    junk = world.key(TIER1).address + "ab" * 70
    by_contract = {**signed, "approvals": [signed["approvals"][0], [junk]]}
    for outsider in (STRANGER, BANK):
        assert _problem(world.submit(outsider, by_contract)) == "ContractApprovalByOutsider"
    assert not world.waiting()
    (genuine,) = world.submit(STRANGER, signed)
    assert genuine["status"] == "accepted"


@pytest.mark.parametrize("insider", [CORE, TIER1, COUNCIL[0], ORACLES[0]])
def test_submit__contract_signer_named_by_an_insider__is_taken(
    insider: int | Key, world: World
) -> None:
    signed = world.concluded(_issue())
    contract = world.key(TIER1).address + "ab" * 70
    by_contract = {**signed, "approvals": [signed["approvals"][0], [contract]]}
    assert world.submit(insider, by_contract)[0]["status"] == "accepted"


@pytest.mark.parametrize(
    ("spoil", "problem"),
    [
        ({"kind": "Theft"}, "UnknownAct"),
        ({"kind": 7}, "MalformedAgreement"),
        ({"message": []}, "MalformedAgreement"),
        ({"approvals": [[], [], []]}, "MalformedAgreement"),
        ({"approvals": [["0xzz"], []]}, "MalformedAgreement"),
        ({"approvals": [["0x" + "a" * 10_000], []]}, "MalformedAgreement"),
        ({"approvals": [[], []]}, "ApprovalsMissing"),
        ({"approvals": [["0x" + "00" * 65], []]}, "InvalidApproval"),
        ({"approvals": [["0x"], []]}, "InvalidApproval"),
    ],
)
def test_submit__malformed_item__is_refused_by_name(
    world: World, spoil: dict[str, Any], problem: str
) -> None:
    assert _problem(world.submit(CORE, {**world.concluded(_issue()), **spoil})) == problem


def test_submit__more_than_500__is_refused(world: World) -> None:
    body = {"agreements": [{}] * 501}
    assert problem_of(world.post(CORE, "/v1/agreements", body)) == "TooManyAgreements"


def test_show__not_ones_own__looks_like_nothing(world: World) -> None:
    (answer,) = world.submit(CORE, world.concluded(_issue()))
    path = f"/v1/agreements/{answer['digest']}"
    assert world.get(TIER1, path).status_code == 200
    hidden, absent = world.get(STRANGER, path), world.get(STRANGER, path[:-4] + "abcd")
    assert problem_of(hidden) == problem_of(absent) == "NotFound"
    assert hidden.json()["detail"] == absent.json()["detail"]


def test_show__refused_by_simulation__tells_name_and_facts(world: World) -> None:
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    (answer,) = world.submit(TIER1, world.concluded(world.transfer(claim)))
    world.refuse(LotChanged(claim, 0, 1, 2))
    act = world.get(TIER2, f"/v1/agreements/{answer['digest']}").json()
    assert act["refusal"] == {
        "name": "LotChanged",
        "facts": {"claim": 1, "start": 0, "version": 1, "current": 2},
    }


def test_wait__confirmed_meanwhile__answers_at_once(either_world: World) -> None:
    world = either_world
    (answer,) = world.submit(CORE, world.concluded(_issue()))
    timer = threading.Timer(0.3, world.mine)
    timer.start()
    started = time.monotonic()
    act = world.get(CORE, f"/v1/agreements/{answer['digest']}", wait=10).json()
    took = time.monotonic() - started
    timer.join()
    assert act["status"] == "confirmed"
    assert 0.25 < took < 3


def test_wait__nothing_happens__answers_when_it_is_over(world: World) -> None:
    (answer,) = world.submit(CORE, world.concluded(_issue()))
    act = world.get(CORE, f"/v1/agreements/{answer['digest']}", wait=0.2).json()
    assert act["status"] == "accepted"


def test_submit__merge__needs_its_holder(world: World) -> None:
    merge = Merge(1, 0, 1, 50, 1, TIER1, FOREVER)
    stolen = world.concluded(merge, [world.key(STRANGER)])
    sound = world.concluded(merge, [world.key(TIER1)])
    answers = world.submit(STRANGER, stolen, sound)
    assert _problem(answers[:1]) == "NotSigner"
    assert answers[1]["status"] == "accepted"

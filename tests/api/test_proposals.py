from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response

from ledger import commitments
from ledger.agreements import FOREVER, Amendment, InvoiceUse, Issue, Transfer
from ledger.commitments import EMPTY_ROOT
from ledger.typed import Struct
from tests.api.world import (
    CAREFUL,
    CORE,
    NOW,
    STRANGER,
    TIER1,
    TIER2,
    World,
    einvoice,
    problem_of,
)
from tests.support.synthetic import MATURITY, Key


def _document(world: World, content: bytes | None = None) -> dict:
    return world.upload(TIER1, "/v1/documents", content or einvoice()).json()


def _issue(document: dict, **changes: Any) -> Issue:
    fingerprint = bytes.fromhex(document["fingerprint"][2:])
    total = int(document["invoice"]["payable"])
    root = commitments.root([bytes.fromhex(document["commitment"][2:])])
    use = InvoiceUse(fingerprint, total, total, 0)
    terms = Issue(CORE, TIER1, "CNY", total, MATURITY, (use,), root, FOREVER)
    return replace(terms, **changes)


def _propose(
    world: World, who: int, agreement: Struct, documents: Sequence[str] = (), key: Key | None = None
) -> Response:
    body = {
        "kind": type(agreement).__name__,
        "message": agreement.to_json(),
        "documents": list(documents),
        "approvals": [world.approval(key or world.key(who), agreement)],
    }
    return world.post(who, "/v1/proposals", body)


def _approve(
    world: World, who: int, proposal: dict, agreement: Struct, key: Key | None = None
) -> Response:
    body = {"approval": world.approval(key or world.key(who), agreement)}
    return world.post(who, f"/v1/proposals/{proposal['id']}/approvals", body)


def _transfer(world: World, amount: int = 60, recipient: int = TIER2) -> Transfer:
    claim = world.ledger.issue(CORE, TIER1, 5_000)
    world.index()
    return world.transfer(claim, recipient, amount)


def test_issue__proposed_countersigned_submitted__is_on_the_chain(world: World) -> None:
    document = _document(world)
    issue = _issue(document)
    proposal = _propose(world, TIER1, issue, [document["id"]]).json()
    assert (proposal["status"], proposal["documents"]) == ("open", [document["id"]])
    assert proposal["typed_data"]["message"] == proposal["message"] == issue.to_json()
    assert world.get(CORE, f"/v1/documents/{document['id']}").status_code == 200
    assert _approve(world, CORE, proposal, issue).json()["status"] == "ready"
    act = world.post(CORE, f"/v1/proposals/{proposal['id']}/submission", {})
    assert (act.status_code, act.json()["status"]) == (202, "accepted")
    world.mine()
    shown = world.get(TIER1, f"/v1/proposals/{proposal['id']}").json()
    assert (shown["status"], shown["act"]["claim"]) == ("submitted", 1)
    usage = world.get(CORE, f"/v1/invoices/{document['fingerprint']}").json()
    assert (usage["free"], usage["version"]) == ("0", 1)


def test_proposal__not_a_side__sees_and_does_nothing(world: World) -> None:
    transfer = _transfer(world)
    proposal = _propose(world, TIER1, transfer).json()
    path = f"/v1/proposals/{proposal['id']}"
    assert problem_of(world.get(STRANGER, path)) == "NotFound"
    assert problem_of(world.get(CORE, path)) == "NotFound"
    assert world.get(STRANGER, "/v1/proposals").json()["items"] == []
    assert problem_of(world.post(STRANGER, f"{path}/submission", {})) == "NotFound"
    assert problem_of(_approve(world, STRANGER, proposal, transfer)) == "NotFound"
    assert problem_of(_propose(world, STRANGER, transfer)) == "NotASide"


def test_proposal__same_agreement_again__is_the_same_proposal(world: World) -> None:
    transfer = _transfer(world)
    first, again = _propose(world, TIER1, transfer), _propose(world, TIER2, transfer)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["id"] == again.json()["id"]


def test_approve__by_another_partys_signer__is_refused(world: World) -> None:
    transfer = _transfer(world)
    stolen = _propose(world, TIER1, transfer, key=world.key(TIER2))
    assert problem_of(stolen) == "NotSigner"
    proposal = _propose(world, TIER1, transfer).json()
    wrong = _approve(world, TIER2, proposal, replace(transfer, end=61))
    assert problem_of(wrong) == "NotSigner"
    body = {"approval": "0x" + "00" * 65}
    path = f"/v1/proposals/{proposal['id']}/approvals"
    assert problem_of(world.post(TIER2, path, body)) == "InvalidApproval"
    assert world.get(TIER2, f"/v1/proposals/{proposal['id']}").json()["sides"][1]["given"] == []


def test_submit__one_side_only__is_refused(world: World) -> None:
    proposal = _propose(world, TIER1, _transfer(world)).json()
    path = f"/v1/proposals/{proposal['id']}"
    assert problem_of(world.post(TIER1, f"{path}/submission", {})) == "ApprovalsMissing"
    assert world.get(TIER1, path).json()["status"] == "open"


def test_four_eyes__above_the_amount__needs_both(world: World) -> None:
    transfer = _transfer(world, 1_001, CAREFUL)
    one, two = world.ledger.parties[CAREFUL]
    proposal = _propose(world, TIER1, transfer).json()
    shown = _approve(world, CAREFUL, proposal, transfer, one).json()
    assert (shown["status"], shown["sides"][1]["needed"]) == ("open", 2)
    assert _approve(world, CAREFUL, proposal, transfer, two).json()["status"] == "ready"
    submitted = world.post(TIER1, f"/v1/proposals/{proposal['id']}/submission", {})
    assert submitted.json()["status"] == "accepted"


def test_submit__signer_removed_after_signing__is_refused(world: World) -> None:
    transfer = _transfer(world)
    proposal = _propose(world, TIER1, transfer).json()
    _approve(world, TIER2, proposal, transfer)
    old, new = world.key(TIER1), Key("next")
    act = Amendment(TIER1, 1, 2, True, (new.address,), (old.address,), 1, FOREVER, FOREVER)
    world.ledger.amend(act)
    world.index()
    refused = world.post(TIER2, f"/v1/proposals/{proposal['id']}/submission", {})
    assert problem_of(refused) == "ApprovalsMissing"
    assert not world.waiting()


def test_submit__expired_meanwhile__is_refused(world: World) -> None:
    transfer = replace(_transfer(world), validUntil=NOW + 10)
    proposal = _propose(world, TIER1, transfer).json()
    _approve(world, TIER2, proposal, transfer)
    world.now += 11
    refused = world.post(TIER1, f"/v1/proposals/{proposal['id']}/submission", {})
    assert problem_of(refused) == "Expired"


def test_submit__by_many_at_once__is_one_act(either_world: World) -> None:
    world = either_world
    transfer = _transfer(world)
    proposal = _propose(world, TIER1, transfer).json()
    _approve(world, TIER2, proposal, transfer)
    world.token(TIER1), world.token(TIER2)
    path = f"/v1/proposals/{proposal['id']}/submission"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda n: world.post((TIER1, TIER2)[n % 2], path, {}), range(8)))
    assert {answer.status_code for answer in answers} == {202}
    assert len({answer.json()["digest"] for answer in answers}) == 1
    assert len(world.waiting()) == 1


def test_refuse_and_withdraw__each_by_the_right_side__closes(world: World) -> None:
    transfer = _transfer(world)
    proposal = _propose(world, TIER1, transfer).json()
    path = f"/v1/proposals/{proposal['id']}"
    no = {"reason": "not ours"}
    assert problem_of(world.post(TIER1, f"{path}/refusal", no)) == "NotForProposer"
    assert problem_of(world.post(TIER2, f"{path}/withdrawal", {})) == "NotForProposer"
    refused = world.post(TIER2, f"{path}/refusal", no).json()
    assert (refused["status"], refused["reason"]) == ("refused", "not ours")
    assert problem_of(_approve(world, TIER2, proposal, transfer)) == "ProposalClosed"
    assert problem_of(world.post(TIER1, f"{path}/submission", {})) == "ProposalClosed"
    other = _propose(world, TIER1, replace(transfer, end=61)).json()
    withdrawn = world.post(TIER1, f"/v1/proposals/{other['id']}/withdrawal", {}).json()
    assert withdrawn["status"] == "withdrawn"
    listed = world.get(TIER2, "/v1/proposals", status="refused", role="recipient").json()
    assert [one["id"] for one in listed["items"]] == [proposal["id"]]


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"currency": "EUR"}, "InvoiceCurrencyDiffers"),
        ({"creditor": int(TIER2), "debtor": int(CORE)}, "NotASide"),
        ({"documents": EMPTY_ROOT}, "DocumentsDiffer"),
        ({"validUntil": NOW - 1}, "Expired"),
        ({"face": 1}, "InvoicesDoNotCover"),
    ],
)
def test_issue__terms_against_the_invoice__are_refused(
    world: World, changes: dict[str, Any], problem: str
) -> None:
    document = _document(world)
    refused = _propose(world, TIER1, _issue(document, **changes), [document["id"]])
    assert problem_of(refused) == problem
    assert world.get(TIER1, "/v1/proposals").json()["items"] == []


def test_issue__total_raised__is_refused(world: World) -> None:
    document = _document(world)
    issue = _issue(document)
    use = replace(issue.invoices[0], total=issue.face + 1)
    raised = replace(issue, invoices=(use,))
    refused = _propose(world, TIER1, raised, [document["id"]])
    assert problem_of(refused) == "InvoiceTotalDiffers"


def test_issue__invoice_of_others__is_refused(world: World) -> None:
    document = _document(world)
    other = world.upload(TIER2, "/v1/documents", einvoice()).json()
    issue = replace(_issue(other), creditor=int(TIER2))
    assert problem_of(_propose(world, TIER2, issue, [other["id"]])) == "InvoicePartyMismatch"
    unknown = _propose(world, TIER2, issue, [document["id"]])
    assert problem_of(unknown) == "DocumentNotVisible"


def test_issue__without_the_invoices_document__is_refused(world: World) -> None:
    document, other = _document(world), _document(world, einvoice("26332000000000000018"))
    issue = replace(_issue(document), invoices=_issue(other).invoices)
    refused = _propose(world, TIER1, issue, [document["id"]])
    assert problem_of(refused) == "InvoiceNotDocumented"

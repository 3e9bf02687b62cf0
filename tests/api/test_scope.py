"""Nobody sees another's data: every GET route, asked by a stranger."""

from __future__ import annotations

import re
from typing import Any

import pytest
from httpx import Response

from ledger.agreements import FOREVER, Amendment
from ledger.deals import Mode
from ledger.mandates import Mandate, mandate_domain
from ledger.store.keeping.lines import list_lines
from ledger.typed import digest_of
from tests.api.banking import Banking
from tests.api.world import (
    AUDITOR,
    BANK,
    CORE,
    NOW,
    SAMPLES,
    STRANGER,
    TIER1,
    TIER2,
    World,
    einvoice,
    problem_of,
)
from tests.support.synthetic import COUNCIL, DEPLOYMENT, ORACLES, Key
from tests.support.synthetic_financing import SyntheticDesk

PUBLIC = {
    "/v1/deployment",
    "/health",
    "/ready",
    "/status.json",
    # What every member knows of the consortium.
    "/v1/parties",
    "/v1/parties/{number}",
    "/v1/council",
    "/v1/oracles",
    "/v1/validators",
    "/v1/policies",
    # The caller's own.
    "/v1/me",
    "/v1/parties/me/profile",
    # A stream of its own, in test_events.
    "/v1/events",
}

TOLD_BESIDE = ("disagreements", "flows", "accounts", "differences")
"""What pages tell beside their items."""


@pytest.fixture
def peopled(world: World) -> dict[str, str]:
    """A world in which every kind of thing exists, and the path parameters that name them."""
    document = world.upload(TIER1, "/v1/documents", einvoice()).json()
    claim = world.ledger.issue(CORE, TIER1, 5_000)
    world.ledger.transfer(claim, 0, 0, 1_000, TIER2)
    world.index()
    transfer = world.transfer(claim, TIER1, 10)
    body = {
        "kind": "Transfer",
        "message": transfer.to_json(),
        "approvals": [world.approval(world.key(TIER2), transfer)],
    }
    proposal = world.post(TIER2, "/v1/proposals", body).json()
    (act,) = world.submit(TIER2, world.concluded(world.transfer(claim, TIER1, 20)))
    payment = world.ledger.payment(claim, 0, 1_000)
    attestation = {
        "kind": "Payment",
        "message": payment.to_json(),
        "approval": world.approval(ORACLES[0], payment),
    }
    assert world.post(ORACLES[0], "/v1/attestations", attestation).status_code == 200
    banking = Banking(world)
    (request,) = banking.ask(BANK)
    quote = banking.quoted(BANK, request)
    decision = world.get(BANK, "/v1/desk/decisions").json()["items"][0]
    red_letter = (SAMPLES / "red-letter-cn.xml").read_bytes()
    reversal = world.upload(TIER1, "/v1/invoice-reversals", red_letter).json()
    deal = _deal(world)
    return {
        "document_id": document["id"],
        "fingerprint": document["fingerprint"],
        "proposal_id": proposal["id"],
        "request_id": request["id"],
        "quote_id": quote["id"],
        "decision_id": decision["id"],
        "reversal_id": reversal["id"],
        "deal": deal["digest"],
        "commitment": deal["obligations"][0]["commitment"],
        "digest": act["digest"],
        "claim": str(claim),
        "start": "0",
        "number": "1",
        "statement_id": "0" * 32,
        "line_id": _line_id(world),
    }


def _deal(world: World) -> dict[str, Any]:
    desk = SyntheticDesk(world.ledger, bank_name="FINANCING BANK")
    desk.register()
    desk.conclude("sale", Mode.SALE, 0, 2_000)
    world.index()
    (deal,) = world.get(TIER1, "/v1/deals").json()["items"]
    return dict(deal)


def _line_id(world: World) -> str:
    with world.database.read() as connection:
        return list_lines(connection, BANK, None, 1)[0].id


def _get_routes(world: World) -> list[str]:
    paths = [path for path, has in world.app.openapi()["paths"].items() if "get" in has]
    assert len(paths) > 20
    return paths


def _ask(world: World, who: int | Key, path: str, names: dict[str, str]) -> Response:
    filled = re.sub(r"\{(\w+)\}", lambda found: names[found[1]], path)
    params = {"claim": names["claim"]} if path == "/v1/payment-instructions" else {}
    return world.get(who, filled, **params)


def _is_empty(answer: Response) -> bool:
    if answer.status_code == 404:
        return problem_of(answer) == "NotFound"
    if answer.status_code == 403:
        return problem_of(answer) == "PartyRequired"
    body = answer.json()
    return body["items"] == [] and body["next"] is None and not any(map(body.get, TOLD_BESIDE))


def test_every_get__by_a_stranger__shows_nothing(world: World, peopled: dict[str, str]) -> None:
    for path in _get_routes(world):
        if path not in PUBLIC:
            assert _is_empty(_ask(world, STRANGER, path, peopled)), path


def test_every_get__by_a_council_member__shows_no_partys_data(
    world: World, peopled: dict[str, str]
) -> None:
    for path in _get_routes(world):
        if path not in PUBLIC:
            assert _is_empty(_ask(world, COUNCIL[0], path, peopled)), path


def test_every_route__without_a_token__asks_for_one(world: World, peopled: dict[str, str]) -> None:
    open_to_all = {"/v1/deployment", "/health", "/ready", "/status.json"}
    for path in _get_routes(world):
        if path in open_to_all:
            continue
        filled = re.sub(r"\{(\w+)\}", lambda found: peopled[found[1]], path)
        answer = world.http.get(filled, params={"claim": 1})
        assert problem_of(answer) == "SignInRequired", path


def test_lots__split_claim__each_sees_its_own(world: World, peopled: dict[str, str]) -> None:
    claim = peopled["claim"]

    def starts(who: int) -> list[str]:
        path = f"/v1/receivables/{claim}/lots"
        return [lot["start"] for lot in world.get(who, path).json()["items"]]

    assert starts(CORE) == ["0", "1000"]
    assert starts(TIER1) == ["1000"]
    assert starts(TIER2) == ["0"]
    header = world.get(CORE, f"/v1/receivables/{claim}").json()
    assert (header["live"], header["discharged"]) == ("5000", "0")
    assert world.get(TIER2, f"/v1/receivables/{claim}").json()["live"] is None
    past = world.get(TIER1, f"/v1/lots/{claim}/0/history").json()["items"]
    assert [(lot["holder"], lot["version"]) for lot in past] == [(TIER1, 1)]
    assert len(world.get(CORE, f"/v1/lots/{claim}/0/history").json()["items"]) == 2
    own = world.get(TIER2, "/v1/lots", state="live").json()["items"]
    assert [lot["start"] for lot in own if str(lot["claim"]) == claim] == ["0"]


def test_party__details__only_its_own(world: World) -> None:
    own = world.get(CORE, "/v1/parties/1").json()
    other = world.get(TIER1, "/v1/parties/1").json()
    assert own["signers"] == [world.key(CORE).address]
    assert (other["signers"], other["quorum"], other["dual_above"]) == (None, None, None)
    assert other["roles"] == ["CORE_ENTERPRISE"]


def _grant(
    world: World, by: int, claim: int = 0, until: int = NOW + 1000, auditor: int = AUDITOR
) -> Response:
    mandate = Mandate(by, auditor, claim, until)
    digest = digest_of(mandate, mandate_domain(DEPLOYMENT).separator())
    approval = "0x" + world.key(by).sign(digest).hex()
    body = {"message": mandate.to_json(), "approvals": [approval]}
    return world.post(by, "/v1/mandates", body)


def _seen(world: World) -> list[int]:
    return [one["claim"] for one in world.get(AUDITOR, "/v1/receivables").json()["items"]]


def test_mandate__over_all_or_one_claim__shows_just_that(world: World) -> None:
    for _ in range(3):
        world.ledger.issue(CORE, TIER1, 100)
    world.ledger.issue(CORE, TIER2, 100)
    world.index()
    assert _seen(world) == []
    assert _grant(world, TIER1, claim=2).status_code == 201
    assert _seen(world) == [2]
    assert _grant(world, TIER1).status_code == 201
    assert _seen(world) == [1, 2, 3]
    assert world.get(AUDITOR, "/v1/me").json()["mandates"] == [TIER1]
    world.now += 1001
    world.tokens.clear()
    assert _seen(world) == []


def test_mandate__revoked_or_auditor_no_more__ends_at_once(world: World) -> None:
    world.ledger.issue(CORE, TIER1, 100)
    world.index()
    granted = _grant(world, TIER1).json()
    path = f"/v1/mandates/{granted['digest']}"
    headers = world.headers(CORE)
    assert problem_of(world.http.delete(path, headers=headers)) == "NotFound"
    assert _seen(world) == [1]
    assert world.http.delete(path, headers=world.headers(TIER1)).status_code == 204
    assert _seen(world) == []
    assert _grant(world, TIER1, until=NOW + 2000).status_code == 201
    assert _seen(world) == [1]
    world.ledger.amend(Amendment(AUDITOR, 1, 2, True, (), (), 1, FOREVER, FOREVER))
    world.index()
    assert _seen(world) == []


def test_mandate__forged_expired_or_to_no_auditor__is_refused(world: World) -> None:
    mandate = Mandate(TIER1, AUDITOR, 0, NOW + 1000)
    digest = digest_of(mandate, mandate_domain(DEPLOYMENT).separator())
    forged = "0x" + world.key(AUDITOR).sign(digest).hex()
    body = {"message": mandate.to_json(), "approvals": [forged]}
    assert problem_of(world.post(AUDITOR, "/v1/mandates", body)) == "NotSigner"
    assert problem_of(_grant(world, TIER1, until=NOW - 1)) == "Expired"
    assert problem_of(_grant(world, TIER1, until=NOW + 10**9)) == "MandateTooLong"
    assert problem_of(_grant(world, TIER1, auditor=TIER2)) == "RoleMissing"
    assert problem_of(_grant(world, TIER1, auditor=TIER1)) == "SelfDealing"
    contract = {"message": mandate.to_json(), "approvals": ["0x" + "ab" * 90]}
    assert problem_of(world.post(TIER1, "/v1/mandates", contract)) == "InvalidApproval"

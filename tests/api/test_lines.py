from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response

from ledger.agreements import FOREVER, Amendment
from ledger.approvals import in_order
from ledger.credit import CreditLine, LineKind, credit_domain
from ledger.ids import Digest, PartyNo
from ledger.keccak import keccak
from ledger.store.keeping.reservations import Quote, Wanted, reserve
from ledger.typed import digest_of
from tests.api.world import BANK, CORE, NOW, STRANGER, TIER1, TIER2, World, problem_of
from tests.support.synthetic import DEPLOYMENT, Key

LINE = CreditLine(BANK, CORE, "debtor", "CNY", 5_000, 2027_12_31, "first line", 0, FOREVER)


def put(
    world: World, line: CreditLine, who: int | Key = BANK, signers: Sequence[Key] | None = None
) -> Response:
    keys = world.ledger.parties[PartyNo(line.bank)][:1] if signers is None else signers
    digest = digest_of(line, credit_domain(DEPLOYMENT).separator())
    approvals = in_order([key.sign(digest) for key in keys], digest)
    body = {"message": line.to_json(), "approvals": ["0x" + one.hex() for one in approvals]}
    return world.http.put("/v1/lines", json=body, headers=world.headers(who))


def other_bank(world: World, **settings: int) -> PartyNo:
    number = world.ledger.enrol("OTHER BANK", 4, **settings)
    world.index()
    return number


def reserved(world: World, amount: int, name: bytes = b"quote") -> Digest:
    digest = Digest(keccak(name))
    quote = Quote(digest, BANK, 1, 0, 1, 0, 100, "CNY", NOW + 60)
    wanted = [Wanted(LineKind.DEBTOR, CORE, amount)]
    world.database.write(lambda connection: reserve(connection, quote, wanted, NOW, NOW))
    return digest


def test_put__new_line__is_shown_with_its_journal(world: World) -> None:
    made = put(world, LINE)
    assert made.status_code == 200, made.text
    line = made.json()
    assert line == world.get(BANK, f"/v1/lines/{line['id']}").json()
    assert (line["limit"], line["remaining"], line["expires_on"]) == ("5000", "5000", "2027-12-31")
    reserved(world, 2_000)
    raised = replace(LINE, limit=6_000, version=1, reason="annual review")
    assert put(world, raised).json()["remaining"] == "4000"
    journal = world.get(BANK, f"/v1/lines/{line['id']}/changes").json()["items"]
    assert [(one["version"], one["limit"], one["used"], one["reason"]) for one in journal] == [
        (2, "6000", "2000", "annual review"),
        (1, "5000", "0", "first line"),
    ]
    assert journal[0]["signers"] == [world.key(BANK).address]
    (exposure,) = world.get(BANK, f"/v1/exposures/{CORE}").json()["items"]
    assert (exposure["open"], exposure["drawn"], exposure["share"]) == ("2000", "0", 10_000)


def test_put__same_signed_change_again__same_answer(world: World) -> None:
    assert put(world, LINE).json() == put(world, LINE).json()


def test_put__below_use__refused(world: World) -> None:
    put(world, LINE)
    reserved(world, 2_000)
    answer = put(world, replace(LINE, limit=1_999, version=1))
    assert problem_of(answer) == "LineBelowUse"
    assert (answer.json()["limit"], answer.json()["used"]) == (1_999, 2_000)


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"kind": "gift"}, "MalformedAgreement"),
        ({"currency": "XYZ"}, "UnknownCurrency"),
        ({"party": TIER1}, "RoleMissing"),
        ({"party": 999}, "UnknownParty"),
        ({"party": BANK}, "SelfDealing"),
        ({"expiresOn": 2027_02_29}, "InvalidDate"),
        ({"validUntil": NOW - 1}, "Expired"),
        ({"limit": 2**64 - 1}, "LimitTooHigh"),
        ({"version": 7}, "LineChanged"),
    ],
)
def test_put__unsound__refused(world: World, change: dict[str, Any], problem: str) -> None:
    assert problem_of(put(world, replace(LINE, **change))) == problem
    assert world.get(BANK, "/v1/lines").json()["items"] == []


def test_put__not_by_the_bank__refused(world: World) -> None:
    assert problem_of(put(world, LINE, who=TIER1)) == "NotFound"
    assert problem_of(put(world, LINE, signers=[world.key(TIER1)])) == "NotSigner"
    own = replace(LINE, bank=TIER1)
    assert problem_of(put(world, own, who=TIER1)) == "RoleMissing"


def test_put__suspended_bank__refused(world: World) -> None:
    world.ledger.amend(Amendment(BANK, 1, 4, False, (), (), 1, FOREVER, FOREVER))
    token = world.token(BANK)
    world.index()
    assert token
    assert problem_of(put(world, LINE)) == "PartyNotActive"


def test_put__above_dual_amount__needs_both_officers(world: World) -> None:
    careful = other_bank(world, signers=2, quorum=2, dual_above=1_000)
    both = world.ledger.parties[careful]
    small = replace(LINE, bank=careful, limit=1_000)
    assert put(world, small, who=careful, signers=both[:1]).status_code == 200
    large = replace(small, limit=1_001, version=1)
    assert problem_of(put(world, large, who=careful, signers=both[:1])) == "ApprovalsMissing"
    assert put(world, large, who=careful, signers=both).json()["limit"] == "1001"


@pytest.mark.parametrize("who", [CORE, TIER1, STRANGER])
def test_line__asked_by_others__looks_like_nothing(world: World, who: int) -> None:
    line = put(world, LINE).json()
    there, not_there = f"/v1/lines/{line['id']}", f"/v1/lines/{'0' * 32}"
    for path in ("", "/changes"):
        seen, unseen = world.get(who, there + path), world.get(who, not_there + path)
        assert problem_of(seen) == problem_of(unseen) == "NotFound"
        assert {**seen.json(), "instance": ""} == {**unseen.json(), "instance": ""}
    assert world.get(who, "/v1/lines").json()["items"] == []
    assert world.get(who, f"/v1/exposures/{CORE}").json()["items"] == []


def test_line__asked_by_another_bank__looks_like_nothing(world: World) -> None:
    rival = other_bank(world)
    line = put(world, LINE).json()
    for path in (f"/v1/lines/{line['id']}", f"/v1/lines/{line['id']}/changes"):
        assert problem_of(world.get(rival, path)) == "NotFound"
    assert world.get(rival, f"/v1/exposures/{CORE}").json()["items"] == []
    assert world.get(rival, "/v1/lines", cursor=line["id"]).json()["items"] == []
    assert problem_of(put(world, LINE, who=rival)) == "NotFound"
    assert problem_of(put(world, replace(LINE, version=9), who=rival)) == "NotFound"


def test_lines__of_one_party__come_in_pages(world: World) -> None:
    for line in (LINE, replace(LINE, kind="issuance"), replace(LINE, party=TIER2, kind="recourse")):
        assert put(world, line).status_code == 200
    page = world.get(BANK, "/v1/lines", party=CORE, limit=1).json()
    assert [one["kind"] for one in page["items"]] == ["issuance"]
    rest = world.get(BANK, "/v1/lines", party=CORE, cursor=page["next"]).json()
    assert ([one["kind"] for one in rest["items"]], rest["next"]) == (["debtor"], None)


def test_issuance_limits__of_two_banks__the_debtor_sees_their_sum(world: World) -> None:
    rival = other_bank(world)
    put(world, replace(LINE, kind="issuance"))
    put(world, replace(LINE, kind="issuance", bank=rival, limit=70), who=rival)
    assert world.get(CORE, "/v1/issuance-limits").json()["items"] == [
        {"currency": "CNY", "limit": "5070", "used": "0", "remaining": "5070"}
    ]
    assert world.get(rival, "/v1/issuance-limits").json()["items"] == []
    assert world.get(TIER1, "/v1/issuance-limits").json()["items"] == []


def test_holders__of_a_line__are_the_banks_to_see_in_pages(world: World) -> None:
    rival = other_bank(world)
    line = put(world, LINE).json()
    reserved(world, 2_000)
    second = reserved(world, 300, b"second")
    path = f"/v1/lines/{line['id']}/holders"
    page = world.get(BANK, path, limit=1).json()
    (newest,) = page["items"]
    assert (newest["digest"], newest["state"]) == ("0x" + second.hex(), "reserved")
    assert (newest["held"], newest["amount"], newest["claim"]) == ("300", "300", 1)
    (oldest,) = world.get(BANK, path, cursor=page["next"]).json()["items"]
    assert oldest["held"] == "2000"
    for who in (rival, CORE, STRANGER):
        assert problem_of(world.get(who, path)) == "NotFound"
    assert problem_of(world.get(BANK, path, cursor="0x12")) == "MalformedCursor"

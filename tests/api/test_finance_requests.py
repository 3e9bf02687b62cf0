"""Asking banks: what each side sees of it, and what nobody else does."""

from __future__ import annotations

from typing import Any

import pytest

from tests.api.banking import Banking, document_of
from tests.api.world import (
    AUDITOR,
    BANK,
    CORE,
    NOW,
    STRANGER,
    TIER1,
    TIER2,
    World,
    problem_of,
)
from tests.support.quoting import WEEK

PATH = "/v1/finance-requests"


@pytest.fixture
def banking(world: World) -> Banking:
    return Banking(world)


def test_ask__two_banks__each_sees_its_own_alone(banking: Banking) -> None:
    world, (mine, other) = banking.world, banking.ask(BANK, banking.rival)
    assert mine["ask"] == other["ask"] is not None
    assert (mine["amount"], mine["currency"], mine["status"]) == ("2000", "CNY", "open")
    for bank, own, foreign in ((BANK, mine, other), (banking.rival, other, mine)):
        shown = world.get(bank, f"{PATH}/{own['id']}").json()
        assert (shown["bank"], shown["ask"]) == (int(bank), None)
        assert problem_of(world.get(bank, f"{PATH}/{foreign['id']}")) == "NotFound"
        assert [one["id"] for one in world.get(bank, PATH).json()["items"]] == [own["id"]]
    listed = world.get(TIER2, PATH, role="holder").json()["items"]
    assert {one["id"] for one in listed} == {mine["id"], other["id"]}


def test_ask__several_banks__nothing_a_bank_reads_tells_how_many(banking: Banking) -> None:
    """The same request, asked of one bank or of three, reads the same but for what is random."""
    world = banking.world
    (alone,) = banking.ask(BANK)
    among, *others = banking.ask(BANK, banking.rival, banking.careful)
    first, second = (world.get(BANK, f"{PATH}/{one['id']}").json() for one in (alone, among))
    different = {name for name in first if first[name] != second[name]}
    assert different == {"id"}
    text = str(world.get(BANK, PATH).json()) + str(banking.look(BANK, among))
    for other in others:
        assert other["id"] not in text
        assert other["ask"] not in text


@pytest.mark.parametrize("who", [CORE, TIER1, STRANGER, AUDITOR])
def test_request__third_party__is_as_if_it_werent_there(banking: Banking, who: int) -> None:
    world, (request,) = banking.world, banking.ask(BANK)
    absent = "0" * 32
    for suffix, body in (
        ("", None),
        ("/messages", {"text": "?"}),
        ("/withdrawal", {}),
    ):
        answers = []
        for name in (request["id"], absent):
            path = f"{PATH}/{name}{suffix}"
            answer = world.get(who, path) if body is None else world.post(who, path, body)
            answers.append(answer.json() | {"instance": ""})
        assert answers[0] == answers[1]
        assert answers[0]["status"] == 404
    for name in (request["id"], absent):
        looked = world.post(who, f"/v1/desk/requests/{name}/views", {})
        assert problem_of(looked) == "NotFound"
    assert world.get(who, PATH).json()["items"] == []


def test_cursor__of_anothers_request__leads_nowhere(banking: Banking) -> None:
    """A rival's id, guessed or stolen, orders nothing: times aren't told either."""
    mine, other = banking.ask(BANK, banking.rival)
    found = banking.world.get(BANK, PATH, cursor=other["id"]).json()
    unknown = banking.world.get(BANK, PATH, cursor="0" * 32).json()
    assert found == unknown
    assert mine["id"] not in str(found)


def test_messages__bank_asks_holder_answers__both_read_them(banking: Banking) -> None:
    world, (request, other) = banking.world, banking.ask(BANK, banking.rival)
    path = f"{PATH}/{request['id']}/messages"
    world.post(BANK, path, {"text": "Which goods?"})
    shown = world.post(TIER2, path, {"text": "Bearings."}).json()
    assert [one["text"] for one in shown["messages"]] == ["Which goods?", "Bearings."]
    assert [one["party"] for one in shown["messages"]] == [BANK, TIER2]
    assert world.get(banking.rival, f"{PATH}/{other['id']}").json()["messages"] == []
    assert problem_of(world.post(BANK, path, {"text": "a\x00b"})) == "MalformedRequest"


def test_withdraw__by_the_holder__closes_this_banks_only(banking: Banking) -> None:
    world, (request, other) = banking.world, banking.ask(BANK, banking.rival)
    path = f"{PATH}/{request['id']}/withdrawal"
    assert problem_of(world.post(BANK, path, {})) == "NotForBank"
    assert world.post(TIER2, path, {}).json()["status"] == "withdrawn"
    assert problem_of(world.post(TIER2, path, {})) == "RequestClosed"
    assert world.get(banking.rival, f"{PATH}/{other['id']}").json()["status"] == "open"


def test_request__time_over__is_expired(banking: Banking) -> None:
    world, (request,) = banking.world, banking.ask(BANK, expires=NOW + 60)
    world.now += 61
    assert world.get(BANK, f"{PATH}/{request['id']}").json()["status"] == "expired"
    assert world.get(BANK, PATH, open_only="true").json()["items"] == []
    looked = world.post(BANK, f"/v1/desk/requests/{request['id']}/views", {})
    assert problem_of(looked) == "RequestClosed"


def test_documents__of_the_holder__are_opened_to_the_banks_asked(banking: Banking) -> None:
    world = banking.world
    document = document_of(world)
    path = f"/v1/documents/{document['id']}"
    assert problem_of(world.get(BANK, path)) == "NotFound"
    banking.ask(BANK, documents=[document["id"]])
    assert world.get(BANK, path).status_code == 200
    assert problem_of(world.get(banking.rival, path)) == "NotFound"


def test_documents__of_another__are_not_opened(banking: Banking) -> None:
    world = banking.world
    document = document_of(world, TIER1)
    body = banking.body(BANK, documents=[document["id"]])
    assert problem_of(world.post(TIER2, PATH, body)) == "DocumentNotVisible"
    world.post(TIER1, f"/v1/documents/{document['id']}/openings", {"party": TIER2})
    assert problem_of(world.post(TIER2, PATH, body)) == "NotYourDocument"
    assert problem_of(world.get(BANK, f"/v1/documents/{document['id']}")) == "NotFound"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"claim": 99}, "UnknownLot"),
        ({"lot": "0", "version": 1}, "UnknownLot"),
        ({"lot": "99999999999999999999"}, "AmountTooLarge"),
        ({"version": 9}, "LotChanged"),
        ({"end": "5001"}, "OutsideLot"),
        ({"start": "0"}, "OutsideLot"),
        ({"start": "3000", "end": "3000"}, "OutsideLot"),
        ({"banks": [int(TIER1)]}, "RoleMissing"),
        ({"banks": [99]}, "UnknownParty"),
        ({"banks": []}, "MalformedRequest"),
        ({"mode": "gift"}, "MalformedRequest"),
        ({"value_date": "2026-02-30"}, "NotADay"),
        ({"value_date": "2020-01-01"}, "RequestRunsWrong"),
        ({"value_date": "2099-01-01"}, "RequestRunsWrong"),
        ({"expires": NOW}, "RequestRunsWrong"),
        ({"expires": NOW + 1000 * WEEK}, "RequestRunsWrong"),
        ({"documents": ["0" * 32]}, "DocumentNotVisible"),
    ],
)
def test_ask__bad__is_refused_and_nothing_kept(
    banking: Banking, changes: dict[str, Any], problem: str
) -> None:
    refused = banking.world.post(TIER2, PATH, banking.body(BANK, **changes))
    assert problem_of(refused) == problem
    assert banking.world.get(TIER2, PATH).json()["items"] == []
    assert banking.world.get(BANK, PATH).json()["items"] == []

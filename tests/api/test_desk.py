"""The officer's desk: what is shown, and that it is kept as it was shown."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from api.desk_view import view_hash
from ledger.canonical import write_canonical
from ledger.deals import Finance
from ledger.ids import ClaimNo
from ledger.store.reading.debtors import PaymentRecord, payment_record
from tests.api.banking import Banking, document_of
from tests.api.world import BANK, CORE, STRANGER, TIER1, TIER2, World, problem_of


@pytest.fixture
def banking(world: World) -> Banking:
    return Banking(world)


@pytest.fixture
def either(either_world: World) -> Banking:
    return Banking(either_world)


def test_view__has_what_it_takes_to_decide(either: Banking) -> None:
    document = document_of(either.world)
    (request,) = either.ask(BANK, documents=[document["id"]])
    view = either.look(BANK, request)["view"]
    issued, passed = view["path"]
    assert (issued["from"], issued["to"]) == (None, TIER1)
    assert (passed["from"], passed["to"], passed["op"]) == (TIER1, TIER2, "moved")
    assert (passed["start"], passed["end"]) == ("1000", "3000")
    assert view["claim"]["debtor"]["number"] == CORE
    assert view["lot"] == {"unchanged": True, "state": "live", "lien": 0}
    (shown,) = view["documents"]
    assert shown["checks"]["opens_its_commitment"] is True
    assert shown["checks"]["names_the_debtor"] is True
    assert view["lines"]["debtor"]["remaining"] == "100000"
    assert view["lines"]["recourse"] is None
    assert view["payment_record"]["matured"] == 0
    assert view["rules"]["facts"]["split_layer"] == 1
    assert view["rules"]["outcome"] == "needs_justification"


def test_view__is_canonical_and_the_same_for_the_same_facts(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    first, again = banking.look(BANK, request), banking.look(BANK, request)
    assert first == again
    assert first["hash"] == "0x" + view_hash(write_canonical(first["view"])).hex()
    banking.quoted(BANK, request)
    assert banking.look(BANK, request)["hash"] != first["hash"]


def test_view__other_banks_business__is_not_in_it(banking: Banking) -> None:
    mine, other = banking.ask(BANK, banking.rival)
    before = banking.look(banking.rival, other)
    banking.quoted(BANK, mine)
    banking.world.post(BANK, f"/v1/finance-requests/{mine['id']}/messages", {"text": "?"})
    assert banking.look(banking.rival, other) == before


def test_payment_record__late_and_unpaid__is_told_by_claims(either: Banking) -> None:
    ledger, claim = either.world.ledger, ClaimNo(either.claim)
    late, in_time = (ledger.issue(CORE, TIER1, 700) for _ in range(2))
    ledger.settle(ledger.payment(in_time, 0, 700))
    ledger.settle(replace(ledger.payment(late, 0, 700), bookedOn=2027_05_31))
    ledger.settle(ledger.payment(claim, 0, 400))
    either.world.index()

    def record(on: date) -> PaymentRecord:
        with either.world.database.read() as connection:
            return payment_record(connection, CORE, on)

    assert record(date(2027, 5, 21)) == PaymentRecord(0, 0, 0, 0, 0, {})
    assert record(date(2027, 6, 20)) == PaymentRecord(3, 1, 1, 1, 30, {"CNY": 4_600})


def test_decision__view__is_shown_again_byte_for_byte(either: Banking) -> None:
    world = either.world
    (request,) = either.ask(BANK)
    seen = either.look(BANK, request)
    quote = either.quote(BANK, request, either.draft(BANK, request, seen)).json()
    either.accept(TIER2, quote)
    either.move_lot()
    world.now += 10 * 86_400
    world.tokens.clear()
    (decision,) = world.get(BANK, "/v1/desk/decisions", request=request["id"]).json()["items"]
    assert (decision["kind"], decision["quote"]) == ("quote", quote["id"])
    kept = world.get(BANK, f"/v1/desk/decisions/{decision['id']}/view").content
    assert kept == write_canonical(seen["view"])
    assert "0x" + view_hash(kept).hex() == decision["view_hash"] == seen["hash"]
    assert json.loads(kept)["rules"]["pack_hash"] == decision["pack_hash"]


def test_decisions__of_another_bank__are_as_if_they_werent_there(banking: Banking) -> None:
    world, (request, other) = banking.world, banking.ask(BANK, banking.rival)
    banking.quoted(BANK, request)
    (decision,) = world.get(BANK, "/v1/desk/decisions").json()["items"]
    for suffix in ("", "/view"):
        path = f"/v1/desk/decisions/{decision['id']}{suffix}"
        for who in (banking.rival, TIER2, CORE, STRANGER):
            assert problem_of(world.get(who, path)) == "NotFound"
    assert world.get(banking.rival, "/v1/desk/decisions").json()["items"] == []
    assert world.get(TIER2, "/v1/desk/decisions").json()["items"] == []
    found = world.get(banking.rival, "/v1/desk/decisions", cursor=decision["id"]).json()
    assert found == {"items": [], "next": None}
    assert other["id"] != request["id"]


def test_decide__unseen_or_seen_too_long_ago__is_refused(banking: Banking) -> None:
    world, (request,) = banking.world, banking.ask(BANK)
    view = banking.look(BANK, request)
    body = banking.draft(BANK, request, view)
    unseen = body | {"seen": "0x" + "11" * 32}
    assert problem_of(banking.quote(BANK, request, unseen)) == "ViewNotSeen"
    world.now += 901
    world.tokens.clear()
    assert problem_of(banking.quote(BANK, request, body)) == "ViewTooOld"
    banking.look(BANK, request)
    assert banking.quote(BANK, request, body).status_code == 201


def test_decline__with_a_reason__the_holder_reads_it(banking: Banking) -> None:
    world, (request, other) = banking.world, banking.ask(BANK, banking.rival)
    path = f"/v1/desk/requests/{request['id']}/decline"
    body: dict[str, Any] = {"seen": banking.look(BANK, request)["hash"], "reason": "too long"}
    assert problem_of(world.post(TIER2, path, body)) == "NotForHolder"
    assert problem_of(world.post(banking.rival, path, body)) == "NotFound"
    assert problem_of(world.post(BANK, path, body | {"seen": "0x" + "0" * 64})) == "ViewNotSeen"
    assert world.post(BANK, path, body).json()["status"] == "declined"
    read = world.get(TIER2, f"/v1/finance-requests/{request['id']}").json()
    assert (read["status"], read["reason"]) == ("declined", "too long")
    assert problem_of(world.post(BANK, path, body)) == "RequestClosed"
    (decision,) = world.get(BANK, "/v1/desk/decisions").json()["items"]
    assert (decision["kind"], decision["quote"]) == ("decline", None)
    assert world.get(TIER2, f"/v1/finance-requests/{other['id']}").json()["status"] == "open"


def test_finance__unknown_field__is_refused(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    body = banking.draft(BANK, request, banking.look(BANK, request))
    assert Finance.from_json(body["message"]).claim == banking.claim
    for message in ({}, body["message"] | {"gift": 1}, body["message"] | {"end": "-1"}):
        refused = banking.quote(BANK, request, body | {"message": message})
        assert problem_of(refused) == "MalformedAgreement"

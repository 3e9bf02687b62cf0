"""Deals as they are read: what a mandate reaches, pages, and what only the two sides know."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ledger.acts import SignedAct, decode_call
from ledger.deals import Finance
from ledger.entries import Op
from ledger.ids import ClaimNo, PartyNo
from ledger.mandates import Mandate, mandate_domain
from ledger.store.engine import Database
from ledger.store.keeping.openings import openings_by_reference
from ledger.typed import digest_of
from ledger.words import LotState, pack_lot
from tests.api.banking import REFERENCE, Banking
from tests.api.world import AUDITOR, BANK, CORE, NOW, STRANGER, TIER2, World, problem_of
from tests.support.synthetic import COUNCIL, DEPLOYMENT
from tests.support.synthetic_financing import lived_deals


@pytest.fixture
def banking(world: World) -> Banking:
    return Banking(world)


@pytest.fixture
def deal(banking: Banking) -> str:
    """A sale of TIER2 to BANK, quoted and accepted here, and concluded by the chain."""
    (request,) = banking.ask(BANK)
    assert banking.accept(TIER2, banking.quoted(BANK, request)).status_code == 200
    return _mined(banking.world)


def _mined(world: World) -> str:
    (act,) = world.waiting()
    signed = decode_call(act.call)
    assert isinstance(signed, SignedAct)
    finance = signed.agreement
    assert isinstance(finance, Finance)
    lot = world.ledger.lots[ClaimNo(finance.claim), finance.lot]
    bank, seller = PartyNo(finance.bank), PartyNo(finance.seller)
    pieces = world.ledger._cut(lot, finance.start, finance.end, bank, LotState.LIVE, seller)
    world.ledger.post_act(signed, Op.CONVEYED, map(pack_lot, pieces), finance.claim)
    world.index()
    return "0x" + act.digest.hex()


def _advance(shown: dict[str, Any]) -> dict[str, Any]:
    (owed,) = shown["obligations"]
    assert owed["duty"] == "advance"
    return dict(owed)


def test_show_deal__to_its_two_sides__with_price_and_reference(world: World, deal: str) -> None:
    for who in (TIER2, BANK):
        shown = world.get(who, f"/v1/deals/{deal}").json()
        assert shown["opened"]["price"]["advance"] == _advance(shown)["opening"]["amount"]
        assert _advance(shown)["opening"]["reference"] == REFERENCE
        assert json.loads(shown["opened"]["terms"])["financed"] == "2000"
        assert [lot["start"] for lot in shown["lots"]] == ["1000"]
        (listed,) = world.get(who, "/v1/deals").json()["items"]
        assert _advance(listed) == _advance(shown)


@pytest.mark.parametrize("party", [TIER2, BANK])
def test_show_deal__by_mandate_of_a_side__without_price_and_reference(
    world: World, deal: str, party: PartyNo
) -> None:
    assert problem_of(world.get(AUDITOR, f"/v1/deals/{deal}")) == "NotFound"
    mandate = Mandate(party, AUDITOR, 0, NOW + 1_000)
    digest = digest_of(mandate, mandate_domain(DEPLOYMENT).separator())
    approvals = ["0x" + world.key(party).sign(digest).hex()]
    body = {"message": mandate.to_json(), "approvals": approvals}
    assert world.post(party, "/v1/mandates", body).status_code == 201
    answer = world.get(AUDITOR, f"/v1/deals/{deal}")
    shown = answer.json()
    assert (shown["digest"], shown["opened"], shown["dues"]) == (deal, None, None)
    assert _advance(shown)["opening"] is None
    assert REFERENCE not in answer.text
    assert REFERENCE not in world.get(AUDITOR, "/v1/deals").text
    path = f"/v1/deals/{deal}/obligations/{_advance(shown)['commitment']}/payment-instruction"
    assert problem_of(world.get(AUDITOR, path)) == "NotFound"


def test_show_deal__by_anyone_else__is_not_there(world: World, deal: str) -> None:
    for who in (CORE, STRANGER, COUNCIL[0]):
        assert problem_of(world.get(who, f"/v1/deals/{deal}")) == "NotFound"
        assert world.get(who, "/v1/deals").json()["items"] == []
    assert problem_of(world.get(TIER2, "/v1/deals/0x" + "11" * 32)) == "NotFound"


def test_accept__quote__opening_is_kept_with_it(banking: Banking, database: Database) -> None:
    (request,) = banking.ask(BANK)
    quote = banking.quoted(BANK, request)
    with database.read() as connection:
        assert openings_by_reference(connection, [REFERENCE]) == {}
    banking.accept(TIER2, quote)
    with database.read() as connection:
        (opening,) = openings_by_reference(connection, [REFERENCE]).values()
    assert (opening.payer, opening.payee) == (BANK, TIER2)
    assert (str(opening.amount), opening.currency) == (quote["price"]["advance"], "CNY")
    assert "0x" + opening.deal.hex() == quote["digest"]


def test_accept__reference_of_another_debt__is_refused_and_nothing_changes(
    banking: Banking, deal: str
) -> None:
    lot = {"lot": "3000", "version": 1, "start": "3000", "end": "5000"}
    (request,) = banking.ask(BANK, **lot)
    quote = banking.quoted(BANK, request)
    assert problem_of(banking.accept(TIER2, quote)) == "ReferenceTaken"
    shown = banking.world.get(TIER2, f"/v1/quotes/{quote['id']}").json()
    assert shown["status"] == "offered"
    assert shown["sides"][0]["given"] == []
    assert banking.world.waiting() == []


def test_pay__account_not_stated__is_refused_and_then_instructed(world: World, deal: str) -> None:
    owed = _advance(world.get(BANK, f"/v1/deals/{deal}").json())
    path = f"/v1/deals/{deal}/obligations/{owed['commitment']}/payment-instruction"
    assert problem_of(world.get(BANK, path)) == "AccountUnknown"
    for who in (BANK, TIER2):
        account = {"account": f"622200000000{who:04}", "agent_name": "A Bank"}
        body = {"name": f"Party {who}", "account": account}
        headers = world.headers(who)
        assert world.http.put("/v1/parties/me/profile", json=body, headers=headers).is_success
    (payment,) = world.get(BANK, path).json()["payments"]
    assert (payment["end_to_end_id"], payment["holder"]) == (REFERENCE, TIER2)
    assert payment["amount"] == owed["opening"]["amount"]
    assert payment["creditor"]["account"] == f"622200000000{TIER2:04}"


def test_list_deals__pages__every_deal_once_in_order(world: World) -> None:
    desk = lived_deals(world.ledger)
    world.index()
    found: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = world.get(desk.bank, "/v1/deals", limit=2, **cursor).json()
        found += [one["digest"] for one in page["items"]]
        if page["next"] is None:
            break
        cursor = {"cursor": page["next"]}
    assert found == ["0x" + desk.deal(name).hex() for name in desk.deals]


def test_show_deal__every_stage__acts_in_order(world: World) -> None:
    desk = lived_deals(world.ledger)
    world.index()
    shown = world.get(desk.seller, "/v1/deals/0x" + desk.deal("recourse").hex()).json()
    assert [act["kind"] for act in shown["acts"]] == [
        "Finance",
        "Remittance",
        "Demand",
        "BuyBack",
        "Remittance",
        "BuyBack",
        "Rescission",
        "Surplus",
        "Remittance",
    ]
    outcomes = [(one["duty"], one["outcome"]) for one in shown["obligations"]]
    assert outcomes == [
        ("advance", "paid"),
        ("buy_back", "paid"),
        ("buy_back", "rescinded"),
        ("surplus", "paid"),
    ]
    assert (shown["state"], shown["demanded"], shown["opened"]) == ("advanced", True, None)

"""Deals after their conclusion, by command and API, on a chain whose time passes."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from client.deals import NothingLeft
from ledger.agreements import Payment
from ledger.business_day import business_day, number_of
from ledger.deals import (
    BuyBack,
    Demand,
    Finance,
    Mode,
    Order,
    Remittance,
    Repayment,
    Rescission,
    Surplus,
)
from ledger.errors import Refused
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.money import Units
from ledger.remittance import commitment_to, new_reference
from ledger.words import LotRef, LotState
from tests.financing.dealing import Dealing
from tests.financing.market import BANK, CAREFUL, CORE, FACE, OTHER, RIVAL, SELLER, Market
from tests.financing.paying import carry_out, connect, instructed, remittance
from tests.support.accounts import ORACLES
from tests.support.commanding import run, run_json

DAY = 86_400


@pytest.fixture
def desk(market: Market, monkeypatch: pytest.MonkeyPatch) -> Market:
    """The market with commands connected, and accounts to pay from and to."""
    connect(market, monkeypatch)
    for party in (BANK, CAREFUL, SELLER, CORE):
        where = ("--account", f"62220000000000{party:04}", "--bank", "Test Bank")
        run("party", "profile", "--name", f"Party {party}", *where, "--key", str(party))
    return market


def _struck(
    market: Market, mode: Mode, bank: int = BANK, days_to_maturity: int = 150, **changes: Any
) -> str:
    """The digest of a deal over a claim of its own, quoted, accepted and on the chain."""
    today = business_day(market.now)
    maturity = number_of(today + timedelta(days_to_maturity))
    claim = market.issued(maturity=maturity)
    market.registered(claim, bank)
    dealing = Dealing(market, claim)
    asked = {"value_date": (today - timedelta(60)).isoformat()} if days_to_maturity < 0 else {}
    (request,) = dealing.ask(bank, mode=mode.value, **asked)
    quote = dealing.quoted(bank, request, **changes)
    assert dealing.accept(quote).status_code == 200
    market.settle()
    return str(quote["digest"])


def _advanced(market: Market, mode: Mode, **more: Any) -> str:
    deal = _struck(market, mode, **more)
    carry_out(market, run("finance", "pay", deal, "--key", str(more.get("bank", BANK))))
    return deal


def _shown(deal: str, who: int = SELLER) -> dict[str, Any]:
    found: dict[str, Any] = run_json("finance", "deal", deal, "--key", str(who))
    return found


def _lot(market: Market, deal: str) -> tuple[int, int, LotState]:
    lot = market.lot(_shown(deal)["claim"])
    return lot.holder, lot.lien, lot.state


def _debtor_pays(market: Market, deal: str, units: int = FACE) -> None:
    claim = ClaimNo(_shown(deal)["claim"])
    lot = LotRef(claim, 0, market.lot(claim).version)
    config, line = market.stage.script.config, keccak(f"debtor {deal} {units}".encode())
    today = number_of(business_day(market.now))
    market.post_act(Payment(config, line, lot.subject, "CNY", units, today), ORACLES[:2])


# ── from the quote to the advance ───────────────────────────────────────────────────────────────


def test_sale__accepted_paid_and_proven__is_shown_to_its_two_sides(desk: Market) -> None:
    deal = _struck(desk, Mode.SALE)
    for who in (SELLER, BANK):
        assert deal in [one["digest"] for one in run_json("finance", "deals", "--key", str(who))]
        before = _shown(deal, who)
        assert (before["state"], before["mode"], before["dues"]) == ("concluded", "sale", None)
        (owed,) = before["obligations"]
        assert (owed["duty"], owed["outcome"]) == ("advance", "open")
        assert (owed["payer"], owed["payee"]) == (BANK, SELLER)
        assert owed["opening"]["amount"] == before["opened"]["price"]["advance"]
    message = run("finance", "pay", deal, "--key", str(BANK))
    assert instructed(message) == (owed["opening"]["reference"], int(owed["opening"]["amount"]))
    carry_out(desk, message)
    after = _shown(deal)
    assert after["state"] == "advanced"
    assert after["obligations"][0]["outcome"] == "paid"
    assert after["obligations"][0]["booked_on"] == business_day(desk.now).isoformat()
    assert [one["kind"] for one in after["acts"]] == ["Finance", "Remittance"]
    assert (after["dues"]["principal"], after["dues"]["surplus"]) == (str(FACE), "0")
    assert after["lots"] == []
    assert [one["holder"] for one in _shown(deal, BANK)["lots"]] == [BANK]


@pytest.mark.parametrize("who", [CORE, OTHER, RIVAL])
def test_deal__anyone_else__sees_nothing_of_it(desk: Market, who: int) -> None:
    deal = _struck(desk, Mode.SALE)
    commitment = _shown(deal)["obligations"][0]["commitment"]
    assert deal not in desk.get(who, "/v1/deals").text
    assert desk.get(who, f"/v1/deals/{deal}").status_code == 404
    path = f"/v1/deals/{deal}/obligations/{commitment}/payment-instruction"
    assert desk.get(who, path).status_code == 404
    assert desk.get(SELLER, path).status_code == 404
    assert desk.get(BANK, path).status_code == 200


def test_deal__sold_on_by_its_bank__seller_is_not_told_to_whom(desk: Market) -> None:
    deal = _advanced(desk, Mode.RECOURSE)
    assert [lot["holder"] for lot in _shown(deal)["lots"]] == [BANK]
    claim = ClaimNo(_shown(deal)["claim"])
    desk.registered(claim, RIVAL)
    dealing = Dealing(desk, claim, holder=BANK)
    (request,) = dealing.ask(RIVAL)
    assert dealing.accept(dealing.quoted(RIVAL, request)).status_code == 200
    desk.settle()
    assert desk.lot(claim).holder == RIVAL
    after = _shown(deal)
    assert (after["lots"], after["dues"]["principal"], after["dues"]["total"]) == ([], "0", "0")
    again = run_json("finance", "deals", "--key", str(RIVAL))[-1]
    assert (again["seller"], again["bank"], again["claim"]) == (BANK, RIVAL, claim)
    assert again["digest"] not in desk.get(SELLER, "/v1/deals").text


def test_deal__as_text__amounts_debts_lots_and_acts(desk: Market) -> None:
    deal = _advanced(desk, Mode.RECOURSE, days_to_maturity=-10)
    shown = run("finance", "deal", deal, "--key", str(BANK)).decode()
    for part in ("owed today", "100.15 CNY", "days past due", "Remittance", "paid"):
        assert part in shown
    assert deal in run("finance", "deals", "--key", str(SELLER)).decode()


def test_pay__by_the_wrong_side_or_again__is_refused(desk: Market) -> None:
    deal = _struck(desk, Mode.SALE)
    (owed,) = _shown(deal)["obligations"]
    _refused("NothingLeft", "finance", "pay", deal, "--key", str(SELLER))
    carry_out(desk, run("finance", "pay", deal, "--key", str(BANK)))
    _refused("NothingLeft", "finance", "pay", deal, "--key", str(BANK))
    named = ("--commitment", owed["commitment"])
    _refused("NothingOwed", "finance", "pay", deal, *named, "--key", str(BANK))


def test_rescission__advance_late__lot_is_the_sellers_again(desk: Market) -> None:
    deal = _struck(desk, Mode.SALE)
    assert _lot(desk, deal) == (BANK, SELLER, LotState.LIVE)
    _refused("NotYetLate", "finance", "rescind", deal, "--key", str(SELLER), "--yes")
    _refused("NothingLeft", "finance", "rescind", deal, "--key", str(BANK), "--yes")
    desk.travel(15 * DAY)
    run("finance", "rescind", deal, "--key", str(SELLER), "--yes")
    after = _shown(deal, BANK)
    assert (after["state"], after["obligations"][0]["outcome"]) == ("rescinded", "rescinded")
    assert _lot(desk, deal) == (SELLER, 0, LotState.LIVE)
    named = ("--commitment", after["obligations"][0]["commitment"])
    _refused("NothingOwed", "finance", "pay", deal, *named, "--key", str(BANK))


def test_rescission__submitted_too_early__goes_through_when_submitted_again(desk: Market) -> None:
    deal = _struck(desk, Mode.SALE)
    (owed,) = _shown(deal)["obligations"]
    act = Rescission(bytes.fromhex(owed["commitment"][2:]), desk.now + 30 * DAY)
    body = {
        "kind": "Rescission",
        "message": act.to_json(),
        "approvals": [desk.signature(SELLER, act)],
    }
    proposed = desk.post(SELLER, "/v1/proposals", body).json()["id"]
    for _ in range(2):
        assert desk.post(SELLER, f"/v1/proposals/{proposed}/submission").status_code == 202
        desk.settle()
        refused = desk.get(SELLER, f"/v1/proposals/{proposed}").json()["act"]
        assert (refused["status"], refused["refusal"]["name"]) == ("refused", "NotYetLate")
    desk.travel(15 * DAY)
    desk.post(SELLER, f"/v1/proposals/{proposed}/submission")
    desk.settle()
    assert desk.get(SELLER, f"/v1/proposals/{proposed}").json()["act"]["status"] == "confirmed"
    assert _lot(desk, deal) == (SELLER, 0, LotState.LIVE)
    # Once more is nothing more.
    desk.post(SELLER, f"/v1/proposals/{proposed}/submission")
    desk.settle()
    assert desk.get(SELLER, f"/v1/proposals/{proposed}").json()["act"]["status"] == "confirmed"


# ── recourse ────────────────────────────────────────────────────────────────────────────────────


def test_buy_back__overdue_deal_of_an_old_book__demanded_paid_and_returned(desk: Market) -> None:
    deal = _advanced(desk, Mode.RECOURSE, days_to_maturity=-10)
    dues = _shown(deal)["dues"]
    # 10 days at 5.48 % over 360 of 10,000.
    assert (dues["days_past_due"], dues["late_interest"], dues["total"]) == (10, "15", "10015")
    run("finance", "demand", deal, "--key", str(BANK), "--yes")
    assert _shown(deal)["demanded"]
    desk.travel(1)
    _refused("AlreadyDemanded", "finance", "demand", deal, "--key", str(BANK), "--yes")
    proposed = run_json("finance", "buy-back", deal, "--key", str(BANK), "--yes")
    assert (proposed["status"], proposed["opening"]["amount"]) == ("open", "10015")
    _countersigned(proposed, SELLER)
    assert _lot(desk, deal) == (BANK, SELLER, LotState.LIVE)
    carry_out(desk, run("finance", "pay", deal, "--key", str(SELLER)))
    assert _lot(desk, deal) == (SELLER, 0, LotState.LIVE)
    after = _shown(deal, BANK)
    assert [one["outcome"] for one in after["obligations"]] == ["paid", "paid"]
    assert (after["dues"]["total"], after["dues"]["received"]) == ("0", "10015")


def test_buy_back__agreed_and_not_paid__bank_withdraws_from_it(desk: Market) -> None:
    deal = _advanced(desk, Mode.RECOURSE, days_to_maturity=-10)
    half = ("--amount", "99.00", "--days", "1")
    proposed = run_json("finance", "buy-back", deal, *half, "--key", str(SELLER), "--yes")
    assert proposed["opening"]["amount"] == "9900"
    _countersigned(proposed, BANK)
    desk.travel(5 * DAY)
    run("finance", "rescind", deal, "--key", str(BANK), "--yes")
    assert _lot(desk, deal) == (BANK, 0, LotState.LIVE)
    assert int(_shown(deal)["dues"]["principal"]) == FACE


def test_buy_back__paid_while_an_order_froze_the_lot__is_proven_when_it_is_lifted(
    desk: Market,
) -> None:
    deal = _advanced(desk, Mode.RECOURSE, days_to_maturity=-10)
    proposed = run_json("finance", "buy-back", deal, "--key", str(SELLER), "--yes")
    _countersigned(proposed, BANK)
    _order(desk, deal, freeze=True)
    paid = run("finance", "pay", deal, "--key", str(SELLER))
    fact = remittance(desk, paid)
    first = _attested(desk, fact)
    assert (first["status"], first["refusal"]["name"]) == ("refused", "LotNotLive")
    _order(desk, deal, freeze=False)
    # Not the members' signatures were amiss: the same ones will do.
    assert _attested(desk, fact)["status"] == "confirmed"
    assert _lot(desk, deal) == (SELLER, 0, LotState.LIVE)


def _order(market: Market, deal: str, *, freeze: bool) -> None:
    claim = ClaimNo(_shown(deal)["claim"])
    version = market.lot(claim).version
    market.post_act(Order(claim, 0, version, freeze, keccak(b"order"), market.now + 30 * DAY))


def _attested(market: Market, fact: Remittance) -> dict[str, Any]:
    """The act, after two members brought their signatures."""
    for member in ORACLES[:2]:
        approval = market.signature(member, fact)
        body = {"kind": "Remittance", "message": fact.to_json(), "approval": approval}
        answer = market.post(SELLER, "/v1/attestations", body)
        assert answer.status_code == 200, answer.text
        market.settle()
    digest = market.deployment.digest(fact)
    found: dict[str, Any] = market.get(SELLER, f"/v1/agreements/0x{digest.hex()}").json()
    return found


def test_buy_back__debtor_paid_a_part_late__only_the_rest_with_all_late_interest(
    desk: Market,
) -> None:
    deal = _advanced(desk, Mode.RECOURSE, days_to_maturity=-10)
    _debtor_pays(desk, deal, 4_000)
    dues = _shown(deal)["dues"]
    # The debtor's 4,000 were late for as long as the rest: until today.
    assert (dues["principal"], dues["late_interest"], dues["received"]) == ("6000", "15", "4000")
    proposed = run_json("finance", "buy-back", deal, "--key", str(SELLER), "--yes")
    message = proposed["message"]
    assert (message["start"], message["end"]) == ("4000", "10000")
    assert proposed["opening"]["amount"] == "6015"


# ── pledge ──────────────────────────────────────────────────────────────────────────────────────


def test_repayment__pledge_repaid__lot_is_free(desk: Market) -> None:
    deal = _advanced(desk, Mode.PLEDGE, financed=Units(6_000))
    assert _lot(desk, deal) == (SELLER, BANK, LotState.LIVE)
    before = _shown(deal)
    repayment = before["opened"]["price"]["repayment"]
    assert (before["dues"]["principal"], before["dues"]["total"]) == ("6000", repayment)
    proposed = run_json("finance", "repay", deal, "--key", str(SELLER), "--yes")
    assert proposed["opening"]["amount"] == repayment
    _countersigned(proposed, BANK)
    carry_out(desk, run("finance", "pay", deal, "--key", str(SELLER)))
    after = _shown(deal)
    assert (after["state"], after["dues"]) == ("repaid", None)
    assert _lot(desk, deal) == (SELLER, 0, LotState.LIVE)
    _refused("DealClosed", "finance", "enforce", deal, "--key", str(BANK), "--yes")


def test_enforcement__not_redeemed__surplus_goes_back_to_the_seller(desk: Market) -> None:
    deal = _advanced(desk, Mode.PLEDGE, financed=Units(6_000), days_to_maturity=3)
    _refused("NotDue", "finance", "enforce", deal, "--key", str(BANK), "--yes")
    desk.travel(5 * DAY)
    run("finance", "enforce", deal, "--key", str(BANK), "--yes")
    assert _lot(desk, deal) == (BANK, 0, LotState.LIVE)
    _refused("NothingLeft", "finance", "surplus", deal, "--key", str(BANK), "--yes")
    _debtor_pays(desk, deal)
    dues = _shown(deal)["dues"]
    # 3 days at 3.65 % and 2 days at 5.48 %, over 360, of 6,000: 2 and 2.
    assert (dues["total"], dues["received"], dues["surplus"]) == ("0", "10000", "3996")
    reference = new_reference()
    owed = Surplus(bytes.fromhex(deal[2:]), commitment_to(reference, "CNY", 3_996), desk.now + DAY)
    opening = {"reference": reference, "amount": "3996"}
    assert _proposed(desk, BANK, owed, opening) is None
    # Said to the API alone, it binds the bank to nothing.
    assert _shown(deal)["dues"]["surplus"] == "3996"
    run("finance", "surplus", deal, "--key", str(BANK), "--yes")
    carry_out(desk, run("finance", "pay", deal, "--key", str(BANK)))
    after = _shown(deal)
    assert (after["state"], after["dues"]["surplus"]) == ("enforced", "0")
    assert [one["duty"] for one in after["obligations"]] == ["advance", "surplus"]
    assert {one["outcome"] for one in after["obligations"]} == {"paid"}


# ── who signs, and what is refused ──────────────────────────────────────────────────────────────


def test_demand__bank_of_four_eyes__waits_for_the_second_officer(desk: Market) -> None:
    claim = desk.issued(maturity=number_of(business_day(desk.now) - timedelta(10)))
    desk.registered(claim, CAREFUL)
    dealing = Dealing(desk, claim)
    financed = (business_day(desk.now) - timedelta(60)).isoformat()
    (request,) = dealing.ask(CAREFUL, mode="recourse", value_date=financed)
    first, second = desk.keys(CAREFUL)[:2]
    quote = dealing.quoted(first, request)
    approval = desk.signature(second, Finance.from_json(quote["message"]))
    body = {"seen": dealing.look(second, request)["hash"], "approval": approval}
    assert desk.post(second, f"/v1/quotes/{quote['id']}/approvals", body).status_code == 200
    assert dealing.accept(quote).status_code == 200
    desk.settle()
    deal, officers = quote["digest"], (f"{CAREFUL}.0", f"{CAREFUL}.1")
    carry_out(desk, run("finance", "pay", deal, "--key", officers[0]))
    proposed = run_json("finance", "demand", deal, "--key", officers[0], "--yes")
    assert proposed["status"] == "open"
    _refused("ApprovalsMissing", "submit", proposed["id"], "--key", officers[0])
    run("countersign", proposed["id"], "--key", officers[1], "--yes")
    run("submit", proposed["id"], "--key", officers[0])
    assert _shown(deal)["demanded"]


def test_proposal__debt_that_nothing_opens__is_refused(desk: Market) -> None:
    deal = _advanced(desk, Mode.PLEDGE, financed=Units(6_000))
    reference = new_reference()
    commitment = commitment_to(reference, "CNY", 6_100)
    act = Repayment(bytes.fromhex(deal[2:]), commitment, desk.now + DAY, desk.now + DAY)
    right = {"reference": reference, "amount": "6100"}
    advance = _shown(deal)["obligations"][0]["opening"]["reference"]
    for opening, problem in (
        (None, "OpeningMissing"),
        (right | {"amount": "6101"}, "OpeningDiffers"),
        (right | {"reference": new_reference()}, "OpeningDiffers"),
    ):
        assert _proposed(desk, SELLER, act, opening) == problem
    taken = {"reference": advance, "amount": "6100"}
    reused = Repayment(act.deal, commitment_to(advance, "CNY", 6_100), act.payBy, act.validUntil)
    assert _proposed(desk, SELLER, reused, taken) == "ReferenceTaken"
    assert not _open_repayments(desk)
    assert _proposed(desk, SELLER, act, right) is None
    (kept,) = _open_repayments(desk)
    assert (kept["opening"]["reference"], kept["opening"]["amount"]) == (reference, "6100")


def test_proposal__over_a_deal_of_others_or_of_another_mode__is_refused(desk: Market) -> None:
    deal = bytes.fromhex(_advanced(desk, Mode.SALE)[2:])
    until, claim = desk.now + DAY, _shown("0x" + deal.hex())["claim"]
    owed = {"reference": new_reference(), "amount": "10"}
    commitment = commitment_to(owed["reference"], "CNY", 10)
    back = BuyBack(deal, claim, 0, 2, 0, FACE, commitment, until, until)
    demand = Demand(deal, 0, 2, until)
    for who, act, opening, problem in (
        (RIVAL, demand, None, "DealUnknown"),
        (CORE, demand, None, "DealUnknown"),
        (BANK, demand, None, "NoRecourse"),
        (SELLER, back, owed, "NoRecourse"),
        (BANK, Repayment(deal, commitment, until, until), owed, "NotPledge"),
    ):
        assert _proposed(desk, who, act, opening) == problem
    recourse = bytes.fromhex(_advanced(desk, Mode.RECOURSE, days_to_maturity=-10)[2:])
    demand = Demand(recourse, 0, 3, until)
    assert _proposed(desk, SELLER, demand, None) == "NotASide"
    assert _proposed(desk, BANK, demand, owed) == "OpeningUnasked"


def _open_repayments(market: Market) -> list[dict[str, Any]]:
    found = market.get(BANK, "/v1/proposals", status="open").json()["items"]
    return [one for one in found if one["kind"] == "Repayment"]


def _proposed(market: Market, who: int, act: Any, opening: dict[str, str] | None) -> str | None:
    body = {
        "kind": type(act).__name__,
        "message": act.to_json(),
        "approvals": [market.signature(who, act)],
        "opening": opening,
    }
    answer = market.post(who, "/v1/proposals", body)
    if answer.status_code == 201:
        return None
    return str(answer.json()["type"]).removeprefix("urn:yuanliu:problem:")


def _countersigned(proposed: dict[str, Any], who: int) -> None:
    run("countersign", proposed["id"], "--key", str(who), "--yes")
    run("submit", proposed["id"], "--key", str(who))


def _refused(name: str, *arguments: str) -> None:
    with pytest.raises(Refused) as caught:
        run(*arguments)
    assert caught.value.name == name


def test_nothing_left__says_what_the_deal_has() -> None:
    assert "no surplus" in str(NothingLeft("0x11", "no surplus"))

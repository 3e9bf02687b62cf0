"""Alerts, categories and collections: each party's own, and nobody else's."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from httpx import Response

from ledger.deals import Finance, Mode
from ledger.entries import Op
from ledger.ids import ClaimNo, PartyNo
from ledger.keccak import keccak
from ledger.mandates import Mandate, mandate_domain
from ledger.typed import digest_of
from tests.api.banking import Banking
from tests.api.lending import DUE, Lending
from tests.api.world import AUDITOR, CORE, NOW, STRANGER, TIER1, TIER2, World, problem_of
from tests.support.accounts import COUNCIL
from tests.support.synthetic import DEPLOYMENT

OTHERS = [CORE, TIER2, STRANGER]


@pytest.fixture
def lending(world: World) -> Lending:
    return Lending(world)


def _tasks(lending: Lending, who: int) -> list[tuple[str, str, int | None]]:
    found = lending.world.get(who, "/v1/risk/collections").json()["items"]
    return [(one["deal"], one["step"], one["actor"]) for one in found]


def _see_to(lending: Lending, who: int, alert: dict[str, Any], note: str = "called") -> Response:
    path = f"/v1/risk/alerts/{alert['id']}/acknowledgement"
    return lending.world.post(who, path, {"deal": alert["deal"], "note": note})


def test_alerts__sale_overdue__the_bank_alone_reads_it(lending: Lending) -> None:
    deal = lending.finance("sale", Mode.SALE, 0, 4_000)
    lending.pass_days(0)
    assert lending.alerts(lending.bank) == []
    lending.pass_days(10)
    (one,) = lending.alerts(lending.bank)
    assert (one["kind"], one["urgency"], one["deal"]) == ("overdue", "act", deal)
    assert (one["about"], one["since"]) == (CORE, "2027-05-22")
    assert one["facts"] == {
        "due_on": "2027-05-21",
        "days_past_due": "10",
        "outstanding": "4000",
        "currency": "CNY",
    }
    for who in (lending.rival, TIER1, *OTHERS):
        assert lending.alerts(who) == []


def test_alerts__recourse_overdue__its_seller_reads_it_too(lending: Lending) -> None:
    lending.finance("recourse", Mode.RECOURSE, 0, 4_000)
    lending.pass_days(1)
    assert lending.alerts(TIER1) == lending.alerts(lending.bank) != []
    for who in (lending.rival, *OTHERS):
        assert lending.alerts(who) == []


def test_alerts__two_banks_on_one_claim__each_reads_its_own(lending: Lending) -> None:
    own = lending.finance("sale", Mode.SALE, 0, 4_000)
    rivals = lending.finance_at_rival("rival's", Mode.SALE, 4_000, 6_000)
    lending.pass_days(1)
    assert [one["deal"] for one in lending.alerts(lending.bank)] == [own]
    assert [one["deal"] for one in lending.alerts(lending.rival)] == [rivals]
    assert _tasks(lending, lending.rival) == [(rivals, "remind_debtor", lending.rival)]
    (debtor,) = lending.world.get(lending.rival, "/v1/risk/classes").json()["items"]
    assert debtor["owed"][0]["outstanding"] == "2000"


def test_alerts__frozen_lapsing_and_late__all_are_told(lending: Lending) -> None:
    lending.desk.register(expiresOn=2027_06_30)
    lending.finance("sale", Mode.SALE, 0, 4_000)
    lending.world.ledger.settle(lending.world.ledger.payment(lending.desk.claim, 0, 1_000))
    lending.freeze(1_000)
    assert lending.kinds(lending.bank) == ["lot_frozen"]
    lending.pass_days(41)
    assert lending.kinds(lending.bank) == ["overdue", "lot_frozen", "registration_lapsing"]
    lapsed = lending.alerts(lending.bank)[-1]
    assert (lapsed["urgency"], lapsed["facts"]["lapsed"]) == ("act", "yes")


def test_alerts__line_leans_on_one_debtor__told_first(lending: Lending) -> None:
    banking = Banking(lending.world)
    (request,) = banking.ask(banking.rival)
    banking.quoted(banking.rival, request)
    (one,) = lending.alerts(banking.rival)
    assert (one["kind"], one["about"], one["deal"]) == ("concentration", CORE, None)
    assert one["facts"]["share_bp"] == "10000"
    assert _see_to(lending, banking.rival, one).status_code == 201
    assert lending.alerts(banking.rival, open_only=True) == []
    assert problem_of(_see_to(lending, lending.bank, one)) == "NotFound"


def test_alerts__pages__walk_the_deals(lending: Lending) -> None:
    deals = [lending.finance(f"sale {n}", Mode.SALE, n * 1_000, (n + 1) * 1_000) for n in range(3)]
    lending.pass_days(1)
    seen, cursor = [], None
    while True:
        params = {"limit": 1} | ({"cursor": cursor} if cursor else {})
        page = lending.world.get(lending.bank, "/v1/risk/alerts", **params).json()
        seen += [one["deal"] for one in page["items"]]
        cursor = page["next"]
        if cursor is None:
            break
    assert seen == deals


def test_acknowledge__kept_with_name_and_note__each_party_for_itself(lending: Lending) -> None:
    lending.finance("recourse", Mode.RECOURSE, 0, 4_000)
    lending.pass_days(1)
    (alert,) = lending.alerts(lending.bank)
    answer = _see_to(lending, lending.bank, alert)
    assert answer.status_code == 201, answer.text
    seen = answer.json()["acknowledged"]
    assert (seen["note"], seen["address"]) == ("called", lending.world.key(lending.bank).address)
    assert lending.alerts(lending.bank, open_only=True) == []
    assert lending.alerts(lending.bank) == [answer.json()]
    assert lending.alerts(TIER1)[0]["acknowledged"] is None
    again = _see_to(lending, lending.bank, alert, "another")
    assert problem_of(again) == "AlertAcknowledged"
    assert lending.alerts(lending.bank)[0]["acknowledged"] == seen


def test_acknowledge__the_debt_gets_worse__is_open_again(lending: Lending) -> None:
    lending.finance("sale", Mode.SALE, 0, 4_000)
    lending.pass_days(90)
    assert _see_to(lending, lending.bank, lending.alerts(lending.bank)[0]).status_code == 201
    lending.pass_days(91)
    (worse,) = lending.alerts(lending.bank, open_only=True)
    assert worse["facts"]["days_past_due"] == "91"


@pytest.mark.parametrize("who", [TIER1, CORE, STRANGER, "rival", COUNCIL[0]])
def test_acknowledge__anothers_alert__looks_like_nothing(lending: Lending, who: Any) -> None:
    lending.finance("sale", Mode.SALE, 0, 4_000)
    lending.pass_days(1)
    (alert,) = lending.alerts(lending.bank)
    caller = lending.rival if who == "rival" else who
    there = _see_to(lending, caller, alert)
    nowhere = _see_to(lending, caller, alert | {"id": "0x" + 64 * "1"})
    assert problem_of(there) == problem_of(nowhere) == "NotFound"
    assert lending.alerts(lending.bank)[0]["acknowledged"] is None


def test_alerts__by_mandate__are_read_and_not_seen_to(lending: Lending) -> None:
    lending.finance("sale", Mode.SALE, 0, 1_000)
    lending.finance("recourse", Mode.RECOURSE, 1_000, 4_000)
    mandate = Mandate(TIER1, AUDITOR, 0, NOW + 300 * 86_400)
    digest = digest_of(mandate, mandate_domain(DEPLOYMENT).separator())
    approval = "0x" + lending.world.key(TIER1).sign(digest).hex()
    body = {"message": mandate.to_json(), "approvals": [approval]}
    assert lending.world.post(TIER1, "/v1/mandates", body).status_code == 201
    lending.pass_days(1)
    (alert,) = lending.alerts(AUDITOR)
    assert alert["facts"]["outstanding"] == "3000"
    assert problem_of(_see_to(lending, AUDITOR, alert)) == "NotFound"


def test_collections__each_stage_of_a_recourse__names_whose_move_it_is(lending: Lending) -> None:
    deal = lending.finance("recourse", Mode.RECOURSE, 0, 4_000)
    lending.pass_days(5)
    assert _tasks(lending, lending.bank) == [(deal, "demand", lending.bank)]
    assert _tasks(lending, TIER1) == _tasks(lending, lending.bank)
    lending.desk.demand("recourse", 0)
    lending.world.index()
    assert _tasks(lending, TIER1) == [(deal, "agree_buy_back", TIER1)]
    lending.desk.buy_back("buy-back", "recourse", 0, 4_000, 0)
    lending.world.index()
    assert _tasks(lending, TIER1) == [(deal, "pay_buy_back", TIER1)]
    lending.desk.prove_and_return("buy-back", 0)
    lending.world.index()
    assert _tasks(lending, TIER1) == _tasks(lending, lending.bank) == []


def test_collections__pledge_and_late_advance__and_nobody_elses(lending: Lending) -> None:
    pledge = lending.finance("pledge", Mode.PLEDGE, 0, 4_000)
    lending.desk.conclude("unpaid", Mode.SALE, 4_000, 6_000, payBy=NOW + 60)
    lending.world.index()
    unpaid = "0x" + lending.desk.deal("unpaid").hex()
    lending.pass_days(1)
    expected = [(pledge, "enforce", lending.bank), (unpaid, "rescind", TIER1)]
    assert _tasks(lending, lending.bank) == _tasks(lending, TIER1) == expected
    for who in (lending.rival, *OTHERS):
        assert _tasks(lending, who) == []


def test_classes__contagion__a_little_late_makes_all_substandard(lending: Lending) -> None:
    lending.finance("loan", Mode.PLEDGE, 0, 1_000, dueOn=2027_02_01)
    lending.finance("other loan", Mode.PLEDGE, 1_000, 9_000, dueOn=2027_12_01)
    lending.pass_days(0)
    path = "/v1/risk/classes"
    (borrower,) = lending.world.get(lending.bank, path).json()["items"]
    days = (DUE - (DUE.replace(month=2, day=1))) // timedelta(1)
    assert (borrower["party"], borrower["category"]) == (TIER1, "substandard")
    assert (borrower["by_contagion"], borrower["most_days_past_due"]) == (True, days)
    assert borrower["owed"] == [
        {
            "currency": "CNY",
            "outstanding": "9000",
            "past_due": "1000",
            "non_performing": "9000",
        }
    ]
    debts = lending.world.get(lending.bank, f"{path}/{TIER1}").json()["items"]
    assert [(one["own"], one["category"]) for one in debts] == [
        ("substandard", "substandard"),
        ("normal", "substandard"),
    ]


def test_classes__of_other_banks_or_for_the_seller__nothing(lending: Lending) -> None:
    lending.finance("recourse", Mode.RECOURSE, 0, 4_000)
    lending.pass_days(1)
    path = "/v1/risk/classes"
    (debtor,) = lending.world.get(lending.bank, path).json()["items"]
    assert (debtor["party"], debtor["category"]) == (CORE, "special_mention")
    for who in (lending.rival, TIER1, *OTHERS):
        assert lending.world.get(who, path).json()["items"] == []
        assert problem_of(lending.world.get(who, f"{path}/{CORE}")) == "NotFound"
    assert problem_of(lending.world.get(COUNCIL[0], path)) == "PartyRequired"


def test_classes__financed_below_the_units__the_loan_is_what_is_owed(lending: Lending) -> None:
    banking = Banking(lending.world)
    (request,) = banking.ask(banking.rival, mode="pledge")
    terms = banking.terms(request, financed=1_500)
    quote = banking.quoted(banking.rival, request, terms)
    finance = Finance.from_json(quote["message"])
    lending.desk.bank, lending.desk.seller = banking.rival, PartyNo(TIER2)
    lending.desk.claim = ClaimNo(finance.claim)
    lending.desk.deals["quoted"] = finance
    _post_pledge(lending, finance)
    (borrower,) = lending.world.get(banking.rival, "/v1/risk/classes").json()["items"]
    assert (borrower["party"], borrower["owed"][0]["outstanding"]) == (TIER2, "1500")


def _post_pledge(lending: Lending, finance: Finance) -> None:
    desk, ledger = lending.desk, lending.world.ledger
    at = ledger.lots[ClaimNo(finance.claim), finance.lot]
    pieces = ledger._cut(at, finance.start, finance.end, at.holder, at.state, desk.bank)
    desk._post(finance, Op.ENCUMBERED, pieces, desk.seller, desk.bank)
    fact = replace(desk.remittance("any"), commitment=finance.advance, line=keccak(b"paid"))
    desk._attest(fact, None)
    lending.world.index()

"""Red letters: who may hand one in, whom they alarm, and that they stop new finance."""

from __future__ import annotations

from typing import Any

import pytest
from httpx import Response

from ledger.deals import Finance, Mode
from ledger.documents import read_invoice, read_red_letter
from tests.api.banking import Banking
from tests.api.lending import Lending
from tests.api.world import (
    CORE,
    SAMPLES,
    STRANGER,
    TIER1,
    TIER2,
    World,
    einvoice,
    problem_of,
)
from tests.support.synthetic import ORACLES

PATH = "/v1/invoice-reversals"
BUYER_CODE = "<BuyerIdNum>91310000MAC0RE00XR</BuyerIdNum>"
BUYER_NAME = "虚构核心装备（上海）股份有限公司"
ORIGINAL = "<OriginalInvoiceCode>26332000000000000017</OriginalInvoiceCode>"


@pytest.fixture
def lending(world: World) -> Lending:
    return Lending(world)


def red(*changes: tuple[str, str]) -> bytes:
    text = (SAMPLES / "red-letter-cn.xml").read_text(encoding="utf-8")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    return text.encode()


PARTIAL = red(("-1130000.00", "-113.00"), ("-1000000.00", "-100.00"), ("-130000.00", "-13.00"))


def hand_in(lending: Lending, who: Any, content: bytes = red()) -> Response:
    return lending.world.upload(who, PATH, content)


def listed(lending: Lending, who: Any) -> list[str]:
    return [one["side"] for one in lending.world.get(who, PATH).json()["items"]]


def reversed_alerts(lending: Lending, who: int) -> list[dict[str, Any]]:
    return [one for one in lending.alerts(who) if one["kind"] == "invoice_reversed"]


def test_hand_in__by_its_seller_after_financing__both_sides_are_alarmed(lending: Lending) -> None:
    deal = lending.finance("sale", Mode.SALE, 0, 4_000)
    assert lending.alerts(lending.bank) == []
    kept = hand_in(lending, TIER1)
    assert kept.status_code == 201, kept.text
    assert (kept.json()["side"], kept.json()["amount"]) == ("seller", "113000000")
    invoice = read_invoice(einvoice())
    assert kept.json()["fingerprint"] == "0x" + invoice.fingerprint.hex()
    (alert,) = reversed_alerts(lending, lending.bank)
    assert (alert["deal"], alert["about"], alert["urgency"]) == (deal, TIER1, "act")
    assert (alert["facts"]["reversed"], alert["facts"]["told_by"]) == ("113000000", "seller")
    assert reversed_alerts(lending, TIER1) == [alert]
    for who in (lending.rival, CORE, STRANGER):
        assert lending.alerts(who) == []


def test_hand_in__the_ledger_itself__is_left_as_it_was(lending: Lending) -> None:
    lending.finance("sale", Mode.SALE, 0, 4_000)
    path = f"/v1/receivables/{lending.desk.claim}/lots"
    before = lending.world.get(CORE, path).json()
    hand_in(lending, TIER1)
    assert lending.world.get(CORE, path).json() == before
    assert lending.world.waiting() == []


def test_hand_in__same_bytes_again__one_reversal(lending: Lending) -> None:
    first = hand_in(lending, TIER1)
    again = hand_in(lending, TIER1)
    assert (again.status_code, again.json()) == (200, first.json())
    assert listed(lending, TIER1) == ["seller"]


def test_hand_in__by_several__counts_once_and_names_them(lending: Lending) -> None:
    lending.finance("sale", Mode.SALE, 0, 4_000)
    for who in (TIER1, CORE, ORACLES[0]):
        assert hand_in(lending, who).status_code == 201
    (alert,) = reversed_alerts(lending, lending.bank)
    assert alert["facts"]["reversed"] == "113000000"
    assert alert["facts"]["told_by"] == "buyer, oracle, seller"


def test_hand_in__another_red_letter__is_another_alert_and_adds_up(lending: Lending) -> None:
    lending.finance("sale", Mode.SALE, 0, 4_000)
    hand_in(lending, TIER1, PARTIAL)
    (first,) = reversed_alerts(lending, lending.bank)
    second = PARTIAL.replace(b"26332000000000000025", b"26332000000000000033")
    hand_in(lending, TIER1, second)
    (both,) = reversed_alerts(lending, lending.bank)
    assert (first["facts"]["reversed"], both["facts"]["reversed"]) == ("11300", "22600")
    assert first["id"] != both["id"]


@pytest.mark.parametrize("who", [TIER2, STRANGER, "bank"])
def test_hand_in__by_someone_else__refused_whether_the_invoice_is_used_or_not(
    lending: Lending, who: Any
) -> None:
    caller = lending.bank if who == "bank" else who
    unused = red(("26332000000000000017", "26332000000000000099"))
    for content in (red(), unused):
        assert problem_of(hand_in(lending, caller, content)) == "NotYourInvoice"
    assert listed(lending, TIER1) == []


def test_hand_in__forged_with_oneself_as_buyer__alarms_nobody(lending: Lending) -> None:
    """CORE is the claim's debtor; whoever else writes itself in as buyer is not believed."""
    lending.finance("sale", Mode.SALE, 0, 4_000)
    forger = lending.world.ledger.enrol("FORGER", 2)
    lending.world.index()
    forged = red(
        (BUYER_CODE, ""),
        ("虚构核心装备（上海）股份有限公司", "FORGER"),
    )
    answer = hand_in(lending, forger, forged)
    assert (answer.status_code, answer.json()["side"]) == (201, "buyer")
    assert lending.alerts(lending.bank) == []
    assert listed(lending, TIER1) == ["buyer"]


def test_hand_in__forged_with_ones_own_name_beside_anothers_code__is_refused(
    lending: Lending,
) -> None:
    """The invoice is its code's: whose name stands beside it is whatever the forger writes."""
    lending.finance("sale", Mode.SALE, 0, 4_000)
    forger = lending.world.ledger.enrol("FORGER", 2)
    lending.world.index()
    name = read_red_letter(red()).seller.name
    answer = hand_in(lending, forger, red((f"<SellerName>{name}", "<SellerName>FORGER")))
    assert problem_of(answer) == "NotYourInvoice"
    assert lending.alerts(lending.bank) == []


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (einvoice(), "NotARedLetter"),
        (red(("-1130000.00", "-1130000.01")), "GrossDoesNotAddUp"),
        (
            red((ORIGINAL, "")),
            "MissingField",
        ),
        ((SAMPLES / "invoice-ubl.xml").read_bytes(), "UnknownDocument"),
        (b"<EInvoice>", "MalformedXml"),
    ],
)
def test_hand_in__not_a_red_letter__named_and_nothing_kept(
    lending: Lending, content: bytes, problem: str
) -> None:
    assert problem_of(hand_in(lending, TIER1, content)) == problem
    assert listed(lending, TIER1) == []


def test_reversals__parties_to_the_claim_and_its_banks__read_them(lending: Lending) -> None:
    lending.finance("sale", Mode.SALE, 0, 4_000)
    kept = hand_in(lending, ORACLES[0]).json()
    assert kept["party"] is None
    for who in (TIER1, CORE, lending.bank, ORACLES[0]):
        assert listed(lending, who) == ["oracle"]
        content = lending.world.get(who, f"{PATH}/{kept['id']}/content")
        assert content.content == red()
        assert content.headers["content-disposition"].startswith("attachment")
    for who in (lending.rival, TIER2, STRANGER, ORACLES[1]):
        assert listed(lending, who) == []
        assert problem_of(lending.world.get(who, f"{PATH}/{kept['id']}/content")) == "NotFound"


def _holder_asks(lending: Lending) -> tuple[Banking, dict[str, Any]]:
    """TIER2 holds a part of the claim on the sample invoice and asks the rival."""
    banking = Banking(lending.world)
    lending.world.ledger.transfer(lending.desk.claim, 0, 1_000, 5_000, TIER2)
    lending.world.index()
    banking.claim = lending.desk.claim
    lending.desk.register(bank=banking.rival)
    lending.world.index()
    (request,) = banking.ask(banking.rival)
    return banking, request


def test_quote__on_an_invoice_taken_back__the_rules_refuse(lending: Lending) -> None:
    banking, request = _holder_asks(lending)
    seen = banking.look(banking.rival, request)
    assert seen["view"]["invoices"][0]["reversed"] == "0"
    body = banking.draft(banking.rival, request, seen)
    hand_in(lending, TIER1)
    assert problem_of(banking.quote(banking.rival, request, body)) == "RulesRefuse"
    later = banking.look(banking.rival, request)["view"]
    assert later["invoices"][0]["reversed"] == "113000000"
    refused = [one for one in later["rules"]["answers"] if one["outcome"] == "refused"]
    assert [one["rule"] for one in refused] == ["invoice-stands"]


def test_quote__what_is_left_still_covers_all_its_uses__is_shown_and_passes(
    lending: Lending,
) -> None:
    banking, request = _holder_asks(lending)
    hand_in(lending, TIER1, PARTIAL)
    seen = banking.look(banking.rival, request)
    assert seen["view"]["invoices"][0]["reversed"] == "11300"
    body = banking.draft(banking.rival, request, seen)
    assert banking.quote(banking.rival, request, body).status_code == 201


def test_accept__invoice_taken_back_since_the_offer__refused_and_nothing_is_sent(
    lending: Lending,
) -> None:
    banking, request = _holder_asks(lending)
    quote = banking.quoted(banking.rival, request)
    hand_in(lending, CORE)
    finance = Finance.from_json(quote["message"])
    body = {"approval": banking.approval(TIER2, finance)}
    path = f"/v1/quotes/{quote['id']}/acceptance"
    assert problem_of(lending.world.post(TIER2, path, body)) == "InvoiceTakenBack"
    assert lending.world.waiting() == []
    after = lending.world.get(TIER2, f"/v1/quotes/{quote['id']}").json()
    assert (after["status"], after["sides"]) == (quote["status"], quote["sides"])

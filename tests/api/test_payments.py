from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest
from httpx import Response

from client.api import Api
from client.attesting import PaidElsewhere
from client.http import Http
from client.keys import Key as ClientKey
from client.member import Member
from ledger.acts import Equivocation, SignedAct
from ledger.agreements import Payment
from ledger.documents import (
    Counterparty,
    Direction,
    StatementDraft,
    StatementLine,
    write_statement,
)
from ledger.money import Units, currency_of
from ledger.references import lot_reference
from ledger.words import LotRef
from tests.api.world import BANK, CORE, STRANGER, TIER1, TIER2, URL, World, problem_of
from tests.support.synthetic import DEPLOYMENT, ORACLES, Key

CNY = currency_of("CNY")
ACCOUNTS = {CORE: "6222000000000001", TIER1: "6222000000000002", TIER2: "6222000000000003"}


@pytest.fixture
def claim(world: World) -> int:
    """A claim of 5,000: TIER2 holds the first 1,000 units, TIER1 the rest."""
    for party, account in ACCOUNTS.items():
        stated = {"account": account, "clearing_code": "102290000001"}
        body = {"name": f"party {party}", "account": stated}
        answer = world.http.put("/v1/parties/me/profile", json=body, headers=world.headers(party))
        assert answer.status_code == 200, answer.text
    number = world.ledger.issue(CORE, TIER1, 5_000)
    world.ledger.transfer(number, 0, 0, 1_000, TIER2)
    world.index()
    return number


def _line(world: World, claim: int, start: int = 0, **changes: Any) -> StatementLine:
    lot = world.ledger.lots[claim, start]  # type: ignore[index]
    line = StatementLine(
        account=ACCOUNTS[CORE],
        bank_reference="B1",
        end_to_end_id=lot_reference(lot.ref),
        units=Units(lot.amount),
        currency=CNY,
        direction=Direction.DEBIT,
        booked=True,
        reversal=False,
        booking_date=date(2027, 5, 21),
        value_date=None,
        debtor=Counterparty(),
        creditor=Counterparty("the holder", ACCOUNTS[lot.holder]),
        remittance="",
    )
    return replace(line, **changes)


def _statement(*lines: StatementLine) -> bytes:
    first = lines[0]
    draft = StatementDraft(
        message_id="M1",
        created=datetime(2027, 5, 21, tzinfo=UTC),
        account=first.account,
        currency=first.currency,
        day=date(2027, 5, 21),
        opening=Units(0),
        lines=lines,
    )
    return write_statement(draft)


def _upload(world: World, *lines: StatementLine, who: int | Key = BANK) -> dict:
    answer = world.upload(who, "/v1/statements", _statement(*lines))
    assert answer.status_code == 201, answer.text
    return answer.json()


def _attest(world: World, member: Key, payment: Payment) -> Response:
    approval = world.approval(member, payment)
    body = {"kind": "Payment", "message": payment.to_json(), "approval": approval}
    return world.post(member, "/v1/attestations", body)


def test_instructions__debtor__one_payment_per_live_lot(world: World, claim: int) -> None:
    found = world.get(CORE, "/v1/payment-instructions", claim=claim).json()
    assert [(one["amount"], one["holder"]) for one in found["payments"]] == [
        ("1000", TIER2),
        ("4000", TIER1),
    ]
    headers = {**world.headers(CORE), "Accept": "application/xml"}
    path = "/v1/payment-instructions"
    message = world.http.get(path, params={"claim": claim}, headers=headers)
    assert message.headers["content-type"].startswith("application/xml")
    for one in found["payments"]:
        assert one["end_to_end_id"].encode() in message.content
    assert b"pain.001.001.09" in message.content
    assert found["message_id"].encode() in message.content


def test_instructions__not_the_debtor__finds_nothing(world: World, claim: int) -> None:
    for who in (TIER1, STRANGER):
        refused = world.get(who, "/v1/payment-instructions", claim=claim)
        assert problem_of(refused) == "NotFound"


def test_instructions__holder_without_account__is_refused_by_name(world: World, claim: int) -> None:
    world.ledger.transfer(claim, 0, 0, 10, STRANGER)  # type: ignore[arg-type]
    world.index()
    refused = world.get(CORE, "/v1/payment-instructions", claim=claim)
    assert problem_of(refused) == "AccountUnknown"
    assert refused.json()["party"] == STRANGER


def test_statement__exact_payment__is_matched_and_settled_by_a_quorum(
    world: World, claim: int
) -> None:
    statement = _upload(world, _line(world, claim))
    (line,) = statement["lines"]
    assert (line["status"], line["reason"], line["surplus"]) == ("matched", None, "0")
    payment = Payment.from_json(line["payment"])
    first = _attest(world, ORACLES[0], payment).json()
    assert (first["given"], first["needed"], first["act"]) == (1, 2, None)
    again = _attest(world, ORACLES[0], payment).json()
    assert again["given"] == 1
    second = _attest(world, ORACLES[1], payment).json()
    assert (second["given"], second["act"]["status"]) == (2, "accepted")
    assert len(world.waiting()) == 1
    world.mine()
    third = _attest(world, ORACLES[2], payment).json()
    assert (third["given"], third["act"]["status"]) == (3, "confirmed")
    header = world.get(CORE, f"/v1/receivables/{claim}").json()
    assert (header["live"], header["discharged"]) == ("4000", "1000")
    (anew,) = _upload(world, _line(world, claim, 1_000))["lines"]
    assert anew["status"] == "matched"
    assert world.get(TIER2, "/v1/attestations").json()["items"][0]["digest"] == first["digest"]
    assert world.get(TIER1, "/v1/attestations").json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"booked": False}, "not_booked"),
        ({"reversal": True}, "reversal"),
        ({"booking_date": None}, "no_booking_date"),
        ({"end_to_end_id": ""}, "no_reference"),
        ({"end_to_end_id": "NOTPROVIDED"}, "other_reference"),
        ({"end_to_end_id": "YL0-1-0-1"}, "mistyped_reference"),
        ({"end_to_end_id": lot_reference(LotRef(99, 0, 1))}, "unknown_lot"),  # type: ignore[arg-type]
        ({"end_to_end_id": lot_reference(LotRef(1, 0, 1))}, "stale_version"),  # type: ignore[arg-type]
        ({"currency": currency_of("EUR")}, "wrong_currency"),
        ({"account": "999"}, "wrong_account"),
        ({"creditor": Counterparty("itself", ACCOUNTS[CORE])}, "wrong_account"),
        ({"creditor": Counterparty("nobody said")}, "wrong_account"),
        ({"direction": Direction.CREDIT}, "wrong_account"),
    ],
)
def test_statement__proves_nothing__is_on_the_worklist(
    world: World, claim: int, changes: dict[str, Any], reason: str
) -> None:
    statement = _upload(world, _line(world, claim, **changes))
    (line,) = statement["lines"]
    assert (line["status"], line["reason"], line["payment"]) == ("unmatched", reason, None)
    listed = world.get(BANK, "/v1/worklist").json()["items"]
    assert [(one["id"], one["reason"]) for one in listed] == [(line["id"], reason)]
    assert world.get(STRANGER, "/v1/worklist").json()["items"] == []


def test_statement__credit_on_the_holders_account__is_matched(world: World, claim: int) -> None:
    line = _line(world, claim, account=ACCOUNTS[TIER2], direction=Direction.CREDIT)
    assert _upload(world, line)["lines"][0]["status"] == "matched"


def test_statement__over_and_short__are_matched_and_said(world: World, claim: int) -> None:
    over = _line(world, claim, units=Units(1_500))
    short = _line(world, claim, 1_000, units=Units(10))
    lines = _upload(world, over, short)["lines"]
    assert [(one["reason"], one["surplus"]) for one in lines] == [("over", "500"), ("short", "0")]
    listed = world.get(BANK, "/v1/worklist").json()["items"]
    assert [one["reason"] for one in listed] == ["short", "over"]
    concerned = world.get(TIER2, "/v1/worklist").json()["items"]
    assert [one["id"] for one in concerned] == [listed[1]["id"]]


def test_statement__same_file_again__is_matched_anew(world: World, claim: int) -> None:
    line = _line(world, claim)
    first = _upload(world, line)
    world.ledger.transfer(claim, 0, 0, 10, TIER1)  # type: ignore[arg-type]
    world.index()
    again = _upload(world, line)
    assert again["id"] == first["id"]
    assert [one["reason"] for one in again["lines"]] == ["stale_version"]
    assert again["lines"][0]["id"] == first["lines"][0]["id"]


def test_statement__by_a_supplier_or_no_statement__is_refused(world: World, claim: int) -> None:
    content = _statement(_line(world, claim))
    assert problem_of(world.upload(TIER1, "/v1/statements", content)) == "RoleMissing"
    assert problem_of(world.upload(BANK, "/v1/statements", b"<a/>")) == "NotAStatement"
    assert world.upload(ORACLES[0], "/v1/statements", content).status_code == 201


def _member(world: World) -> Member:
    """An oracle member's own client, on this API."""
    key = ClientKey(ORACLES[0].private.secret)
    api = Api(Http(URL, transport=world.http._transport))
    api.sign_in(key)
    return Member(key, api, DEPLOYMENT)


def test_member__line_that_paid_another_account__is_kept_back_and_not_signed(
    world: World, claim: int
) -> None:
    sound = _line(world, claim)
    elsewhere = _line(world, claim, 1_000, creditor=Counterparty("a friend", "6222000000000099"))
    member = _member(world)
    first, second = member.read_statement(_statement(sound, elsewhere))
    assert (first.fact is not None, first.reason) == (True, None)
    assert second.fact is None
    assert isinstance(second.reason, PaidElsewhere)
    assert second.reason.account == "6222000000000099"
    assert member.attest(second) is None
    attested = member.attest(first)
    assert attested is not None
    assert attested["given"] == 1


def test_member__line_that_the_server_matches_wrongly__is_as_the_member_reads_it(
    world: World, claim: int
) -> None:
    """The server can keep a line back; it can't put another payment in its place."""
    stale = _line(world, claim)
    world.ledger.transfer(claim, 0, 0, 10, TIER1)  # type: ignore[arg-type]
    world.index()
    (found,) = _member(world).read_statement(_statement(stale))
    assert found.fact is not None
    assert (found.fact.amount, found.reason) == (1_000, None)


def _payment(world: World, claim: int, **changes: Any) -> Payment:
    return replace(world.ledger.payment(claim, 0, 1_000, "L"), **changes)  # type: ignore[arg-type]


def test_attest__by_no_member__is_refused(world: World, claim: int) -> None:
    payment = _payment(world, claim)
    approval = world.approval(world.key(BANK), payment)
    body = {"kind": "Payment", "message": payment.to_json(), "approval": approval}
    assert problem_of(world.post(BANK, "/v1/attestations", body)) == "NotMember"
    body["approval"] = "0x" + "11" * 65
    assert problem_of(world.post(BANK, "/v1/attestations", body)) == "InvalidApproval"
    assert world.get(ORACLES[0], "/v1/attestations").json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"config": bytes(32)}, "WrongConfig"),
        ({"amount": 0}, "ZeroAmount"),
        ({"amount": 2**64 - 1}, "AmountTooLarge"),
        ({"bookedOn": 20270230}, "InvalidDate"),
    ],
)
def test_attest__payment_spoilt__is_refused(
    world: World, claim: int, changes: dict[str, Any], problem: str
) -> None:
    payment = _payment(world, claim, **changes)
    assert problem_of(_attest(world, ORACLES[0], payment)) == problem


def test_attest__member_removed_meanwhile__no_longer_counts(world: World, claim: int) -> None:
    payment = _payment(world, claim)
    assert _attest(world, ORACLES[0], payment).json()["given"] == 1
    world.ledger.seat_oracles(2, [*ORACLES[1:], Key("oracle 4")])
    world.index()
    assert problem_of(_attest(world, ORACLES[1], payment)) == "WrongConfig"
    assert problem_of(world.get(ORACLES[0], "/v1/me")) == "NotEnrolled"
    renewed = _payment(world, claim)
    assert _attest(world, ORACLES[1], renewed).json()["given"] == 1
    assert not world.waiting()


def test_attest__members_disagree__is_visible_and_no_quorum(world: World, claim: int) -> None:
    one, other = _payment(world, claim), _payment(world, claim, amount=999)
    assert _attest(world, ORACLES[0], one).json()["others"] == []
    second = _attest(world, ORACLES[1], other).json()
    assert (second["given"], len(second["others"]), second["act"]) == (1, 1, None)
    assert not world.waiting()
    for who in (ORACLES[2], CORE, TIER2):
        (found,) = world.get(who, "/v1/worklist").json()["disagreements"]
        assert {reading["message"]["amount"] for reading in found["readings"]} == {"1000", "999"}
    assert world.get(TIER1, "/v1/worklist").json()["disagreements"] == []
    third = _attest(world, ORACLES[2], one).json()
    assert (third["given"], third["act"]["status"]) == (2, "accepted")


def test_attest__one_member_signs_two_readings__counts_for_neither(
    world: World, claim: int
) -> None:
    one, other = _payment(world, claim), _payment(world, claim, amount=999)
    _attest(world, ORACLES[0], one)
    assert problem_of(_attest(world, ORACLES[0], other)) == "MemberContradictsItself"
    assert _attest(world, ORACLES[1], one).json()["given"] == 1
    assert world.waiting_kinds() == [Equivocation]
    (found,) = world.get(ORACLES[1], "/v1/worklist").json()["disagreements"]
    assert all(ORACLES[0].address in reading["members"] for reading in found["readings"])
    assert _attest(world, ORACLES[2], one).json()["given"] == 2
    assert world.waiting_kinds() == [Equivocation, SignedAct]


def test_attest__one_member_signs_two_readings__chain_is_told_once_and_members_see_it(
    world: World, claim: int
) -> None:
    readings = [_payment(world, claim, amount=amount) for amount in (1_000, 999, 998)]
    _attest(world, ORACLES[0], readings[0])
    refusals = [_attest(world, ORACLES[0], reading).json() for reading in readings[1:]]
    assert refusals[0]["act"] == refusals[1]["act"]
    for expected in ("accepted", "confirmed"):
        for who in (ORACLES[1], CORE):
            (found,) = world.get(who, "/v1/worklist").json()["disagreements"]
            (told,) = found["equivocations"]
            assert (told["member"], told["act"]["status"]) == (ORACLES[0].address, expected)
            shown = world.get(who, f"/v1/agreements/{refusals[0]['act']}").json()
            assert (shown["kind"], shown["status"]) == ("Equivocation", expected)
        world.mine()
    assert world.get(TIER1, f"/v1/agreements/{refusals[0]['act']}").status_code == 404
    _attest(world, ORACLES[0], readings[2])
    assert not world.waiting()


def test_attest__approval_as_of_a_contract_account__is_refused(world: World, claim: int) -> None:
    """Else anyone could make a member's approval up, and with it a contradiction."""
    made_up = ORACLES[0].address + "ab" * 30
    message = _payment(world, claim).to_json()
    body = {"kind": "Payment", "message": message, "approval": made_up}
    assert problem_of(world.post(CORE, "/v1/attestations", body)) == "InvalidApproval"

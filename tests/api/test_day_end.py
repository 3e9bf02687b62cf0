"""A day of a ledger: every figure adds up, and what doesn't settle anything is told."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import update

from client.api import Api
from client.http import Http
from client.keys import Key as ClientKey
from ledger.business_day import business_day
from ledger.deals import Duty, Mode
from ledger.documents import (
    Counterparty,
    Direction,
    StatementDraft,
    StatementLine,
    write_statement,
)
from ledger.entries import Op
from ledger.money import Units, currency_of
from ledger.references import lot_reference
from ledger.remittance import commitment_to, new_reference
from ledger.store.keeping.openings import DebtOpening, keep_opening
from ledger.store.tables import payments
from ledger.words import LotState
from tests.api.world import BANK, CORE, NOW, STRANGER, TIER1, TIER2, URL, World, problem_of
from tests.support.synthetic_financing import SyntheticDesk

CNY = currency_of("CNY")
TODAY = business_day(NOW)
DAY = 86_400
ACCOUNTS = {
    CORE: "6222000000000001",
    TIER1: "6222000000000002",
    TIER2: "6222000000000003",
    BANK: "6222000000000004",
}


@pytest.fixture
def claim(world: World) -> int:
    return made_claim(world)


def made_claim(world: World) -> int:
    """A claim of 5,000 made the day before: TIER2 holds the first 1,000 units, TIER1 the rest."""
    for party, account in ACCOUNTS.items():
        stated = {"account": account, "clearing_code": "102290000001"}
        body = {"name": f"party {party}", "account": stated}
        answer = world.http.put("/v1/parties/me/profile", json=body, headers=world.headers(party))
        assert answer.status_code == 200, answer.text
    number = world.ledger.issue(CORE, TIER1, 5_000)
    world.ledger.transfer(number, 0, 0, 1_000, TIER2)
    world.index()
    world.now += DAY
    world.tokens.clear()
    return number


def lot_line(world: World, claim: int, start: int = 0, **changes: Any) -> StatementLine:
    lot = world.ledger.lots[claim, start]  # type: ignore[index]
    payee = Counterparty("the holder", ACCOUNTS[lot.holder])
    return debit(world, ACCOUNTS[CORE], lot_reference(lot.ref), lot.amount, payee, **changes)


def debit(
    world: World, account: str, reference: str, amount: int, payee: Counterparty, **changes: Any
) -> StatementLine:
    line = StatementLine(
        account=account,
        bank_reference="B1",
        end_to_end_id=reference,
        units=Units(amount),
        currency=CNY,
        direction=Direction.DEBIT,
        booked=True,
        reversal=False,
        booking_date=business_day(world.now),
        value_date=None,
        debtor=Counterparty(),
        creditor=payee,
        remittance="",
    )
    return replace(line, **changes)


def statement(world: World, *lines: StatementLine, spoil: tuple[str, str] = ("", "")) -> bytes:
    """A statement of the lines' account; ``spoil`` replaces a text in it."""
    draft = StatementDraft(
        message_id="M1",
        created=datetime.fromtimestamp(world.now, UTC),
        account=lines[0].account,
        currency=CNY,
        day=business_day(world.now),
        opening=Units(9_000),
        lines=lines,
    )
    return write_statement(draft).replace(*(one.encode() for one in spoil))


def hand_in(
    world: World, *lines: StatementLine, who: int = BANK, **more: Any
) -> list[dict[str, Any]]:
    answer = world.upload(who, "/v1/statements", statement(world, *lines, **more))
    assert answer.status_code == 201, answer.text
    found: list[dict[str, Any]] = answer.json()["lines"]
    return found


def report(world: World, who: int, **params: Any) -> dict[str, Any]:
    answer = world.get(who, "/v1/reports/day-end", **params)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    for flow in found["flows"]:
        terms = [int(flow[name]) for name in ("opening", "came", "went", "paid", "closing")]
        opening, came, went, paid, closing = terms
        assert opening + came - went - paid - closing == int(flow["residual"])
    for item in found["items"]:
        parts = sum(int(item[name]) for name in ("paid", "open", "lapsed"))
        assert parts == int(item["due"])
    return found


def flow(found: dict[str, Any], what: str) -> list[int]:
    (one,) = (one for one in found["flows"] if one["what"] == what)
    return [int(one[name]) for name in ("opening", "came", "went", "paid", "closing")]


def settle(world: World, claim: int, line: StatementLine) -> None:
    """As if a quorum had attested the line."""
    lot = next(
        one
        for one in world.ledger.lots.values()
        if one.claim == claim and lot_reference(one.ref) == line.end_to_end_id
    )
    payment = world.ledger.payment(lot.claim, lot.start, line.units)
    world.ledger.settle(replace(payment, line=line.fingerprint))
    world.index()


# ── what was held and owed ───────────────────────────────────────────────────────────────────


def test_day_end__quiet_day__opens_and_closes_alike(world: World, claim: int) -> None:
    found = report(world, CORE)
    assert found["balances"] is True
    assert flow(found, "owed") == [5_000, 0, 0, 0, 5_000]
    assert flow(report(world, TIER1), "held") == [4_000, 0, 0, 0, 4_000]


def test_day_end__issue_transfer_payment__each_in_its_place(world: World, claim: int) -> None:
    world.ledger.issue(CORE, TIER1, 700)
    world.ledger.transfer(claim, 1_000, 2_000, 3_500, TIER2)  # type: ignore[arg-type]
    world.index()
    settle(world, claim, lot_line(world, claim))
    assert flow(report(world, CORE), "owed") == [5_000, 700, 0, 1_000, 4_700]
    assert flow(report(world, TIER1), "held") == [4_000, 700, 1_500, 0, 3_200]
    assert flow(report(world, TIER2), "held") == [1_000, 1_500, 0, 1_000, 1_500]
    yesterday = report(world, TIER1, day=TODAY.isoformat())
    assert flow(yesterday, "held") == [0, 5_000, 1_000, 0, 4_000]
    assert all(report(world, one)["balances"] for one in (CORE, TIER1, TIER2))


def test_day_end__days_follow_each_other__closing_is_the_next_opening(
    world: World, claim: int
) -> None:
    for amount in (100, 200, 300):
        world.ledger.transfer(claim, 0, 0, amount, TIER1)  # type: ignore[arg-type]
        world.ledger.transfer(claim, 0, 0, amount, TIER2)  # type: ignore[arg-type]
        world.ledger.issue(CORE, TIER2, amount)
        world.index()
        world.now += DAY
    world.tokens.clear()
    for party in (CORE, TIER1, TIER2):
        closed: dict[str, int] = {}
        for ago in range(5, -1, -1):
            day = business_day(world.now - ago * DAY).isoformat()
            found = report(world, party, day=day)
            assert found["balances"] is True
            for one in found["flows"]:
                assert int(one["opening"]) == closed.get(one["what"], 0)
                closed[one["what"]] = int(one["closing"])


def test_day_end__projection_and_allocations_disagree__is_told_to_the_unit(
    world: World, claim: int
) -> None:
    settle(world, claim, lot_line(world, claim))
    tampered = update(payments).values(allocated=999)
    world.database.write(lambda connection: connection.execute(tampered))
    for who, what in ((TIER2, "held"), (CORE, "owed")):
        found = report(world, who)
        assert found["balances"] is False
        assert [one["residual"] for one in found["flows"] if one["what"] == what] == ["1"]


# ── what banks booked ────────────────────────────────────────────────────────────────────────


def test_day_end__statement_of_every_kind_of_line__all_of_it_is_settled_or_listed(
    world: World, claim: int
) -> None:
    paid, over = lot_line(world, claim), lot_line(world, claim, 1_000, units=Units(4_321))
    again = replace(paid, bank_reference="B2")
    stray = replace(paid, bank_reference="B3", end_to_end_id="RENT", units=Units(70))
    back = replace(
        paid, bank_reference="B4", reversal=True, direction=Direction.CREDIT, units=Units(5)
    )
    pending = replace(paid, bank_reference="B5", booked=False)
    hand_in(world, paid, over, again, stray, back, pending)
    settle(world, claim, paid)
    found = report(world, BANK)
    (account,) = found["accounts"]
    assert account == {
        "account": ACCOUNTS[CORE],
        "currency": "CNY",
        "opening": "9000",
        "credits": "5",
        "debits": str(1_000 + 4_321 + 1_000 + 70),
        "closing": str(9_000 + 5 - 6_391),
        "balance_residual": "0",
        "settled": "1000",
        "listed": str(4_321 + 1_000 + 70 + 5),
        "residual": "0",
    }
    told = {
        one["reference"] + one["direction"][0] + one["amount"]: {
            name: one[name]
            for name in ("settled", "waiting", "over", "repeated", "unmatched")
            if one[name] != "0"
        }
        for one in found["differences"]
    }
    first = paid.end_to_end_id
    assert told == {
        over.end_to_end_id + "d4321": {"waiting": "4000", "over": "321"},
        first + "d1000": {"repeated": "1000"},
        "RENTd70": {"unmatched": "70"},
        first + "c5": {"unmatched": "5"},
    }
    assert found["balances"] is True
    assert found["items"] == []  # the bank has paid nothing and was paid nothing


def test_day_end__on_each_database__lines_and_items_are_found(either_world: World) -> None:
    world = either_world
    claim = made_claim(world)
    xml = {**world.headers(CORE), "Accept": "application/xml"}
    world.http.get("/v1/payment-instructions", params={"claim": claim}, headers=xml)
    exact = lot_line(world, claim)
    hand_in(world, exact, replace(exact, bank_reference="B2"))
    settle(world, claim, exact)
    found = report(world, BANK)
    (account,) = found["accounts"]
    assert (account["settled"], account["listed"], found["balances"]) == ("1000", "1000", True)
    assert [one["repeated"] for one in found["differences"]] == ["1000"]
    listed = world.get(BANK, "/v1/worklist").json()["items"]
    assert [one["id"] for one in listed] == [found["differences"][0]["line"]]
    assert states(report(world, TIER2)) == {exact.end_to_end_id: "repeated"}
    (item, other) = sorted(report(world, CORE)["items"], key=lambda one: int(one["due"]))
    assert (item["state"], item["instructed"], item["paid"]) == ("repeated", "1000", "1000")
    assert (other["state"], other["instructed"], other["paid"]) == ("instructed", "4000", "0")


def test_day_end__bank_states_a_balance_that_its_lines_dont_make__doesnt_balance(
    world: World, claim: int
) -> None:
    wrong = ('<Amt Ccy="CNY">80.00</Amt>', '<Amt Ccy="CNY">80.01</Amt>')
    hand_in(world, lot_line(world, claim), spoil=wrong)
    found = report(world, BANK)
    (account,) = found["accounts"]
    assert (account["closing"], account["balance_residual"]) == ("8001", "-1")
    assert found["balances"] is False


def test_day_end__account_stated_in_pieces__each_balances_and_nothing_counts_twice(
    world: World, claim: int
) -> None:
    first, second = lot_line(world, claim), lot_line(world, claim, 1_000)
    hand_in(world, first)
    hand_in(world, second)
    found = report(world, BANK)
    assert found["balances"] is True
    assert sorted(one["debits"] for one in found["accounts"]) == ["1000", "4000"]
    assert sorted(one["waiting"] for one in found["differences"]) == ["1000", "4000"]


def test_day_end__same_statement_from_two_uploads__counts_once(world: World, claim: int) -> None:
    line = lot_line(world, claim)
    hand_in(world, line)
    other = statement(world, line, spoil=("M1", "M2"))
    assert world.upload(BANK, "/v1/statements", other).status_code == 201
    (account,) = report(world, BANK)["accounts"]
    assert (account["debits"], account["residual"]) == ("1000", "0")


def test_day_end__line_of_yesterday__is_of_yesterday(world: World, claim: int) -> None:
    hand_in(world, lot_line(world, claim))
    world.now += DAY
    world.tokens.clear()
    assert report(world, BANK)["accounts"] == []
    earlier = business_day(world.now - DAY).isoformat()
    assert len(report(world, BANK, day=earlier)["accounts"]) == 1


# ── what was due ─────────────────────────────────────────────────────────────────────────────


def states(found: dict[str, Any]) -> dict[str, str]:
    return {one["reference"]: one["state"] for one in found["items"]}


def test_day_end__lot_from_instruction_to_proof__each_state_in_turn(
    world: World, claim: int
) -> None:
    line = lot_line(world, claim)
    assert states(report(world, CORE)) == {}  # it isn't due yet
    xml = {**world.headers(CORE), "Accept": "application/xml"}
    asked = world.http.get("/v1/payment-instructions", params={"claim": claim}, headers=xml)
    assert asked.status_code == 200
    assert states(report(world, CORE))[line.end_to_end_id] == "instructed"
    hand_in(world, line)
    found = report(world, CORE)
    assert states(found)[line.end_to_end_id] == "stated"
    settle(world, claim, line)
    (item,) = (
        one for one in report(world, CORE)["items"] if one["reference"] == line.end_to_end_id
    )
    assert (item["state"], item["instructed"], item["stated"], item["paid"]) == (
        "settled",
        "1000",
        "1000",
        "1000",
    )
    assert states(report(world, TIER2)) == {line.end_to_end_id: "settled"}


def test_day_end__short_payment__rest_is_due_under_another_reference(
    world: World, claim: int
) -> None:
    line = lot_line(world, claim, units=Units(300))
    hand_in(world, line)
    settle(world, claim, line)
    world.now += 400 * DAY
    world.tokens.clear()
    found = report(world, CORE)
    assert found["balances"] is True
    live = [lot for lot in world.ledger.lots.values() if lot.state is LotState.LIVE]
    assert states(found) == {lot_reference(lot.ref): "open" for lot in live}
    world.now -= 400 * DAY
    world.tokens.clear()
    (item,) = report(world, TIER2)["items"]
    assert (item["state"], item["due"], item["paid"], item["lapsed"]) == (
        "short",
        "1000",
        "300",
        "700",
    )


# ── deals ────────────────────────────────────────────────────────────────────────────────────


def opened(
    world: World, desk: SyntheticDesk, deal: str, reference: str, amount: int, duty: Duty
) -> None:
    payer, payee = desk.bank, desk.seller
    if duty in (Duty.BUY_BACK, Duty.REPAYMENT):
        payer, payee = payee, payer
    opening = DebtOpening(
        commitment_to(reference, "CNY", amount),
        desk.deal(deal),
        duty,
        reference,
        "CNY",
        amount,
        payer,
        payee,
    )
    world.database.write(lambda connection: keep_opening(connection, opening, world.now))


def test_day_end__advance_paid_and_another_open__both_sides_agree(world: World, claim: int) -> None:
    desk = SyntheticDesk(world.ledger)
    bank, other = desk.bank, world.ledger.enrol("OTHER BANK", 4)
    desk.register()
    first, second = new_reference(), new_reference()
    desk.conclude("one", Mode.SALE, 0, 2_000, advance=commitment_to(first, "CNY", 1_900))
    desk.conclude("two", Mode.RECOURSE, 2_000, 3_000, advance=commitment_to(second, "CNY", 950))
    world.index()
    found = report(world, bank)
    assert (found["unopened"], found["balances"]) == (2, False)
    opened(world, desk, "one", first, 1_900, Duty.ADVANCE)
    opened(world, desk, "two", second, 950, Duty.ADVANCE)
    line = debit(world, ACCOUNTS[BANK], first, 1_900, Counterparty("s", ACCOUNTS[TIER1]))
    hand_in(world, line, who=other)
    fact = desk.remittance(
        "one", line=line.fingerprint, commitment=commitment_to(first, "CNY", 1_900)
    )
    desk._attest(fact, desk._free(0), Op.RELEASED)
    world.index()
    found = report(world, bank)
    assert flow(found, "to_pay") == [0, 2_850, 0, 1_900, 950]
    assert (found["unopened"], found["balances"]) == (0, True)
    assert states(found) == {first: "settled", second: "open"}
    seller = report(world, desk.seller)
    assert flow(seller, "to_receive") == [0, 2_850, 0, 1_900, 950]
    assert states(seller)[first] == "settled"
    witness = report(world, other)
    assert (witness["accounts"][0]["settled"], witness["differences"]) == ("1900", [])
    assert witness["items"] == []  # handed the statement in, but it is another bank's deal


# ── who may ask, and how ─────────────────────────────────────────────────────────────────────


def test_day_end__by_others__shows_only_their_own(world: World, claim: int) -> None:
    hand_in(world, lot_line(world, claim))
    found = report(world, STRANGER)
    assert (found["flows"], found["accounts"], found["differences"]) == ([], [], [])
    assert found["items"] == []
    assert report(world, CORE)["accounts"] == []


@pytest.mark.parametrize(
    ("params", "problem"),
    [
        ({"day": "2027-02-30"}, "NotADay"),
        ({"day": "0001-01-01"}, "NotADay"),
        ({"day": "9999-12-31"}, "NotADay"),
        ({"day": "tomorrow"}, "MalformedRequest"),
        ({"cursor": "é"}, "MalformedCursor"),
    ],
)
def test_day_end__no_day__is_refused(world: World, params: dict[str, str], problem: str) -> None:
    assert problem_of(world.get(CORE, "/v1/reports/day-end", **params)) == problem


def test_client_day_end__many_items__are_all_there(world: World, claim: int) -> None:
    for start in range(0, 1_000, 5):
        world.ledger.transfer(claim, start, start, start + 5, TIER1)  # type: ignore[arg-type]
    world.index()
    world.now += 400 * DAY
    world.tokens.clear()
    api = Api(Http(URL, transport=world.http._transport))
    api.sign_in(ClientKey(world.key(CORE).private.secret))
    found = api.day_end()
    assert len(found["items"]) == 201
    assert sum(int(one["open"]) for one in found["items"]) == 5_000
    assert "next" not in found

"""Members read files by themselves; the chain holds what a quorum of them read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from client.api import Api
from client.attesting import PaidElsewhere
from client.http import Http
from client.keys import Key as ClientKey
from client.member import Member
from client.records import Attested
from ledger.business_day import business_day, day_of
from ledger.deals import DealState, Finance, Outcome
from ledger.documents import (
    Counterparty,
    Direction,
    StatementDraft,
    StatementLine,
    write_statement,
)
from ledger.fold import fold
from ledger.identifiers import PartyId
from ledger.ids import ClaimNo, Digest, PartyNo
from ledger.keccak import keccak
from ledger.money import Units, currency_of
from ledger.movables import RegistryExtract, write_extract
from ledger.store.outbox import ActStatus
from ledger.store.reading.feed import entries_after
from ledger.store.reading.owed import owed_under
from tests.financing.dealing import Dealing
from tests.financing.market import (
    BANK,
    CORE,
    FACE,
    REGISTERED_UNTIL,
    RIVAL,
    SELLER,
    URL,
    Market,
)
from tests.support.accounts import ORACLES, Key

CNY = currency_of("CNY")
ACCOUNTS = {BANK: "6222000000000005", RIVAL: "6222000000000006", SELLER: "6222000000000002"}


@dataclass(frozen=True)
class Witnesses:
    """Oracle members at the market, and a bank whose statements they read."""

    market: Market

    def member(self, key: Key) -> Member:
        mine = ClientKey(key.private.secret)
        api = Api(Http(URL, transport=self.market.http._transport))
        api.sign_in(mine)
        return Member(mine, api, self.market.deployment)

    def identifier(self, party: int) -> PartyId:
        return PartyId(self.market.get(party, f"/v1/parties/{party}").json()["identifier"])

    # ── the movables registry ────────────────────────────────────────────────────────────────

    def extract(self, claim: int, bank: int = BANK, **changes: Any) -> bytes:
        sound = RegistryExtract(
            number=f"0521994400{claim:04d}{bank:04d}",
            salt=keccak(b"salt %d %d" % (claim, bank)),
            registered_at=self.market.now - 3_600,
            expires_on=day_of(REGISTERED_UNTIL),
            claim=ClaimNo(claim),
            start=0,
            end=FACE,
            secured=self.identifier(bank),
            debtor=self.identifier(CORE),
            seller=self.identifier(SELLER),
        )
        return write_extract(replace(sound, **changes))

    def register(self, extract: bytes, *members: Key) -> list[Attested]:
        told = []
        for key in members:
            member = self.member(key)
            told.append(member.attest_fact(member.read_extract(extract)))
        self.market.settle()
        return told

    # ── bank statements ──────────────────────────────────────────────────────────────────────

    def line(self, quote: dict[str, Any], **changes: Any) -> StatementLine:
        """The bank pays the advance, as its own account shows."""
        sound = StatementLine(
            account=ACCOUNTS[PartyNo(Finance.from_json(quote["message"]).bank)],
            bank_reference=f"B{quote['id'][:8]}",
            end_to_end_id=quote["reference"],
            units=Units(int(quote["price"]["advance"])),
            currency=CNY,
            direction=Direction.DEBIT,
            booked=True,
            reversal=False,
            booking_date=self.today,
            value_date=None,
            debtor=Counterparty(),
            creditor=Counterparty("the seller", ACCOUNTS[SELLER]),
            remittance="",
        )
        return replace(sound, **changes)

    @property
    def today(self) -> date:
        return business_day(self.market.now)

    def statement(self, *lines: StatementLine) -> bytes:
        draft = StatementDraft(
            message_id="M1",
            created=datetime.fromtimestamp(self.market.now, UTC),
            account=lines[0].account,
            currency=CNY,
            day=self.today,
            opening=Units(1_000_000),
            lines=lines,
        )
        return write_statement(draft)

    def attest(self, statement: bytes, *members: Key) -> list[Attested | None]:
        """What each member is told of the statement's first line."""
        told = []
        for key in members:
            member = self.member(key)
            told.append(member.attest(member.read_statement(statement)[0]))
        self.market.settle()
        return told

    def outcome(self, quote: dict[str, Any]) -> Outcome | None:
        advance = Finance.from_json(quote["message"]).advance
        with self.market.database.read() as connection:
            owed = owed_under(connection, [advance]).get(advance)
        return None if owed is None else owed.outcome

    def state(self, quote: dict[str, Any]) -> DealState:
        """As the contract has it."""
        digest = bytes.fromhex(quote["digest"][2:])
        return DealState(self.market.read("Financing", "dealOf", digest)[6])


@pytest.fixture
def witnesses(market: Market, monkeypatch: pytest.MonkeyPatch) -> Witnesses:
    monkeypatch.setattr("client.member.time.time", lambda: float(market.now))
    for party, account in ACCOUNTS.items():
        stated = {"account": account, "clearing_code": "102290000001"}
        body = {"name": f"party {party}", "account": stated}
        assert market.put(party, "/v1/parties/me/profile", body).status_code == 200
    return Witnesses(market)


@pytest.fixture
def dealing(market: Market) -> Dealing:
    return Dealing(market, market.issued())


def _asked(witnesses: Witnesses, dealing: Dealing, bank: int = BANK) -> dict[str, Any]:
    """A request that a bank with a witnessed registration can answer."""
    witnesses.register(witnesses.extract(dealing.claim, bank), *ORACLES[:2])
    (request,) = dealing.ask(bank)
    return request


def _concluded(witnesses: Witnesses, dealing: Dealing) -> dict[str, Any]:
    request = _asked(witnesses, dealing)
    view = dealing.look(BANK, request)
    number = bytes.fromhex(view["view"]["registration"]["number"][2:])
    drafted = dealing.draft(
        BANK, request, view, alter=lambda one: replace(one, registration=number)
    )
    answer = dealing.hand_in(BANK, request, drafted)
    assert answer.status_code == 201, answer.text
    quote: dict[str, Any] = answer.json()
    assert dealing.accept(quote).status_code == 200
    witnesses.market.settle()
    assert witnesses.state(quote) is DealState.CONCLUDED
    return quote


def test_registration__two_of_three_read_the_extract__bank_can_quote(
    witnesses: Witnesses, dealing: Dealing
) -> None:
    market, extract = witnesses.market, witnesses.extract(dealing.claim)
    (request,) = dealing.ask(BANK)
    assert dealing.look(BANK, request)["view"]["registration"] is None
    (first,) = witnesses.register(extract, ORACLES[0])
    assert (first["given"], first["act"]) == (1, None)
    assert dealing.look(BANK, request)["view"]["registration"] is None
    (second,) = witnesses.register(extract, ORACLES[2])
    assert market.record(Digest(bytes.fromhex(second["digest"][2:]))).status is ActStatus.CONFIRMED
    act = f"/v1/agreements/{second['digest']}"
    assert [market.get(who, act).status_code for who in (BANK, RIVAL, SELLER)] == [200, 404, 404]
    shown = dealing.look(BANK, request)["view"]["registration"]
    known = market.read("Financing", "registrationOf", bytes.fromhex(shown["number"][2:]))
    assert tuple(known) == (dealing.claim, 0, FACE, BANK, REGISTERED_UNTIL)


def test_advance__paid_and_read_by_two_of_three__is_proven_and_the_lien_ends(
    witnesses: Witnesses, dealing: Dealing
) -> None:
    quote = _concluded(witnesses, dealing)
    statement = witnesses.statement(witnesses.line(quote))
    uploaded = witnesses.market.http.post(
        "/v1/statements",
        content=statement,
        headers=witnesses.market.headers(BANK) | {"Content-Type": "application/xml"},
    ).json()
    (line,) = uploaded["lines"]
    assert (line["status"], line["reason"], line["claim"]) == ("matched", None, None)
    assert line["remittance"]["commitment"] == quote["message"]["advance"]
    (first,) = witnesses.attest(statement, ORACLES[0])
    assert first is not None
    assert (first["given"], first["act"]) == (1, None)
    assert witnesses.state(quote) is DealState.CONCLUDED
    witnesses.attest(statement, ORACLES[1])
    assert witnesses.state(quote) is DealState.ADVANCED
    assert witnesses.outcome(quote) is Outcome.PAID
    assert witnesses.market.lot(dealing.claim).lien == 0
    (third,) = witnesses.attest(statement, ORACLES[2])
    assert third is not None
    assert (third["given"], (third["act"] or {})["status"]) == (3, "confirmed")
    for who in (BANK, SELLER):
        kinds = [one["kind"] for one in _attestations(witnesses, who)]
        assert "Remittance" in kinds
    assert all(one["kind"] != "Remittance" for one in _attestations(witnesses, RIVAL))
    act = f"/v1/agreements/{third['digest']}"
    statuses = [witnesses.market.get(who, act).status_code for who in (BANK, SELLER, RIVAL, CORE)]
    assert statuses == [200, 200, 404, 404]
    text = str(_attestations(witnesses, BANK))
    assert quote["reference"] not in text
    _assert_replayed(witnesses.market)


def _attestations(witnesses: Witnesses, who: int) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = witnesses.market.get(who, "/v1/attestations").json()["items"]
    return items


def _assert_replayed(market: Market) -> None:
    """Chain, projection and fold tell the same."""
    assert market.stage.replay().drift == []
    with market.database.read() as connection:
        told = [one.entry for one in entries_after(connection, -1, 10_000)]
    assert fold(told, market.deployment, whole=True).findings == ()


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"units": Units(1)}, "short"),
        ({"units": Units(10**9)}, "over"),
        ({"creditor": Counterparty("a friend", "6222000000000099")}, "wrong_account"),
        ({"creditor": Counterparty("the bank", ACCOUNTS[BANK])}, "wrong_account"),
        ({"account": ACCOUNTS[RIVAL]}, "wrong_account"),
        ({"reversal": True}, "reversal"),
        ({"booked": False}, "not_booked"),
    ],
)
def test_advance__not_paid_as_agreed__proves_nothing(
    witnesses: Witnesses, dealing: Dealing, changes: dict[str, Any], reason: str
) -> None:
    quote = _concluded(witnesses, dealing)
    statement = witnesses.statement(witnesses.line(quote, **changes))
    market = witnesses.market
    with market.unchanged_on_chain():
        witnesses.attest(statement, *ORACLES)
    assert witnesses.state(quote) is DealState.CONCLUDED
    headers = market.headers(BANK) | {"Content-Type": "application/xml"}
    uploaded = market.http.post("/v1/statements", content=statement, headers=headers).json()
    (line,) = uploaded["lines"]
    assert (line["status"], line["reason"], line["remittance"]) == ("unmatched", reason, None)
    assert line["id"] in [one["id"] for one in market.get(BANK, "/v1/worklist").json()["items"]]
    (read,) = witnesses.member(ORACLES[0]).read_statement(statement)
    assert isinstance(read.reason, PaidElsewhere) is (reason == "wrong_account")


def test_advance__proven_with_another_deals_payment__is_not(
    witnesses: Witnesses, dealing: Dealing, market: Market
) -> None:
    """The other deal's reference, this deal's amount: it opens neither commitment."""
    one = _concluded(witnesses, dealing)
    other = _concluded(witnesses, Dealing(market, market.issued(face=FACE)))
    swapped = witnesses.line(one, end_to_end_id=other["reference"], units=Units(12_345))
    with market.unchanged_on_chain():
        witnesses.attest(witnesses.statement(swapped), *ORACLES)
    paid = witnesses.statement(witnesses.line(other))
    witnesses.attest(paid, *ORACLES[:2])
    assert (witnesses.outcome(one), witnesses.outcome(other)) == (Outcome.OPEN, Outcome.PAID)
    with market.unchanged_on_chain():
        witnesses.attest(paid, *ORACLES)


def test_advance__same_payment_on_two_statements__second_proves_nothing_more(
    witnesses: Witnesses, dealing: Dealing, market: Market
) -> None:
    quote = _concluded(witnesses, dealing)
    witnesses.attest(witnesses.statement(witnesses.line(quote)), *ORACLES[:2])
    credit = witnesses.line(quote, account=ACCOUNTS[SELLER], direction=Direction.CREDIT)
    statement = witnesses.statement(credit)
    headers = market.headers(RIVAL) | {"Content-Type": "application/xml"}
    (line,) = market.http.post("/v1/statements", content=statement, headers=headers).json()["lines"]
    assert (line["status"], line["reason"]) == ("unmatched", "already_paid")
    with market.unchanged_on_chain():
        (*_, last) = witnesses.attest(statement, *ORACLES[:2])
    assert last is not None
    refused = market.record(Digest(bytes.fromhex(last["digest"][2:])))
    assert (refused.status, (refused.refusal or {})["name"]) == (ActStatus.REFUSED, "AlreadyPaid")


def test_advance__paid_before_its_deal_is_on_the_ledger__is_proven_once_it_is(
    witnesses: Witnesses, dealing: Dealing, market: Market
) -> None:
    request = _asked(witnesses, dealing)
    view = dealing.look(BANK, request)
    number = bytes.fromhex(view["view"]["registration"]["number"][2:])
    drafted = dealing.draft(
        BANK, request, view, alter=lambda one: replace(one, registration=number)
    )
    quote: dict[str, Any] = dealing.hand_in(BANK, request, drafted).json()
    statement = witnesses.statement(witnesses.line(quote))
    with market.unchanged_on_chain():
        (_, told) = witnesses.attest(statement, *ORACLES[:2])
    assert told is not None
    assert (told["given"], told["act"]) == (2, None)
    assert dealing.accept(quote).status_code == 200
    market.settle()
    assert witnesses.state(quote) is DealState.CONCLUDED
    witnesses.attest(statement, ORACLES[0])
    assert witnesses.state(quote) is DealState.ADVANCED

"""What a rival bank can read, on chain and at the API, holds no price, reference or line."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.business_day import business_day, number_of
from ledger.credit import LineKind
from ledger.deals import BuyBack, Demand, Finance, Remittance, Repayment, Surplus
from ledger.documents import Counterparty, Direction, StatementDraft, StatementLine, write_statement
from ledger.keccak import keccak
from ledger.money import Units, currency_of
from ledger.pricing import Fees, RateBp, price
from ledger.remittance import commitment_to, new_reference
from tests.financing import rival
from tests.financing.conftest import opened_market
from tests.financing.dealing import Dealing, Drafted
from tests.financing.market import BANK, BANKS, CORE, RIVAL, SELLER, Market
from tests.financing.spelling import Material, Secret
from tests.support.quoting import WEEK

FACE = 98_765_432_101
SOON = 2026_12_18
RATE, LATE_MORE, FEE_LESS, FLAT_FEE = 2_917, 802, 1_178, 76_543_219
CNY = currency_of("CNY")
THIRD = BANKS[2]
DAY = 86_400


@dataclass
class Town:
    """Deals of two banks from quote to end, at which a third looks on. ``secrets`` are all that
    only the two sides of each may know."""

    market: Market
    secrets: list[Secret] = field(default_factory=list)

    def keep(self, name: str, *values: int | str | bytes) -> None:
        self.secrets += [Secret(name, value) for value in values]

    def line(self, bank: int, party: int, kind: LineKind, limit: int) -> None:
        self.market.line(bank, party, kind, limit)
        self.keep(f"limit of bank {bank}", limit)

    def claim(self, maturity: int) -> Dealing:
        return Dealing(self.market, self.market.issued(FACE, maturity))

    def deal(self, dealing: Dealing, bank: int, rate: int, **changes: Any) -> bytes:
        """Asked, quoted, accepted, concluded and advanced; RIVAL quotes too, and isn't taken."""
        dealing.quoted(RIVAL, dealing.ask_registered(RIVAL, FACE, **changes))
        request = dealing.ask_registered(bank, FACE, **changes)
        drafted = self._draft(dealing, request, rate)
        quote = dealing.hand_in(bank, request, drafted)
        assert quote.status_code == 201, quote.text
        assert dealing.accept(quote.json()).status_code == 200
        self.market.settle()
        self._keep_quote(bank, drafted)
        self._keep_line(bank)
        self._state(bank, drafted.reference, drafted.advance)
        self.pay(drafted.finance.advance)
        return bytes(self.market.deployment.digest(drafted.finance))

    def _draft(self, dealing: Dealing, request: dict[str, Any], rate: int) -> Drafted:
        # As much as is given for it would be no secret: the units are on chain.
        lent = Units(int(request["amount"]) - 10_987_654_321 * (request["mode"] == "pledge"))
        terms = dealing.terms(
            request,
            financed=lent,
            rate=RateBp(rate),
            late_rate=RateBp(rate + LATE_MORE),
            fees=Fees(Units(FLAT_FEE + rate), rate - FEE_LESS),
        )
        view = dealing.look(request["bank"], request)
        return dealing.draft(request["bank"], request, view, terms=terms)

    def _keep_quote(self, bank: int, drafted: Drafted) -> None:
        terms, cost = drafted.terms, price(drafted.terms)
        name = f"quote of bank {bank}"
        self.keep(f"{name}: advance", cost.advance)
        self.keep(f"{name}: interest, fees", cost.interest, cost.fees, terms.fees.flat)
        self.keep(f"{name}: rates", terms.rate, terms.late_rate, terms.fees.bp)
        self.keep(f"{name}: reference", drafted.reference)
        self.keep(f"{name}: terms", terms.document())
        self.keep(f"{name}: salt", drafted.salt)

    def _keep_line(self, bank: int) -> None:
        for one in self.market.get(bank, "/v1/lines").json()["items"]:
            self.keep(f"line of bank {bank}: id", one["id"])
            self.keep(f"line of bank {bank}: remaining", int(one["remaining"]))

    def _state(self, bank: int, reference: str, amount: int) -> None:
        """The bank hands in the statement on which it shows its payment."""
        line = StatementLine(
            account="6200000000000000101",
            bank_reference="",
            end_to_end_id=reference,
            units=Units(amount),
            currency=CNY,
            direction=Direction.DEBIT,
            booked=True,
            reversal=False,
            booking_date=date(2026, 11, 18),
            value_date=date(2026, 11, 18),
            debtor=Counterparty("BANK", "6200000000000000101"),
            creditor=Counterparty("SELLER", "6200000000000000202"),
            remittance="",
        )
        draft = StatementDraft(
            message_id=f"STMT-{bank}-{reference[-4:]}",
            created=datetime(2026, 11, 18, 12, tzinfo=UTC),
            account="6200000000000000101",
            currency=CNY,
            day=date(2026, 11, 18),
            opening=Units(10**13),
            lines=(line,),
        )
        headers = self.market.headers(bank) | {"Content-Type": "application/xml"}
        answer = self.market.http.post(
            "/v1/statements", content=write_statement(draft), headers=headers
        )
        assert answer.status_code == 201, answer.text

    def owe(self, name: str, amount: int) -> bytes:
        reference = new_reference()
        self.keep(f"{name}: amount", amount)
        self.keep(f"{name}: reference", reference)
        return commitment_to(reference, CNY, amount)

    def pay(self, commitment: bytes) -> None:
        line, config = keccak(b"line" + commitment), self.market.stage.script.config
        booked = number_of(business_day(self.market.now))
        self.market.post_act(Remittance(config, line, commitment, booked))


def _lived(town: Town) -> None:
    """A sale; a sale with recourse that is demanded, bought back and leaves a surplus; a pledge
    that is repaid."""
    market = town.market
    town.line(BANK, CORE, LineKind.DEBTOR, 7_654_321_098_765)
    town.line(BANK, SELLER, LineKind.RECOURSE, 6_543_210_987_654)
    town.line(THIRD, CORE, LineKind.DEBTOR, 5_432_109_876_543)
    town.line(THIRD, SELLER, LineKind.RECOURSE, 4_321_098_765_432)
    for bank in (RIVAL,):
        market.line(bank, CORE, LineKind.DEBTOR, 10**13)
        market.line(bank, SELLER, LineKind.RECOURSE, 10**13)
    town.deal(town.claim(2027_05_14), BANK, RATE)
    late = town.claim(SOON)
    recourse = town.deal(late, THIRD, RATE + 1, mode="recourse")
    pledged = town.claim(2027_05_14)
    pledge = town.deal(pledged, BANK, RATE + 2, mode="pledge")
    until = market.now + 80 * DAY
    repaid = town.owe("repayment", 87_654_321_987)
    market.post_act(Repayment(pledge, repaid, until, until), SELLER, BANK)
    town.pay(repaid)
    market.travel(60 * DAY)
    lot = market.lot(late.claim)
    market.post_act(Demand(recourse, 0, lot.version, until), THIRD)
    back = town.owe("buy-back", 97_531_246_813)
    act = BuyBack(recourse, late.claim, 0, lot.version, 0, FACE, back, until, until)
    market.post_act(act, SELLER, THIRD)
    town.pay(back)
    surplus = town.owe("surplus", 13_579_246_801)
    market.post_act(Surplus(recourse, surplus, until), THIRD)
    town.pay(surplus)


@contextmanager
def _town(folder: Path) -> Iterator[Town]:
    with opened_market(folder, f"sqlite:///{folder / 'yuanliu.db'}") as market:
        yield Town(market)


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    with _town(tmp_path_factory.mktemp("town")) as lived:
        _lived(lived)
        yield lived


@pytest.fixture(scope="module")
def on_chain(town: Town) -> Material:
    return Material.of(*rival.chain(town.market))


def test_chain__read_by_a_rivals_validator__no_price_reference_or_line(
    town: Town, on_chain: Material
) -> None:
    assert len(town.secrets) > 40
    assert (
        on_chain.holding([Secret("spelled", b"rate_bp"), Secret("as kept", b"late_rate")]) == set()
    )
    assert on_chain.holding(town.secrets) == set()


def test_chain__what_is_meant_to_be_read__is_found_in_it(town: Town, on_chain: Material) -> None:
    """So the search finds what there is: in calls, in events, in storage, in the dump."""
    (deal, *_) = town.market.concluded().values()
    public = [Secret("face", FACE), Secret("advance", deal.advance), Secret("rules", deal.rules)]
    public.append(Secret("party", "name:CN:BANK TWO"))
    assert on_chain.holding(public) == {"face", "advance", "rules", "party"}


def test_search__each_secret_planted__is_found(town: Town) -> None:
    for secret in town.secrets:
        clean = Material.of(["nothing", "0x" + "ab" * 400])
        assert not clean.holding([secret])
        for spelling in secret.spellings:
            assert Material.of("0x" + (b"\1" * 3 + spelling + b"\2").hex()).holding([secret])
        for token in secret.tokens:
            assert Material.of({"amount": token}).holding([secret])


def test_api__asked_by_a_rivals_officer_for_everything__no_price_reference_or_line(
    town: Town,
) -> None:
    names = rival.Names.of(town.market)
    assert len(names.ids) > 20
    assert all(names.others.values())
    told = rival.answers(town.market, RIVAL, names)
    assert Material.of(*(one["body"] for one in told.values())).holding(town.secrets) == set()
    headers = Material.of(*(one["headers"] for one in told.values()))
    assert headers.holding(town.secrets) == set()
    # The same questions asked by the bank itself are answered.
    own = rival.answers(town.market, BANK, names)
    names_found = Material.of(*(one["body"] for one in own.values())).holding(town.secrets)
    assert {f"quote of bank {BANK}: {what}" for what in ("advance", "reference", "terms")} <= (
        names_found
    )
    assert {f"limit of bank {BANK}", f"line of bank {BANK}: remaining"} <= names_found
    assert not {name for name in names_found if f"bank {THIRD}" in name}


def test_events__of_other_banks_deals__dont_reach_a_rival(town: Town) -> None:
    told = {who: rival.events(town.market, who) for who in (BANK, RIVAL)}
    deals = town.market.concluded()
    by_bank = {bank: [d.hex() for d, act in deals.items() if act.bank == bank] for bank in BANKS}
    assert all(digest in told[BANK] for digest in by_bank[BANK])
    assert not any(digest.hex() in told[RIVAL] for digest in deals)
    assert Material.of(told[RIVAL]).holding(town.secrets) == set()


def test_rival__while_another_bank_is_asked_quotes_and_is_accepted__sees_no_change(
    town: Town,
) -> None:
    """Until the chain has it, there is nothing to be seen of it: not even that it is."""
    market = town.market
    dealing = town.claim(2027_07_14)
    dealing.quoted(RIVAL, dealing.ask_registered(RIVAL, FACE))
    market.registered(dealing.claim, BANK, end=FACE)
    before = rival.answers(market, RIVAL, rival.Names.of(market))
    (request,) = dealing.ask(BANK, end=str(FACE))
    market.post(SELLER, f"/v1/finance-requests/{request['id']}/messages", {"text": "Please."})
    quote = dealing.quoted(BANK, request)
    market.line(BANK, CORE, LineKind.DEBTOR, 8_765_432_109_876)
    assert dealing.accept(quote).json()["status"] == "accepted"
    after = rival.answers(market, RIVAL, rival.Names.of(market))
    assert {path: after[path] for path in before} == before
    assert {after[path]["status"] for path in after.keys() - before.keys()} == {404}


def test_deal__at_another_price__differs_in_its_commitments_alone(town: Town) -> None:
    """Not even the length of what is on chain tells one price from another."""
    market = town.market
    dealing = town.claim(2027_07_14)
    request = dealing.ask_registered(BANK, FACE)
    view = dealing.look(BANK, request)
    cheap, dear = (
        dealing.draft(BANK, request, view, terms=dealing.terms(request, rate=RateBp(rate))).finance
        for rate in (1, 9_000)
    )
    hidden = {"terms": bytes(32), "advance": bytes(32)}
    assert replace(cheap, **hidden) == replace(dear, **hidden)
    assert (cheap.terms, cheap.advance) != (dear.terms, dear.advance)
    sizes = {len(market.signed(act).call_data()) for act in (cheap, dear)}
    assert len(sizes) == 1
    assert isinstance(cheap, Finance)
    assert dealing.market.now + WEEK > cheap.validUntil

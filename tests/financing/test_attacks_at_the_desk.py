"""Requests, quotes, lines and packs, tried as an attacker would: a named error, nothing changed."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from api import quotes as quotes_api
from ledger.agreements import FOREVER, Amendment, InvoiceUse
from ledger.commitments import commit
from ledger.credit import LineKind
from ledger.deals import Finance
from ledger.documents import read_invoice
from ledger.pricing import RateBp
from ledger.pricing.calendar import is_business_day
from ledger.remittance import commitment_to
from ledger.roles import Role
from ledger.rules import load_catalogue
from ledger.rules.reading import read_pack
from tests.financing.conftest import opened_market
from tests.financing.dealing import Dealing, Drafted
from tests.financing.market import (
    BANK,
    BANKS,
    CAREFUL,
    CORE,
    FACE,
    LIMIT,
    MATURITY,
    OTHER,
    OUTSIDER,
    RIVAL,
    SELLER,
    Market,
    problem_of,
)
from tests.support.accounts import ORACLES, Key

ROOT = Path(__file__).resolve().parents[2]
PACKS, SAMPLES = ROOT / "ledger" / "rules" / "packs", ROOT / "samples"
DAY = 86_400


@dataclass
class Desk:
    """One request to BANK over a lot of its own, looked at, and a sound answer to it."""

    market: Market
    dealing: Dealing
    request: dict[str, Any]
    view: dict[str, Any]
    sound: Drafted

    @classmethod
    def at(cls, market: Market, bank: int = BANK, maturity: int = MATURITY, **changes: Any) -> Desk:
        dealing = Dealing(market, market.issued(maturity=maturity))
        request = dealing.ask_registered(bank, **changes)
        view = dealing.look(bank, request)
        return cls(market, dealing, request, view, dealing.draft(bank, request, view))

    def hand_in(self, who: int | Key = BANK, **more: Any) -> Response:
        return self.dealing.hand_in(who, self.request, self.sound, **more)

    def offered(self) -> dict[str, Any]:
        answer = self.hand_in()
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    def respelled(self, old: str, new: str, *, advance: int | None = None) -> dict[str, Any]:
        """The quote with its terms spelled otherwise, to which all else is made to fit."""
        text = self.sound.terms.document().decode()
        assert old in text
        text = text.replace(old, new)
        finance = replace(self.sound.finance, terms=commit(self.sound.salt, text.encode()))
        if advance is not None:
            owed = commitment_to(self.sound.reference, "CNY", advance)
            finance = replace(finance, advance=owed)
        approval = self.market.signature(BANK, finance)
        return {"terms": text, "message": finance.to_json(), "approval": approval}

    def altered(self, signer: int | Key = BANK, **changes: Any) -> dict[str, Any]:
        finance = replace(self.sound.finance, **changes)
        approval = self.market.signature(signer, finance)
        return {"message": finance.to_json(), "approval": approval}


@pytest.fixture
def desk(market: Market) -> Desk:
    return Desk.at(market)


# ── quotes ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("old", "new", "name"),
    [
        ('"rate_bp":365', '"rate_bp":1000000', "RateTooHigh"),
        ('"rate_bp":365', '"rate_bp":10001', "RateTooHigh"),
        ('"rate_bp":365', '"rate_bp":-1', "MalformedFile"),
        ('"late_rate_bp":548', '"late_rate_bp":1000000', "RateTooHigh"),
        ('"year_base":"360"', '"year_base":"0"', "UnknownYearBase"),
        ('"year_base":"360"', '"year_base":"-360"', "UnknownYearBase"),
        ('"year_base":"360"', '"year_base":0', "MalformedFile"),
        ('"maturity":"2027-05-17"', '"maturity":"2027-02-29"', "MalformedFile"),
        ('"maturity":"2027-05-17"', '"maturity":"2026-11-18"', "NoTerm"),
        ('"maturity":"2027-05-17"', '"maturity":"2027-05-16"', "QuoteDiffers"),
        ('"bp":0', '"bp":10001', "FeeTooHigh"),
        ('"bp":0', '"bp":10000', "NothingAdvanced"),
        ('"flat":"0"', '"flat":"-1"', "MalformedFile"),
        ('"holder":1', '"holder":0', "InvalidRatio"),
        ('"financed":"10000"', '"financed":"10001"', "QuoteDiffers"),
        ('"currency":"CNY"', '"currency":"XTS"', "UnknownCurrency"),
    ],
)
def test_quote__terms_out_of_bounds__are_refused_by_name(
    desk: Desk, old: str, new: str, name: str
) -> None:
    with desk.market.unchanged():
        assert problem_of(desk.hand_in(**desk.respelled(old, new))) == name


def test_quote__a_rate_of_nothing_or_of_everything__is_a_rate(desk: Desk) -> None:
    """0 and 100 % a year are where rates end; both are taken, and cost what they say."""
    free = desk.hand_in(**desk.respelled('"rate_bp":365', '"rate_bp":0', advance=FACE))
    assert free.json()["price"]["advance"] == str(FACE)
    days = (date(2027, 5, 17) - date(2026, 11, 18)).days
    interest = FACE * days // 360
    body = desk.respelled('"rate_bp":365', '"rate_bp":10000', advance=FACE - interest)
    assert desk.hand_in(**body).json()["price"]["interest"] == str(interest)


@pytest.mark.parametrize(
    ("changes", "name"),
    [
        ({"validUntil": 1}, "Expired"),
        ({"bank": RIVAL}, "QuoteDiffers"),
        ({"seller": OTHER}, "QuoteDiffers"),
        ({"mode": 1}, "QuoteDiffers"),
        ({"mode": 3}, "QuoteDiffers"),
        ({"version": 2}, "QuoteDiffers"),
        ({"end": FACE - 1}, "QuoteDiffers"),
        ({"rules": bytes(32)}, "QuoteDiffers"),
        ({"registration": bytes(32)}, "QuoteDiffers"),
        ({"advance": bytes(32)}, "QuoteDiffers"),
        ({"dueOn": 2027_02_29}, "QuoteDiffers"),
        ({"payBy": 0}, "QuoteDiffers"),
        ({"payBy": 2**64 - 1}, "QuoteDiffers"),
        ({"terms": bytes(32)}, "CommitmentMismatch"),
    ],
)
def test_quote__of_something_else_than_was_asked__is_refused(
    desk: Desk, changes: dict[str, Any], name: str
) -> None:
    with desk.market.unchanged():
        assert problem_of(desk.hand_in(**desk.altered(**changes))) == name


def test_quote__by_officers_of_other_banks_and_others__is_refused(desk: Desk) -> None:
    market, path = desk.market, f"/v1/desk/requests/{desk.request['id']}/views"
    quote = Desk.at(market).offered()
    for who in (RIVAL, CORE, OUTSIDER):
        market.headers(who)
        signature = desk.altered(who)
        with market.unchanged():
            assert problem_of(market.post(who, path, {})) == "NotFound"
            assert problem_of(desk.hand_in(who)) == "NotFound"
            assert problem_of(desk.hand_in(BANK, **signature)) == "NotSigner"
            body = {"approval": signature["approval"]}
            accepting = f"/v1/quotes/{quote['id']}/acceptance"
            assert problem_of(market.post(who, accepting, body)) == "NotFound"
            body = {"seen": desk.view["hash"], "approval": signature["approval"]}
            approving = f"/v1/quotes/{quote['id']}/approvals"
            assert problem_of(market.post(who, approving, body)) == "NotFound"
            withdrawing = f"/v1/quotes/{quote['id']}/withdrawal"
            assert problem_of(market.post(who, withdrawing, {})) == "NotFound"
    with market.unchanged():
        assert problem_of(market.post(BANK, f"/v1/quotes/{quote['id']}/withdrawal")) == (
            "QuoteClosed"
        )
        by_bank = market.signature(BANK, Finance.from_json(quote["message"]))
        accepting = f"/v1/quotes/{quote['id']}/acceptance"
        assert problem_of(market.post(BANK, accepting, {"approval": by_bank})) == "NotForBank"
        assert problem_of(market.post(SELLER, accepting, {"approval": by_bank})) == "NotSigner"


def test_quote__decided_on_what_was_never_or_long_ago_shown__is_refused(market: Market) -> None:
    desk, other = Desk.at(market), Desk.at(market)
    with market.unchanged():
        assert problem_of(desk.hand_in(seen=other.view["hash"])) == "ViewNotSeen"
        assert problem_of(desk.hand_in(seen="0x" + "11" * 32)) == "ViewNotSeen"
    market.now += 901
    market.tokens.clear()
    market.headers(BANK)
    try:
        with market.unchanged():
            assert problem_of(desk.hand_in()) == "ViewTooOld"
    finally:
        market.now -= 901
        market.tokens.clear()


def test_accept__by_another_way_than_the_quotes__is_refused(market: Market) -> None:
    """After its time, twice, after the request was taken back, and with another quote's word."""
    desk = Desk.at(market)
    quote, other = desk.offered(), Desk.at(market).offered()
    signature = market.signature(SELLER, Finance.from_json(other["message"]))
    path = f"/v1/quotes/{quote['id']}/acceptance"
    with market.unchanged():
        assert problem_of(market.post(SELLER, path, {"approval": signature})) == "NotSigner"
    began = market.now
    market.now = int(quote["message"]["validUntil"]) + 1
    market.tokens.clear()
    market.headers(SELLER)
    try:
        with market.unchanged():
            assert problem_of(desk.dealing.accept(quote)) == "Expired"
    finally:
        market.now = began
        market.tokens.clear()
    assert desk.dealing.accept(quote).status_code == 200
    with market.unchanged():
        assert problem_of(desk.dealing.accept(quote)) == "QuoteClosed"
    market.settle()
    gone = Desk.at(market)
    quote = gone.offered()
    market.post(SELLER, f"/v1/finance-requests/{gone.request['id']}/withdrawal")
    with market.unchanged():
        assert problem_of(gone.dealing.accept(quote)) == "RequestClosed"


def test_accept__after_the_lot_moved__is_refused(market: Market) -> None:
    desk = Desk.at(market)
    quote = desk.offered()
    fresh = desk.dealing.draft(BANK, desk.request, desk.view)
    market.moved(desk.dealing.claim, SELLER, OTHER)
    with market.unchanged():
        assert problem_of(desk.dealing.accept(quote)) == "LotChanged"
        again = desk.dealing.hand_in(BANK, desk.request, fresh)
        assert problem_of(again) == "LotChanged"
        acts = market.signed(Finance.from_json(quote["message"]))
        assert market.fate(acts) == "LotChanged"
    assert market.past_the_api(acts) == ["LotChanged"]
    market.settle()


def test_accept__with_a_reference_that_pays_another_debt__is_refused(market: Market) -> None:
    """One payment can't be shown for two advances: not with the same amount, not with another."""
    first, second = Desk.at(market), Desk.at(market)
    assert first.dealing.accept(first.offered()).status_code == 200
    market.settle()
    for rate in (365, 366):
        terms = second.dealing.terms(second.request, rate=RateBp(rate))
        drafted = second.dealing.draft(
            BANK, second.request, second.view, terms=terms, reference=first.sound.reference
        )
        quote = second.dealing.hand_in(BANK, second.request, drafted).json()
        with market.unchanged():
            assert problem_of(second.dealing.accept(quote)) == "ReferenceTaken"


# ── four eyes ────────────────────────────────────────────────────────────────────────────────


def test_four_eyes__one_officer_alone__offers_nothing(market: Market) -> None:
    desk = Desk.at(market, CAREFUL)
    one, two, three = market.keys(CAREFUL)
    quote = desk.hand_in(one).json()
    assert quote["status"] == "proposed"
    path, finance = f"/v1/quotes/{quote['id']}", Finance.from_json(quote["message"])
    both = {key: market.signature(key, finance) for key in (one, two)}
    seen = {"seen": desk.view["hash"]}
    with market.unchanged():
        assert problem_of(market.get(SELLER, path)) == "NotFound"
        assert problem_of(desk.dealing.accept(quote)) == "NotFound"
        own = market.post(one, f"{path}/approvals", seen | {"approval": both[two]})
        assert problem_of(own) == "SignedByAnother"
        unseen = market.post(three, f"{path}/approvals", seen | {"approval": both[two]})
        assert problem_of(unseen) == "ViewNotSeen"
    assert market.get(one, path).json()["status"] == "proposed"
    again = market.post(one, f"{path}/approvals", seen | {"approval": both[one]})
    assert again.json()["status"] == "proposed"
    look = desk.dealing.look(two, desk.request)
    second = market.post(two, f"{path}/approvals", {"seen": look["hash"], "approval": both[two]})
    assert second.json()["status"] == "offered"


# ── lines ────────────────────────────────────────────────────────────────────────────────────


def test_line__below_its_use_or_by_others__is_refused(market: Market) -> None:
    desk = Desk.at(market, BANKS[3])
    assert desk.hand_in(BANKS[3]).status_code == 201
    bank, used = BANKS[3], market.used(BANKS[3])
    sound = market.change_of(bank, CORE, LineKind.DEBTOR, LIMIT)
    with market.unchanged():
        for limit in (0, used - 1):
            low = replace(sound, limit=limit)
            assert problem_of(market.put_line(bank, low)) == "LineBelowUse"
        assert problem_of(market.put_line(RIVAL, sound)) == "NotFound"
        assert problem_of(market.put_line(bank, sound, market.key(RIVAL))) == "NotSigner"
        assert problem_of(market.put_line(CORE, replace(sound, bank=CORE))) == "RoleMissing"
        stale = replace(sound, limit=LIMIT + 1, version=sound.version - 1)
        assert problem_of(market.put_line(bank, stale)) == "LineChanged"
        assert problem_of(market.put_line(bank, replace(sound, validUntil=1))) == "Expired"
        for limit in (2**63, 2**64 - 1):
            assert market.put_line(bank, replace(sound, limit=limit)).status_code == 422
    careful = market.change_of(CAREFUL, CORE, LineKind.DEBTOR, LIMIT)
    with market.unchanged():
        alone = market.put_line(CAREFUL, careful, market.keys(CAREFUL)[0])
        assert problem_of(alone) == "ApprovalsMissing"
    exact = replace(sound, limit=used)
    assert market.put_line(bank, exact).status_code == 200
    full = Desk.at(market, bank)
    with market.unchanged():
        assert problem_of(full.hand_in(bank)) == "LineExceeded"
    market.line(bank, CORE, LineKind.DEBTOR)


def test_finance__concluded_past_the_desk__takes_up_the_line(market: Market) -> None:
    """Whoever has both signatures may submit. What the chain has, the line has to bear."""
    bank = BANKS[2]
    desk = Desk.at(market, bank)
    before = market.used(bank)
    assert market.fate(market.signed(desk.sound.finance)) is None
    assert market.used(bank) == before + FACE


# ── suspended ────────────────────────────────────────────────────────────────────────────────


def test_suspended_bank__neither_asked_nor_quoting_nor_accepted(market: Market) -> None:
    bank = BANKS[4]
    offered, unanswered = Desk.at(market, bank), Desk.at(market, bank)
    quote = offered.hand_in(bank).json()
    change = market.change_of(bank, CORE, LineKind.DEBTOR, 2 * LIMIT)
    _set_active(market, bank, active=False)
    try:
        with market.unchanged():
            again = offered.dealing.asked(bank)
            assert problem_of(again) == "PartyNotActive"
            assert problem_of(unanswered.hand_in(bank)) == "PartyNotActive"
            assert problem_of(offered.dealing.accept(quote)) == "PartyNotActive"
            assert problem_of(market.put_line(bank, change)) == "PartyNotActive"
            acts = market.signed(Finance.from_json(quote["message"]))
            assert market.fate(acts) == "PartyNotActive"
        assert market.past_the_api(acts) == ["PartyNotActive"]
    finally:
        _set_active(market, bank, active=True)


def _set_active(market: Market, bank: int, *, active: bool) -> None:
    version = market.read("Registry", "party", bank)[0]
    act = Amendment(bank, version, int(Role.BANK), active, (), (), 1, FOREVER, FOREVER)
    market.post_act(act)


# ── dates ────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("maturity", "value_date", "name"),
    [
        (2027_05_17, "2027-02-29", "NotADay"),
        (2027_05_17, "2028-02-30", "NotADay"),
        (2027_05_17, "2027-06-01", "RequestRunsWrong"),
        (2026_12_01, "2026-12-01", "NoTerm"),
        (2026_12_01, "2026-12-31", "NoTerm"),
    ],
)
def test_request__on_days_that_cant_be__is_refused(
    market: Market, maturity: int, value_date: str, name: str
) -> None:
    dealing = Dealing(market, market.issued(maturity=maturity))
    market.headers(SELLER)
    with market.unchanged():
        assert problem_of(dealing.asked(BANK, value_date=value_date)) == name


SATURDAY = "2026-10-10"
"""On which banks settled, to make up for a holiday."""


def test_quote__from_a_make_up_saturday_on__bears_interest_for_every_day(market: Market) -> None:
    assert date.fromisoformat(SATURDAY).weekday() == 5
    assert is_business_day(date.fromisoformat(SATURDAY))
    desk = Desk.at(market, value_date=SATURDAY)
    with market.unchanged():
        assert problem_of(desk.hand_in(justifications={})) == "JustificationMissing"
        monday = desk.respelled(SATURDAY, "2026-10-12")
        late = {"justifications": dict.fromkeys(desk.sound.body["justifications"], "Entered late.")}
        assert problem_of(desk.hand_in(**monday, **late)) == "QuoteDiffers"
    told = desk.hand_in(**late).json()
    assert told["price"]["days"] == (date(2027, 5, 17) - date(2026, 10, 10)).days


@pytest.mark.parametrize(
    ("owed_on", "stated", "name"),
    [
        (2026_12_19, date(2026, 12, 21), None),
        (2026_12_19, date(2026, 12, 20), "QuoteDiffers"),
        (2026_12_19, date(2026, 12, 22), "QuoteDiffers"),
        (2026_12_16, date(2026, 12, 17), "QuoteDiffers"),
        (2027_05_15, date(2027, 5, 25), None),
        (2027_05_15, date(2027, 5, 26), "QuoteDiffers"),
        (2027_05_15, date(2027, 5, 14), "QuoteDiffers"),
    ],
)
def test_quote__due_beyond_the_next_business_day__bears_no_interest_for_it(
    market: Market, owed_on: int, stated: date, name: str | None
) -> None:
    """In 2027 it isn't published which days those are: there by as long as they ever closed."""
    dealing = Dealing(market, market.issued(maturity=owed_on))
    request = dealing.ask_registered(BANK)
    view = dealing.look(BANK, request)
    drafted = dealing.draft(BANK, request, view, terms=dealing.terms(request, maturity=stated))
    answer = dealing.hand_in(BANK, request, drafted)
    if name is None:
        assert answer.status_code == 201, answer.text
        return
    assert (problem_of(answer), answer.json()["field"]) == (name, "maturity")


LEAP = 1_835_280_000
"""2028-02-28 in Shanghai."""


@pytest.fixture(scope="module")
def leap_market(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Market]:
    """Where it is the 28th of February of a leap year."""
    folder = tmp_path_factory.mktemp("leap")
    with opened_market(folder, f"sqlite:///{folder / 'yuanliu.db'}", LEAP) as market:
        yield market


def test_quote__across_the_29th_of_february__bears_interest_for_it(leap_market: Market) -> None:
    desk = Desk.at(leap_market, maturity=2028_03_01)
    with leap_market.unchanged():
        for day in ("2028-02-30", "2028-02-29T00:00"):
            told = desk.hand_in(**desk.respelled('"maturity":"2028-03-01"', f'"maturity":"{day}"'))
            assert problem_of(told) == "MalformedFile"
    assert desk.hand_in().json()["price"]["days"] == 2
    on_it = Desk.at(leap_market, maturity=2028_02_29)
    assert on_it.hand_in().json()["price"]["days"] == 1
    claim = leap_market.claims
    issue = leap_market.issue(maturity=2027_02_29)
    with leap_market.unchanged():
        assert leap_market.fate(leap_market.signed(issue)) == "InvalidDate"
    assert leap_market.past_the_api(leap_market.signed(issue)) == ["InvalidDate"]
    assert leap_market.read("Ledger", "claimCount") == claim


# ── rule packs ───────────────────────────────────────────────────────────────────────────────

PACK = "cn-receivables-1"


@pytest.fixture
def packs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The desk reads its packs from this copy of them."""
    folder = tmp_path / "packs"
    shutil.copytree(PACKS, folder)
    monkeypatch.setattr(quotes_api, "shipped_catalogue", lambda: load_catalogue(folder))
    return folder


def _remove(packs: Path) -> None:
    (packs / f"{PACK}.toml").unlink()


def _alter(packs: Path) -> None:
    file = packs / f"{PACK}.toml"
    text = file.read_text(encoding="utf-8")
    assert "refuse_beyond_months = 12" in text
    loose = text.replace("refuse_beyond_months = 12", "refuse_beyond_months = 99")
    file.write_text(loose, encoding="utf-8")


def _add(packs: Path) -> None:
    shutil.copy(packs / f"{PACK}.toml", packs / "ours.toml")


@pytest.mark.parametrize(
    ("tamper", "name"),
    [(_remove, "PackMissing"), (_alter, "PackAltered"), (_add, "PackNotPinned")],
)
def test_packs__tampered_with__nobody_decides(
    desk: Desk, packs: Path, tamper: Callable[[Path], None], name: str
) -> None:
    market = desk.market
    tamper(packs)
    with market.unchanged():
        assert problem_of(desk.hand_in()) == name
        look = market.post(BANK, f"/v1/desk/requests/{desk.request['id']}/views", {})
        assert problem_of(look) == name


def test_packs__altered_and_pinned_anew__yesterdays_decision_stands_and_is_told_apart(
    desk: Desk, packs: Path
) -> None:
    """Who alters pack and index both makes another pack: what was signed under the first is no
    answer under the second, and what was decided says by which."""
    market, old = desk.market, Desk.at(desk.market)
    old.offered()
    decided = market.get(BANK, "/v1/desk/decisions").json()["items"][0]
    before = read_pack(PACK, (packs / f"{PACK}.toml").read_bytes()).hash.hex()
    _alter(packs)
    after = read_pack(PACK, (packs / f"{PACK}.toml").read_bytes()).hash.hex()
    index = packs / "index.toml"
    text = index.read_text(encoding="utf-8")
    assert before in text
    index.write_text(text.replace(before, after), encoding="utf-8")
    with market.unchanged():
        refused = desk.hand_in()
        assert (problem_of(refused), refused.json()["field"]) == ("QuoteDiffers", "rules")
        (again,) = [
            one
            for one in market.get(BANK, "/v1/desk/decisions").json()["items"]
            if one["id"] == decided["id"]
        ]
        assert again == decided
    assert decided["pack_hash"] == "0x" + before


# ── invoices ─────────────────────────────────────────────────────────────────────────────────


def test_invoice__reversed_after_financing__no_more_of_it_is_financed(market: Market) -> None:
    """What is concluded stays; what is offered isn't taken, and nothing more is quoted."""
    fingerprint = read_invoice((SAMPLES / "einvoice-cn.xml").read_bytes()).fingerprint
    deals = []
    for version in range(3):
        use = InvoiceUse(fingerprint, 113_000_000, FACE, version)
        dealing = Dealing(market, market.issued(invoice=use))
        request = dealing.ask_registered(BANK)
        deals.append((dealing, request, dealing.look(BANK, request)))
    (first, asked, _), (second, again, _), (third, unanswered, view) = deals
    assert first.accept(first.quoted(BANK, asked)).status_code == 200
    market.settle()
    offered = second.quoted(BANK, again)
    fresh = third.draft(BANK, unanswered, view)
    chain = market.storage()
    letter = (SAMPLES / "red-letter-cn.xml").read_bytes()
    headers = market.headers(ORACLES[0]) | {"Content-Type": "application/xml"}
    told = market.http.post("/v1/invoice-reversals", content=letter, headers=headers)
    assert told.status_code == 201, told.text
    with market.unchanged():
        assert problem_of(second.accept(offered)) == "InvoiceTakenBack"
        refused = third.hand_in(BANK, unanswered, fresh)
        assert (problem_of(refused), refused.json()["rules"]) == ("RulesRefuse", ["invoice-stands"])
    assert market.storage() == chain
    assert market.lot(first.claim).holder == BANK

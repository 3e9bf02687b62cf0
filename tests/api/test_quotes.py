"""Quotes: decision, signed offer and line in one; four eyes; the holder's yes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest

from ledger.agreements import FOREVER, Amendment
from ledger.credit import LineKind
from ledger.deals import Finance
from ledger.money import Units
from ledger.pricing import RateBp, price
from ledger.refusals import RegistrationLapsed
from ledger.remittance import commitment_to, new_reference
from ledger.rules import reproduce, shipped_catalogue
from tests.api.banking import Banking, document_of
from tests.api.world import BANK, CORE, NOW, STRANGER, TIER1, TIER2, World, problem_of
from tests.support.quoting import WEEK
from tests.support.synthetic import Key

REQUESTS = "/v1/finance-requests"


@pytest.fixture
def banking(world: World) -> Banking:
    return Banking(world)


@pytest.fixture
def either(either_world: World) -> Banking:
    return Banking(either_world)


def _nothing_kept(banking: Banking, bank: int = BANK) -> bool:
    world = banking.world
    quotes = world.get(bank, "/v1/quotes").json()["items"]
    decisions = world.get(bank, "/v1/desk/decisions").json()["items"]
    return not quotes and not decisions and banking.open_of(bank) == 0


def test_quote__decided_signed_reserved_accepted(either: Banking) -> None:
    world, banking = either.world, either
    document = document_of(world)
    (request,) = banking.ask(BANK, documents=[document["id"]])
    quote = banking.quoted(BANK, request)
    assert (quote["status"], quote["price"]["repayment"]) == ("offered", "2000")
    assert banking.open_of(BANK) == 2_000
    assert world.get(TIER2, "/v1/quotes").json()["items"][0]["terms"] == quote["terms"]
    accepted = banking.accept(TIER2, quote).json()
    assert accepted["status"] == "accepted"
    assert [len(side["given"]) for side in accepted["sides"]] == [1, 1]
    assert world.get(BANK, f"{REQUESTS}/{request['id']}").json()["status"] == "accepted"


def test_quote__rival_core_and_others__see_nothing(banking: Banking) -> None:
    world, (request, other) = banking.world, banking.ask(BANK, banking.rival)
    quote, rivals = banking.quoted(BANK, request), banking.quoted(banking.rival, other)
    assert world.get(BANK, "/v1/quotes").json()["items"][0]["id"] == quote["id"]
    for who in (banking.rival, CORE, TIER1, STRANGER):
        for path in (f"/v1/quotes/{quote['id']}", f"/v1/quotes/{'0' * 32}"):
            assert problem_of(world.get(who, path)) == "NotFound"
        listed = world.get(who, "/v1/quotes", request=request["id"]).json()["items"]
        assert listed == []
        assert problem_of(banking.accept(who, quote)) == "NotFound"
        body = {"seen": "0x" + "0" * 64, "approval": banking.approval(who, _finance(quote))}
        path = f"/v1/quotes/{quote['id']}/approvals"
        assert problem_of(world.post(who, path, body)) == "NotFound"
    both = world.get(TIER2, "/v1/quotes").json()["items"]
    assert {one["id"] for one in both} == {quote["id"], rivals["id"]}
    assert banking.open_of(BANK) == banking.open_of(banking.rival) == 2_000


def test_accept__one_of_two__the_other_bank_learns_nothing(banking: Banking) -> None:
    request, other = banking.ask(BANK, banking.rival)
    quote, rivals = banking.quoted(BANK, request), banking.quoted(banking.rival, other)
    before = _read_all(banking, banking.rival, other, rivals)
    assert banking.accept(TIER2, quote).json()["status"] == "accepted"
    assert _read_all(banking, banking.rival, other, rivals) == before
    assert problem_of(banking.accept(TIER2, rivals)) == "LotPromised"
    assert _read_all(banking, banking.rival, other, rivals) == before


def _read_all(
    banking: Banking, who: int, request: dict[str, Any], quote: dict[str, Any]
) -> list[Any]:
    paths = [REQUESTS, f"{REQUESTS}/{request['id']}", "/v1/quotes", f"/v1/quotes/{quote['id']}"]
    read = [banking.world.get(who, path).json() for path in [*paths, "/v1/desk/decisions"]]
    return [*read, banking.look(who, request)]


def test_four_eyes__one_officer__is_a_proposal_that_the_holder_doesnt_see(either: Banking) -> None:
    world, banking = either.world, either
    one, two = world.ledger.parties[banking.careful]
    (request,) = banking.ask(banking.careful)
    quote = banking.quoted(one, request)
    assert quote["status"] == "proposed"
    assert problem_of(world.get(TIER2, f"/v1/quotes/{quote['id']}")) == "NotFound"
    assert world.get(TIER2, "/v1/quotes").json()["items"] == []
    assert problem_of(banking.accept(TIER2, quote)) == "NotFound"
    again = banking.approve(one, quote).json()
    assert (again["status"], len(again["sides"][1]["given"])) == ("proposed", 1)
    assert banking.approve(two, quote).json()["status"] == "offered"
    assert banking.accept(TIER2, quote).json()["status"] == "accepted"
    decisions = world.get(two, "/v1/desk/decisions").json()["items"]
    assert [found["officer"] for found in decisions] == [two.address, one.address, one.address]


def test_four_eyes__second_signature_handed_in_by_the_first__is_refused(banking: Banking) -> None:
    world = banking.world
    one, two = world.ledger.parties[banking.careful]
    (request,) = banking.ask(banking.careful)
    quote = banking.quoted(one, request)
    stolen = {"approval": banking.approval(two, _finance(quote))}
    assert problem_of(banking.approve(one, quote, **stolen)) == "SignedByAnother"
    unseen = {"seen": banking.look(one, request)["hash"]}
    world.post(one, f"{REQUESTS}/{request['id']}/messages", {"text": "Which goods?"})
    banking.look(two, request)
    foreign = world.post(
        two, f"/v1/quotes/{quote['id']}/approvals", unseen | {
            "approval": banking.approval(two, _finance(quote))
        },
    )  # fmt: skip
    assert problem_of(foreign) == "ViewNotSeen"


def test_four_eyes__proposal_withdrawn__frees_the_line(banking: Banking) -> None:
    world = banking.world
    one, two = world.ledger.parties[banking.careful]
    (request,) = banking.ask(banking.careful)
    quote = banking.quoted(one, request)
    assert banking.open_of(banking.careful) == 2_000
    path = f"/v1/quotes/{quote['id']}/withdrawal"
    assert problem_of(world.post(TIER2, path, {})) == "NotFound"
    assert world.post(two, path, {}).json()["status"] == "withdrawn"
    assert banking.open_of(banking.careful) == 0
    assert problem_of(banking.approve(two, quote)) == "QuoteClosed"


def test_quote__offered__cant_be_withdrawn(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    quote = banking.quoted(BANK, request)
    path = f"/v1/quotes/{quote['id']}/withdrawal"
    assert problem_of(banking.world.post(BANK, path, {})) == "QuoteClosed"
    assert banking.open_of(BANK) == 2_000


def test_officer__of_another_bank__signs_nothing(banking: Banking) -> None:
    world, (request,) = banking.world, banking.ask(BANK)
    view = banking.look(BANK, request)
    stranger = world.key(banking.rival)
    forged = banking.draft(BANK, request, view)
    forged["approval"] = banking.approval(stranger, Finance.from_json(forged["message"]))
    assert problem_of(banking.quote(BANK, request, forged)) == "NotSigner"
    own = banking.draft(BANK, request, view)
    assert problem_of(banking.quote(banking.rival, request, own)) == "NotFound"
    spoilt = own | {"approval": "0x" + "00" * 65}
    assert problem_of(banking.quote(BANK, request, spoilt)) == "InvalidApproval"
    assert _nothing_kept(banking)


def test_quote__by_the_holder__is_refused(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    view = banking.look(BANK, request)
    body = banking.draft(TIER2, request, view)
    assert problem_of(banking.quote(TIER2, request, body)) == "NotForHolder"
    looked = banking.world.post(TIER2, f"/v1/desk/requests/{request['id']}/views", {})
    assert problem_of(looked) == "NotForHolder"


ALTERED: dict[str, Callable[[Finance], Finance]] = {
    "claim": lambda one: replace(one, claim=99),
    "version": lambda one: replace(one, version=9),
    "start": lambda one: replace(one, start=1_001),
    "end": lambda one: replace(one, end=5_000),
    "seller": lambda one: replace(one, seller=int(TIER1)),
    "bank": lambda one: replace(one, bank=int(CORE)),
    "mode": lambda one: replace(one, mode=1),
    "advance": lambda one: replace(one, advance=bytes(32)),
    "rules": lambda one: replace(one, rules=bytes(32)),
    "registration": lambda one: replace(one, registration=bytes(32)),
    "documents": lambda one: replace(one, documents=b"\1" * 32),
    "dueOn": lambda one: replace(one, dueOn=2027_05_22),
    "validUntil": lambda one: replace(one, validUntil=NOW + 2 * WEEK),
    "payBy": lambda one: replace(one, payBy=NOW),
}


@pytest.mark.parametrize("field", ALTERED)
def test_quote__other_than_asked_or_opened__is_refused(banking: Banking, field: str) -> None:
    (request,) = banking.ask(BANK)
    view = banking.look(BANK, request)
    refused = banking.quote(BANK, request, banking.draft(BANK, request, view, alter=ALTERED[field]))
    assert (problem_of(refused), refused.json()["field"]) == ("QuoteDiffers", field)
    assert _nothing_kept(banking)


def _spelled(text: str, old: str, new: str) -> dict[str, str]:
    assert old in text
    return {"terms": text.replace(old, new)}


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('"rate_bp":365', '"rate_bp":0', None),
        ('"rate_bp":365', '"rate_bp":1000000', "RateTooHigh"),
        ('"rate_bp":365', '"rate_bp":-1', "MalformedFile"),
        ('"rate_bp":365', '"rate_bp":3.65', "MalformedFile"),
        ('"year_base":"360"', '"year_base":"0"', "UnknownYearBase"),
        ('"day_count":"actual"', '"day_count":"30"', "UnknownDayCount"),
        ('"currency":"CNY"', '"currency":"EUR"', "QuoteDiffers"),
        ('"financed":"2000"', '"financed":"1999"', "QuoteDiffers"),
        ('"financed":"2000"', '"financed":"0"', "ZeroAmount"),
        ('"timing":"discount"', '"timing":"arrears"', "QuoteDiffers"),
        ('"maturity":"2027-05-21"', '"maturity":"2027-05-20"', "QuoteDiffers"),
        ('"maturity":"2027-05-21"', '"maturity":"2027-02-30"', "MalformedFile"),
        ('{"currency"', '{ "currency"', "MalformedFile"),
    ],
)
def test_quote__terms_at_the_edge__are_taken_or_named(
    banking: Banking, old: str, new: str, problem: str | None
) -> None:
    """The terms' bytes are the officer's own: the commitment in the message is to just these."""
    from ledger.commitments import commit
    from ledger.remittance import commitment_to
    from tests.api.banking import REFERENCE

    (request,) = banking.ask(BANK)
    view, body = banking.look(BANK, request), {}
    plain = banking.draft(BANK, request, view)
    text = plain["terms"].replace(old, new)
    assert text != plain["terms"]
    salt = bytes.fromhex(plain["salt"][2:])
    finance = replace(Finance.from_json(plain["message"]), terms=commit(salt, text.encode()))
    if problem is None:
        finance = replace(finance, advance=commitment_to(REFERENCE, "CNY", 2_000))
    body = plain | {
        "terms": text,
        "message": finance.to_json(),
        "approval": banking.approval(BANK, finance),
    }
    answer = banking.quote(BANK, request, body)
    if problem is None:
        assert answer.json()["price"]["interest"] == "0"
        return
    assert problem_of(answer) in (problem, "QuoteDiffers")
    if problem != "QuoteDiffers":
        assert problem_of(answer) == problem
    assert _nothing_kept(banking)


def test_quote__terms_that_dont_open__are_refused(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    view = banking.look(BANK, request)
    body = banking.draft(BANK, request, view)
    for changes, problem in (
        ({"salt": "0x" + "11" * 32}, "CommitmentMismatch"),
        ({"salt": "0x" + "00" * 32}, "WeakSalt"),
        (_spelled(body["terms"], "365", "366"), "CommitmentMismatch"),
        ({"reference": "YR-" + "B" * 30}, "QuoteDiffers"),
        ({"reference": "ours"}, "MalformedRequest"),
    ):
        assert problem_of(banking.quote(BANK, request, body | changes)) == problem
    assert _nothing_kept(banking)


def test_quote__nothing_left_to_advance__is_refused(banking: Banking) -> None:
    (request,) = banking.ask(BANK, start="1000", end="1001")
    body = banking.draft(BANK, request, banking.look(BANK, request))
    assert banking.quote(BANK, request, body).status_code == 201
    high = banking.terms(request, rate=RateBp(10_000))
    with pytest.raises(Exception, match="NothingAdvanced"):
        banking.draft(BANK, request, banking.look(BANK, request), high)


def test_rules__not_registered__refuse_by_name(banking: Banking) -> None:
    late = banking.world.ledger.enrol("LATE BANK", 4)
    banking.world.index()
    banking.line(late, CORE, LineKind.DEBTOR)
    (request,) = banking.ask(late)
    refused = banking.quote(
        late, request, banking.draft(late, request, banking.look(late, request))
    )
    assert problem_of(refused) == "RulesRefuse"
    assert refused.json()["rules"] == ["registration-before-finance"]
    assert _nothing_kept(banking, late)


def test_rules__justification__is_wanted_recorded_and_not_invented(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    view = banking.look(BANK, request)
    body = banking.draft(BANK, request, view)
    missing = banking.quote(BANK, request, body | {"justifications": {}})
    assert problem_of(missing) == "JustificationMissing"
    more = body["justifications"] | {"contagion": "no"}
    assert problem_of(banking.quote(BANK, request, body | {"justifications": more})) == (
        "JustificationUnasked"
    )
    assert _nothing_kept(banking)
    assert banking.quote(BANK, request, body).status_code == 201
    (decision,) = banking.world.get(BANK, "/v1/desk/decisions").json()["items"]
    assert decision["justifications"] == body["justifications"]


def test_quote__same_agreement_again__is_refused(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    body = banking.draft(BANK, request, banking.look(BANK, request))
    assert banking.quote(BANK, request, body).status_code == 201
    assert problem_of(banking.quote(BANK, request, body)) == "QuotedAlready"
    assert banking.open_of(BANK) == 2_000


def test_quote__beyond_the_line__keeps_nothing(either: Banking) -> None:
    banking = either
    (request,) = banking.ask(BANK)
    full = [banking.draft(BANK, request, banking.look(BANK, request)) for _ in range(55)]
    banking.world.token(BANK)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda body: banking.quote(BANK, request, body), full))
    taken = [answer for answer in answers if answer.status_code == 201]
    refused = {problem_of(answer) for answer in answers if answer.status_code != 201}
    assert (len(taken), refused) == (50, {"LineExceeded"})
    assert banking.open_of(BANK) == 100_000
    decisions = banking.world.get(BANK, "/v1/desk/decisions", limit=200).json()["items"]
    assert len(decisions) == 50


def test_recourse__takes_the_sellers_line_too(banking: Banking) -> None:
    for mode in ("recourse", "pledge"):
        (request,) = banking.ask(BANK, mode=mode)
        banking.quoted(BANK, request)
    assert banking.open_of(BANK) == 4_000
    assert banking.open_of(BANK, TIER2, LineKind.RECOURSE) == 4_000


def test_pledge__less_lent_than_pledged__is_fine(banking: Banking) -> None:
    (request,) = banking.ask(BANK, mode="pledge")
    less = banking.terms(request, financed=Units(1_500))
    assert banking.quoted(BANK, request, less)["price"]["advance"] == "1500"
    assert banking.open_of(BANK) == 1_500


def test_accept__expired__is_refused(either: Banking) -> None:
    (request,) = either.ask(BANK)
    quote = either.quoted(BANK, request)
    either.world.now += WEEK // 2 + 1
    either.world.tokens.clear()
    assert problem_of(either.accept(TIER2, quote)) == "Expired"
    shown = either.world.get(TIER2, f"/v1/quotes/{quote['id']}").json()
    assert (shown["status"], len(shown["sides"][0]["given"])) == ("expired", 0)


def test_quote__expired_when_signed__is_refused(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    view = banking.look(BANK, request)
    body = banking.draft(BANK, request, view, alter=lambda one: replace(one, validUntil=NOW - 1))
    assert problem_of(banking.quote(BANK, request, body)) == "Expired"
    assert _nothing_kept(banking)


def test_lot_moved__neither_quoted_nor_accepted(either: Banking) -> None:
    first, second = either.ask(BANK), either.ask(either.rival)
    quote = either.quoted(BANK, first[0])
    view = either.look(either.rival, second[0])
    body = either.draft(either.rival, second[0], view)
    either.move_lot()
    assert problem_of(either.accept(TIER2, quote)) == "LotChanged"
    assert problem_of(either.quote(either.rival, second[0], body)) == "LotChanged"
    assert either.look(either.rival, second[0])["view"]["lot"] == {"unchanged": False}
    assert _nothing_kept(either, either.rival)


def test_accept__request_withdrawn__is_refused(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    quote = banking.quoted(BANK, request)
    banking.world.post(TIER2, f"{REQUESTS}/{request['id']}/withdrawal", {})
    assert problem_of(banking.accept(TIER2, quote)) == "RequestClosed"


def test_accept__by_the_bank_or_with_anothers_key__is_refused(banking: Banking) -> None:
    world, (request,) = banking.world, banking.ask(BANK)
    quote = banking.quoted(BANK, request)
    assert problem_of(banking.accept(BANK, quote)) == "NotForBank"
    assert problem_of(banking.accept(TIER2, quote, world.key(BANK))) == "NotSigner"
    assert world.get(TIER2, f"/v1/quotes/{quote['id']}").json()["status"] == "offered"


def test_accept__banks_officer_removed_meanwhile__is_refused(banking: Banking) -> None:
    world, (request,) = banking.world, banking.ask(BANK)
    quote = banking.quoted(BANK, request)
    old, new = world.key(BANK), Key("next")
    act = Amendment(BANK, 1, 4, True, (new.address,), (old.address,), 1, FOREVER, FOREVER)
    world.ledger.amend(act)
    world.index()
    assert problem_of(banking.accept(TIER2, quote)) == "ApprovalsMissing"


def test_accept__chain_refused_the_other_deal__holder_may_take_this_one(banking: Banking) -> None:
    request, other = banking.ask(BANK, banking.rival)
    quote = banking.quoted(BANK, request)
    terms, reference = banking.terms(other), new_reference()
    advance = commitment_to(reference, "CNY", price(terms).advance)
    body = banking.draft(
        banking.rival,
        other,
        banking.look(banking.rival, other),
        terms,
        alter=lambda finance: replace(finance, advance=advance),
        reference=reference,
    )
    rivals = banking.quote(banking.rival, other, body).json()
    assert banking.accept(TIER2, quote).status_code == 200
    assert problem_of(banking.accept(TIER2, rivals)) == "LotPromised"
    banking.world.refuse(RegistrationLapsed("0x00", 2026_11_20))
    assert banking.accept(TIER2, rivals).json()["status"] == "accepted"


def test_accept__two_banks_at_once__one_wins(either: Banking) -> None:
    world, requests = either.world, either.ask(BANK, either.rival)
    quotes = [either.quoted(request["bank"], request) for request in requests] * 4
    world.token(TIER2)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda quote: either.accept(TIER2, quote), quotes))
    won = [answer.json()["id"] for answer in answers if answer.status_code == 200]
    refused = {problem_of(answer) for answer in answers if answer.status_code != 200}
    assert len(won) == 1
    assert refused <= {"LotPromised", "QuoteClosed", "RequestClosed"}


def test_decision__rules__are_reproduced_byte_for_byte(banking: Banking) -> None:
    from ledger.canonical import write_canonical

    (request,) = banking.ask(BANK)
    banking.quoted(BANK, request)
    (decision,) = banking.world.get(BANK, "/v1/desk/decisions").json()["items"]
    document = write_canonical(decision["rules"])
    assert reproduce(shipped_catalogue(), document).document() == document


def _finance(quote: dict[str, Any]) -> Finance:
    return Finance.from_json(quote["message"])

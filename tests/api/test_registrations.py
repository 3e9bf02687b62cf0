"""The movables registry: from an extract to what the desk lets an officer quote on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from httpx import Response
from structlog.testing import capture_logs
from typer.testing import CliRunner

from client.api import Api
from client.attesting import ExtractDoubtful, SecuredUnknown
from client.http import Http
from client.keys import Key as ClientKey
from client.member import Member
from ledger.business_day import business_day, end_of, number_of
from ledger.deals import Registration
from ledger.identifiers import PartyId
from ledger.ids import ClaimNo
from ledger.keccak import keccak
from ledger.movables import ExtractUnfit, RegistryExtract, write_extract
from scripts.cli import app
from scripts.desk import Desk
from tests.api.banking import REGISTERED, Banking, registration_of
from tests.api.commanding import connect
from tests.api.world import BANK, CORE, NOW, STRANGER, TIER1, TIER2, URL, World, problem_of
from tests.support.commanding import run_json
from tests.support.quoting import asking_why
from tests.support.synthetic import DEPLOYMENT, ORACLES, Key

DAY = 86_400


@pytest.fixture
def banking(world: World) -> Banking:
    return Banking(world)


@pytest.fixture
def either(either_world: World) -> Banking:
    return Banking(either_world)


@pytest.fixture
def bare(world: World, monkeypatch: pytest.MonkeyPatch) -> Banking:
    """Nobody has registered anything."""
    with monkeypatch.context() as patched:
        patched.setattr(Banking, "register", lambda *_given, **_named: None)
        return Banking(world)


def _identifier(world: World, party: int) -> PartyId:
    found = world.get(party, f"/v1/parties/{party}").json()
    return PartyId(found["identifier"])


def _extract(banking: Banking, **changes: Any) -> RegistryExtract:
    """BANK's, of what TIER2 holds; none is witnessed yet under this number."""
    world = banking.world
    sound = RegistryExtract(
        number="05219944003118",
        salt=keccak(b"salt"),
        registered_at=NOW - DAY,
        expires_on=date(2027, 11, 22),
        claim=ClaimNo(banking.claim),
        start=1_000,
        end=3_000,
        secured=_identifier(world, BANK),
        debtor=_identifier(world, CORE),
        seller=_identifier(world, TIER2),
    )
    return replace(sound, **changes)


def _member(world: World, key: Key = ORACLES[0]) -> Member:
    mine = ClientKey(key.private.secret)
    api = Api(Http(URL, transport=world.http._transport))
    api.sign_in(mine)
    return Member(mine, api, DEPLOYMENT)


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("client.member.time.time", lambda: float(NOW))


# ── reading and attesting ────────────────────────────────────────────────────────────────────


def test_extract__read_by_two_members__is_witnessed_and_listed(either: Banking) -> None:
    world, extract = either.world, _extract(either)
    content = write_extract(extract)
    for number, key in enumerate(ORACLES[:2], 1):
        member = _member(world, key)
        fact = member.read_extract(content)
        told = member.attest_fact(fact)
        assert (told["given"], told["needed"], told["act"] is not None) == (number, 2, number == 2)
    assert world.mine() == 1
    listed = world.get(BANK, "/v1/registrations").json()["items"]
    (found,) = [one for one in listed if one["number"] == "0x" + extract.commitment.hex()]
    assert (found["start"], found["end"], found["bank"]) == ("1000", "3000", BANK)
    assert (found["expires_on"], found["lapsed"]) == ("2027-11-22", False)
    assert found["registered_at"] == "2026-11-17T11:06:40Z"
    own = world.get(BANK, "/v1/attestations").json()["items"]
    assert [(one["kind"], one["act"]["status"]) for one in own] == [("Registration", "confirmed")]
    assert extract.number not in str(own) + str(listed)


def test_registrations__of_a_rival__are_as_if_they_werent_there(banking: Banking) -> None:
    world = banking.world
    for who, own in ((BANK, BANK), (banking.rival, banking.rival)):
        listed = world.get(who, "/v1/registrations").json()["items"]
        assert [one["bank"] for one in listed] == [own]
    for who in (TIER2, CORE, STRANGER, ORACLES[0]):
        assert world.get(who, "/v1/registrations").json()["items"] == []
    assert world.get(BANK, "/v1/registrations", claim=99).json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "doubt"),
    [
        ({"claim": ClaimNo(99)}, "unknown_claim"),
        ({"end": 5_001}, "beyond_face"),
        ({"secured": "TIER 1"}, "not_a_bank"),
        ({"debtor": "TIER 1"}, "other_debtor"),
        ({"seller": "STRANGER"}, "other_seller"),
        ({"seller": "nobody"}, "other_seller"),
        ({"start": 0, "end": 1_000}, "other_seller"),
    ],
)
def test_extract__that_the_ledger_doubts__is_not_signed(
    banking: Banking, changes: dict[str, Any], doubt: str
) -> None:
    known = {"TIER 1": TIER1, "STRANGER": STRANGER}
    for side in ("secured", "debtor", "seller"):
        name = changes.get(side)
        if name is not None:
            nobody = PartyId("name:CN:NOBODY")
            stated = _identifier(banking.world, known[name]) if name in known else nobody
            changes = changes | {side: stated}
    content = write_extract(_extract(banking, **changes))
    with pytest.raises(ExtractDoubtful) as doubtful:
        _member(banking.world).read_extract(content)
    assert doubtful.value.doubt == doubt
    assert banking.world.get(ORACLES[0], "/v1/attestations").json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"registered_at": NOW + 60}, ExtractUnfit),
        ({"expires_on": date(2026, 11, 17)}, ExtractUnfit),
        ({"secured": PartyId("name:CN:NOBODY")}, SecuredUnknown),
    ],
)
def test_extract__that_the_member_doubts__is_not_signed(
    banking: Banking, changes: dict[str, Any], refusal: type[Exception]
) -> None:
    content = write_extract(_extract(banking, **changes))
    with pytest.raises(refusal):
        _member(banking.world).read_extract(content)


def test_extract__server_doubts_nothing__member_still_signs_its_own_reading(
    banking: Banking, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server can keep a member from signing; it can't put another registration in place."""
    content = write_extract(_extract(banking))
    monkeypatch.setattr(Api, "doubt_of_extract", lambda _api, _content: None)
    fact = _member(banking.world).read_extract(content)
    assert (fact.claim, fact.start, fact.end, fact.bank) == (banking.claim, 1_000, 3_000, BANK)
    assert fact.number == _extract(banking).commitment


def test_extract__handed_in_by_anyone_but_a_member__is_refused(banking: Banking) -> None:
    """Else a bank could ask whose claims are whose."""
    body = {"extract": write_extract(_extract(banking)).decode()}
    for who in (BANK, TIER2, CORE):
        assert problem_of(banking.world.post(who, "/v1/registry-extracts", body)) == "RoleMissing"
    answer = banking.world.post(ORACLES[0], "/v1/registry-extracts", body).json()
    assert answer["doubt"] is None
    spoilt = {"extract": body["extract"].replace(",", ", ", 1)}
    refused = banking.world.post(ORACLES[0], "/v1/registry-extracts", spoilt)
    assert problem_of(refused) == "MalformedFile"


def test_attest__registration_by_no_member__is_refused(banking: Banking) -> None:
    world = banking.world
    fact = _extract(banking).registration(world.ledger.config, BANK)
    body = {"kind": "Registration", "message": fact.to_json()}
    forged = body | {"approval": world.approval(world.key(BANK), fact)}
    assert problem_of(world.post(BANK, "/v1/attestations", forged)) == "NotMember"
    wrong = body | {"kind": "Remittance", "approval": world.approval(ORACLES[0], fact)}
    assert problem_of(world.post(BANK, "/v1/attestations", wrong)) == "MalformedAgreement"
    other = body | {"kind": "Finance", "approval": world.approval(ORACLES[0], fact)}
    assert problem_of(world.post(BANK, "/v1/attestations", other)) == "MalformedRequest"


def test_worklist__registration_read_in_two_ways__is_shown_to_whom_it_concerns(
    either: Banking,
) -> None:
    world = either.world
    sound = _extract(either).registration(world.ledger.config, BANK)
    contrary = replace(sound, bank=either.rival)

    def attest(key: Key, fact: Registration) -> Response:
        approval = world.approval(key, fact)
        body = {"kind": "Registration", "message": fact.to_json(), "approval": approval}
        return world.post(key, "/v1/attestations", body)

    assert attest(ORACLES[0], sound).json()["given"] == 1
    refused = attest(ORACLES[0], contrary)
    assert problem_of(refused) == "MemberContradictsItself"
    assert (refused.json()["act"], refused.json()["member"]) == (None, ORACLES[0].address)
    second = attest(ORACLES[1], sound).json()
    assert (second["given"], len(second["others"]), second["act"]) == (1, 1, None)
    for who, shown in ((ORACLES[2], 2), (BANK, 1), (either.rival, 1)):
        (found,) = world.get(who, "/v1/worklist").json()["disagreements"]
        assert (len(found["readings"]), found["hidden"]) == (shown, 2 - shown)
        assert found["equivocations"] == [{"member": ORACLES[0].address, "act": None}]
    assert world.get(TIER2, "/v1/worklist").json()["disagreements"] == []
    assert attest(ORACLES[2], sound).json()["act"]["status"] == "accepted"


# ── the command ──────────────────────────────────────────────────────────────────────────────


def test_command__extract_read_attested_listed(
    banking: Banking, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    world, file = banking.world, tmp_path / "extract.json"
    connect(world, monkeypatch)
    named = Desk.key
    oracles = {f"oracle-{number}": key for number, key in enumerate(ORACLES, 1)}
    monkeypatch.setattr(Desk, "key", lambda desk, name: oracles.get(name) or named(desk, name))
    _write(banking, file)
    said = run_json("registration", "read", str(file))
    assert (said["claim"], said["start"], said["end"]) == (banking.claim, "1000", "3000")
    for name in ("oracle-1", "oracle-3"):
        told = run_json("registration", "attest", str(file), "--key", name, "--yes")
    assert told["act"]["status"] == "accepted"
    world.mine()
    listed = run_json("registration", "list", "--key", str(BANK))
    assert said["commitment"] in [one["number"] for one in listed]
    with pytest.raises(FileExistsError):
        _write(banking, file)
    longer = tmp_path / "longer.json"
    _run("registration", "prolong", str(file), "--expires-on", "2029-11-22", "--out", str(longer))
    prolonged = run_json("registration", "read", str(longer))
    assert prolonged == said | {"expires_on": "2029-11-22"}
    for name in ("oracle-1", "oracle-2"):
        run_json("registration", "attest", str(longer), "--key", name, "--yes")
    world.mine()
    listed = run_json("registration", "list", "--key", str(BANK))
    held = {one["number"]: one["expires_on"] for one in listed}
    assert held[said["commitment"]] == "2029-11-22"


def _write(banking: Banking, file: Path) -> None:
    world = banking.world
    _run(
        "registration",
        "extract",
        "05219944003118",
        *("--claim", str(banking.claim), "--units", "1000", "3000"),
        *("--secured", _identifier(world, BANK), "--debtor", _identifier(world, CORE)),
        *("--seller", _identifier(world, TIER2), "--registered-at", "2026-11-17T10:00:00Z"),
        *("--expires-on", "2027-11-22", "--out", str(file)),
    )


def _run(*arguments: str) -> None:
    with capture_logs():
        ended = CliRunner().invoke(app, list(arguments))
    if ended.exception is not None:
        raise ended.exception


# ── the desk ─────────────────────────────────────────────────────────────────────────────────


def _rule(view: dict[str, Any], rule: str) -> str:
    answers = {one["rule"]: one["outcome"] for one in view["view"]["rules"]["answers"]}
    return str(answers[rule])


def _rules(view: dict[str, Any]) -> tuple[str, str]:
    return _rule(view, "registration-before-finance"), _rule(view, "registration-priority")


def _number(view: dict[str, Any]) -> str | None:
    found = view["view"]["registration"]
    return None if found is None else str(found["number"])


def test_desk__own_registration__is_what_the_chain_says(either: Banking) -> None:
    (request,) = either.ask(BANK)
    view = either.look(BANK, request)
    assert _number(view) == "0x" + registration_of(BANK).hex()
    assert view["view"]["registration"]["expires_on"] == "2030-01-01"
    assert view["view"]["earlier_registrations"] == []
    assert _rules(view) == ("pass", "pass")


@pytest.mark.parametrize(
    "changes",
    [
        {"start": 1_001},
        {"end": 2_999},
        {"claim": 2},
        {"expiresOn": 2026_11_17},
        {"bank": STRANGER},
    ],
)
def test_desk__registration_that_doesnt_cover__is_none(
    bare: Banking, changes: dict[str, Any]
) -> None:
    if changes.get("claim"):
        bare.world.ledger.issue(CORE, TIER1, 5_000)
    bare.register(BANK, **changes)
    (request,) = bare.ask(BANK)
    view = bare.look(BANK, request)
    assert _number(view) is None
    assert _rule(view, "registration-before-finance") == "refused"
    refused = bare.quote(BANK, request, bare.draft(BANK, request, view))
    assert problem_of(refused) == "RulesRefuse"
    assert bare.open_of(BANK) == 0


def test_desk__another_bank_registered_before__is_shown_without_its_name_and_justified(
    either: Banking,
) -> None:
    rival = either.rival
    (request,) = either.ask(rival)
    view = either.look(rival, request)
    assert _rules(view) == ("pass", "needs_justification")
    (earlier,) = view["view"]["earlier_registrations"]
    assert earlier.keys() == {"start", "end", "registered_at", "expires_on"}
    body = either.draft(rival, request, view)
    bare = body | {"justifications": {"tenor-financed": "why"}}
    refused = either.quote(rival, request, bare)
    assert problem_of(refused) == "JustificationMissing"
    assert refused.json()["rules"] == ["registration-priority"]
    assert either.open_of(rival) == 0
    assert either.quote(rival, request, body).status_code == 201
    decided = either.world.get(rival, "/v1/desk/decisions").json()["items"][0]
    assert "registration-priority" in decided["justifications"]


@pytest.mark.parametrize(
    ("changes", "counts"),
    [
        ({"registeredAt": REGISTERED - 1}, True),
        ({"registeredAt": REGISTERED}, True),
        ({"registeredAt": REGISTERED + 1}, False),
        ({"registeredAt": REGISTERED - 1, "start": 2_999}, True),
        ({"registeredAt": REGISTERED - 1, "start": 3_000}, False),
        ({"registeredAt": REGISTERED - 1, "end": 1_000}, False),
        ({"registeredAt": REGISTERED - 1, "end": 1_001}, True),
        ({"registeredAt": REGISTERED - 1, "expiresOn": 2026_11_17}, False),
        ({"registeredAt": REGISTERED - 1, "expiresOn": 2026_11_18}, True),
        ({"registeredAt": REGISTERED - 1, "bank": BANK}, False),
        ({"registeredAt": REGISTERED - 1, "bank": TIER2}, False),
        ({"registeredAt": REGISTERED - 1, "bank": TIER1}, False),
    ],
)
def test_desk__what_comes_before__is_by_time_units_and_party(
    banking: Banking, changes: dict[str, Any], counts: bool
) -> None:
    """TIER1 and TIER2 stand for banks that held the units and gave, or give, them on."""
    third = banking.world.ledger.enrol("THIRD BANK", 4)
    banking.register(third, **({"number": keccak(b"third")} | changes))
    (request,) = banking.ask(BANK)
    view = banking.look(BANK, request)
    assert (len(view["view"]["earlier_registrations"]) == 1) is counts
    assert ("registration-priority" in asking_why(view)) is counts


def test_desk__several_of_its_own__the_earliest_that_holds_is_quoted_on(banking: Banking) -> None:
    early, lapsed = keccak(b"early"), keccak(b"lapsed")
    banking.register(BANK, number=early, registeredAt=REGISTERED - 50)
    banking.register(BANK, number=lapsed, registeredAt=REGISTERED - 99, expiresOn=2026_11_17)
    (request,) = banking.ask(BANK)
    view = banking.look(BANK, request)
    assert _number(view) == "0x" + early.hex()
    body = banking.draft(BANK, request, view)
    other = banking.draft(
        BANK,
        request,
        view,
        alter=lambda one: replace(one, registration=registration_of(BANK)),
    )
    assert problem_of(banking.quote(BANK, request, other)) == "QuoteDiffers"
    assert banking.quote(BANK, request, body).status_code == 201


def test_desk__registration_lapses_after_the_look__quote_is_refused(bare: Banking) -> None:
    world = bare.world
    world.now = end_of(business_day(NOW)) - 60
    world.tokens.clear()
    bare.register(BANK, expiresOn=number_of(business_day(NOW)))
    (request,) = bare.ask(BANK)
    body = bare.draft(BANK, request, bare.look(BANK, request))
    world.now += 120
    refused = bare.quote(BANK, request, body)
    assert problem_of(refused) == "RulesRefuse"
    assert refused.json()["rules"] == ["registration-before-finance"]
    assert bare.open_of(BANK) == 0


def test_registration__prolonged__holds_on(banking: Banking) -> None:
    number = keccak(b"prolonged")
    banking.register(BANK, number=number, registeredAt=1, expiresOn=2026_11_17)
    (request,) = banking.ask(BANK)
    assert _number(banking.look(BANK, request)) != "0x" + number.hex()
    banking.register(BANK, number=number, registeredAt=1, expiresOn=2029_11_17)
    assert _number(banking.look(BANK, request)) == "0x" + number.hex()

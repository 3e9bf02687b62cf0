"""What people did about lines: signed, in a journal that can't be reordered or thinned out."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from httpx import Response

from client.api import Api
from client.http import Http
from client.keys import Key as ClientKey
from client.member import Member
from client.resolving import check_journal, draft_resolution, find_worklist_line, resolve
from ledger.hexadecimal import hexed, unhexed
from ledger.resolving import (
    EMPTY_JOURNAL,
    JournalBroken,
    LineResolution,
    Remedy,
    head_after,
    resolution_domain,
)
from ledger.typed import digest_of
from tests.api.test_day_end import ACCOUNTS, claim, debit, hand_in, lot_line, settle, statement
from tests.api.world import BANK, CORE, STRANGER, TIER2, URL, World, problem_of
from tests.support.synthetic import DEPLOYMENT, ORACLES, Key

__all__ = ["claim"]


@pytest.fixture
def stray(world: World, claim: int) -> dict[str, Any]:
    """A line that pays nothing here, handed in by BANK."""
    return hand_in(world, lot_line(world, claim, end_to_end_id="RENT"))[0]


def draft(world: World, paid: dict[str, Any], who: int | Key = BANK, **changes: Any) -> Any:
    end = world.get(who, "/v1/worklist/journal").json()
    resolution = LineResolution(
        line=unhexed(paid["fingerprint"]),
        amount=int(paid["amount"]),
        currency=paid["currency"],
        remedy="returned",
        note="sent back, B-881",
        position=end["length"],
        head=unhexed(end["head"]),
        validUntil=world.now + 60,
    )
    return replace(resolution, **changes)


def approval(key: Key, resolution: LineResolution) -> str:
    digest = digest_of(resolution, resolution_domain(DEPLOYMENT).separator())
    return "0x" + key.sign(digest).hex()


def send(
    world: World,
    line: dict[str, Any],
    resolution: LineResolution,
    who: int | Key = BANK,
    keys: list[Key] | None = None,
) -> Response:
    signed = [approval(key, resolution) for key in keys or [world.key(who)]]
    body = {"message": resolution.to_json(), "approvals": signed}
    return world.post(who, f"/v1/worklist/{line['id']}/resolution", body)


def listed(world: World, who: int | Key = BANK) -> list[str]:
    return [one["id"] for one in world.get(who, "/v1/worklist").json()["items"]]


def state_of(world: World) -> tuple[list[str], Any]:
    return listed(world), world.get(BANK, "/v1/worklist/journal").json()


# ── the worklist ─────────────────────────────────────────────────────────────────────────────


def test_worklist__unmatched_short_over_repeated__are_on_it_and_exact_is_not(
    world: World, claim: int
) -> None:
    exact = lot_line(world, claim)
    over = lot_line(world, claim, 1_000, units=exact.units * 5)
    (paid,) = hand_in(world, exact)
    assert listed(world) == []
    surplus, again, stray = hand_in(
        world, over, replace(exact, bank_reference="B2"), replace(exact, end_to_end_id="RENT")
    )
    # As long as neither has proven anything, both of a pair need a look.
    assert listed(world) == [stray["id"], again["id"], surplus["id"], paid["id"]]
    shown = {one["id"]: one for one in world.get(BANK, "/v1/worklist").json()["items"]}
    assert [shown[one["id"]]["repeated"] for one in (paid, again, surplus)] == [True, True, False]
    settle(world, claim, exact)
    assert listed(world) == [stray["id"], again["id"], surplus["id"]]


def test_worklist__short_payment__is_on_it(world: World, claim: int) -> None:
    (short,) = hand_in(world, lot_line(world, claim, units=lot_line(world, claim).units // 2))
    assert (short["status"], short["reason"]) == ("matched", "short")
    assert listed(world) == [short["id"]]
    assert listed(world, TIER2) == [short["id"]]


def test_worklist__other_banks_view_or_other_upload__is_no_repetition(
    world: World, claim: int
) -> None:
    exact = lot_line(world, claim)
    hand_in(world, exact)
    assert world.upload(ORACLES[0], "/v1/statements", statement(world, exact)).status_code == 201
    other = replace(exact, account=ACCOUNTS[TIER2], direction="credit")
    hand_in(world, other)
    assert listed(world) == []
    assert listed(world, ORACLES[0]) == []


# ── resolving ────────────────────────────────────────────────────────────────────────────────


def test_resolve__signed__line_is_off_the_list_and_in_the_journal(
    world: World, stray: dict[str, Any]
) -> None:
    resolution = draft(world, stray)
    answer = send(world, stray, resolution)
    assert answer.status_code == 200, answer.text
    assert answer.json()["resolution"] == "sent back, B-881"
    assert listed(world) == []
    journal = world.get(BANK, "/v1/worklist/journal").json()
    (entry,) = journal["items"]
    assert (entry["position"], entry["line"], journal["length"]) == (1, stray["id"], 1)
    assert entry["signers"] == [world.key(BANK).address]
    assert entry["head"] == journal["head"]
    digest, approvals = unhexed(entry["digest"]), [unhexed(one) for one in entry["approvals"]]
    assert journal["head"] == hexed(head_after(EMPTY_JOURNAL, digest, approvals))
    assert send(world, stray, resolution).json() == answer.json()  # again: the same, once
    assert world.get(BANK, "/v1/worklist/journal").json() == journal
    for other in (CORE, STRANGER, ORACLES[0]):
        assert world.get(other, "/v1/worklist/journal").json()["items"] == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"line": bytes(32)}, "ResolutionDiffers"),
        ({"amount": 999}, "ResolutionDiffers"),
        ({"currency": "EUR"}, "ResolutionDiffers"),
        ({"remedy": "forgotten"}, "MalformedAgreement"),
        ({"position": 1}, "JournalMoved"),
        ({"head": b"\x01" * 32}, "JournalMoved"),
        ({"validUntil": 1}, "Expired"),
    ],
)
def test_resolve__of_something_else__is_refused_and_changes_nothing(
    world: World, stray: dict[str, Any], changes: dict[str, Any], problem: str
) -> None:
    before = state_of(world)
    assert problem_of(send(world, stray, draft(world, stray, **changes))) == problem
    assert state_of(world) == before


def test_resolve__signed_by_another_or_altered__is_refused_and_changes_nothing(
    world: World, stray: dict[str, Any]
) -> None:
    before = state_of(world)
    resolution = draft(world, stray)
    foreign = send(world, stray, resolution, keys=[world.key(STRANGER)])
    assert problem_of(foreign) == "NotSigner"
    altered = {
        "message": replace(resolution, note="written off").to_json(),
        "approvals": [approval(world.key(BANK), resolution)],
    }
    path = f"/v1/worklist/{stray['id']}/resolution"
    assert problem_of(world.post(BANK, path, altered)) == "NotSigner"
    contract = {"message": resolution.to_json(), "approvals": ["0x" + "ab" * 90]}
    assert problem_of(world.post(BANK, path, contract)) == "InvalidApproval"
    unsigned = {"message": resolution.to_json(), "approvals": []}
    assert problem_of(world.post(BANK, path, unsigned)) == "MalformedRequest"
    assert problem_of(world.post(BANK, path, {"note": "done"})) == "MalformedRequest"
    assert state_of(world) == before


def test_resolve__by_whom_it_concerns_or_a_stranger__is_refused(world: World, claim: int) -> None:
    (short,) = hand_in(world, lot_line(world, claim, units=lot_line(world, claim).units // 2))
    before = state_of(world)
    concerned = send(world, short, draft(world, short, TIER2), TIER2)
    assert problem_of(concerned) == "NotYourStatement"
    stranger = send(world, short, draft(world, short, STRANGER), STRANGER)
    assert problem_of(stranger) == "NotFound"
    assert state_of(world) == before


def test_resolve__already_resolved__is_refused(world: World, stray: dict[str, Any]) -> None:
    assert send(world, stray, draft(world, stray)).status_code == 200
    before = state_of(world)
    assert problem_of(send(world, stray, draft(world, stray, note="again"))) == "LineResolved"
    assert state_of(world) == before


def test_resolve__amount_for_four_eyes__needs_both(world: World, claim: int) -> None:
    careful = world.ledger.enrol("CAREFUL BANK", 4, signers=2, quorum=2, dual_above=900)
    world.index()
    line = lot_line(world, claim, end_to_end_id="RENT")
    (stray,) = hand_in(world, line, who=careful)
    resolution = draft(world, stray, careful)
    one, other = sorted(world.ledger.parties[careful], key=lambda key: key.address.lower())
    alone = send(world, stray, resolution, careful, [one])
    assert problem_of(alone) == "ApprovalsMissing"
    assert listed(world, careful) == [stray["id"]]
    assert send(world, stray, resolution, careful, [one, other]).status_code == 200
    (entry,) = world.get(careful, "/v1/worklist/journal").json()["items"]
    assert entry["signers"] == [one.address, other.address]


def test_resolve__member_without_a_party__has_a_journal_of_its_own(
    world: World, claim: int
) -> None:
    member = ORACLES[0]
    content = statement(world, lot_line(world, claim, end_to_end_id="RENT"))
    stray = world.upload(member, "/v1/statements", content).json()["lines"][0]
    resolution = draft(world, stray, member)
    foreign = send(world, stray, resolution, member, [ORACLES[1]])
    assert problem_of(foreign) == "InvalidApproval"
    assert send(world, stray, resolution, member).status_code == 200
    assert world.get(member, "/v1/worklist/journal").json()["length"] == 1
    assert world.get(BANK, "/v1/worklist/journal").json()["length"] == 0


def test_resolve__two_at_once_over_one_head__one_is_told_that_the_journal_moved(
    either_world: World,
) -> None:
    world = either_world
    lines = [
        debit(world, "6222", "RENT", 10 + n, _nobody(), bank_reference=f"B{n}") for n in range(8)
    ]
    strays = hand_in(world, *lines)
    drafts = [draft(world, one) for one in strays]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda pair: send(world, *pair), zip(strays, drafts, strict=True)))
    done = [answer for answer in answers if answer.status_code == 200]
    assert len(done) == 1
    assert {problem_of(one) for one in answers if one not in done} == {"JournalMoved"}
    assert world.get(BANK, "/v1/worklist/journal").json()["length"] == 1
    assert len(listed(world)) == 7


def _nobody() -> Any:
    from ledger.documents import Counterparty

    return Counterparty("somebody")


# ── with the client ──────────────────────────────────────────────────────────────────────────


def a_member(world: World) -> Member:
    key = ClientKey(world.key(BANK).private.secret)
    api = Api(Http(URL, transport=world.http._transport))
    api.sign_in(key)
    return Member(key, api, DEPLOYMENT)


def test_client__resolves_and_checks__every_tampering_is_found(world: World, claim: int) -> None:
    lines = [lot_line(world, claim, end_to_end_id="RENT", bank_reference=f"B{n}") for n in range(3)]
    member = a_member(world)
    for number, one in enumerate(hand_in(world, *lines)):
        found = find_worklist_line(member.api, one["id"])
        resolution = draft_resolution(member.api, found, Remedy.ELSEWHERE, f"rent {number}")
        assert resolve(member, one["id"], resolution)["resolution"] == f"rent {number}"
    journal = list(member.api.journal())
    assert check_journal(journal, DEPLOYMENT) == member.api.journal_end()[1]
    assert check_journal([], DEPLOYMENT) == EMPTY_JOURNAL
    newest, middle, oldest = journal
    written = {**middle, "message": {**middle["message"], "note": "nothing happened"}}
    signed = {**middle, "signers": [ORACLES[0].address]}
    headed = {**newest, "head": "0x" + "11" * 32}
    unsigned = {**middle, "approvals": [], "signers": []}
    for spoilt in (
        [newest, oldest],
        [newest, middle],
        [middle, newest, oldest],
        [newest, written, oldest],
        [newest, signed, oldest],
        [newest, unsigned, oldest],
        [headed, middle, oldest],
        [newest, middle, oldest, oldest],
    ):
        with pytest.raises(JournalBroken):
            check_journal(spoilt, DEPLOYMENT)  # type: ignore[arg-type]

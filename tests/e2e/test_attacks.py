"""Bad agreements, other people's tokens: tried as an attacker would, against a whole stack.

Each attempt gets its own named refusal, and leaves ledger, outbox and everything kept as it was.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from ledger.acts import SignedAct
from ledger.agreements import FOREVER, Amendment
from ledger.keccak import keccak
from tests.chain.stage import TIER_1, TIER_2, TIER_3
from tests.e2e.town import FACE, Town, problem_of
from tests.support.accounts import address_of
from tests.support.synthetic import Key

LONG_AGO = 1_000_000_000
MOST = 2**64 - 1


def _signature_of_another(town: Town) -> SignedAct:
    return SignedAct(town.transfer(), town.signed(town.transfer(end=1)).approvals)


def _signed_elsewhere(town: Town, **elsewhere: Any) -> SignedAct:
    home = town.script.deployment
    town.script.deployment = replace(home, **elsewhere)
    try:
        return town.signed(town.transfer())
    finally:
        town.script.deployment = home


def _issue(town: Town, face: int, **changes: Any) -> SignedAct:
    return town.signed(replace(town.issue(face, keccak(b"new"), total=FACE), **changes))


def _part_used(town: Town, face: int, **changes: Any) -> SignedAct:
    return town.signed(town.issue(face, town.part_used, **({"total": 1_000} | changes)))


AGREEMENTS: dict[str, tuple[Callable[[Town], SignedAct], str]] = {
    "stale": (lambda t: t.signed(t.transfer(version=1)), "LotChanged"),
    "version to come": (lambda t: t.signed(t.transfer(version=9)), "LotChanged"),
    "one signature for two acts": (_signature_of_another, "NotSigner"),
    "another chain": (lambda t: _signed_elsewhere(t, chain_id=1), "NotSigner"),
    "another contract": (
        lambda t: _signed_elsewhere(t, receivables=address_of("elsewhere")),
        "NotSigner",
    ),
    "signed by a stranger": (
        lambda t: t.signed(t.transfer(), [Key("thief")], [t.key(TIER_3)]),
        "NotSigner",
    ),
    "one side's signature for both": (
        lambda t: t.signed(t.transfer(), [t.key(TIER_3)], [t.key(TIER_3)]),
        "NotSigner",
    ),
    "no signature": (lambda t: SignedAct(t.transfer(), ((), ())), "ApprovalsMissing"),
    "expired": (lambda t: t.signed(t.transfer(validUntil=LONG_AGO)), "Expired"),
    "nothing given": (lambda t: t.signed(t.transfer(end=0)), "ZeroAmount"),
    "most given": (lambda t: t.signed(t.transfer(end=MOST)), "AmountTooLarge"),
    "nothing issued": (lambda t: _issue(t, 0), "ZeroAmount"),
    "most issued": (lambda t: _issue(t, MOST), "AmountTooLarge"),
    "beyond the lot": (lambda t: t.signed(t.transfer(end=FACE + 1)), "OutsideLot"),
    "turned round": (lambda t: t.signed(t.transfer(start=9, end=3)), "ZeroAmount"),
    "no such lot": (lambda t: t.signed(t.transfer(lot=5)), "UnknownLot"),
    "to oneself": (lambda t: t.signed(t.transfer(recipient=TIER_1)), "SelfDealing"),
    "another's lot": (lambda t: t.signed(t.transfer(holder=TIER_2)), "NotHolder"),
    "invoice used up": (lambda t: _part_used(t, 401, version=1), "InvoiceOverused"),
    "invoice used meanwhile": (lambda t: _part_used(t, 400), "InvoiceVersionStale"),
    "invoice made larger": (
        lambda t: _part_used(t, 400, version=1, total=2_000),
        "InvoiceMismatch",
    ),
    "invoice in another currency": (
        lambda t: _part_used(t, 400, version=1, currency="EUR"),
        "InvoiceMismatch",
    ),
    "no such currency": (lambda t: _issue(t, FACE, currency="XTS"), "UnknownCurrency"),
    "no such party": (
        lambda t: t.signed(t.transfer(recipient=99), [t.key(TIER_1)], [t.key(TIER_3)]),
        "UnknownParty",
    ),
}


@pytest.mark.parametrize("attempt", AGREEMENTS)
def test_agreement__attacked__is_refused_by_name(town: Town, attempt: str) -> None:
    make, name = AGREEMENTS[attempt]
    with town.unchanged():
        fate = town.fate(make(town))
        assert (fate["status"], fate["name"]) == ("refused", name)


def test_agreement__replayed__is_the_act_it_was(town: Town) -> None:
    agreement = town.issue(600, town.part_used, total=1_000)
    with town.unchanged():
        first, again = (town.fate(town.signed(agreement)) for _ in range(2))
        assert first == again
        assert first["status"] == "confirmed"


def test_agreement__signer_removed_after_signing__is_refused(town: Town) -> None:
    leaver = town.script.enrol("LEAVER", 2, signers=2)
    stays, goes = town.script.parties[leaver]
    town.post()
    signed = town.signed(town.transfer(recipient=leaver), [town.key(TIER_1)], [goes])
    town.script.amend(Amendment(leaver, 1, 2, True, (), (goes.address,), 1, FOREVER, FOREVER))
    token = town.headers(goes)
    town.post()
    with town.unchanged():
        assert town.fate(signed)["name"] == "NotSigner"
        assert problem_of(town.http.get("/v1/me", headers=token)) == "NotEnrolled"
    assert town.get(stays, "/v1/me").json()["party"] == leaver


def test_token__of_another_party__finds_and_changes_nothing(town: Town) -> None:
    offer = town.transfer(end=10)
    mine = town.script.signed(offer, [town.key(TIER_1)], []).approvals[0][0]
    body = {"kind": "Transfer", "message": offer.to_json(), "approvals": ["0x" + mine.hex()]}
    proposal = town.send(TIER_1, "/v1/proposals", body).json()
    path = f"/v1/proposals/{proposal['id']}"
    stolen = {"approval": "0x" + town.key(TIER_2).sign(town.deployment.digest(offer)).hex()}
    with town.unchanged():
        for outsider in (TIER_2, town.bank):
            assert problem_of(town.get(outsider, path)) == "NotFound"
            assert problem_of(town.send(outsider, f"{path}/approvals", stolen)) == "NotFound"
            assert problem_of(town.send(outsider, f"{path}/submission", {})) == "NotFound"
            refusal = town.send(outsider, f"{path}/refusal", {"reason": "no"})
            assert problem_of(refusal) == "NotFound"
        assert problem_of(town.send(TIER_2, "/v1/proposals", body)) == "NotASide"
        assert problem_of(town.send(TIER_3, f"{path}/approvals", stolen)) == "NotSigner"
        assert problem_of(town.send(TIER_1, f"{path}/submission", {})) == "ApprovalsMissing"
        assert (
            problem_of(town.get(TIER_2, f"/v1/payment-instructions?claim={town.claim}"))
            == "NotFound"
        )
    assert town.get(TIER_1, path).json() == proposal


@pytest.mark.parametrize("token", ["", "Bearer", "Bearer x", "Basic eDp5", "Bearer " + "a" * 5_000])
def test_token__that_is_none__is_asked_to_sign_in(town: Town, token: str) -> None:
    with town.unchanged():
        answer = town.http.get("/v1/receivables", headers={"Authorization": token})
        assert (problem_of(answer), answer.status_code) == ("SignInRequired", 401)

"""Bringing an existing book over: financed before today, and maybe due before today."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from ledger.agreements import FOREVER, InvoiceUse, Issue
from ledger.business_day import business_day, number_of
from ledger.commitments import EMPTY_ROOT
from ledger.keccak import keccak
from tests.api.banking import Banking, registration_of
from tests.api.world import BANK, CORE, NOW, TIER1, TIER2, World, problem_of

TODAY = business_day(NOW)
WHY = {"late-capture": "Financed on paper; entered today with the bank's whole book."}


@pytest.fixture
def banking(world: World) -> Banking:
    return Banking(world)


def _matured_request(banking: Banking, days_ago: int = 60) -> dict[str, Any]:
    """A claim that fell due ten days ago, and was financed before that."""
    ledger = banking.world.ledger
    use = InvoiceUse(keccak(b"old"), 5_000, 5_000, 0)
    maturity = number_of(TODAY - timedelta(10))
    act = Issue(CORE, TIER1, "CNY", 5_000, maturity, (use,), EMPTY_ROOT, FOREVER)
    claim = ledger.post_issue(act)
    ledger.transfer(claim, 0, 0, 5_000, TIER2)
    banking.world.index()
    banking.register(BANK, claim=claim, number=registration_of(claim))
    lot = {"claim": claim, "lot": "0", "version": 2, "start": "0", "end": "5000"}
    financed = (TODAY - timedelta(days_ago)).isoformat()
    (request,) = banking.ask(BANK, mode="recourse", value_date=financed, **lot)
    return request


def _answer_to(view: dict[str, Any], rule: str) -> str:
    answers = {one["rule"]: one["outcome"] for one in view["view"]["rules"]["answers"]}
    return str(answers[rule])


def test_late_capture__matured_claim__quoted_once_it_is_justified(banking: Banking) -> None:
    request = _matured_request(banking)
    view = banking.look(BANK, request)
    assert view["view"]["rules"]["facts"]["days_captured_late"] == 60
    assert _answer_to(view, "late-capture") == "needs_justification"
    assert _answer_to(view, "tenor-financed") == "pass"
    terms = banking.terms(request, maturity=TODAY - timedelta(10))
    unjustified = banking.draft(BANK, request, view, terms, justifications={})
    answer = banking.quote(BANK, request, unjustified)
    assert problem_of(answer) == "JustificationMissing", answer.text
    assert banking.open_of(BANK) == 0
    justified = banking.draft(BANK, request, view, terms, justifications=WHY)
    answer = banking.quote(BANK, request, justified)
    assert (answer.status_code, answer.json()["status"]) == (201, "offered")
    (decision,) = banking.world.get(BANK, "/v1/desk/decisions").json()["items"]
    assert decision["justifications"] == WHY


def test_late_capture__request_of_yesterday_for_today__is_not_late(banking: Banking) -> None:
    (request,) = banking.ask(BANK)
    banking.world.now += 86_400
    banking.world.tokens.clear()
    view = banking.look(BANK, request)
    assert view["view"]["rules"]["facts"]["days_captured_late"] == 0
    assert _answer_to(view, "late-capture") == "pass"


@pytest.mark.parametrize(("days", "problem"), [(91, "RequestRunsWrong"), (5, "NoTerm")])
def test_late_capture__too_far_back_or_after_maturity__is_refused(
    banking: Banking, days: int, problem: str
) -> None:
    request = _matured_request(banking)
    financed = (TODAY - timedelta(days)).isoformat()
    lot = {name: request[name] for name in ("claim", "lot", "version", "start", "end", "mode")}
    body = banking.body(BANK, value_date=financed, **lot)
    assert problem_of(banking.world.post(TIER2, "/v1/finance-requests", body)) == problem

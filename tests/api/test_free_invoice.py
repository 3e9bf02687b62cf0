"""How much of an invoice is free: one number over all banks, told to those entitled alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from httpx import Response

from api.invoices import FreeAmount
from tests.api.commanding import connect
from tests.api.test_invoice_use import issued
from tests.api.test_lines import other_bank
from tests.api.test_reversals import PARTIAL, red
from tests.api.test_reversals import PATH as REVERSALS
from tests.api.world import (
    AUDITOR,
    BANK,
    CORE,
    NOW,
    STRANGER,
    TIER1,
    TIER2,
    World,
    einvoice,
    problem_of,
)
from tests.support.commanding import run_json
from tests.support.synthetic import COUNCIL

WEEK = 7 * 86_400


def _document(world: World, who: int = TIER1, content: bytes | None = None) -> dict[str, Any]:
    found: dict[str, Any] = world.upload(who, "/v1/documents", content or einvoice()).json()
    return found


def _copied(note: str = "copied") -> bytes:
    """Another document with the same seller and number: anyone can write one."""
    return einvoice(**{"<IssueTime>": f"<!-- {note} --><IssueTime>"})


def _open(world: World, document: dict[str, Any], to: int, who: int = TIER1) -> None:
    path = f"/v1/documents/{document['id']}/openings"
    assert world.post(who, path, {"party": to}).status_code < 300


def _ask(world: World, who: int, document: dict[str, Any]) -> Response:
    return world.get(who, f"/v1/invoices/{document['fingerprint']}/free")


def _free(world: World, who: int, document: dict[str, Any]) -> str:
    answer = _ask(world, who, document)
    assert answer.status_code == 200, answer.text
    return str(answer.json()["free"])


def _request(world: World, claim: int, bank: int, **changes: Any) -> dict[str, Any]:
    """TIER1 asks a bank about all that it holds of the claim."""
    lot = world.ledger.lots[claim, 0]  # type: ignore[index]
    body = {
        "banks": [bank],
        "claim": claim,
        "lot": "0",
        "version": lot.version,
        "start": "0",
        "end": str(lot.end),
        "mode": "sale",
        "value_date": "2026-11-18",
        "expires": NOW + WEEK,
    }
    answer = world.post(TIER1, "/v1/finance-requests", body | changes)
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()["requests"][0]
    return found


def test_free__of_a_used_invoice__the_same_number_for_all_entitled_and_nothing_else(
    world: World,
) -> None:
    rival = other_bank(world)
    document = _document(world)
    payable = int(document["invoice"]["payable"])
    claim = issued(world, document)
    for bank in (BANK, rival):
        _request(world, claim, bank)
    for who in (TIER1, CORE, BANK, rival):
        answer = _ask(world, who, document)
        assert answer.json() == {"free": str(payable - 5_000), "currency": "CNY"}
    assert set(FreeAmount.model_fields) == {"free", "currency"}


def test_free__asked_by_others__there_is_no_such_invoice(world: World) -> None:
    document = _document(world)
    claim = issued(world, document)
    world.ledger.transfer(claim, 0, 0, 1_000, TIER2)  # type: ignore[arg-type]
    world.index()
    unknown = f"/v1/invoices/0x{'12' * 32}/free"
    for who in (TIER2, STRANGER, AUDITOR, BANK):
        seen, unseen = _ask(world, who, document), world.get(who, unknown)
        assert problem_of(seen) == problem_of(unseen) == "NotFound"
        assert {**seen.json(), "instance": ""} == {**unseen.json(), "instance": ""}


def test_free__whoever_writes_a_document_with_that_number__learns_nothing(world: World) -> None:
    genuine = _document(world)
    for who in (STRANGER, BANK, TIER2):
        copy = _document(world, who, _copied(str(who)))
        assert copy["fingerprint"] == genuine["fingerprint"]
        assert problem_of(_ask(world, who, genuine)) == "NotFound"
    # Nor is a bank told what a stranger opened to it.
    _open(world, _document(world, STRANGER, _copied("x")), BANK, STRANGER)
    assert problem_of(_ask(world, BANK, genuine)) == "NotFound"


def test_free__opened_by_its_seller__is_told_to_a_bank_and_to_no_other(world: World) -> None:
    document = _document(world)
    for number in range(3):
        _open(world, _document(world, STRANGER, _copied(str(number))), BANK, STRANGER)
    _open(world, document, BANK)
    _open(world, document, TIER2)
    assert _free(world, BANK, document) == document["invoice"]["payable"]
    assert problem_of(_ask(world, TIER2, document)) == "NotFound"
    issued(world, document)
    payable = int(document["invoice"]["payable"])
    assert _free(world, BANK, document) == str(payable - 5_000)


@pytest.mark.parametrize("ended", ["expired", "declined", "withdrawn"])
def test_free__request_is_over__the_bank_is_told_no_more(world: World, ended: str) -> None:
    document = _document(world)
    request = _request(world, issued(world, document), BANK)
    assert _free(world, BANK, document)
    match ended:
        case "expired":
            world.now += WEEK + 1
            world.tokens.clear()
        case "declined":
            view = world.post(BANK, f"/v1/desk/requests/{request['id']}/views", {}).json()
            body = {"seen": view["hash"], "reason": "no"}
            path = f"/v1/desk/requests/{request['id']}/decline"
            assert world.post(BANK, path, body).status_code == 200
        case _:
            path = f"/v1/finance-requests/{request['id']}/withdrawal"
            assert world.post(TIER1, path, {}).status_code == 200
    assert problem_of(_ask(world, BANK, document)) == "NotFound"


def test_free__member_without_a_party__is_told_so(world: World) -> None:
    answer = world.get(COUNCIL[0], f"/v1/invoices/0x{'12' * 32}/free")
    assert problem_of(answer) == "PartyRequired"


def test_invoice_free__command__takes_a_file_or_a_fingerprint(
    world: World, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    connect(world, monkeypatch)
    document = _document(world)
    file = tmp_path / "invoice.xml"
    file.write_bytes(einvoice())
    expected = {"free": document["invoice"]["payable"], "currency": "CNY"}
    for named in (str(file), document["fingerprint"]):
        assert run_json("invoice", "free", named, "--key", str(TIER1)) == expected


def test_free__of_a_reversed_invoice__is_less_by_as_much(world: World) -> None:
    document = _document(world)
    payable = int(document["invoice"]["payable"])
    assert world.upload(TIER1, REVERSALS, PARTIAL).status_code == 201
    assert _free(world, TIER1, document) == str(payable - 11_300)
    issued(world, document)
    assert _free(world, CORE, document) == str(payable - 11_300 - 5_000)
    assert world.upload(TIER1, REVERSALS, red()).status_code == 201
    assert _free(world, CORE, document) == "0"


def test_free__a_buyers_red_letter_about_an_invoice_it_owes_nothing_on__changes_nothing(
    world: World,
) -> None:
    document = _document(world)
    assert world.upload(CORE, REVERSALS, red()).status_code == 201
    assert _free(world, TIER1, document) == document["invoice"]["payable"]

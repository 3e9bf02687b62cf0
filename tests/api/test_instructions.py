"""What banks are told: messages that hold to the public schema, recorded once they are taken."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sepaxml
from lxml import etree

from client.api import Api
from client.http import Http
from client.keys import Key as ClientKey
from ledger.references import lot_reference
from tests.api.banking import REFERENCE
from tests.api.test_day_end import claim, report
from tests.api.test_deals import banking, deal
from tests.api.world import BANK, CORE, STRANGER, TIER2, URL, World, problem_of

__all__ = ["banking", "claim", "deal"]

XML = {"Accept": "application/xml"}


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    path = Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"
    return etree.XMLSchema(etree.parse(path))


def take(world: World, who: int, path: str, **params: Any) -> bytes:
    headers = {**world.headers(who), **XML}
    answer = world.http.get(path, headers=headers, params=params)
    assert answer.status_code == 200, answer.text
    return answer.content


def taken(world: World, who: int) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = world.get(who, "/v1/payment-instructions/handed-out").json()[
        "items"
    ]
    return found


def account(world: World, *parties: int) -> None:
    for who in parties:
        stated = {"account": f"622200000000{who:04}", "clearing_code": "102290000001"}
        body = {"name": f"第{who}方（上海）有限公司", "account": stated}
        headers = world.headers(who)
        assert world.http.put("/v1/parties/me/profile", json=body, headers=headers).is_success


def advance(world: World, deal: str) -> str:
    (owed,) = world.get(BANK, f"/v1/deals/{deal}").json()["obligations"]
    return f"/v1/deals/{deal}/obligations/{owed['commitment']}/payment-instruction"


def test_message__of_a_claims_lots__is_valid_against_the_public_schema(
    world: World, claim: int, schema: etree.XMLSchema
) -> None:
    root = etree.fromstring(take(world, CORE, "/v1/payment-instructions", claim=claim))
    schema.assertValid(root)
    texts = [node.text for node in root.iter("{*}EndToEndId")]
    assert texts == [lot_reference(lot.ref) for lot in world.ledger.lots.values()]


def test_message__of_an_advance__is_valid_against_the_public_schema(
    world: World, deal: str, schema: etree.XMLSchema
) -> None:
    account(world, BANK, TIER2)
    root = etree.fromstring(take(world, BANK, advance(world, deal)))
    schema.assertValid(root)
    assert [node.text for node in root.iter("{*}EndToEndId")] == [REFERENCE]


def test_message__taken_twice__is_recorded_as_it_first_was(world: World, claim: int) -> None:
    world.get(CORE, "/v1/payment-instructions", claim=claim)
    assert taken(world, CORE) == []  # looking isn't taking
    take(world, CORE, "/v1/payment-instructions", claim=claim)
    (first,) = taken(world, CORE)
    assert (first["payments"], first["total"], first["currency"]) == (2, "5000", "CNY")
    world.now += 60
    take(world, CORE, "/v1/payment-instructions", claim=claim)
    assert taken(world, CORE) == [first]
    world.ledger.transfer(claim, 0, 0, 400, CORE)  # type: ignore[arg-type]
    world.index()
    take(world, CORE, "/v1/payment-instructions", claim=claim)
    assert [one["payments"] for one in taken(world, CORE)] == [3, 2]
    for other in (TIER2, BANK, STRANGER):
        assert taken(world, other) == []


def test_message__of_an_advance__the_days_report_says_instructed(world: World, deal: str) -> None:
    account(world, BANK, TIER2)
    (before,) = report(world, BANK)["items"]
    assert (before["reference"], before["kind"], before["state"]) == (REFERENCE, "advance", "open")
    take(world, BANK, advance(world, deal))
    (after,) = report(world, BANK)["items"]
    assert (after["state"], after["instructed"]) == ("instructed", after["due"])
    # What the bank was told is the payer's business.
    assert [one["instructed"] for one in report(world, TIER2)["items"]] == ["0"]


def test_message__not_to_be_had__nothing_is_recorded(world: World, deal: str) -> None:
    headers = {**world.headers(BANK), **XML}
    refused = world.http.get(advance(world, deal), headers=headers)
    assert problem_of(refused) == "AccountUnknown"
    assert taken(world, BANK) == []


def test_client_handed_out__newest_first__is_the_partys(world: World, claim: int) -> None:
    api = Api(Http(URL, transport=world.http._transport))
    api.sign_in(ClientKey(world.key(CORE).private.secret))
    assert list(api.handed_out()) == []
    api.payment_instructions(claim)  # type: ignore[arg-type]
    (found,) = api.handed_out()
    assert (found["payments"], found["total"]) == (2, "5000")

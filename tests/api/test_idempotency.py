from __future__ import annotations

import pytest
from httpx import Response

from api.idempotency import REPLAYED
from tests.api.world import CORE, TIER1, TIER2, World, problem_of


def propose(world: World, key: str, amount: int = 60, who: int = TIER1) -> Response:
    transfer = world.transfer(1, TIER2, amount)
    body = {
        "kind": "Transfer",
        "message": transfer.to_json(),
        "approvals": [world.approval(world.key(who), transfer)],
    }
    return world.post(who, "/v1/proposals", body, **{"Idempotency-Key": key})


@pytest.fixture(autouse=True)
def claim(world: World) -> None:
    world.ledger.issue(CORE, TIER1, 5_000)
    world.index()


def test_key__same_request_again__gets_the_first_answer(world: World) -> None:
    first, again = propose(world, "k"), propose(world, "k")
    assert (first.status_code, again.status_code) == (201, 201)
    assert again.content == first.content
    assert REPLAYED not in first.headers
    assert again.headers[REPLAYED] == "true"


def test_key__another_request__is_refused(world: World) -> None:
    propose(world, "k")
    assert problem_of(propose(world, "k", amount=61)) == "IdempotencyKeyReused"


def test_key__of_another_caller__is_another_key(world: World) -> None:
    propose(world, "k")
    other = propose(world, "k", who=TIER2)
    assert (other.status_code, REPLAYED in other.headers) == (200, False)


def test_key__a_refusal__is_kept_too(world: World) -> None:
    headers = {"Idempotency-Key": "k"}
    first = world.post(TIER1, "/v1/mandates", {"message": {}, "approvals": []}, **headers)
    again = world.post(TIER1, "/v1/mandates", {"message": {}, "approvals": []}, **headers)
    assert problem_of(first) == problem_of(again) == "MalformedRequest"
    assert again.headers[REPLAYED] == "true"


@pytest.mark.parametrize("key", ["", "x" * 129, "a\tb"])
def test_key__malformed__is_refused(world: World, key: str) -> None:
    assert problem_of(propose(world, key)) == "MalformedIdempotencyKey"


def test_key__signer_without_access__gets_no_replay(world: World) -> None:
    answer = world.http.post("/v1/proposals", json={}, headers={"Idempotency-Key": "k"})
    assert problem_of(answer) == "SignInRequired"

"""A database that refuses to write: named answers, nothing half-done, and on again afterwards."""

from __future__ import annotations

from structlog.testing import capture_logs

from tests.api.world import CORE, TIER1, TIER2, World, einvoice, problem_of
from tests.store.refusals import no_room, takes_no_writes


def _require_unavailable(answer: object) -> None:
    assert problem_of(answer) == "StorageUnavailable"  # type: ignore[arg-type]
    assert answer.status_code == 503  # type: ignore[attr-defined]
    assert answer.headers["Retry-After"] == "1"  # type: ignore[attr-defined]


def test_agreement__database_takes_no_writes__is_answered_503_and_nothing_kept(
    either_world: World,
) -> None:
    world = either_world
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    body = {"agreements": [world.concluded(world.transfer(claim))]}
    world.token(TIER1)
    with capture_logs() as logs, takes_no_writes(world.database) as trouble:
        _require_unavailable(world.post(TIER1, "/v1/agreements", body))
        assert world.get(TIER1, f"/v1/receivables/{claim}").status_code == 200
        assert world.waiting() == []
    faults = [one for one in logs if one["event"] == "database_fault"]
    assert [one["trouble"] for one in faults] == [trouble]
    (act,) = world.post(TIER1, "/v1/agreements", body).json()["acts"]
    assert act["status"] == "accepted"
    assert len(world.waiting()) == 1


def test_keyed_request__database_takes_no_writes__same_key_works_afterwards(
    either_world: World,
) -> None:
    world = either_world
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    transfer = world.transfer(claim)
    draft = {
        "kind": "Transfer",
        "message": transfer.to_json(),
        "approvals": [world.approval(world.key(TIER1), transfer)],
    }
    world.token(TIER1)
    with takes_no_writes(world.database):
        answer = world.post(TIER1, "/v1/proposals", draft, **{"Idempotency-Key": "k"})
        _require_unavailable(answer)
    assert world.get(TIER1, "/v1/proposals").json()["items"] == []
    answer = world.post(TIER1, "/v1/proposals", draft, **{"Idempotency-Key": "k"})
    assert answer.status_code == 201
    assert "Idempotency-Replayed" not in answer.headers
    assert len(world.get(TIER2, "/v1/proposals").json()["items"]) == 1


def test_document__no_room_on_the_disk__is_kept_once_there_is(world: World) -> None:
    kept = 0
    world.token(TIER1)
    with no_room(world.database), capture_logs() as logs:
        answer = world.upload(TIER1, "/v1/documents", _invoice(kept))
        while answer.status_code == 201:
            kept += 1
            answer = world.upload(TIER1, "/v1/documents", _invoice(kept))
        _require_unavailable(answer)
        assert len(world.get(TIER1, "/v1/documents", limit=200).json()["items"]) == kept < 50
    assert [one["trouble"] for one in logs if one["event"] == "database_fault"] == ["full"]
    assert world.upload(TIER1, "/v1/documents", _invoice(kept)).status_code == 201


def _invoice(number: int) -> bytes:
    return einvoice(f"263320000000000{number:05}")


def test_sign_in__database_takes_no_writes__is_answered_503(world: World) -> None:
    address = {"address": world.key(TIER1).address}
    with takes_no_writes(world.database):
        _require_unavailable(world.http.post("/v1/sign-in/challenge", json=address))
    assert world.sign_in(TIER1)

"""What the API tells of itself: request ids on acts, metrics, the state of operation."""

from __future__ import annotations

import re
import time
from dataclasses import replace
from typing import Any

import pytest
from structlog.testing import capture_logs

from api.app import create_app
from ledger.refusals import LotChanged
from ledger.store.keeping.heartbeats import Heartbeat, beat
from tests.api.world import CORE, NOW, STRANGER, TIER1, TIER2, World, einvoice, problem_of
from tests.support.synthetic import ORACLES


def _value(world: World, name: str, **labels: str) -> float:
    found = world.app.state.services.metrics.registry.get_sample_value(name, labels)
    return 0.0 if found is None else found


def _status(world: World) -> dict[str, Any]:
    answer = world.http.get("/status.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def _beat(world: World, service: str, age: int = 0, **facts: Any) -> None:
    at = (world.now - age) * 1000
    told = {"version": "0.1.0", "last_round": at, **facts}
    world.database.write(lambda connection: beat(connection, Heartbeat(service, at, told)))


# ── one id, from request to event ────────────────────────────────────────────────────────────


def test_request_id__submitted_agreement__is_on_act_and_stays_the_first(world: World) -> None:
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    body = {"agreements": [world.concluded(world.transfer(claim))]}
    first = world.post(TIER1, "/v1/agreements", body, **{"X-Request-ID": "ticket-1"})
    assert first.headers["X-Request-ID"] == "ticket-1"
    again = world.post(TIER2, "/v1/agreements", body, **{"X-Request-ID": "ticket-2"})
    assert again.headers["X-Request-ID"] == "ticket-2"
    path = f"/v1/agreements/{first.json()['acts'][0]['digest']}"
    assert world.get(TIER1, path).json()["request_id"] == "ticket-1"
    assert [act.request_id for act in world.waiting()] == ["ticket-1"]
    world.mine()
    assert world.get(TIER2, path).json()["request_id"] == "ticket-1"


def test_request_id__proposal_submitted_twice_under_one_key__is_the_first_ones(
    world: World,
) -> None:
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    transfer = world.transfer(claim)
    approvals = [world.approval(world.key(TIER1), transfer)]
    draft = {"kind": "Transfer", "message": transfer.to_json(), "approvals": approvals}
    proposal = world.post(TIER1, "/v1/proposals", draft).json()["id"]
    body = {"approval": world.approval(world.key(TIER2), transfer)}
    assert world.post(TIER2, f"/v1/proposals/{proposal}/approvals", body).status_code == 200
    path = f"/v1/proposals/{proposal}/submission"
    for ticket in ("ticket-1", "ticket-2"):
        headers = {"Idempotency-Key": "k", "X-Request-ID": ticket}
        answer = world.post(TIER1, path, **headers)
        assert answer.headers["X-Request-ID"] == ticket
        assert answer.json()["request_id"] == "ticket-1"


def test_request_id__quorum_of_oracles__is_that_of_the_last_signature(world: World) -> None:
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    payment = world.ledger.payment(claim, 0, 100)
    for number, member in enumerate(ORACLES[:2]):
        approval = world.approval(member, payment)
        body = {"kind": "Payment", "message": payment.to_json(), "approval": approval}
        answer = world.post(
            member, "/v1/attestations", body, **{"X-Request-ID": f"member-{number}"}
        )
    assert answer.json()["act"]["request_id"] == "member-1"


def test_request_id__made_up_to_harm__is_replaced(world: World) -> None:
    for bad in ("a b", "x" * 65, 'a"b', "é"):
        answer = world.http.get("/health", headers={"X-Request-ID": bad.encode()})  # type: ignore[dict-item]
        assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-ID"])


# ── metrics ──────────────────────────────────────────────────────────────────────────────────


def test_metrics__known_requests__count_exactly(world: World) -> None:
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    before = _value(
        world, "yuanliu_api_requests_total", route="/health", method="GET", status="200"
    )
    for _ in range(3):
        world.http.get("/health")
    world.get(TIER1, f"/v1/receivables/{claim}")
    world.get(STRANGER, f"/v1/receivables/{claim}")
    route = "/v1/receivables/{claim}"
    requests = "yuanliu_api_requests_total"
    assert _value(world, requests, route="/health", method="GET", status="200") == before + 3
    assert _value(world, requests, route=route, method="GET", status="200") == 1
    assert _value(world, requests, route=route, method="GET", status="404") == 1
    assert _value(world, "yuanliu_api_problems_total", problem="NotFound") == 1
    assert _value(world, "yuanliu_api_request_seconds_count", route=route, method="GET") == 2
    assert _value(world, "yuanliu_api_requests_in_flight") == 0


def test_metrics__agreements_refused_among_others__each_counts(world: World) -> None:
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    good = world.concluded(world.transfer(claim))
    unknown = {"kind": "Nothing", "message": {}, "approvals": []}
    world.submit(TIER1, unknown, good, unknown)
    assert _value(world, "yuanliu_api_problems_total", problem="UnknownAct") == 2


def test_metrics__anybodys_paths_and_methods__make_no_series_of_their_own(world: World) -> None:
    registry = world.app.state.services.metrics.registry

    def series() -> int:
        return sum(len(metric.samples) for metric in registry.collect())

    world.http.get("/nothing/0")
    world.http.request("INVENTED0", "/health")
    before = series()
    for number in range(1, 20):
        world.http.get(f"/nothing/{number}")
        world.http.request(f"INVENTED{number}", "/health")
    assert series() == before


def test_request_line__refused__names_the_problem(world: World) -> None:
    with capture_logs() as logs:
        answer = world.http.get("/v1/me")
    assert problem_of(answer) == "SignInRequired"
    (line,) = [one for one in logs if one["event"] == "request"]
    assert (line["problem"], line["status"], line["route"]) == ("SignInRequired", 401, "/v1/me")


# ── the state of operation ───────────────────────────────────────────────────────────────────


def test_status__all_is_well__no_troubles(world: World) -> None:
    _beat(world, "relayer")
    _beat(world, "indexer", height=9, nodes=4, nodes_up=4, validators=4, signing=4)
    found = _status(world)
    assert found["troubles"] == []
    assert found["engine"]["height"] == 9
    assert found["projection"]["entries"] == world.posted
    assert found["queue"] == {
        "accepted": 0,
        "sent": 0,
        "oldest_seconds": 0,
        "refused_last_hour": {},
    }
    assert found["versions"]["database"].startswith("SQLite 3")


def test_status__services_and_validators_missing__says_so(world: World) -> None:
    _beat(world, "relayer", age=100)
    _beat(
        world,
        "indexer",
        last_round=(NOW - 90) * 1000,
        nodes=4,
        nodes_up=3,
        validators=4,
        signing=2,
        behind_seconds=40.2,
    )
    assert _status(world)["troubles"] == [
        "The relayer hasn't been heard of for 100 s.",
        "The indexer lives, but has got nothing done for 90 s.",
        "1 of 4 nodes don't answer.",
        "2 of 4 validators don't sign.",
        "The projection is 40 s behind the chain.",
    ]


def test_status__queue_and_refusals__are_counted_by_name(world: World) -> None:
    claim = world.ledger.issue(CORE, TIER1, 100)
    world.index()
    world.now = int(time.time())
    world.tokens.clear()
    world.submit(TIER1, world.concluded(world.transfer(claim, amount=10)))
    world.refuse(LotChanged(claim, 0, 1, 2))
    world.submit(TIER1, world.concluded(world.transfer(claim, amount=20)))
    queue = _status(world)["queue"]
    assert (queue["accepted"], queue["refused_last_hour"]) == (1, {"LotChanged": 1})
    world.now += 3_700
    queue = _status(world)["queue"]
    assert queue["refused_last_hour"] == {}
    assert queue["oldest_seconds"] in range(3_699, 3_702)


def test_status_page__with_everything_on_it__shows_no_party_and_loads_nothing(
    world: World,
) -> None:
    world.upload(TIER1, "/v1/documents", einvoice())
    claim = world.ledger.issue(CORE, TIER1, 987_654)
    world.index()
    world.submit(TIER1, world.concluded(world.transfer(claim)))
    _beat(world, "indexer", version="<script>alert(1)</script>")
    answer = world.http.get("/status")
    assert answer.status_code == 200
    page, policy = answer.text, answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert not re.search(r"<script|<link|<img|src=|href=|url\(", page)
    assert "&lt;script&gt;" in page
    for secret in ("987654", "0x", "uscc", "TIER"):
        assert secret not in page
    assert "relayer has never been heard of" in page


@pytest.mark.parametrize("path", ["/metrics", "/v1/metrics"])
def test_metrics__on_the_public_port__are_not_there(world: World, path: str) -> None:
    assert problem_of(world.http.get(path)) == "NotFound"


def test_status__api_that_others_reach__is_not_there(world: World) -> None:
    settings = replace(world.app.state.services.settings, host="0.0.0.0")
    app = create_app(settings, world.database, world.app.state.services.witness)
    paths = app.openapi()["paths"]
    assert "/ready" in paths
    assert "/status.json" in world.app.openapi()["paths"]
    assert "/status.json" not in paths

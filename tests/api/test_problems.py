from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest
import structlog
from fastapi.routing import APIRoute
from structlog.testing import capture_logs

from api import problems
from api.app import SUBJECTS
from api.routing import Route
from ledger.refusals import AmountTooLarge
from tests.api.world import CORE, World, problem_of


@pytest.mark.parametrize(
    ("body", "problem", "status"),
    [
        (b"{", "MalformedJson", 400),
        (b'{"agreements": [NaN]}', "MalformedJson", 400),
        (b"[" * 100_000, "MalformedJson", 400),
        (b'{"agreements": []}', "MalformedRequest", 422),
        (b"[]", "MalformedRequest", 422),
        (b"\xff", "MalformedJson", 400),
    ],
)
def test_agreements__body_spoilt__is_refused(
    world: World, body: bytes, problem: str, status: int
) -> None:
    headers = {**world.headers(CORE), "Content-Type": "application/json"}
    refused = world.http.post("/v1/agreements", content=body, headers=headers)
    assert (problem_of(refused), refused.status_code) == (problem, status)


@pytest.mark.parametrize(
    ("body", "problems_allowed"),
    [
        (b"{", {"MalformedJson"}),
        (b"[" * 100_000, {"MalformedJson"}),
        (b'{"party": ' + b"9" * 10_000 + b"}", {"MalformedJson", "MalformedRequest"}),
        (b'{"party": "1"}', {"MalformedRequest"}),
        (b'{"party": 1, "more": 2}', {"MalformedRequest"}),
        (b'{"party": 4294967296}', {"MalformedRequest"}),
        (b'{"party": 1.0}', {"MalformedRequest"}),
    ],
)
def test_json__body_spoilt__is_refused(
    world: World, body: bytes, problems_allowed: set[str]
) -> None:
    headers = {**world.headers(CORE), "Content-Type": "application/json"}
    path = f"/v1/documents/{'0' * 32}/openings"
    assert problem_of(world.http.post(path, content=body, headers=headers)) in problems_allowed


def test_json__streamed_without_end__is_cut_off(world: World) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(100):
            yield b" " * 1024 * 1024

    headers = {**world.headers(CORE), "Content-Type": "application/json"}
    for path in ("/v1/mandates", "/v1/agreements", "/v1/sign-in"):
        for more in ({}, {"Idempotency-Key": "k"}):
            refused = world.http.post(path, content=endless(), headers={**headers, **more})
            assert (problem_of(refused), refused.status_code) == ("BodyTooLarge", 413), path


@pytest.mark.parametrize(
    ("name", "problem"),
    [
        ("a\x00b", "MalformedRequest"),
        ("\ud800", "MalformedJson"),
        ("a\nb", "MalformedRequest"),
        ("", "MalformedRequest"),
        (" ", "MalformedRequest"),
        ("x" * 141, "MalformedRequest"),
    ],
)
def test_text__unusable_characters__are_refused(world: World, name: str, problem: str) -> None:
    headers = {**world.headers(CORE), "Content-Type": "application/json"}
    body = json.dumps({"name": name})
    refused = world.http.put("/v1/parties/me/profile", content=body, headers=headers)
    assert problem_of(refused) == problem


def test_json__of_another_media_type__is_refused(world: World) -> None:
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        headers = {**world.headers(CORE), "Content-Type": kind}
        for path in ("/v1/agreements", "/v1/proposals", "/v1/mandates"):
            refused = world.http.post(path, content=b"{}", headers=headers)
            assert problem_of(refused) == "UnsupportedMediaType", path


def test_path_and_method__unknown__are_problems_too(world: World) -> None:
    assert problem_of(world.http.get("/v1/nothing")) == "NotFound"
    assert problem_of(world.http.get("/v1/parties/")) == "NotFound"
    refused = world.http.put("/v1/deployment")
    assert problem_of(refused) == "MethodNotAllowed"
    assert refused.headers["allow"] == "GET"


@pytest.mark.parametrize("cursor", ["x", "-1", "9" * 30, "", "\x00"])
def test_cursor__made_up__is_refused(world: World, cursor: str) -> None:
    for path in ("/v1/receivables", "/v1/documents", "/v1/lots", "/v1/mandates"):
        refused = world.get(CORE, path, cursor=cursor)
        assert problem_of(refused) == "MalformedCursor", path


def test_facts__beyond_53_bits__travel_as_text() -> None:
    body = problems.body_of(AmountTooLarge(2**63), "/")
    assert (body["type"], body["amount"]) == ("urn:yuanliu:problem:AmountTooLarge", str(2**63))


def test_fault__of_the_system__tells_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("secret")

    monkeypatch.setattr(world.database, "read", broken)
    with capture_logs() as logs:
        answer = world.http.get("/v1/me", headers={"Authorization": "Bearer x"})
    assert (answer.status_code, problem_of(answer)) == (500, "InternalFault")
    assert "secret" not in answer.text
    assert any(entry["log_level"] == "error" for entry in logs)


def test_log__of_a_request__has_its_id_and_no_secret(world: World) -> None:
    token = world.token(CORE)
    structlog.contextvars.clear_contextvars()
    with capture_logs(processors=[structlog.contextvars.merge_contextvars]) as logs:
        answer = world.get(CORE, "/v1/parties", identifier="uscc:secret")
    (line,) = [entry for entry in logs if entry["event"] == "request"]
    assert line["request_id"] == answer.headers["x-request-id"]
    assert line["route"] == "/v1/parties"
    assert token not in str(logs)
    assert "secret" not in str(logs)


def test_headers__every_answer__is_guarded(world: World) -> None:
    for path in ("/v1/deployment", "/v1/nothing"):
        headers = world.http.get(path, headers={"Origin": "https://evil.test"}).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in headers


def test_request_id__given__is_kept_if_harmless(world: World) -> None:
    path = "/v1/deployment"
    given = world.http.get(path, headers={"X-Request-ID": "abc-1"})
    assert given.headers["x-request-id"] == "abc-1"
    made = world.http.get(path, headers={"X-Request-ID": "a b\tc"})
    assert made.headers["x-request-id"] != "a b\tc"


def test_json__deep_while_recursion_is_unbounded__is_refused(world: World) -> None:
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(100_000)  # as py_ecc does in every process that imports eth-account
    try:
        headers = {**world.headers(CORE), "Content-Type": "application/json"}
        path = f"/v1/documents/{'0' * 32}/openings"
        refused = world.http.post(path, content=b"[" * 1_000_000, headers=headers)
    finally:
        sys.setrecursionlimit(before)
    assert problem_of(refused) == "MalformedJson"


@pytest.mark.parametrize("subject", SUBJECTS, ids=lambda subject: subject.__name__)
def test_routes__of_every_subject__bound_the_depth_of_bodies(subject: ModuleType) -> None:
    routes = [route for route in subject.router.routes if isinstance(route, APIRoute)]
    assert routes
    assert all(isinstance(route, Route) for route in routes)

"""HTTP: what is repeated, what isn't, and which exception a bad answer becomes."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from client.http import Http, Retries
from client.problems import ApiFault, ApiProblem
from ledger.refusals import LotChanged

Answer = Callable[[httpx.Request], httpx.Response]
PROBLEM = {"content-type": "application/problem+json"}


class Server:
    """Answers in turn, and remembers what it was asked."""

    def __init__(self, *answers: httpx.Response | Exception) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def http_to(server: Server) -> tuple[Http, list[float]]:
    pauses: list[float] = []
    transport = httpx.MockTransport(server)
    http = Http("http://api", transport=transport, retries=Retries(3, 0.1), sleep=pauses.append)
    return http, pauses


def problem(status: int, **body: object) -> httpx.Response:
    return httpx.Response(status, json=body, headers=PROBLEM)


def test_post__server_busy_then_well__repeats_with_the_same_key() -> None:
    busy = httpx.Response(503, headers={"Retry-After": "2"})
    server = Server(busy, httpx.ConnectError("gone"), httpx.Response(202, json={}))
    http, pauses = http_to(server)
    assert http.post("/v1/agreements", {}).status_code == 202
    keys = {request.headers["Idempotency-Key"] for request in server.requests}
    assert len(server.requests) == 3
    assert len(keys) == 1
    assert pauses[0] == 2.0


def held() -> httpx.Response:
    facts = {"type": "urn:yuanliu:problem:IdempotencyKeyBusy", "detail": "Held."}
    return httpx.Response(409, json=facts, headers={**PROBLEM, "Retry-After": "1"})


def test_post__key_held_by_an_attempt_cut_off__waits_until_it_is_free() -> None:
    server = Server(*[held() for _ in range(20)], httpx.Response(201, json={}))
    http, pauses = http_to(server)
    assert http.post("/v1/proposals", {}).status_code == 201
    assert pauses == [1.0] * 20


def test_post__key_held_for_ever__is_refused_at_the_end_of_patience() -> None:
    server = Server(*[held() for _ in range(100)])
    http, pauses = http_to(server)
    with pytest.raises(ApiProblem, match="IdempotencyKeyBusy"):
        http.post("/v1/proposals", {})
    assert sum(pauses) == 75.0


def test_post__two_calls__have_two_keys() -> None:
    server = Server(httpx.Response(200, json={}), httpx.Response(200, json={}))
    http, _ = http_to(server)
    http.post("/v1/agreements", {})
    http.post("/v1/agreements", {})
    assert len({request.headers["Idempotency-Key"] for request in server.requests}) == 2


def test_post__without_key__is_never_repeated() -> None:
    server = Server(httpx.ConnectError("gone"))
    http, pauses = http_to(server)
    with pytest.raises(ApiFault):
        http.post("/v1/sign-in", {}, once=False)
    assert (len(server.requests), pauses) == (1, [])


def test_get__server_gone_for_good__is_a_fault_after_the_last_attempt() -> None:
    server = Server(*[httpx.ConnectError("gone")] * 3)
    http, pauses = http_to(server)
    with pytest.raises(ApiFault, match="no answer from http://api"):
        http.get("/v1/me")
    assert (len(server.requests), len(pauses)) == (3, 2)


def test_get__refused__is_not_repeated() -> None:
    server = Server(problem(404, type="urn:yuanliu:problem:NotFound", detail="no"))
    http, _ = http_to(server)
    with pytest.raises(ApiProblem):
        http.get("/v1/me")
    assert len(server.requests) == 1


def test_problem__known_to_the_ledger__is_the_ledgers_own_refusal() -> None:
    facts = {"claim": 1, "start": 0, "version": 1, "current": 2}
    server = Server(problem(409, type="urn:yuanliu:problem:LotChanged", **facts))
    http, _ = http_to(server)
    with pytest.raises(LotChanged) as caught:
        http.post("/v1/agreements", {})
    assert caught.value.facts() == facts


def test_problem__of_a_known_name_without_its_facts__keeps_its_name_and_sentence() -> None:
    http, _ = http_to(Server(problem(409, type="urn:yuanliu:problem:LotChanged", detail="It did.")))
    with pytest.raises(ApiProblem, match="LotChanged: It did"):
        http.post("/", {})


def test_problem__only_the_api_knows__keeps_name_sentence_and_fields_at_fault() -> None:
    errors = [{"field": "body.name", "reason": "is missing"}]
    answer = problem(
        422, type="urn:yuanliu:problem:MalformedRequest", detail="No form.", errors=errors
    )
    http, _ = http_to(Server(answer))
    with pytest.raises(ApiProblem) as caught:
        http.post("/", {})
    assert caught.value.name == "MalformedRequest"
    assert str(caught.value) == "MalformedRequest: No form. body.name: is missing."


@pytest.mark.parametrize(
    "answer",
    [
        problem(500, type="urn:yuanliu:problem:InternalFault", detail="It failed."),
        httpx.Response(502, text="<html>"),
        httpx.Response(418, text="not a problem object"),
        httpx.Response(422, content=b"{", headers=PROBLEM),
        httpx.Response(422, content=b"[]", headers=PROBLEM),
    ],
)
def test_answer__that_is_no_refusal__is_a_fault(answer: httpx.Response) -> None:
    http, _ = http_to(Server(answer))
    with pytest.raises(ApiFault):
        http.post("/", {}, once=False)

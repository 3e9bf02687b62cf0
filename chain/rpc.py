"""JSON-RPC to a node: one request or a batch, over a connection that is kept.

Nothing is retried here. Only the caller knows whether a request may be sent twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

Params = Sequence[Any]
Request = tuple[str, Params]

DEFAULT_TIMEOUT = 30.0


class RpcFault(Exception):
    """Talking to the node failed. A fault of the system, not a refusal of a request."""


class RpcError(RpcFault):
    """The node understood the request and answered with an error."""

    def __init__(self, code: int, message: str, data: Any = None) -> None:
        super().__init__(f"{message} (code {code})")
        self.code = code
        self.message = message
        self.data = data


class NodeUnreachable(RpcFault):
    """No answer came. A transaction sent in this request may have arrived all the same."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"no answer from {url}: {reason}")
        self.url = url
        self.reason = reason


class BadAnswer(RpcFault):
    """What answered doesn't speak JSON-RPC, or left a request of a batch unanswered."""


class Rpc:
    """A synchronous client of one node. May be shared by threads; close it when done."""

    def __init__(self, url: str, *, timeout: float = DEFAULT_TIMEOUT) -> None:
        self.url = url
        self._ids = itertools.count(1)
        # A proxy named in the environment must not come between us and our own node.
        self._http = httpx.Client(timeout=timeout, trust_env=False)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._http.close()

    def call(self, method: str, params: Params = ()) -> Any:
        """The result of one request; raises ``RpcError`` when the node answers with one."""
        body = self._body(method, params)
        return _result(_outcome(_checked(self._post(body), body["id"])))

    def batch(self, requests: Sequence[Request]) -> list[Any]:
        """The results of many requests in order; raises the first ``RpcError`` among them."""
        return [_result(outcome) for outcome in self.batch_outcomes(requests)]

    def batch_outcomes(self, requests: Sequence[Request]) -> list[Any | RpcError]:
        """As ``batch``, but an ``RpcError`` stands in its request's place."""
        if not requests:
            return []
        bodies = [self._body(method, params) for method, params in requests]
        answers = _by_id(self._post(bodies))
        return [_outcome(_checked(answers.get(body["id"]), body["id"])) for body in bodies]

    def _body(self, method: str, params: Params) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, body: Any) -> Any:
        try:
            response = self._http.post(self.url, json=body)
        except httpx.TransportError as error:
            raise NodeUnreachable(self.url, str(error) or type(error).__name__) from error
        try:
            return response.json()
        except ValueError as error:
            raise BadAnswer(f"HTTP {response.status_code} without JSON from {self.url}") from error


def _by_id(answer: Any) -> dict[Any, Any]:
    if isinstance(answer, Mapping):  # a server refuses a whole batch with one object
        _result(_outcome(answer))
    if not isinstance(answer, list):
        raise BadAnswer("a batch was answered by something other than a list")
    return {part.get("id"): part for part in answer if isinstance(part, Mapping)}


def _checked(answer: Any, request_id: int) -> Mapping[str, Any]:
    if not isinstance(answer, Mapping):
        raise BadAnswer(f"request {request_id} was not answered")
    if "error" not in answer and answer.get("id") != request_id:
        raise BadAnswer(f"request {request_id} was answered as {answer.get('id')!r}")
    return answer


def _outcome(answer: Mapping[str, Any]) -> Any | RpcError:
    if answer.get("error") is not None:
        return _error(answer["error"])
    if "result" not in answer:
        raise BadAnswer("an answer with neither result nor error")
    return answer["result"]


def _error(error: Any) -> RpcError:
    if not isinstance(error, Mapping) or not isinstance(error.get("code"), int):
        raise BadAnswer(f"an error without a code: {error!r}")
    return RpcError(error["code"], str(error.get("message", "")), error.get("data"))


def _result(outcome: Any | RpcError) -> Any:
    if isinstance(outcome, RpcError):
        raise outcome
    return outcome

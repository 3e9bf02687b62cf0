"""JSON-RPC to nodes of one chain: one request or a batch, over a connection that is kept.

Nothing is retried here. Only the caller knows whether a request may be sent twice.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
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


class EndpointBehind(RpcFault):
    """A node answered that hasn't got what the chain is known to have."""

    def __init__(self, url: str, reason: str) -> None:
        super().__init__(f"{url} is behind: {reason}")
        self.url = url
        self.reason = reason


class Rpc:
    """A synchronous client of one chain's nodes. May be shared by threads; close it when done.

    Every request goes to one node, and stays with it until that node gives no answer, or none
    that makes sense: the request fails all the same, but the next one goes to the next node.
    """

    def __init__(self, urls: str | Sequence[str], *, timeout: float = DEFAULT_TIMEOUT) -> None:
        self.urls = (urls,) if isinstance(urls, str) else tuple(urls)
        if not self.urls:
            raise ValueError("an engine without endpoints")
        self._at = 0
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

    @property
    def url(self) -> str:
        """Where the next request goes."""
        return self.urls[self._at]

    def fail_over(self) -> None:
        """Let the next request go to the next node."""
        self._leave(self.url)

    def call(self, method: str, params: Params = ()) -> Any:
        """The result of one request; raises ``RpcError`` when the node answers with one."""
        body = self._body(method, params)
        with self._left_when_useless() as url:
            outcome = _outcome(_checked(self._post(url, body), body["id"]))
        return _result(outcome)

    def batch(self, requests: Sequence[Request]) -> list[Any]:
        """The results of many requests in order; raises the first ``RpcError`` among them."""
        return [_result(outcome) for outcome in self.batch_outcomes(requests)]

    def batch_outcomes(self, requests: Sequence[Request]) -> list[Any | RpcError]:
        """As ``batch``, but an ``RpcError`` stands in its request's place."""
        if not requests:
            return []
        bodies = [self._body(method, params) for method, params in requests]
        with self._left_when_useless() as url:
            answers = _by_id(self._post(url, bodies))
            return [_outcome(_checked(answers.get(body["id"]), body["id"])) for body in bodies]

    @contextmanager
    def _left_when_useless(self) -> Iterator[str]:
        url = self.url
        try:
            yield url
        except (NodeUnreachable, BadAnswer):
            self._leave(url)
            raise

    def _leave(self, url: str) -> None:
        """Two threads that fail at one node together leave it once."""
        at = self._at
        if self.urls[at] == url:
            self._at = (at + 1) % len(self.urls)

    def _body(self, method: str, params: Params) -> dict[str, Any]:
        return {"jsonrpc": "2.0", "id": next(self._ids), "method": method, "params": list(params)}

    def _post(self, url: str, body: Any) -> Any:
        try:
            response = self._http.post(url, json=body)
        except httpx.TransportError as error:
            raise NodeUnreachable(url, str(error) or type(error).__name__) from error
        if response.status_code == httpx.codes.REQUEST_ENTITY_TOO_LARGE:
            # An answer to this request, and no other node's would differ.
            raise RpcError(response.status_code, "the request is longer than the node takes")
        try:
            return response.json()
        except ValueError as error:
            raise BadAnswer(f"HTTP {response.status_code} without JSON from {url}") from error


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

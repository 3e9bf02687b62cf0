"""Requests to the API: repeated only where repeating changes nothing, problems made exceptions."""

from __future__ import annotations

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

import httpx

from client.problems import ApiFault, refusal

TIMEOUT = httpx.Timeout(30.0, connect=5.0)
_REPEATABLE = frozenset({"GET", "PUT"})
_BUSY = frozenset({429, 502, 503, 504})
_LONGEST_PAUSE = 5.0


@dataclass(frozen=True)
class Retries:
    """How often a repeatable request is sent again; pauses double from ``pause`` seconds.

    A server that says when to come back is asked for as long as ``patience``, in seconds: longer
    than it holds the Idempotency-Key of a request that its own end cut off.
    """

    attempts: int = 4
    pause: float = 0.2
    patience: float = 75.0

    def delay(self, attempt: int, asked: str | None) -> float:
        """Seconds before attempt ``attempt + 1``: what the server asked for, or with jitter."""
        if asked is not None and asked.isascii() and asked.isdigit():
            return min(float(asked), _LONGEST_PAUSE)
        spread = self.pause * 2**attempt
        return min(spread * random.uniform(0.5, 1.0), _LONGEST_PAUSE)  # noqa: S311 - no secret


class Http:
    """One API over a kept connection. Share it between threads; close it when done.

    GET and PUT repeat as they are. A POST repeats only with an Idempotency-Key, drawn once for
    all its attempts, so that the server does it at most once.
    """

    def __init__(
        self,
        base_url: str,
        *,
        transport: httpx.BaseTransport | None = None,
        retries: Retries = Retries(),
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.base_url = base_url.rstrip("/")
        self._retries = retries
        self._sleep = sleep
        # A proxy named in the environment has no business between us and the ledger's API.
        self._client = httpx.Client(
            base_url=self.base_url, timeout=TIMEOUT, transport=transport, trust_env=False
        )

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
        self._client.close()

    def get(
        self, path: str, *, headers: Mapping[str, str] | None = None, **params: Any
    ) -> httpx.Response:
        given = {name: value for name, value in params.items() if value is not None}
        return self._send("GET", path, headers=headers or {}, params=given)

    def put(self, path: str, body: Any, *, headers: Mapping[str, str]) -> httpx.Response:
        return self._send("PUT", path, headers=headers, json=body)

    def post(
        self,
        path: str,
        body: Any = None,
        *,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        params: Mapping[str, str] | None = None,
        once: bool = True,
    ) -> httpx.Response:
        """``once`` sends an Idempotency-Key; without it the request is never repeated."""
        key = {"Idempotency-Key": str(uuid.uuid4())} if once else {}
        return self._send(
            "POST",
            path,
            headers={**key, **(headers or {})},
            json=body,
            content=content,
            params=params,
        )

    @contextmanager
    def lines(self, path: str, headers: Mapping[str, str]) -> Iterator[Iterator[str]]:
        """The lines of an answer without end."""
        patience = httpx.Timeout(TIMEOUT.connect, read=None)
        try:
            with self._client.stream("GET", path, headers=headers, timeout=patience) as response:
                if not response.is_success:
                    response.read()
                    raise _failure(response)
                yield response.iter_lines()
        except httpx.TransportError as error:
            raise _unreachable(self.base_url, error) from error

    def _send(self, method: str, path: str, **request: Any) -> httpx.Response:
        repeatable = method in _REPEATABLE or "Idempotency-Key" in request["headers"]
        attempts = self._retries.attempts if repeatable else 1
        attempt, waited = 0, 0.0
        while True:
            attempt += 1
            try:
                response = self._client.request(method, path, **request)
            except httpx.TransportError as error:
                if attempt >= attempts:
                    raise _unreachable(self.base_url, error) from error
                asked = None
            else:
                asked = response.headers.get("Retry-After")
                in_vain = attempt >= attempts and not (
                    repeatable and asked and waited < self._retries.patience
                )
                if in_vain or not _is_busy(response):
                    return _checked(response)
            pause = self._retries.delay(attempt - 1, asked)
            waited += pause
            self._sleep(pause)


def _is_busy(response: httpx.Response) -> bool:
    """Whether the server wants to be asked again: also when an earlier attempt of this very
    request, cut off with its connection, still holds its Idempotency-Key."""
    held = response.status_code == httpx.codes.CONFLICT and "Retry-After" in response.headers
    return held or response.status_code in _BUSY


def _checked(response: httpx.Response) -> httpx.Response:
    if response.is_success:
        return response
    raise _failure(response)


def _failure(response: httpx.Response) -> Exception:
    problem = _problem(response)
    if problem is not None and response.status_code < 500:
        return refusal(problem)
    reason = "" if problem is None else f": {problem.get('detail') or problem.get('title')}"
    return ApiFault(f"{response.request.url} answered {response.status_code}{reason}")


def _problem(response: httpx.Response) -> Mapping[str, Any] | None:
    if response.headers.get("content-type", "").partition(";")[0] != "application/problem+json":
        return None
    try:
        body = json.loads(response.content)
    except ValueError:
        return None
    return body if isinstance(body, Mapping) else None


def _unreachable(base_url: str, error: Exception) -> ApiFault:
    return ApiFault(f"no answer from {base_url}: {error or type(error).__name__}")

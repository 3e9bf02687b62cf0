"""One line of log per request, under an id that the answer carries too.

The id stays with the acts that the request brings: the relayer's and the indexer's logs, the
act's record and its events name it. Never logged: bodies, tokens, query strings.
"""

from __future__ import annotations

import re
import secrets
import time
from typing import Annotated

import structlog
from fastapi import Depends
from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.metrics import ApiMetrics
from api.problems import fault, problem_in

REQUEST_ID = "X-Request-ID"

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_log = structlog.get_logger("api")


def request_id_of(connection: HTTPConnection) -> str:
    return str(connection.state.request_id)


CurrentRequestId = Annotated[str, Depends(request_id_of)]
"""The request's id, as a handler's parameter."""


class RequestLog:
    """The outermost layer: gives each request its id, its headers, its line of log, its place in
    the metrics."""

    def __init__(self, app: ASGIApp, metrics: ApiMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        scope.setdefault("state", {})["request_id"] = request_id
        started = time.perf_counter()
        answered: float | None = None
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal answered, status
            if message["type"] == "http.response.start":
                answered = time.perf_counter()
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with (
            structlog.contextvars.bound_contextvars(request_id=request_id),
            self._metrics.in_flight.track_inprogress(),
        ):
            try:
                await self._app(scope, receive, with_headers)
            except Exception:  # noqa: BLE001 - logged, and answered with a problem
                _log.exception("request.failed")
                if status == 0:
                    await fault(scope["path"])(scope, receive, with_headers)
            finally:
                ended = time.perf_counter()
                waited = (answered or ended) - started
                self._tell(scope, status, waited, ended - started)

    def _tell(self, scope: Scope, status: int, waited: float, lasted: float) -> None:
        """``waited``: seconds until the answer began; ``lasted``: until it was complete."""
        method, problem = scope["method"], problem_in(scope)
        route = getattr(scope.get("route"), "path", "-")
        self._metrics.answered(route, method, status, waited)
        told = {} if problem is None else {"problem": problem}
        if problem is not None:
            self._metrics.problem(problem)
        _log.info(
            "request",
            method=method,
            route=route,
            status=status,
            ms=round(lasted * 1000, 1),
            **told,
        )


def _request_id(scope: Scope) -> str:
    """The caller's own id if it is harmless, so that both sides' logs can be joined."""
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)

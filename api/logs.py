"""One line of log per request, under an id that the answer carries too.

Never logged: bodies, tokens, query strings.
"""

from __future__ import annotations

import re
import secrets
import time

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import fault

REQUEST_ID = "X-Request-ID"

_GIVEN_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECURITY = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_log = structlog.get_logger("api")


class RequestLog:
    """The outermost layer: gives each request its id, its headers and its line of log."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(scope)
        started = time.perf_counter()
        status = 0

        async def with_headers(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID] = request_id
                for name, value in _SECURITY.items():
                    headers.setdefault(name, value)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        with structlog.contextvars.bound_contextvars(request_id=request_id):
            try:
                await self._app(scope, receive, with_headers)
            except Exception:  # noqa: BLE001 - logged, and answered with a problem
                _log.exception("request.failed")
                if status == 0:
                    await fault(scope["path"])(scope, receive, with_headers)
            finally:
                milliseconds = round((time.perf_counter() - started) * 1000, 1)
                route = getattr(scope.get("route"), "path", "-")
                _log.info(
                    "request", method=scope["method"], route=route, status=status, ms=milliseconds
                )


def _request_id(scope: Scope) -> str:
    """The caller's own id if it is harmless, so that both sides' logs can be joined."""
    given = Headers(scope=scope).get(REQUEST_ID, "")
    return given if _GIVEN_ID.fullmatch(given) else secrets.token_hex(8)

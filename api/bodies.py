"""Bounds on request bodies: how large, and of which media type."""

from __future__ import annotations

import anyio
from starlette.requests import Request
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.problems import BodyTooLarge, UnsupportedMediaType, answer
from ledger.documents.xml import MAX_BYTES as MAX_XML_BYTES

MAX_JSON_BYTES = 4 * 1024 * 1024
XML_PATHS = frozenset({"/v1/documents", "/v1/invoice-reversals", "/v1/statements"})

_LINGER_SECONDS = 2.0

_XML = frozenset({"application/xml", "text/xml"})
_JSON = "application/json"


class BodyLimit:
    """Cuts a body off as soon as it is too long, whatever length it announced.

    The refusal goes out at once. What still comes is thrown away for a moment, because closing on
    a client that is still sending would take the answer from it; then the connection ends.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        limit = MAX_XML_BYTES if scope["path"] in XML_PATHS else MAX_JSON_BYTES
        if _announced(scope) > limit:
            last = _last_answer(receive, send)
            await answer(BodyTooLarge(limit), scope["path"])(scope, receive, last)
            return
        left = limit
        last = _last_answer(receive, send)

        async def bounded() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            if left < 0:
                raise BodyTooLarge(limit)
            return message

        async def answered(message: Message) -> None:
            await (send if left >= 0 else last)(message)

        await self._app(scope, bounded, answered)


def _last_answer(receive: Receive, send: Send) -> Send:
    """Sends an answer to a body that goes on, and ends the connection after it."""

    async def last(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = [*message["headers"], (b"connection", b"close")]
            await send({**message, "headers": headers})
        elif message.get("more_body", False):
            await send(message)
        else:
            await send({**message, "more_body": True})
            with anyio.move_on_after(_LINGER_SECONDS):
                while (await receive()).get("more_body", False):
                    pass
            await send({"type": "http.response.body"})

    return last


def require_media_type(request: Request) -> None:
    """Raises ``UnsupportedMediaType`` for a body in another form than its path takes.

    A request for JSON may have no body at all.
    """
    if request.method not in ("POST", "PUT"):
        return
    found = _media_type(request)
    if request.url.path in XML_PATHS:
        if found not in _XML:
            raise UnsupportedMediaType(found, "application/xml")
    elif found != _JSON and (found or _announced(request.scope) > 0):
        raise UnsupportedMediaType(found, _JSON)


def _media_type(request: Request) -> str:
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()[:100]


def _announced(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length" and value.isdigit():
            return int(value[:20])
    return 0

"""Idempotency-Key on POST: the same request under the same key is done once and answered alike.

A key belongs to the address that uses it and to one request (method, path, query and body); it
is kept for a day. Faults of the system (5xx) are not kept: their request may be sent again.
Agreements don't need a key: an act is named by its digest and can be accepted any number of
times (`POST /v1/agreements` reads none, which also spares it two writes).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from http import HTTPStatus

import structlog
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.auth import NotEnrolled, SignInRequired, find_caller
from api.problems import answer, storage_unavailable
from api.services import Services, services_of
from ledger.business_day import DAY_SECONDS
from ledger.errors import Refused
from ledger.refusals import PartyNotActive
from ledger.store.connection import Connection
from ledger.store.faults import StorageFault
from ledger.store.keeping import idempotency
from ledger.store.keeping.idempotency import Kept, KeyOwner

REPLAYED = "Idempotency-Replayed"

_log = structlog.get_logger("api")

_ABANDONED_AFTER = 60
_LONGEST_KEY = 128
# An answer to a sign-in holds a token, and tokens are not kept.
_WITHOUT_KEY = frozenset({"/v1/agreements", "/v1/sign-in", "/v1/sign-in/challenge"})


@dataclass
class MalformedIdempotencyKey(Refused):
    status = 400
    summary = "An Idempotency-Key is 1 to 128 visible ASCII characters."


@dataclass
class IdempotencyKeyReused(Refused):
    """The key was used for another request before."""

    key: str
    summary = "The key {key!r} was used for another request."


@dataclass
class IdempotencyKeyBusy(Refused):
    """The first request under this key is still being worked on."""

    key: str
    status = 409
    summary = "The first request with the key {key!r} has not been answered yet."


class Idempotency:
    """Answers repeated requests from the record of the first."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = Headers(scope=scope) if scope["type"] == "http" else Headers()
        key = headers.get("idempotency-key")
        skip = scope.get("method") != "POST" or scope["path"] in _WITHOUT_KEY
        if key is None or skip:
            await self._app(scope, receive, send)
            return
        try:
            await self._once(key, Request(scope, receive), send)
        except Refused as refusal:
            await answer(refusal, scope["path"])(scope, receive, send)
        except StorageFault as fault:
            await storage_unavailable(fault, scope["path"])(scope, receive, send)

    async def _once(self, key: str, request: Request, send: Send) -> None:
        if not 0 < len(key) <= _LONGEST_KEY or not key.isascii() or not key.isprintable():
            raise MalformedIdempotencyKey
        services = services_of(request)
        body = await request.body()
        owner = await run_in_threadpool(_owner, services, request, key)
        if owner is None:
            # Nobody is signed in: the handler says so, or needs nobody.
            await self._app(request.scope, _replay(body), send)
            return
        kept = await run_in_threadpool(_claim, services, owner, _hash(request, body))
        if kept is not None:
            await _answer_again(kept, owner, request, send)
            return
        await self._first_time(services, owner, request, body, send)

    async def _first_time(
        self, services: Services, owner: KeyOwner, request: Request, body: bytes, send: Send
    ) -> None:
        recorder = _Recorder()
        try:
            await self._app(request.scope, _replay(body), recorder.take)
        finally:
            await run_in_threadpool(_settle, services, owner, recorder)
        for message in recorder.messages:
            await send(message)


class _Recorder:
    """Holds a response back until its record is safe."""

    def __init__(self) -> None:
        self.messages: list[Message] = []

    async def take(self, message: Message) -> None:
        self.messages.append(message)

    @property
    def status(self) -> int:
        return int(self.messages[0]["status"]) if self.messages else 500

    @property
    def media_type(self) -> str:
        return Headers(raw=self.messages[0]["headers"]).get("content-type", "")

    @property
    def body(self) -> bytes:
        return b"".join(message.get("body", b"") for message in self.messages[1:])


def _owner(services: Services, request: Request, key: str) -> KeyOwner | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return None
    try:
        with services.database.read() as connection:
            return KeyOwner(find_caller(connection, token, services.clock()).address, key)
    except (SignInRequired, NotEnrolled, PartyNotActive):
        return None


def _hash(request: Request, body: bytes) -> bytes:
    target = f"{request.method} {request.url.path}?{request.url.query}\n"
    return hashlib.sha256(target.encode() + body).digest()


def _claim(services: Services, owner: KeyOwner, request_hash: bytes) -> Kept | None:
    """None when the request is now ours to do; else the record of the first one."""
    now = services.clock()

    def work(connection: Connection) -> Kept | None:
        idempotency.forget_before(connection, now - DAY_SECONDS)
        kept = idempotency.claim_key(connection, owner, request_hash, now)
        if kept is None:
            return None
        if kept.request_hash != request_hash:
            raise IdempotencyKeyReused(owner.key)
        abandoned = kept.status is None and kept.created < now - _ABANDONED_AFTER
        if abandoned and idempotency.take_over(connection, owner, kept, now):
            return None
        return kept

    return services.database.write(work)


def _settle(services: Services, owner: KeyOwner, recorder: _Recorder) -> None:
    """An answer that can't be kept is given all the same: what was done is done, and to withhold
    it would invite the caller to do it again."""

    def work(connection: Connection) -> None:
        if recorder.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
            idempotency.release_key(connection, owner)
        else:
            idempotency.keep_answer(
                connection, owner, recorder.status, recorder.media_type, recorder.body
            )

    try:
        services.database.write(work)
    except StorageFault as fault:
        _log.error("answer_not_kept", trouble=fault.trouble, reason=fault.reason)


async def _answer_again(kept: Kept, owner: KeyOwner, request: Request, send: Send) -> None:
    if kept.status is None:
        busy = answer(IdempotencyKeyBusy(owner.key), request.url.path, {"Retry-After": "1"})
        await busy(request.scope, request.receive, send)
        return
    headers = {REPLAYED: "true"}
    if kept.media_type:
        headers["Content-Type"] = kept.media_type
    response = Response(kept.body or b"", status_code=kept.status, headers=headers)
    await response(request.scope, request.receive, send)


def _replay(body: bytes) -> Receive:
    """A receive channel that gives a body that has been read already."""
    told = False

    async def receive() -> Message:
        nonlocal told
        if told:
            return {"type": "http.disconnect"}
        told = True
        return {"type": "http.request", "body": body, "more_body": False}

    return receive

"""Every error as RFC 9457 ``application/problem+json``, named like the refusal it tells of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel, ConfigDict, Field
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from ledger.errors import Refused
from ledger.store.faults import StorageFault

MEDIA_TYPE = "application/problem+json"
TYPE_PREFIX = "urn:yuanliu:problem:"

_INTERNAL = "InternalFault"
_LARGEST_SAFE_INTEGER = 2**53 - 1
_log = structlog.get_logger("api")


class Problem(BaseModel):
    """An error. ``type`` ends in the refusal's name; its facts are further members."""

    model_config = ConfigDict(extra="allow")

    type: str = Field(examples=[f"{TYPE_PREFIX}LotChanged"])
    title: str
    status: int
    detail: str
    instance: str


@dataclass
class MalformedRequest(Refused):
    """Path, query, headers or body don't have the documented form."""

    errors: Sequence[Mapping[str, str]] = field(default_factory=list)
    summary: ClassVar[str] = "The request does not have the documented form."


@dataclass
class MalformedJson(Refused):
    status: ClassVar[int] = 400
    summary: ClassVar[str] = "The body is not JSON."


@dataclass
class UnsupportedMediaType(Refused):
    """The body is of a media type that isn't read here."""

    found: str
    expected: str
    status: ClassVar[int] = 415
    summary: ClassVar[str] = "The body has to be {expected}, not {found!r}."


@dataclass
class BodyTooLarge(Refused):
    limit: int
    status: ClassVar[int] = 413
    summary: ClassVar[str] = "The body has more than {limit} bytes."


@dataclass
class NotFound(Refused):
    """There is no such thing, or it is none of the caller's business: both look the same."""

    status: ClassVar[int] = 404
    summary: ClassVar[str] = "There is no such thing, or not for you."


@dataclass
class MethodNotAllowed(Refused):
    status: ClassVar[int] = 405
    summary: ClassVar[str] = "This method can't be used here."


@dataclass
class BadRequest(Refused):
    status: ClassVar[int] = 400
    summary: ClassVar[str] = "The request can't be read."


@dataclass
class StorageUnavailable(Refused):
    """The database takes no writes, or doesn't answer. The log knows why."""

    status: ClassVar[int] = 503
    summary: ClassVar[str] = "Nothing can be recorded just now. Try again, under the same key."


_BY_STATUS: Mapping[int, type[Refused]] = {404: NotFound, 405: MethodNotAllowed}


def body_of(refusal: Refused, instance: str) -> dict[str, Any]:
    """The problem object of a refusal."""
    sentence = str(refusal).partition(": ")[2]
    standard = {
        "type": TYPE_PREFIX + refusal.name,
        "title": HTTPStatus(refusal.status).phrase,
        "status": refusal.status,
        "detail": sentence,
        "instance": instance,
    }
    return {**{name: _fact(value) for name, value in refusal.facts().items()}, **standard}


class _ProblemResponse(Response):
    """Leaves the problem's name in the request's state, for its line of log and the metrics."""

    def __init__(self, name: str, body: Mapping[str, Any], headers: Mapping[str, str]) -> None:
        super().__init__(json.dumps(body), body["status"], headers, MEDIA_TYPE)
        self._name = name

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        scope.setdefault("state", {})["problem"] = self._name
        await super().__call__(scope, receive, send)


def problem_in(scope: Scope) -> str | None:
    """The name of the problem that a request was answered with, if it was one."""
    name: str | None = scope["state"].get("problem")
    return name


def answer(refusal: Refused, instance: str, headers: Mapping[str, str] | None = None) -> Response:
    """A refusal as a response."""
    more = {"WWW-Authenticate": "Bearer"} if refusal.status == HTTPStatus.UNAUTHORIZED else {}
    return _ProblemResponse(refusal.name, body_of(refusal, instance), {**more, **(headers or {})})


def storage_unavailable(fault: StorageFault, instance: str) -> Response:
    """The answer while the database refuses; nothing of the request has been kept."""
    _log.error("database_fault", trouble=fault.trouble, reason=fault.reason)
    return answer(StorageUnavailable(), instance, {"Retry-After": "1"})


def install(app: FastAPI) -> None:
    """Answer every exception with a problem."""
    app.exception_handler(Refused)(_refused)
    app.exception_handler(RequestValidationError)(_malformed)
    app.exception_handler(HTTPException)(_http)
    app.exception_handler(StorageFault)(_storage)
    app.exception_handler(Exception)(_fault)


def fault(instance: str) -> Response:
    """The answer to a fault of the system: nothing of it is told but that it happened."""
    problem = {
        "type": TYPE_PREFIX + _INTERNAL,
        "title": HTTPStatus.INTERNAL_SERVER_ERROR.phrase,
        "status": 500,
        "detail": "The system failed; the request id names the record of it.",
        "instance": instance,
    }
    return _ProblemResponse(_INTERNAL, problem, {})


async def _refused(request: Request, error: Refused) -> Response:
    if error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        _log.error("refusal.fault", problem=error.name, facts=error.facts())
    return answer(error, request.url.path)


async def _malformed(request: Request, error: RequestValidationError) -> Response:
    found = error.errors()
    if any(one["type"] == "json_invalid" for one in found):
        return answer(MalformedJson(), request.url.path)
    errors = [{"field": ".".join(map(str, one["loc"])), "reason": str(one["msg"])} for one in found]
    return answer(MalformedRequest(errors), request.url.path)


async def _http(request: Request, error: HTTPException) -> Response:
    # FastAPI wraps whatever goes wrong while a body is read: a body that is too long, for one.
    cause = error.__cause__
    refusal = (
        cause if isinstance(cause, Refused) else _BY_STATUS.get(error.status_code, BadRequest)()
    )
    return answer(refusal, request.url.path, error.headers)


async def _storage(request: Request, error: StorageFault) -> Response:
    return storage_unavailable(error, request.url.path)


async def _fault(request: Request, error: Exception) -> Response:
    _log.exception("request.failed", exc_info=error)
    return fault(request.url.path)


def _fact(value: Any) -> Any:
    """Amounts above what every JSON reader keeps exactly travel as text, as elsewhere."""
    if isinstance(value, int) and not isinstance(value, bool) and value > _LARGEST_SAFE_INTEGER:
        return str(value)
    return value

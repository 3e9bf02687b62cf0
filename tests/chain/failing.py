"""An endpoint in front of a real node that dies, lags or errs when a test wants it to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

import httpx

Body = dict[str, Any]
Hook = Callable[[Body], Any]

_TAGS = ("latest", "pending", "finalized")
_STATE_AT = {"eth_call": 1, "eth_getTransactionCount": 1, "eth_getBlockByNumber": 0}


class Died(Exception):
    """The endpoint hangs up without an answer."""


@dataclass
class FailingEndpoint:
    """``hooks`` see each request first: they may answer it (not None), or raise ``Died``.

    ``stands_at`` is the newest block it knows of: what was mined after it never happened.
    """

    node: str
    hooks: list[Hook] = field(default_factory=list)
    stands_at: int | None = None
    dead: bool = False
    bad_gateway: bool = False
    longest: int | None = None
    seen: list[Body] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._http = httpx.Client(trust_env=False, timeout=30)
        self._server = _Server(self)
        threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._http.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def sent(self) -> list[str]:
        """The raw transactions that came here."""
        return [b["params"][0] for b in self.seen if b["method"] == "eth_sendRawTransaction"]

    def answer(self, body: Any) -> Any:
        if isinstance(body, list):
            return [self._one(one) for one in body]
        return self._one(body)

    def _one(self, body: Body) -> Body:
        self.seen.append(body)
        for hook in self.hooks:
            told = hook(body)
            if told is not None:
                return {"jsonrpc": "2.0", "id": body["id"], **told}
        return self.ask(body) if self.stands_at is None else self._as_of(body, self.stands_at)

    def ask(self, body: Body) -> Body:
        """What the node itself says."""
        answer: Body = self._http.post(self.node, json=body).json()
        return answer

    def _as_of(self, body: Body, block: int) -> Body:
        method, params = body["method"], list(body["params"])
        at = _STATE_AT.get(method)
        if at is not None and params[at] in _TAGS:
            params[at] = hex(block)
        answer = self.ask({**body, "params": params})
        if method == "eth_blockNumber":
            answer["result"] = hex(block)
        found = answer.get("result")
        if isinstance(found, dict) and _number(found) > block:
            answer["result"] = None
        if method == "eth_getLogs":
            answer["result"] = [log for log in found or [] if _number(log) <= block]
        return answer


def _number(found: Body) -> int:
    return int(found.get("blockNumber") or found.get("number") or "0x0", 16)


def result(value: Any) -> Body:
    return {"result": value}


def error(message: str) -> Body:
    return {"error": {"code": -32000, "message": message}}


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, endpoint: FailingEndpoint) -> None:
        self.endpoint = endpoint
        super().__init__(("127.0.0.1", 0), _Handler)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: _Server

    def do_POST(self) -> None:
        endpoint = self.server.endpoint
        body = self.rfile.read(int(self.headers["content-length"]))
        if endpoint.longest is not None and len(body) > endpoint.longest:
            self._reply(413, b"content length too large")
        elif endpoint.bad_gateway:
            self._reply(502, b"<html>bad gateway")
        else:
            self._answer(endpoint, json.loads(body))

    def _answer(self, endpoint: FailingEndpoint, body: Any) -> None:
        try:
            if endpoint.dead:
                raise Died
            answer = endpoint.answer(body)
        except Died:
            self.close_connection = True
            return
        self._reply(200, json.dumps(answer).encode())

    def _reply(self, status: int, payload: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(payload)))
        self.end_headers()
        self.wfile.write(payload)

    def log_message(self, *_: Any) -> None:
        pass

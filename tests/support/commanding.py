"""The `yuanliu` command in this process, at an API that is there without a network."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from client import api as client_api
from client.http import Http
from scripts import cli
from scripts.cli import app
from scripts.desk import Desk
from tests.support.accounts import Key


def connect_to(
    http: httpx.Client,
    url: str,
    keys: Callable[[int, int], Key],
    monkeypatch: pytest.MonkeyPatch,
    after: Callable[[httpx.Request], None] = lambda _request: None,
) -> None:
    """From here on commands talk to this API; keys are named by party and number, e.g. ``9.1``;
    no file is read or written. ``after`` each request, something may be done."""

    def forward(request: httpx.Request) -> httpx.Response:
        sent = {name: value for name, value in request.headers.items() if name != "host"}
        answer = http.request(
            request.method, str(request.url), content=request.read(), headers=sent
        )
        after(request)
        return httpx.Response(answer.status_code, headers=answer.headers, content=answer.content)

    def key(_desk: Desk, name: str) -> Key:
        party, _, number = name.partition(".")
        return keys(int(party), int(number or 0))

    transport = httpx.MockTransport(forward)
    monkeypatch.setattr(client_api, "Http", lambda _url: Http(url, transport=transport))
    monkeypatch.setattr(Desk, "key", key)
    monkeypatch.setattr(Desk, "_kept_session", lambda _desk, _name: None)
    monkeypatch.setattr(Desk, "_keep_session", lambda _desk, _name, _session: None)
    monkeypatch.setattr(cli, "log_as_command", lambda: None)


def run(*arguments: str) -> bytes:
    """What `yuanliu …` prints; raises what it refuses with."""
    with capture_logs():  # the API's, which runs in this process
        ended = CliRunner().invoke(app, list(arguments))
    if ended.exception is not None:
        raise ended.exception
    return ended.stdout_bytes


def run_json(*arguments: str) -> Any:
    """The JSON that `yuanliu … --json` prints."""
    return json.loads(run(*arguments, "--json"))

"""The control port, asked by whoever finds it: no network runs behind it."""

from __future__ import annotations

import json
import socket
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from node.consortium.control import Control, ControlRefused, ControlServer
from node.consortium.network import Network


@pytest.fixture
def control(tmp_path: Path) -> Iterator[Control]:
    told = {"data_dir": tmp_path, "status": None, "endpoints": None}
    deeds = ("kill", "start_validator", "pause", "resume", "wipe", "partition", "heal", "join")
    network = SimpleNamespace(**told, **dict.fromkeys((*deeds, "leave"), lambda number: number))
    with ControlServer(cast("Network", network)):
        record = json.loads((tmp_path / "control.json").read_text())
        yield Control(record["port"], record["token"])


def _answer(control: Control, line: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", control.port), 10) as connection:
        connection.sendall(line + b"\n")
        with connection.makefile("rb") as answer:
            return answer.readline()


@pytest.mark.parametrize("line", [b"", b"\xff", b"null", b"{}", 60_000 * b"[", b'{"token":"x"}'])
def test_control__line_of_anybody__hung_up_on_without_a_trace(
    control: Control, line: bytes, capfd: pytest.CaptureFixture[str]
) -> None:
    assert _answer(control, line) == b""
    assert control.ask("pause", number=1) == 1
    assert "Traceback" not in capfd.readouterr().err


def test_control__wrong_token__nothing_done(control: Control) -> None:
    request = {"token": "guessed", "command": "owner", "arguments": {}}
    assert _answer(control, json.dumps(request).encode()) == b""


@pytest.mark.parametrize(
    "arguments", [{"number": "first"}, {"command": 1}, {"event": 1}, {}, {"number": None}]
)
def test_control__arguments_that_make_no_sense__refused(
    control: Control, arguments: dict[str, Any]
) -> None:
    request = {"token": control.token, "command": "kill", "arguments": arguments}
    answer = json.loads(_answer(control, json.dumps(request).encode()))
    assert answer["refused"].startswith(("TypeError", "ValueError"))


def test_control__unknown_command__refused(control: Control) -> None:
    with pytest.raises(ControlRefused, match="UnknownCommand"):
        control.ask("__class__")

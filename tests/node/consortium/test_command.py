"""`yuanliu network`, with a network of one validator."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from node.folder import owner_of
from scripts.cli import app
from scripts.commands.network import NoNetworkHere

pytestmark = pytest.mark.xdist_group("consortium")


def _network(folder: Path, *arguments: str, profile: str = "consortium") -> Result:
    command = ["--data-dir", str(folder), "network", *arguments, "--profile", profile]
    return CliRunner().invoke(app, command)


def _status(folder: Path) -> dict[str, Any]:
    status: dict[str, Any] = json.loads(_network(folder, "status", "--json").stdout)
    return status


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 10
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not _is_running(pid)


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    yield tmp_path
    _network(tmp_path, "down")


@pytest.mark.parametrize("profile", ["dev", "besu"])
def test_network__another_profile__is_refused(tmp_path: Path, profile: str) -> None:
    assert isinstance(_network(tmp_path, "up", profile=profile).exception, NoNetworkHere)


def test_network__up_supervisor_killed_up_again_and_down__no_orphan_and_one_chain(
    folder: Path,
) -> None:
    up = _network(folder, "up", "--validators", "1", "--block-time", "200")
    assert up.exit_code == 0, up.output
    first = _status(folder)["validators"][0]
    supervisor = owner_of(folder / "node")
    assert supervisor is not None

    os.kill(supervisor, signal.SIGKILL)

    assert _wait_until_gone(first["pid"])
    assert _network(folder, "up").exit_code == 0
    second = _status(folder)["validators"][0]
    assert second["height"] > first["height"]
    assert second["rpc"] == first["rpc"]
    assert "committed" in _network(folder, "logs", "0", "--lines", "200").stdout.lower()

    assert _network(folder, "down").exit_code == 0

    assert owner_of(folder / "node") is None
    assert _wait_until_gone(second["pid"])

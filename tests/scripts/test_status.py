"""`yuanliu status`, asked of a running API."""

from __future__ import annotations

import json
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import uvicorn

from ledger.store.keeping.heartbeats import Heartbeat, beat
from tests.api.world import World
from tests.store.databases import migrated

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    database = migrated(f"sqlite:///{tmp_path / 'yuanliu.db'}")
    yield World(database)
    database.close()


@pytest.fixture
def url(world: World) -> Iterator[str]:
    server = uvicorn.Server(uvicorn.Config(world.app, port=0, log_level="error"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    server.should_exit = True
    thread.join()


def _status(url: str, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "scripts.cli", "--api", url, "status", *options]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def _beat(world: World, service: str) -> None:
    at = world.now * 1000
    told = {"version": "9.9", "last_round": at, "height": 77, "nodes": 1, "nodes_up": 1}
    world.database.write(lambda connection: beat(connection, Heartbeat(service, at, told)))


def test_status__all_is_well__ends_with_0_and_shows_it(world: World, url: str) -> None:
    _beat(world, "relayer")
    _beat(world, "indexer")
    shown = _status(url)
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "1 of 1" in shown.stdout
    assert "9.9, heard" in shown.stdout
    found = json.loads(_status(url, "--json").stdout)
    assert found["engine"]["height"] == 77
    assert found["troubles"] == []


def test_status__a_service_missing__ends_with_1_and_says_which(world: World, url: str) -> None:
    _beat(world, "relayer")
    shown = _status(url)
    assert shown.returncode == 1
    assert shown.stderr == "The indexer has never been heard of.\n"
    assert json.loads(_status(url, "--json").stdout)["troubles"]


def test_status__nobody_answers__is_a_fault() -> None:
    shown = _status("http://127.0.0.1:9")
    assert shown.returncode == 1
    assert shown.stderr.startswith("ApiFault: no answer from http://127.0.0.1:9")

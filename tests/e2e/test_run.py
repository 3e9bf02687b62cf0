"""`yuanliu run`: comes up, comes back, stays up whatever dies, and leaves nothing behind."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from node.anvil import free_port
from tests.e2e.conftest import SECONDS, Run, command, environment
from tests.e2e.processes import children_of, is_up


@contextmanager
def running(folder: Path, *options: str, **settings: str) -> Iterator[subprocess.Popen[str]]:
    # Tests run side by side: the usual ports are for one.
    ports = ["--api-port", str(free_port()), "--node-port", str(free_port())]
    arguments = ["--data-dir", str(folder), "run", *ports, *options]
    log = folder.parent / "run.log"
    with log.open("w") as output:
        process = subprocess.Popen(
            command(*arguments),
            cwd=folder.parent,
            env=environment() | settings,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            text=True,
        )
    try:
        _until(lambda: "up until Ctrl-C" in log.read_text() or process.poll() is not None)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        if process.poll() is None:
            process.kill()
            process.wait()


def test_run__first_time_and_again__is_seeded_once_and_stops_clean(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder) as process:
        assert _get(folder, "/ready")["entries"] == 27
        assert _page(folder, "/docs")
        started = children_of(process.pid)
        assert len(started) >= 4
        process.send_signal(signal.SIGTERM)
        assert process.wait(SECONDS) == 0
    assert not [pid for pid in started if is_up(pid)]
    with running(folder) as process:
        _until(lambda: _get(folder, "/ready")["entries"] == 27)
        process.send_signal(signal.SIGINT)
        assert process.wait(SECONDS) == 0


def test_run__a_service_killed__is_started_again_and_kill_9_leaves_nothing(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    with running(folder, "--no-seed") as process:
        victim = next(pid for pid in children_of(process.pid) if _is_service(pid, b"api"))
        os.kill(victim, signal.SIGKILL)
        _until(lambda: not is_up(victim))
        _until(lambda: _answers(folder))
        started = children_of(process.pid)
        process.kill()
        process.wait(SECONDS)
    _until(lambda: not [pid for pid in started if is_up(pid)])


@pytest.mark.xdist_group("consortium")
def test_run__consortium_hurt_by_network_commands__gets_whole_and_ends_when_told(
    tmp_path: Path, yuanliu: Run
) -> None:
    folder = tmp_path / "data"

    def network(*arguments: str) -> str:
        told = ("--data-dir", str(folder), "network", *arguments, "--profile", "consortium")
        ended = yuanliu(*told)
        assert ended.returncode == 0, ended.stderr
        return ended.stdout

    def validators() -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = json.loads(network("status", "--json"))["validators"]
        return found

    def states() -> str:
        return " ".join(each["state"] for each in validators())

    with running(folder, "--no-seed", PROFILE="consortium") as process:
        network("kill", "3")
        height = validators()[0]["height"]
        _until(lambda: validators()[0]["height"] > height + 3)  # `run` has looked after it since
        assert states() == "running running running down"
        network("start", "3")
        os.kill(validators()[2]["pid"], signal.SIGKILL)
        _until(lambda: states() == "running running running running")
        assert network("partition", "0,1") == "0,1 | 2,3\n"
        network("heal")
        _until(lambda: _answers(folder))
        started = children_of(process.pid)
        assert len(started) >= 4 + 3
        network("down")
        assert process.wait(SECONDS) == 0
    assert not [pid for pid in started if is_up(pid)]


def _url(folder: Path) -> str:
    return str(json.loads((folder / "endpoints.json").read_text())["api"])


def _page(folder: Path, path: str) -> str:
    return httpx.get(_url(folder) + path, trust_env=False).raise_for_status().text


def _get(folder: Path, path: str) -> dict[str, int]:
    found: dict[str, int] = json.loads(_page(folder, path))
    return found


def _answers(folder: Path) -> bool:
    try:
        return bool(_get(folder, "/ready")["ready"])
    except httpx.HTTPError:
        return False


def _is_service(pid: int, name: bytes) -> bool:
    return Path(f"/proc/{pid}/cmdline").read_bytes().endswith(b"serve\0" + name + b"\0")


def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + SECONDS
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)

"""Every line of a service is one JSON object with its time, level, event and service."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

_SAYS_ALL = """
import logging, threading, warnings, structlog
from scripts.logs import log_as_service
log_as_service("relayer")
with structlog.contextvars.bound_contextvars(request_id="ticket-1"):
    structlog.get_logger().info("ours", acts=3, text="源流\\nmore")
logging.getLogger("uvicorn.error").warning("a library's")
warnings.warn("a warning")
thread = threading.Thread(target=lambda: 1 / 0)
thread.start()
thread.join()
raise LookupError("the end")
"""
_SAYS_TOO_MUCH = """
import structlog
from scripts.logs import log_as_service
log_as_service("relayer")
for number in range(3):
    structlog.get_logger().info("lost")
print("alive")
"""


def _run(program: str, **options: Any) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, text=True, check=False, **options
    )


def _lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_service__its_own_lines_and_libraries_and_crashes__are_all_json() -> None:
    ended = _run(_SAYS_ALL, capture_output=True)
    assert (ended.returncode, ended.stdout) == (1, "")
    lines = _lines(ended.stderr)
    ours, library, warning, thread, crash = lines
    assert all({"time", "level", "event", "service"} <= line.keys() for line in lines)
    assert {line["service"] for line in lines} == {"relayer"}
    assert (ours["event"], ours["request_id"], ours["acts"]) == ("ours", "ticket-1", 3)
    assert (library["event"], library["level"]) == ("a library's", "warning")
    assert "a warning" in warning["event"]
    assert "ZeroDivisionError" in thread["exception"]
    assert (crash["event"], crash["level"]) == ("crashed", "critical")
    assert "LookupError: the end" in crash["exception"]


def test_service__ended_by_a_named_fault__says_so_in_json(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "scripts.cli", "--data-dir", str(tmp_path), "serve", "indexer"]
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    ended = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    (line,) = _lines(ended.stderr)
    assert (line["event"], line["service"], line["exit_code"]) == ("ended", "indexer", 2)
    assert line["reason"].startswith("NotDeployed: ")
    assert ended.returncode == 2


def test_service__log_cannot_be_written__goes_on(tmp_path: Path) -> None:
    """A full disk takes the log first, and must not take the service with it."""

    def limit() -> None:
        _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (0, hard))

    with (tmp_path / "service.log").open("w") as log:
        ended = _run(_SAYS_TOO_MUCH, stdout=subprocess.PIPE, stderr=log, preexec_fn=limit)
    assert ended.stdout == "alive\n"
    assert (tmp_path / "service.log").read_text() == ""

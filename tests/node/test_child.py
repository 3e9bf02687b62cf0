from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from node.child import Child

ROOT = Path(__file__).resolve().parents[2]
PARENT = """
import sys, time
from pathlib import Path
from node.child import Child
print(Child(["sleep", "600"], Path(sys.argv[1])).pid, flush=True)
time.sleep(600)
"""


def _is_running(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def _wait_until_gone(pid: int, patience: float = 5) -> bool:
    deadline = time.monotonic() + patience
    while _is_running(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    return not _is_running(pid)


def test_parent__killed__child_goes_too(tmp_path: Path) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path / "log")],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    assert _is_running(child)

    parent.send_signal(signal.SIGKILL)
    parent.wait()
    parent.stdout.close()

    assert _wait_until_gone(child)


def test_terminate__child_ignores_it__killed(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "trap '' TERM; echo ready; sleep 600 & wait"], tmp_path / "log")
    while "ready" not in (tmp_path / "log").read_text():
        time.sleep(0.005)
    sleeper = int(Path(f"/proc/{child.pid}/task/{child.pid}/children").read_text().split()[0])

    child.terminate(patience=0.1)

    os.kill(sleeper, signal.SIGKILL)
    assert child.exit_code == -signal.SIGKILL


def test_exit_code__ended_by_itself__told_without_reaping(tmp_path: Path) -> None:
    child = Child(["sh", "-c", "exit 7"], tmp_path / "log")

    while child.exit_code is None:
        time.sleep(0.005)

    assert child.exit_code == 7
    child.terminate()
    assert child.exit_code == 7


def test_exit_code__killed_from_outside__the_signal(tmp_path: Path) -> None:
    child = Child(["sleep", "600"], tmp_path / "log")

    os.kill(child.pid, signal.SIGKILL)
    while child.exit_code is None:
        time.sleep(0.005)

    assert child.exit_code == -signal.SIGKILL
    child.terminate()

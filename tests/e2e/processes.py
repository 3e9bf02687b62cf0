"""Which of our processes are up, as Linux tells it."""

from __future__ import annotations

from pathlib import Path


def processes_below(folder: Path) -> list[int]:
    """Processes whose command line or environment names this folder."""
    marker = str(folder).encode()
    return [pid for pid in _pids() if marker in _read(pid, "cmdline") + _read(pid, "environ")]


def children_of(parent: int) -> list[int]:
    """Every process that this one started, directly."""
    marker = f"\nPPid:\t{parent}\n".encode()
    return [pid for pid in _pids() if marker in _read(pid, "status")]


def is_up(pid: int) -> bool:
    """Whether a process still runs; one that only waits to be reaped doesn't."""
    status = _read(pid, "status")
    return bool(status) and b"\nState:\tZ" not in status


def _pids() -> list[int]:
    return [int(process.name) for process in Path("/proc").iterdir() if process.name.isdigit()]


def _read(pid: int, file: str) -> bytes:
    try:
        return Path(f"/proc/{pid}/{file}").read_bytes()
    except OSError:  # it has just ended, or is none of ours
        return b""

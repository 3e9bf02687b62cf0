"""Our processes as one running whole: node, relayer, indexer, API."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import structlog

from node.child import Child
from scripts.settings import Settings

SERVICES = ("relayer", "indexer", "api")
_FIRST_PAUSE, _LONGEST_PAUSE = 0.5, 15.0
_STEADY_SECONDS = 30.0

log = structlog.get_logger(__name__)


class ServiceFailed(Exception):
    """A service ended, or wasn't ready in time."""


@dataclass(frozen=True)
class Backoff:
    """How long to wait before a restart: doubling while a service keeps dying young."""

    pause: float = _FIRST_PAUSE

    def after(self, lived: float) -> Backoff:
        """``lived``: seconds the service stayed up."""
        if lived >= _STEADY_SECONDS:
            return Backoff()
        return Backoff(min(2 * self.pause, _LONGEST_PAUSE))


class Service:
    """One of our processes, started again when it dies."""

    def __init__(self, name: str, settings: Settings) -> None:
        self.name = name
        self.log = settings.logs_dir / f"{name}.log"
        self._environment = {**os.environ, **settings.environment()}
        self._child: Child | None = None
        self._backoff = Backoff()
        self._started = self._due = 0.0

    @property
    def pid(self) -> int | None:
        return None if self._child is None else self._child.pid

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-m", "scripts.cli", "serve", self.name]
        self._child = Child(command, self.log, self._environment)
        self._started = time.monotonic()

    def require_alive(self) -> None:
        """Raises ``ServiceFailed`` if it has ended."""
        if self._child is not None and self._child.exit_code is not None:
            raise ServiceFailed(f"{self.name} ended with {self._child.exit_code}: {tail(self.log)}")

    def tend(self) -> None:
        """Start it again, once its pause is over, if it has died."""
        now = time.monotonic()
        if self._child is not None and self._child.exit_code is not None:
            log.warning("service_died", service=self.name, exit_code=self._child.exit_code)
            self.stop()
            self._due = now + self._backoff.pause
            self._backoff = self._backoff.after(now - self._started)
        if self._child is None and now >= self._due:
            self.start()

    def stop(self) -> None:
        """End it and wait until it has; does nothing when it isn't running."""
        if self._child is not None:
            self._child.terminate()
            self._child = None


def tail(path: Path, lines: int = 5) -> str:
    """The end of a log, in one line."""
    text = path.read_text(encoding="utf-8", errors="replace").splitlines()[-lines:]
    return f"{path}: " + " | ".join(text)

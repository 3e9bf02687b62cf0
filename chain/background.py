"""Work that goes on beside a service's own, again and again, and must never get in its way."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

import structlog

log = structlog.get_logger(__name__)


class Background:
    """Does ``work`` every so many ``seconds`` in a thread of its own, from ``with`` to its end.

    Whatever goes wrong is logged and tried again when it is due: this is not what the service is
    there for.
    """

    def __init__(self, name: str, seconds: float, work: Callable[[], None]) -> None:
        self._name = name
        self._seconds = seconds
        self._work = work
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name=name, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Doesn't wait for a round that is stuck: the process may be ending because of that."""
        self._stop.set()
        self._thread.join(timeout=1)

    def _run(self) -> None:
        while not self._stop.is_set():
            try:
                self._work()
            except Exception as error:  # noqa: BLE001 - whatever it is, the service goes on
                log.warning("background_failed", work=self._name, reason=str(error))
            self._stop.wait(self._seconds)

"""Waiting for what a network has to bring about by itself."""

from __future__ import annotations

import time
from collections.abc import Callable

from node.anvil import NodeFailed

_POLL_SECONDS = 0.05


def wait_until(happened: Callable[[], bool], what: str, seconds: float) -> None:
    """Raises ``NodeFailed`` if it doesn't happen in time."""
    deadline = time.monotonic() + seconds
    while not happened():
        if time.monotonic() > deadline:
            raise NodeFailed(f"no {what} within {seconds:.0f} s")
        time.sleep(_POLL_SECONDS)

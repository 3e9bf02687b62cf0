"""What a fault is: something done to a scene, left so for a while, and undone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass

from tests.faults.scene import Scene

Check = Callable[[], None]
"""What has to hold once everything has settled; raises ``Unmet``."""


@dataclass(frozen=True)
class Fault:
    """``strike`` breaks something as it is entered and mends it as it is left; what it yields, if
    anything, is checked once everything has settled."""

    name: str
    about: str
    strike: Callable[[Scene], AbstractContextManager[Check | None]]


def fault(name: str, about: str) -> Callable[[Callable[[Scene], Iterator[Check | None]]], Fault]:
    """Make a fault of a generator: up to its yield it breaks, after it it mends."""

    def made(broken: Callable[[Scene], Iterator[Check | None]]) -> Fault:
        return Fault(name, about, contextmanager(broken))

    return made

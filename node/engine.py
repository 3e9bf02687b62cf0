"""What every engine's node, or network of nodes, does for those who keep it up."""

from __future__ import annotations

from typing import Protocol

from chain.endpoints import Endpoints


class Node(Protocol):
    """An engine on this machine, running or not."""

    @property
    def alive(self) -> bool:
        """Whether every process of it runs."""

    @property
    def endpoints(self) -> Endpoints:
        """Where it answers once it is started."""

    def start(self) -> None:
        """Start it, or whatever of it doesn't run, and return when it answers."""

    def stop(self) -> None:
        """End it in good order; does nothing when it isn't running."""

    def kill(self) -> None:
        """End it as a power failure would."""

    def save(self) -> None:
        """Make sure that what it has mined outlives a crash."""

    def pids(self) -> dict[str, int]:
        """Its processes now running, by name."""

"""Starting an engine again that has died, for as long as somebody keeps it up."""

from __future__ import annotations

import time

import structlog

from node.anvil import NodeFailed, PortTaken
from node.consortium.fault import ConsortiumFault
from node.engine import Node
from node.folder import DataFolderInUse

REST_SECONDS = 5.0
# What may be otherwise the next time: a disk that is full now (OSError) has room again.
_PASSING = (ConsortiumFault, DataFolderInUse, NodeFailed, OSError, PortTaken)

log = structlog.get_logger(__name__)


class Revival:
    """Its owner calls ``tend`` every now and then."""

    def __init__(self, node: Node) -> None:
        self._node = node
        self._rested = 0.0

    def tend(self) -> None:
        """Start whatever of the node has died; after a failure, not again before a rest."""
        if self._node.alive or time.monotonic() < self._rested:
            return
        log.warning("node_died")
        try:
            self._node.start()
        except _PASSING as failure:
            log.warning("node_not_started", reason=str(failure), retry_in=REST_SECONDS)
            self._rested = time.monotonic() + REST_SECONDS

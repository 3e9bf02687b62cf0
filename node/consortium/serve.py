"""A network as a process of its own, that owns the validators and the wires between them."""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable

import structlog

from node.consortium.control import ControlServer
from node.consortium.network import Network
from node.revival import Revival

_TEND_SECONDS = 0.5

log = structlog.get_logger(__name__)


def serve_network(network: Network, up: Callable[[], None]) -> None:
    """Run a network, and its controls, until SIGINT or SIGTERM; ``up`` is called once it is up.

    Validators that end by themselves are started again; those taken down by number stay down.
    """
    with network:
        # Only from here on: while it starts, an interrupt shall end it right away.
        asked_to_stop = threading.Event()
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, lambda *_: asked_to_stop.set())
        with ControlServer(network):
            log.info("network_up", rpc=network.endpoints.rpc, **network.pids())
            up()
            revival = Revival(network)
            while not asked_to_stop.wait(_TEND_SECONDS):
                revival.tend()

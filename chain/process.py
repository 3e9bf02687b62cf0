"""What the relayer's and the indexer's processes have in common."""

from __future__ import annotations

import gc
import json
import signal
import threading
from pathlib import Path

import structlog

from chain.deploy import check_deployment
from chain.rpc import Rpc, RpcFault
from ledger.deployment import Deployment

_RETRY = 0.2

log = structlog.get_logger(__name__)


def stop_on_signals() -> threading.Event:
    """An event that SIGTERM and SIGINT set. For the main thread."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    return stop


def collect_seldom() -> None:
    """Keep the garbage collector off what stays for good.

    Both processes make rows by the thousand and no cycles, and then a third of their time goes
    into walking over modules that were imported once.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


def read_deployment(path: Path) -> Deployment:
    return Deployment.from_json(json.loads(path.read_text(encoding="utf-8")))


def wait_for_deployment(rpc: Rpc, deployment: Deployment, stop: threading.Event) -> bool:
    """Wait until the engine answers, then check that our contracts stand there.

    False when told to stop first. Raises ``DeploymentMismatch``.
    """
    while not stop.is_set():
        try:
            check_deployment(rpc, deployment)
        except RpcFault as fault:
            log.warning("engine_fault", reason=str(fault), retry_in=_RETRY)
            stop.wait(_RETRY)
        else:
            return True
    return False

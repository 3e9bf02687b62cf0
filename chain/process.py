"""What the relayer's and the indexer's processes have in common."""

from __future__ import annotations

import gc
import json
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import structlog

from chain.client import ChainClient
from chain.deploy import check_deployment
from chain.profile import EngineProfile
from chain.rpc import Rpc, RpcFault
from ledger.deployment import Deployment

_RETRY = 0.2
_TIMEOUT = 30.0
_TIMEOUT_AMONG_MANY = 10.0

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


def connect(urls: Sequence[str]) -> Rpc:
    """To any of these. A node that is stopped, not dead, accepts requests and never answers: where
    there are others to ask, it gets less time."""
    return Rpc(urls, timeout=_TIMEOUT if len(urls) == 1 else _TIMEOUT_AMONG_MANY)


def wait_for_deployment(
    rpc: Rpc, deployment: Deployment, profile: EngineProfile, stop: threading.Event
) -> bool:
    """Wait until an endpoint answers that isn't behind the deployment, then check that our
    contracts stand there.

    False when told to stop first. Raises ``DeploymentMismatch``.
    """
    client = ChainClient(rpc)
    while not stop.is_set():
        try:
            with client.left_after_fault():
                if not profile.forgets and client.height() < deployment.block:
                    raise client.behind(f"it has no block {deployment.block}")
                check_deployment(rpc, deployment)
        except RpcFault as fault:
            log.warning("engine_fault", reason=str(fault), retry_in=_RETRY)
            stop.wait(_RETRY)
        else:
            return True
    return False

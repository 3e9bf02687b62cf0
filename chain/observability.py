"""What stands beside a service's work, for those who watch it: numbers to scrape, a heartbeat."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import version
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, start_http_server

from chain.background import Background
from chain.metrics import ServiceMetrics
from chain.rpc import RpcFault
from ledger.store.engine import Database
from ledger.store.faults import StorageFault
from ledger.store.keeping.heartbeats import Heartbeat, beat
from ledger.store.outbox import now_ms

LOOPBACK = "127.0.0.1"
HEARTBEAT_SECONDS = 5.0

log = structlog.get_logger(__name__)


def report_fault(
    logger: structlog.stdlib.BoundLogger,
    metrics: ServiceMetrics,
    fault: RpcFault | StorageFault,
    pause: float,
) -> None:
    """One line and one count of what a round failed on; the next is ``pause`` seconds away."""
    if isinstance(fault, StorageFault):
        metrics.database_fault(fault)
        logger.warning("database_fault", trouble=fault.trouble, reason=fault.reason, retry_in=pause)
        return
    metrics.engine_fault(fault)
    kind = type(fault).__name__
    logger.warning("engine_fault", kind=kind, reason=str(fault), retry_in=pause)


@contextmanager
def metrics_served(registry: CollectorRegistry, port: int | None) -> Iterator[None]:
    """Serve the numbers on a loopback port; None and 0: on none.

    Not where the public asks: how much is done, and what fails, is the operator's to know. A port
    that can't be had is logged; the service itself matters more.
    """
    if not port:
        yield
        return
    try:
        server, thread = start_http_server(port, addr=LOOPBACK, registry=registry)
    except OSError as error:
        log.error("metrics_not_served", port=port, reason=str(error))
        yield
        return
    log.info("metrics_served", port=port)
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def heartbeat(
    service: str,
    database: Database,
    metrics: ServiceMetrics,
    facts: Callable[[], Mapping[str, Any]] = dict,
) -> Background:
    """Write down, every few seconds, that a service lives, and when it last got a round done."""
    own = {"version": version("yuanliu")}

    def work() -> None:
        last = metrics.last_round
        told = {**own, "last_round": None if last is None else int(last * 1000), **facts()}
        alive = Heartbeat(service, now_ms(), told)
        try:
            database.write(lambda connection: beat(connection, alive))
        except StorageFault as fault:
            log.info("heartbeat_missed", trouble=fault.trouble)

    return Background("heartbeat", HEARTBEAT_SECONDS, work)

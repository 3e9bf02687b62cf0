"""The indexer as a process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from chain.client import ChainClient
from chain.endpoints import Endpoints
from chain.indexer import Indexer
from chain.metrics import IndexerMetrics
from chain.observability import heartbeat, metrics_served
from chain.observer import ChainObserver
from chain.process import (
    collect_seldom,
    connect,
    read_deployment,
    stop_on_signals,
    wait_for_deployment,
)
from chain.profile import profile_named
from ledger.store.engine import open_database

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class IndexerSettings:
    database_url: str
    rpc_urls: tuple[str, ...]
    profile: str
    deployment: Path
    comet_urls: tuple[str, ...] = ()
    metrics_port: int | None = None
    """On loopback, for Prometheus; None or 0: none."""


def run_indexer(settings: IndexerSettings) -> None:
    """Index until SIGTERM or SIGINT. Call it from the main thread, once per database."""
    collect_seldom()
    stop = stop_on_signals()
    profile = profile_named(settings.profile)
    deployment = read_deployment(settings.deployment)
    database = open_database(settings.database_url)
    try:
        with connect(settings.rpc_urls) as rpc:
            if wait_for_deployment(rpc, deployment, profile, stop):
                log.info("indexer_up", engine=rpc.url)
                metrics = IndexerMetrics()
                endpoints = Endpoints(settings.rpc_urls, settings.comet_urls)
                with (
                    metrics_served(metrics.registry, settings.metrics_port),
                    ChainObserver(endpoints, profile.finality, metrics) as observer,
                    observer.looking(),
                    heartbeat("indexer", database, metrics, observer.facts),
                ):
                    indexer = Indexer(ChainClient(rpc), database, deployment, profile, metrics)
                    indexer.run(stop)
    finally:
        database.close()
    log.info("indexer_stopped")

"""The indexer as a process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import structlog

from chain.client import ChainClient
from chain.indexer import Indexer
from chain.process import (
    collect_seldom,
    read_deployment,
    stop_on_signals,
    wait_for_deployment,
)
from chain.profile import profile_named
from chain.rpc import Rpc
from ledger.store.engine import open_database

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class IndexerSettings:
    database_url: str
    rpc_url: str
    profile: str
    deployment: Path


def run_indexer(settings: IndexerSettings) -> None:
    """Index until SIGTERM or SIGINT. Call it from the main thread, once per database."""
    collect_seldom()
    stop = stop_on_signals()
    profile = profile_named(settings.profile)
    deployment = read_deployment(settings.deployment)
    database = open_database(settings.database_url)
    try:
        with Rpc(settings.rpc_url) as rpc:
            if wait_for_deployment(rpc, deployment, stop):
                log.info("indexer_up", engine=settings.rpc_url)
                Indexer(ChainClient(rpc), database, deployment, profile.finality).run(stop)
    finally:
        database.close()
    log.info("indexer_stopped")

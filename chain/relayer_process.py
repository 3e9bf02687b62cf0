"""The relayer as a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import structlog

from chain.client import ChainClient
from chain.metrics import RelayerMetrics
from chain.observability import heartbeat, metrics_served
from chain.process import (
    collect_seldom,
    connect,
    read_deployment,
    stop_on_signals,
    wait_for_deployment,
)
from chain.profile import profile_named
from chain.relayer import Post, Relayer
from chain.signer import load_key
from chain.sizing import BatchLimits, Sizing
from ledger.store.engine import open_database

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RelayerSettings:
    database_url: str
    rpc_urls: tuple[str, ...]
    profile: str
    deployment: Path
    keystore: Path
    passphrase: str = field(repr=False)
    limits: BatchLimits | None = None
    """None for what the profile says the engine takes."""
    metrics_port: int | None = None
    """On loopback, for Prometheus; None or 0: none."""


def run_relayer(settings: RelayerSettings) -> None:
    """Relay until SIGTERM or SIGINT. Call it from the main thread, once per key."""
    collect_seldom()
    stop = stop_on_signals()
    profile = profile_named(settings.profile)
    key = load_key(settings.keystore, settings.passphrase)
    deployment = read_deployment(settings.deployment)
    database = open_database(settings.database_url)
    limits = settings.limits or BatchLimits.of(profile)
    try:
        with connect(settings.rpc_urls) as rpc:
            if wait_for_deployment(rpc, deployment, profile, stop):
                log.info("relayer_up", sender=key.address, engine=rpc.url)
                post = Post(ChainClient(rpc), profile, deployment.relay, key)
                metrics = RelayerMetrics()
                metrics.watch_pool(database)
                relayer = Relayer(database, post, Sizing(limits), metrics)
                with (
                    metrics_served(metrics.registry, settings.metrics_port),
                    heartbeat("relayer", database, metrics),
                ):
                    relayer.run(stop)
    finally:
        database.close()
    log.info("relayer_stopped")

"""The relayer as a process."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import structlog

from chain.client import ChainClient
from chain.process import (
    collect_seldom,
    read_deployment,
    stop_on_signals,
    wait_for_deployment,
)
from chain.profile import profile_named
from chain.relayer import Post, Relayer
from chain.rpc import Rpc
from chain.signer import load_key
from chain.sizing import BatchLimits, Sizing
from ledger.store.engine import open_database

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class RelayerSettings:
    database_url: str
    rpc_url: str
    profile: str
    deployment: Path
    keystore: Path
    passphrase: str = field(repr=False)
    most_acts: int = BatchLimits.acts
    most_bytes: int = BatchLimits.data_bytes


def run_relayer(settings: RelayerSettings) -> None:
    """Relay until SIGTERM or SIGINT. Call it from the main thread, once per key."""
    collect_seldom()
    stop = stop_on_signals()
    profile = profile_named(settings.profile)
    key = load_key(settings.keystore, settings.passphrase)
    deployment = read_deployment(settings.deployment)
    database = open_database(settings.database_url)
    limits = BatchLimits(settings.most_acts, settings.most_bytes, profile.block_gas_limit)
    try:
        with Rpc(settings.rpc_url) as rpc:
            if wait_for_deployment(rpc, deployment, stop):
                log.info("relayer_up", sender=key.address, engine=settings.rpc_url)
                post = Post(ChainClient(rpc), profile, deployment.relay, key)
                Relayer(database, post, Sizing(limits)).run(stop)
    finally:
        database.close()
    log.info("relayer_stopped")

"""When the chain has changed behind us: back to the newest block that it and we both hold."""

from __future__ import annotations

import structlog

from chain.client import ChainClient
from ledger.deployment import Deployment
from ledger.store.engine import Database
from ledger.store.projector import checkpoints, rewind

_AT_ONCE = 64

log = structlog.get_logger(__name__)


class ForeignChain(Exception):
    """The engine's chain is not the one that our contracts were deployed on."""


def rewind_to_common_ancestor(
    client: ChainClient, database: Database, deployment: Deployment
) -> int:
    """Undo what blocks that are no more have said; tells the block that everything is back at.

    Raises ``ForeignChain`` when not even the deployment is left.
    """
    ancestor = _common_ancestor(client, database, deployment)
    log.warning("rewinding", to_block=ancestor)
    database.write(lambda connection: rewind(connection, ancestor))
    return ancestor


def _common_ancestor(client: ChainClient, database: Database, deployment: Deployment) -> int:
    below: int | None = None
    while True:
        with database.read() as connection:
            known = checkpoints(connection, _AT_ONCE, below)
        if not known:
            return _before_deployment(client, deployment)
        there = client.blocks([checkpoint.number for checkpoint in known])
        for checkpoint, block in zip(known, there, strict=True):
            if block is not None and block.hash == checkpoint.hash:
                return checkpoint.number
        below = known[-1].number


def _before_deployment(client: ChainClient, deployment: Deployment) -> int:
    block = client.block(deployment.block)
    if block is None or "0x" + block.hash.hex() != deployment.block_hash:
        raise ForeignChain(f"block {deployment.block} isn't {deployment.block_hash}")
    return deployment.block - 1

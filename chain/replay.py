"""Audit replay: the projection rebuilt from the chain, and every way the live one differs."""

from __future__ import annotations

from dataclasses import dataclass

from chain.client import ChainClient
from chain.indexer import Indexer
from chain.profile import BlockTag
from ledger.deployment import Deployment
from ledger.store.drift import Drift, compare
from ledger.store.engine import IN_MEMORY, Database, open_database
from ledger.store.migration import create_tables
from ledger.store.projector import Checkpoint, tip


class NothingToReplay(Exception):
    """The live database has read nothing yet."""


class TipNotOnChain(Exception):
    """The chain doesn't have the block up to which the live database was read.

    Either the chain has just been reorganised and the indexer will catch up, or the database
    was fed from another chain.
    """


@dataclass(frozen=True)
class Replay:
    """What was compared, and what differs; ``block`` is the last block of both."""

    block: int
    block_hash: bytes
    entries: int
    drift: list[Drift]


def replay(
    client: ChainClient, live: Database, deployment: Deployment, finality: BlockTag
) -> Replay:
    """Rebuild the projection, up to the live one's tip, and compare.

    Works on one snapshot of the live database, so it may be in use meanwhile. Raises
    ``NothingToReplay`` or ``TipNotOnChain``.
    """
    fresh = open_database(IN_MEMORY)
    try:
        create_tables(fresh)
        with live.read() as connection:
            known = tip(connection)
            if known.block is None:
                raise NothingToReplay
            _rebuild(Indexer(client, fresh, deployment, finality), client, known.block)
            with fresh.read() as rebuilt:
                drift = list(compare(connection, rebuilt))
        return Replay(known.block.number, known.block.hash, known.entries, drift)
    finally:
        fresh.close()


def _rebuild(indexer: Indexer, client: ChainClient, until: Checkpoint) -> None:
    while indexer.tip.block != until:
        if not indexer.step(until.number):
            block = client.block(until.number)
            if block is None or block.hash != until.hash:
                raise TipNotOnChain(f"block {until.number}, 0x{until.hash.hex()}")

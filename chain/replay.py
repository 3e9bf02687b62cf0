"""Audit replay: the projection rebuilt from the chain, and every way the live one differs."""

from __future__ import annotations

import time
from dataclasses import dataclass

from chain.client import ChainClient
from chain.indexer import Indexer
from chain.pace import Pace
from chain.profile import EngineProfile
from chain.rpc import EndpointBehind
from ledger.deployment import Deployment
from ledger.store import line_use
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
    """What was compared, and what differs; ``block`` is the last block of both.

    ``line_differences``: credit lines that don't hold what the live projection says they do.
    """

    block: int
    block_hash: bytes
    entries: int
    drift: list[Drift]
    line_differences: list[str]

    @property
    def differences(self) -> list[str]:
        """All of them, as text."""
        return [*map(str, self.drift), *self.line_differences]


def replay(
    client: ChainClient, live: Database, deployment: Deployment, profile: EngineProfile
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
            indexer = Indexer(client, fresh, deployment, profile)
            _rebuild(indexer, client, known.block, profile)
            with fresh.read() as rebuilt:
                drift = list(compare(connection, rebuilt))
            lines = line_use.differences(connection)
        return Replay(known.block.number, known.block.hash, known.entries, drift, lines)
    finally:
        fresh.close()


def _rebuild(
    indexer: Indexer, client: ChainClient, until: Checkpoint, profile: EngineProfile
) -> None:
    """Endpoints that haven't got ``until`` yet are waited for, as long as a chain may stand."""
    pace = Pace.of(profile)
    deadline = time.monotonic() + pace.patience
    while indexer.tip.block != until:
        try:
            if indexer.step(until.number):
                deadline = time.monotonic() + pace.patience
            else:
                _require(client, until, profile)
        except EndpointBehind:
            if time.monotonic() > deadline:
                raise
            time.sleep(pace.idle)


def _require(client: ChainClient, until: Checkpoint, profile: EngineProfile) -> None:
    block = client.block(until.number)
    if block is not None and block.hash == until.hash:
        return
    if block is None and not profile.forgets:
        raise client.behind(f"it has no block {until.number}")
    raise TipNotOnChain(f"block {until.number}, 0x{until.hash.hex()}")

"""The indexer: reads the chain and keeps the projection at its tip."""

from __future__ import annotations

import threading
import time

import structlog

from chain.client import ChainClient
from chain.portions import ChainDiverged, PortionReader, ReadPortion
from chain.profile import BlockTag
from chain.reorg import rewind_to_common_ancestor
from chain.rpc import RpcFault
from ledger.deployment import Deployment
from ledger.store.changes import ChangeWatch
from ledger.store.engine import Connection, Database
from ledger.store.projector import Tip, apply, tip

_BUSY_PAUSE, _IDLE_PAUSE, _POLL = 0.004, 0.015, 0.002
_BUSY_FOR = 0.25
_FAULT_PAUSE = 0.2
_DOUBTS, _DOUBT_PAUSE = 50, 0.02

log = structlog.get_logger(__name__)


class HeadMismatch(Exception):
    """Our entries don't add up to the head that the ledger contract itself holds.

    Some event was lost, made up or misread. Nothing was written; a person has to look.
    """


class Indexer:
    """finality tag → last block read still there? → logs → entries, in sequence, heads chained
    → the contract's own global head → facts → rows, verdicts on acts, tip: one transaction.

    A block that isn't there any more starts a rewind (``chain.reorg``) instead.

    A head that isn't ours is asked for again before it is believed: for an instant while it mines,
    anvil answers for its newest block with the state of the one after it.
    """

    def __init__(
        self, client: ChainClient, database: Database, deployment: Deployment, finality: BlockTag
    ) -> None:
        self._client = client
        self._database = database
        self._deployment = deployment
        self._reader = PortionReader(client, deployment, finality)
        self._doubts = 0
        with database.read() as connection:
            self._tip = tip(connection)

    @property
    def tip(self) -> Tip:
        return self._tip

    def run(self, stop: threading.Event) -> None:
        """Index until told to stop. An engine that can't be reached is waited for."""
        busy_until = 0.0
        with ChangeWatch(self._database) as watch:
            while not stop.is_set():
                try:
                    moved = self.step()
                except RpcFault as fault:
                    log.warning("engine_fault", reason=str(fault), retry_in=_FAULT_PAUSE)
                    stop.wait(_FAULT_PAUSE)
                    continue
                if moved or (watch.tells and watch.changed()):
                    busy_until = time.monotonic() + _BUSY_FOR
                if not moved:
                    self._pause(watch, stop, busy_until)

    def step(self, up_to: int | None = None) -> bool:
        """Read one portion; tells whether there may be more to read at once.

        Raises ``HeadMismatch`` when that is what the engine tells again and again.
        """
        try:
            read = self._reader.next(self._tip.block, up_to)
        except ChainDiverged as diverged:
            log.warning("chain_diverged", reason=str(diverged))
            self._rewind()
            return True
        if read is None:
            return False
        try:
            self._tip = self._database.write(lambda connection: _write(connection, read))
        except HeadMismatch as mismatch:
            self._doubt(mismatch)
            return True
        self._doubts = 0
        postings, refused = len(read.portion.postings), len(read.portion.refused)
        log.debug("indexed", block=read.portion.last_block, entries=postings, refused=refused)
        return True

    def _doubt(self, mismatch: HeadMismatch) -> None:
        self._doubts += 1
        if self._doubts > _DOUBTS:
            raise mismatch
        log.warning("head_doubted", reason=str(mismatch), times=self._doubts)
        time.sleep(_DOUBT_PAUSE)

    def _rewind(self) -> None:
        rewind_to_common_ancestor(self._client, self._database, self._deployment)
        with self._database.read() as connection:
            self._tip = tip(connection)

    def _pause(self, watch: ChangeWatch, stop: threading.Event, busy_until: float) -> None:
        """Until it is time to ask again: soon when something was sent, at leisure otherwise."""
        now = time.monotonic()
        until = now + (_BUSY_PAUSE if now < busy_until else _IDLE_PAUSE)
        while time.monotonic() < until and not stop.wait(_POLL):
            if watch.tells and watch.changed():
                return


def _write(connection: Connection, read: ReadPortion) -> Tip:
    after = apply(connection, read.portion)
    if read.global_head is not None and read.global_head != after.global_head:
        raise HeadMismatch(f"at block {read.portion.last_block}, after {after.entries} entries")
    return after

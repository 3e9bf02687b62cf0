"""The indexer: reads the chain and keeps the projection at its tip."""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping, Sequence

import structlog

from chain.client import ChainClient
from chain.metrics import IndexerMetrics
from chain.observability import report_fault
from chain.pace import Pace
from chain.portions import ChainDiverged, FinalityBroken, PortionReader, ReadPortion
from chain.profile import EngineProfile
from chain.reorg import rewind_to_common_ancestor
from chain.rpc import RpcFault
from ledger.deployment import Deployment
from ledger.store.changes import ChangeWatch
from ledger.store.engine import Connection, Database
from ledger.store.faults import StorageFault
from ledger.store.projector import EntryOutOfSequence, Tip, apply, tip
from ledger.store.reading.decided import Decided, decided_by

_POLL = 0.002
_BUSY_FOR = 0.25
_FAULT_PAUSE = 0.2
_DOUBTS, _DOUBTS_AT_ONE_ENDPOINT = 50, 10

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
    anvil answers for its newest block with the state of the one after it, and CometBFT's engine may
    have a block's state before its logs.
    """

    def __init__(
        self,
        client: ChainClient,
        database: Database,
        deployment: Deployment,
        profile: EngineProfile,
        metrics: IndexerMetrics | None = None,
    ) -> None:
        self._metrics = metrics or IndexerMetrics()
        self._client = client
        self._database = database
        self._deployment = deployment
        self._reader = PortionReader(client, deployment, profile)
        self._pace = Pace.of(profile)
        self._doubts = 0
        self._tip: Tip | None = None

    @property
    def tip(self) -> Tip:
        """Read anew after whatever may have moved it without our knowing. ``StorageFault``."""
        if self._tip is None:
            with self._database.read() as connection:
                self._tip = tip(connection)
        return self._tip

    def run(self, stop: threading.Event) -> None:
        """Index until told to stop. An engine that can't be reached is waited for, and so is a
        database that can't be written.

        Raises ``HeadMismatch``, ``EntryOutOfSequence`` or ``FinalityBroken``.
        """
        busy_until = 0.0
        with ChangeWatch(self._database) as watch:
            while not stop.is_set():
                try:
                    with self._client.left_after_fault():
                        moved = self.step()
                    self._metrics.round(self._client.rpc.url)
                    if moved or (watch.tells and watch.changed()):
                        busy_until = time.monotonic() + _BUSY_FOR
                    if not moved:
                        self._pause(watch, stop, busy_until)
                except (RpcFault, StorageFault) as fault:
                    report_fault(log, self._metrics, fault, _FAULT_PAUSE)
                    stop.wait(_FAULT_PAUSE)

    def step(self, up_to: int | None = None) -> bool:
        """Read one portion; tells whether there may be more to read at once.

        Raises ``HeadMismatch`` or ``EntryOutOfSequence`` when that is what the engine tells again
        and again, at every endpoint.
        """
        try:
            read = self._reader.next(self.tip.block, up_to)
        except ChainDiverged as diverged:
            log.warning("chain_diverged", reason=str(diverged))
            self._rewind()
            return True
        except FinalityBroken as broken:
            log.critical("finality_broken", reason=str(broken))
            raise
        if read is None:
            return False
        postings = read.portion.postings
        try:
            self._tip, decided = self._database.write(lambda connection: _write(connection, read))
        except (HeadMismatch, EntryOutOfSequence) as mismatch:
            self._doubt(mismatch)
            return True
        except StorageFault:
            self._tip = None  # a database lost at the very end may have kept it all the same
            raise
        self._doubts = 0
        self._metrics.indexed(read.portion.last_block, self._tip.entries)
        self._tell(decided, {posting.entry.index: posting.block for posting in postings})
        refused = len(read.portion.refused)
        log.debug("indexed", block=read.portion.last_block, entries=len(postings), refused=refused)
        return True

    def _tell(self, decided: Sequence[Decided], blocks: Mapping[int, int]) -> None:
        """What became of our acts: the last line under the id of the request each came in."""
        for act in decided:
            told = {"request_id": act.request_id, "digest": "0x" + act.digest.hex()}
            if act.entry is None:
                self._metrics.refused(str(act.refusal))
                log.info("act_refused", **told, error=act.refusal)
                continue
            self._metrics.confirmed(act.milliseconds / 1000)
            block = blocks[act.entry]
            log.info("act_confirmed", **told, entry=act.entry, block=block, ms=act.milliseconds)

    def _doubt(self, mismatch: HeadMismatch | EntryOutOfSequence) -> None:
        self._doubts += 1
        if self._doubts > _DOUBTS:
            raise mismatch
        log.warning("head_doubted", reason=str(mismatch), times=self._doubts)
        if self._doubts % _DOUBTS_AT_ONE_ENDPOINT == 0:
            self._client.rpc.fail_over()
        time.sleep(self._pace.doubt)

    def _rewind(self) -> None:
        self._tip = None
        rewind_to_common_ancestor(self._client, self._database, self._deployment)

    def _pause(self, watch: ChangeWatch, stop: threading.Event, busy_until: float) -> None:
        """Until it is time to ask again: soon when something was sent, at leisure otherwise."""
        now = time.monotonic()
        until = now + (self._pace.busy if now < busy_until else self._pace.idle)
        while time.monotonic() < until and not stop.wait(_POLL):
            if watch.tells and watch.changed():
                return


def _write(connection: Connection, read: ReadPortion) -> tuple[Tip, list[Decided]]:
    after = apply(connection, read.portion)
    if read.global_head is not None and read.global_head != after.global_head:
        raise HeadMismatch(f"at block {read.portion.last_block}, after {after.entries} entries")
    return after, decided_by(connection, read.portion)

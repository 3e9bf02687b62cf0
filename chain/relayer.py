"""The relayer: takes accepted acts to the chain, in order, in batches, one batch at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import structlog

from chain.client import ChainClient, MinedTransaction
from chain.delivery import Setback, Undelivered, deliver
from chain.profile import EngineProfile
from chain.rpc import RpcFault
from chain.signer import RelayerKey
from chain.simulation import Plan, Simulator
from chain.sizing import Sizing
from ledger.ids import Address
from ledger.keccak import keccak
from ledger.refusals import InsufficientGas
from ledger.store.batches import (
    Batch,
    discard_batches,
    mark_mined,
    record_batch,
    reopen_acts,
    unresolved_batches,
)
from ledger.store.changes import ChangeWatch
from ledger.store.engine import Connection, Database
from ledger.store.outbox import PendingAct, mark_refused, next_accepted

_POLL = 0.003
_LOOK_AT_CHAIN_EVERY = 0.25
_RESOLVED_AT_ONCE = 16
_FIRST_PAUSE, _LONGEST_PAUSE = 0.05, 2.0
_LAST_NONCE = (1 << 63) - 1

log = structlog.get_logger(__name__)


class BatchRejected(RpcFault):
    """The engine refuses a batch itself, not an act in it: no funds, too large, not permitted."""


@dataclass(frozen=True)
class Post:
    """Where batches go: the engine, the relay on it, and whose key sends them."""

    client: ChainClient
    profile: EngineProfile
    relay: Address
    key: RelayerKey


class Relayer:
    """accepted acts → simulate → sign one batch → record it → send it → see it mined → repeat.

    Nothing is in flight when acts are simulated, so their outcome is what the chain will say.
    A batch is recorded, signed, before it is sent: after a crash the same bytes are sent again.
    Every round begins by asking the chain for its nonce; what the chain should have and hasn't,
    because we crashed or because it forgot, comes before anything new, in the order of nonces.
    """

    def __init__(self, database: Database, post: Post, sizing: Sizing) -> None:
        self._database = database
        self._post = post
        self._sizing = sizing
        self._simulator = Simulator(
            post.client, post.relay, post.key.address, post.profile.block_gas_limit
        )

    def run(self, stop: threading.Event) -> None:
        """Relay until told to stop. An engine that can't be reached is waited for."""
        pause = _FIRST_PAUSE
        with ChangeWatch(self._database) as watch:
            while not stop.is_set():
                try:
                    busy = self.step()
                except RpcFault as fault:
                    log.warning("engine_fault", reason=str(fault), retry_in=pause)
                    stop.wait(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
                    continue
                pause = _FIRST_PAUSE
                if not busy:
                    self._wait_for_work(watch, stop)

    def step(self) -> bool:
        """One round; tells whether there was anything to do."""
        chain_nonce = self._post.client.nonce(self._post.key.address)
        with self._database.read() as connection:
            unresolved = unresolved_batches(
                connection, self._post.key.address, chain_nonce, _RESOLVED_AT_ONCE
            )
            pending = next_accepted(connection, self._sizing.acts)
        if unresolved and unresolved[0].nonce > chain_nonce:
            self._close_gap(chain_nonce)
        elif unresolved:
            self._resolve(unresolved)
        elif pending:
            self._relay(self._sizing.take(pending), chain_nonce)
        return bool(unresolved or pending)

    def _relay(self, acts: Sequence[PendingAct], nonce: int) -> None:
        plan = self._simulator.plan(acts)
        if plan.to_refuse and self._post.client.nonce(self._post.key.address) != nonce:
            return  # the engine forgot blocks just now: it refused on a state that is to be undone
        for act, refusal in plan.to_refuse:
            log.info("act_refused", digest="0x" + act.digest.hex(), refusal=str(refusal))
        batch = self._record(plan, nonce)
        if batch is not None:
            self._resolve([batch])

    def _record(self, plan: Plan, nonce: int) -> Batch | None:
        """Write the plan down; the batch to send, if there is anything to send."""
        refused = [(act.id, refusal) for act, refusal in plan.to_refuse]
        if not plan.to_send:
            self._database.write(lambda connection: mark_refused(connection, refused))
            return None
        post, sized = self._post, self._sizing.fit(plan.to_send)
        raw = post.key.sign(
            post.profile, nonce=nonce, to=post.relay, data=sized.data, gas=sized.gas
        )
        act_ids = [act.id for act in sized.acts]

        def record(connection: Connection) -> Batch:
            mark_refused(connection, refused)
            return record_batch(connection, post.key.address, nonce, raw, keccak(raw), act_ids)

        batch = self._database.write(record)
        log.info("batch_signed", batch=batch.id, nonce=nonce, acts=len(act_ids), gas=sized.gas)
        return batch

    def _resolve(self, batches: Sequence[Batch]) -> None:
        """See batches through in order, up to the first that meets a setback."""
        for batch in batches:
            fate = deliver(self._post.client, self._post.key.address, batch)
            if isinstance(fate, Undelivered):
                self._set_back(fate, batch)
                return
            log.info("batch_mined", batch=batch.id, tx="0x" + batch.tx.hex(), **asdict(fate))
            self._mined(batch, fate)

    def _close_gap(self, chain_nonce: int) -> None:
        """The chain forgot a transaction of our key that we don't have, and nothing after it can
        be mined: the acts go out anew."""
        log.warning("nonce_missing", nonce=chain_nonce)
        self._discard(chain_nonce, _LAST_NONCE)

    def _mined(self, batch: Batch, fate: MinedTransaction) -> None:
        if fate.succeeded:
            self._database.write(lambda connection: mark_mined(connection, batch, fate.block))
            self._sizing.succeeded()
            return
        hopeless = self._sizing.exhausted
        self._sizing.failed()

        def reopen(connection: Connection) -> None:
            mark_mined(connection, batch, fate.block)
            reopened = reopen_acts(connection, batch)
            if hopeless:
                mark_refused(connection, [(act_id, InsufficientGas(0)) for act_id in reopened])

        self._database.write(reopen)

    def _set_back(self, fate: Undelivered, batch: Batch) -> None:
        log.warning("batch_set_back", batch=batch.id, setback=fate.setback.name, why=fate.reason)
        match fate.setback:
            case Setback.PENDING:
                return
            case Setback.REPLACED:
                self._discard(batch.nonce, batch.nonce)
            case Setback.REJECTED:
                # Those after it can't be mined without it.
                self._discard(batch.nonce, _LAST_NONCE)
                self._sizing.failed()
                raise BatchRejected(fate.reason)

    def _discard(self, first: int, last: int) -> None:
        sender = self._post.key.address
        self._database.write(lambda connection: discard_batches(connection, sender, first, last))

    def _wait_for_work(self, watch: ChangeWatch, stop: threading.Event) -> None:
        """Until an act is accepted, or it is time to see whether the chain forgot something."""
        look_at_chain = time.monotonic() + _LOOK_AT_CHAIN_EVERY
        while not stop.wait(_POLL) and time.monotonic() < look_at_chain:
            if watch.changed() and self._has_work():
                return

    def _has_work(self) -> bool:
        with self._database.read() as connection:
            return bool(next_accepted(connection, 1))

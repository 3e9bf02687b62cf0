"""The relayer: takes accepted acts to the chain, in order, in batches, one batch at a time."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace

import structlog

from chain.client import ChainClient, MinedTransaction, Standing
from chain.delivery import Setback, Undelivered, deliver
from chain.freshness import Known, Refusals, Stillness
from chain.metrics import RelayerMetrics
from chain.observability import report_fault
from chain.pace import Pace
from chain.profile import EngineProfile
from chain.rpc import NodeUnreachable, RpcFault
from chain.signer import RelayerKey
from chain.simulation import Plan, Simulator, Unsimulated
from chain.sizing import Sizing
from chain.unsimulated import Patience
from ledger.ids import Address
from ledger.keccak import keccak
from ledger.refusals import InsufficientGas
from ledger.store.batches import (
    Batch,
    discard_batches,
    mark_mined,
    record_batch,
    reopen_acts,
    take_up_again,
    unanswered_acts,
    unresolved_batches,
)
from ledger.store.changes import ChangeWatch
from ledger.store.engine import Connection, Database
from ledger.store.faults import StorageFault
from ledger.store.outbox import PendingAct, mark_refused, next_accepted

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

    On an engine that forgets nothing, an endpoint that hasn't got what we know of is left for the
    next one: simulating on it would refuse acts that the chain accepts.
    """

    def __init__(
        self,
        database: Database,
        post: Post,
        sizing: Sizing,
        metrics: RelayerMetrics | None = None,
    ) -> None:
        self._metrics = metrics or RelayerMetrics()
        self._database = database
        self._post = post
        self._sizing = sizing
        self._simulator = Simulator(
            post.client, post.relay, post.key.address, post.profile.block_gas_limit
        )
        self._patience = Patience(self._simulator)
        self._pace = Pace.of(post.profile)
        self._refusals = Refusals()
        self._stillness = Stillness(post.client, self._pace.patience)
        self._unexplained: Standing | None = None

    def run(self, stop: threading.Event) -> None:
        """Relay until told to stop. An engine that can't be reached is waited for, and so is a
        database that can't be written."""
        pause = _FIRST_PAUSE
        with ChangeWatch(self._database) as watch:
            while not stop.is_set():
                try:
                    with self._post.client.left_after_fault():
                        busy = self.step()
                    self._metrics.round(self._post.client.rpc.url)
                    if not busy:
                        self._wait_for_work(watch, stop)
                except (RpcFault, StorageFault) as fault:
                    report_fault(log, self._metrics, fault, pause)
                    stop.wait(pause)
                    pause = min(2 * pause, _LONGEST_PAUSE)
                    continue
                pause = _FIRST_PAUSE

    def step(self) -> bool:
        """One round; tells whether there was anything to do."""
        if self._post.profile.forgets:
            return self._round(self._post.client.nonce(self._post.key.address), None)
        with self._database.read() as connection:
            known = Known.of(connection, self._post.key.address)
            unanswered = unanswered_acts(connection, self._post.key.address, known.read)
        if unanswered:
            self._ask_again(unanswered)
        standing = self._post.client.standing(self._post.key.address)
        known.require(self._post.client, standing)
        self._stillness.watch(standing.head)
        return self._round(standing.nonce, known, explained=self._explains(known, standing))

    def _round(self, chain_nonce: int, known: Known | None, *, explained: bool = True) -> bool:
        """``known`` is None where whatever is known may be forgotten."""
        with self._database.read() as connection:
            unresolved = unresolved_batches(
                connection, self._post.key.address, chain_nonce, _RESOLVED_AT_ONCE
            )
            pending = next_accepted(connection, self._sizing.acts)
        if unresolved and unresolved[0].nonce > chain_nonce:
            self._close_gap(chain_nonce)
        elif unresolved:
            self._resolve(unresolved)
        elif pending and explained:
            return self._relay(self._sizing.take(pending), chain_nonce, known)
        return bool(unresolved)

    def _explains(self, known: Known, standing: Standing) -> bool:
        """Whether every nonce that the chain has used is one of a batch that we saw mined.

        Otherwise a transaction was mined that we gave up or never knew: what it did to our acts
        is known once the indexer has read as far as the block in which we first saw the nonce.
        """
        if standing.nonce <= known.nonce:
            return True
        if self._unexplained is None or self._unexplained.nonce != standing.nonce:
            log.warning("nonce_unexplained", nonce=standing.nonce, block=standing.head)
            self._unexplained = standing
        return known.read >= self._unexplained.head

    def _relay(self, acts: Sequence[PendingAct], nonce: int, known: Known | None) -> bool:
        """Tells whether anything came of it."""
        try:
            plan = self._judged(self._simulator.plan(acts, known.block if known else 0), known)
        except Unsimulated as failure:
            plan = self._patience.judge(failure)
        except NodeUnreachable:
            self._sizing.unanswered()
            raise
        if plan.to_refuse and self._post.client.nonce(self._post.key.address) != nonce:
            # The engine forgot or mined something just now: it refused on another state.
            return True
        for act, refusal in plan.to_refuse:
            self._metrics.refused(refusal.name)
            log.info(
                "act_refused",
                request_id=act.request_id,
                digest="0x" + act.digest.hex(),
                error=refusal.name,
                refusal=str(refusal),
            )
        batch = self._record(plan, nonce)
        if batch is not None:
            self._resolve([batch])
        return bool(plan.to_send or plan.to_refuse)

    def _judged(self, plan: Plan, known: Known | None) -> Plan:
        if known is None or not plan.to_refuse:
            return plan
        ripe = self._refusals.ripe(plan.to_refuse, self._post.client.height(), known.read)
        return replace(plan, to_refuse=ripe)

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
        self._metrics.batch_signed(len(act_ids), sized.gas)
        log.info(
            "batch_signed",
            batch=batch.id,
            nonce=nonce,
            acts=len(act_ids),
            gas=sized.gas,
            request_ids=list(dict.fromkeys(act.request_id for act in sized.acts if act.request_id)),
        )
        return batch

    def _resolve(self, batches: Sequence[Batch]) -> None:
        """See batches through in order, up to the first that meets a setback."""
        for batch in batches:
            fate = deliver(self._post.client, self._post.key.address, batch, self._pace)
            if isinstance(fate, Undelivered):
                self._set_back(fate, batch)
                return
            log.info("batch_mined", batch=batch.id, tx="0x" + batch.tx.hex(), **asdict(fate))
            self._mined(batch, fate)

    def _ask_again(self, unanswered: Sequence[int]) -> None:
        """Every act in a batch is posted or refused in its block. The indexer has read these
        acts' blocks, and a posting can't escape it: what the endpoint didn't tell is a refusal,
        which no head covers. Simulated anew, they are refused again or find their way."""
        log.warning("acts_unanswered", acts=len(unanswered))
        self._database.write(lambda connection: take_up_again(connection, unanswered))

    def _close_gap(self, chain_nonce: int) -> None:
        """The chain forgot a transaction of our key that we don't have, and nothing after it can
        be mined: the acts go out anew."""
        if not self._post.profile.forgets:
            raise self._post.client.behind(f"its nonce is {chain_nonce}, before a batch of ours")
        log.warning("nonce_missing", nonce=chain_nonce)
        self._discard(chain_nonce, _LAST_NONCE)

    def _mined(self, batch: Batch, fate: MinedTransaction) -> None:
        if fate.succeeded:
            self._database.write(lambda connection: mark_mined(connection, batch, fate.block))
            self._sizing.succeeded()
            return

        def reopen(connection: Connection) -> list[int]:
            mark_mined(connection, batch, fate.block)
            return reopen_acts(connection, batch)

        self._came_to_nothing(reopen)

    def _came_to_nothing(self, reopen: Callable[[Connection], list[int]]) -> None:
        """A batch used its nonce and did nothing: smaller ones next, or an end to trying."""
        hopeless = self._sizing.exhausted
        self._sizing.failed()

        def reopen_or_refuse(connection: Connection) -> None:
            reopened = reopen(connection)
            if hopeless:
                mark_refused(connection, [(act_id, InsufficientGas(0)) for act_id in reopened])

        self._database.write(reopen_or_refuse)

    def _set_back(self, fate: Undelivered, batch: Batch) -> None:
        log.warning("batch_set_back", batch=batch.id, setback=fate.setback.name, why=fate.reason)
        match fate.setback:
            case Setback.PENDING:
                # This endpoint may be cut off: the next one is handed the same bytes.
                self._post.client.rpc.fail_over()
            case Setback.REPLACED:
                sender, nonce = self._post.key.address, batch.nonce
                self._came_to_nothing(lambda c: discard_batches(c, sender, nonce, nonce))
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
        look_at_chain = time.monotonic() + self._pace.chain
        while not stop.wait(self._pace.outbox) and time.monotonic() < look_at_chain:
            if watch.changed() and self._has_work():
                return

    def _has_work(self) -> bool:
        with self._database.read() as connection:
            return bool(next_accepted(connection, 1))

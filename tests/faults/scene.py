"""A whole stack on a real network, at work, and what a fault may ask of it."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import structlog

from chain.client import ChainClient
from chain.profile import CONSORTIUM
from chain.rpc import Rpc, RpcFault
from client.api import Api
from client.http import Http, Retries
from client.problems import ApiFault
from client.sign_in import Session
from ledger.store.batches import Batch, unresolved_batches
from ledger.store.engine import Database, open_database
from node.anvil import free_port
from node.consortium.network import Network
from scripts import founding
from scripts.engines import port_of
from scripts.settings import Settings
from tests.chain.stage import CORE_PARTY
from tests.e2e.clerk import Clerk
from tests.e2e.mortal import MortalStack
from tests.faults.sockets import ports_talked_to
from tests.support.synthetic import Key

T = TypeVar("T")

RECOVERED_WITHIN = 60.0
_PATIENCE = 20.0
_POLL = 0.01
_NO_NONCE = 1 << 62


class Unmet(Exception):
    """Something that has to hold during a fault, or after it, doesn't."""


@dataclass
class Scene:
    """``stack`` is entered, its relayer, indexer and API run; ``clerk`` hands in acts."""

    stack: MortalStack
    network: Network
    database: Database
    clerk: Clerk
    dice: random.Random
    background: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _session: Session | None = None

    # ── the network ──────────────────────────────────────────────────────────────────────────

    @property
    def validators(self) -> range:
        return range(len(self.network.endpoints.rpc))

    @property
    def too_many(self) -> int:
        """The fewest validators without whom the others don't make two thirds."""
        return (len(self.validators) - 1) // 3 + 1

    def pick(self, count: int = 1) -> list[int]:
        return self.dice.sample(self.validators, count)

    def ask(self, validator: int) -> ChainClient:
        """One validator's own word; close its ``rpc``."""
        return ChainClient(Rpc(self.network.endpoints.rpc[validator], timeout=5))

    def height(self, validator: int) -> int:
        """Of its newest final block."""
        client = self.ask(validator)
        with client.rpc:
            block = client.block(CONSORTIUM.finality)
        if block is None:
            raise Unmet(f"validator {validator} has no final block")
        return block.number

    def require_standstill(self, validators: Sequence[int], seconds: float = 2.0) -> None:
        """These answer, and none of them gets a new block."""
        time.sleep(1.0)  # a block that had its signatures already may still be made
        before = [self.height(validator) for validator in validators]
        time.sleep(seconds)
        after = [self.height(validator) for validator in validators]
        if before != after:
            raise Unmet(f"validators {validators} went on from {before} to {after}")

    def require_progress(self, validators: Sequence[int]) -> None:
        """These make new blocks."""
        before = {validator: self.height(validator) for validator in validators}
        wait_until(
            lambda: all(self.height(one) > height for one, height in before.items()),
            f"new blocks at validators {list(validators)}",
        )

    # ── the services ─────────────────────────────────────────────────────────────────────────

    def in_use(self, service: str) -> int:
        """The validator that a service is talking to."""
        ports = {port_of(url): at for at, url in enumerate(self.network.endpoints.rpc)}

        def found() -> list[int]:
            talked_to = ports_talked_to(self.stack.pids()[service])
            return sorted(ports[port] for port in talked_to & ports.keys())

        return wait_until(found, f"a validator that the {service} talks to")[0]

    def batch_in_flight(self) -> Batch:
        """A batch that a validator holds in its pool and no block has: sent, without receipt."""
        with closing(self.ask(self.in_use("relayer")).rpc) as rpc:

            def found() -> Batch | None:
                batch = self._unresolved()
                known = batch and rpc.call("eth_getTransactionByHash", ["0x" + batch.tx.hex()])
                return batch if known and known["blockNumber"] is None else None

            found_batch = wait_until(found, "a batch between send and receipt")
        assert found_batch is not None
        return found_batch

    def _unresolved(self) -> Batch | None:
        with self.database.read() as connection:
            found = unresolved_batches(connection, self.stack.relayer, _NO_NONCE, 1)
        return found[0] if found else None

    @property
    def debtor(self) -> Key:
        return self.clerk.script.parties[CORE_PARTY][0]

    @contextmanager
    def api(self) -> Iterator[Api]:
        """The API as the debtor of all claims sees it; every request is made once."""
        http = Http(self.stack.settings.api_url, retries=Retries(attempts=1, patience=0))
        with Api(http, self._session) as api:
            if self._session is None or not self._session.usable:
                self._session = api.sign_in(self.debtor)  # type: ignore[arg-type]
            yield api

    def require_reads(self, validators: Sequence[int] = ()) -> None:
        """API, and these validators, answer questions about what is on the chain."""
        with self.api() as api:
            claim = next(api.receivables())["claim"]
            if not list(api.lots_of(claim)):
                raise Unmet(f"the API tells no lots of claim {claim}")
        for validator in validators:
            client = self.ask(validator)
            with client.rpc:
                if not client.storage(self.stack.deployment.ledger, 4, self.height(validator)):
                    raise Unmet(f"validator {validator} doesn't tell the ledger's counters")

    def require_acceptance(self) -> None:
        """The API takes further acts."""
        before = len(self.clerk.handed_in)
        wait_until(lambda: len(self.clerk.handed_in) > before, "acts accepted meanwhile")

    # ── the load ─────────────────────────────────────────────────────────────────────────────

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """While the clerk hands in acts; raises what went wrong for it."""
        stop = threading.Event()
        working = self.background.submit(self.clerk.work, stop)
        try:
            yield
        finally:
            stop.set()
        working.result()

    def errand(self, work: Callable[[Clerk], T]) -> T:
        """The result of something done by the clerk between two requests."""
        return self.clerk.send_on(work).result(RECOVERED_WITHIN)

    def require_confirmation(self) -> None:
        """Acts are still accepted and confirmed: nobody has to wait for the end of the fault."""
        if self.seconds_to_recover(time.monotonic()) is None:
            raise Unmet(f"no act was confirmed within {RECOVERED_WITHIN:.0f} s meanwhile")

    def seconds_to_recover(self, ended: float) -> float | None:
        """From ``ended``, on the monotonic clock, until an act handed in later is confirmed; None
        if that takes too long."""
        while time.monotonic() - ended < RECOVERED_WITHIN:
            later = next((one for one in self.clerk.handed_in if one.asked > ended), None)
            if later is not None and self._confirmed(later.digest):
                return time.monotonic() - ended
            time.sleep(_POLL)
        return None

    def _confirmed(self, digest: bytes) -> bool:
        try:
            with self.api() as api:
                return api.act(digest, wait=5)["status"] == "confirmed"  # type: ignore[arg-type]
        except ApiFault:
            return False


def wait_until(found: Callable[[], T], what: str, seconds: float = _PATIENCE) -> T:
    """What is found, once it is something; raises ``Unmet``. Validators may be silent meanwhile."""
    deadline = time.monotonic() + seconds
    while True:
        try:
            result = found()
        except RpcFault:
            result = None
        if result:
            return result
        if time.monotonic() > deadline:
            raise Unmet(f"not within {seconds:.0f} s: {what}")
        time.sleep(_POLL)


@contextmanager
def scene_in(folder: Path, validators: int = 4, database_url: str | None = None) -> Iterator[Scene]:
    """A network and a stack on it, founded, with parties enrolled; all of it ends with this."""
    settings = Settings.in_folder(CONSORTIUM, folder).at(free_port(), free_port())
    if database_url is not None:
        settings = replace(settings, database_url=database_url)
    accounts = founding.engine_accounts(settings)
    network = Network(
        settings.node_dir,
        funded=accounts.funded,
        deployers=accounts.deployers,
        validators=validators,
    )
    seed = random.randrange(1 << 32)
    structlog.get_logger().info("dice", seed=seed)
    dice = random.Random(seed)
    with MortalStack(settings, network) as stack:
        url = stack.settings.api_url
        with (
            closing(open_database(stack.settings.database_url)) as database,
            closing(Clerk(url, stack.deployment, random.Random(dice.random()))) as clerk,
        ):
            clerk.enrol()
            scene = Scene(stack, network, database, clerk, dice)
            try:
                yield scene
            finally:
                scene.background.shutdown()

"""A whole stack whose parts can be killed or frozen, each on its own."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from chain.client import ChainClient
from chain.deploy import Founding
from chain.profile import DEV
from chain.replay import Replay, replay
from chain.rpc import Rpc, RpcFault
from client.keys import KeyStore, address_in
from ledger.deployment import Deployment
from ledger.ids import Address
from ledger.store.batches import next_nonce
from ledger.store.engine import Database
from ledger.store.outbox import ActStatus, count_by_status
from ledger.store.projector import tip
from node.anvil import free_port
from node.engine import Node
from scripts import founding
from scripts.services import SERVICES, Service, ServiceFailed, tail
from scripts.settings import Settings
from scripts.stack import Stack
from tests.support.synthetic import COUNCIL

VICTIMS = (*SERVICES, "node")
_SETTLED_WITHIN = 90.0


class MortalStack(Stack):
    """The stack of `yuanliu run`, on contracts that the tests' council founded.

    ``deployment`` is there once it is entered.
    """

    deployment: Deployment

    def __init__(self, settings: Settings, node: Node | None = None) -> None:
        super().__init__(settings, lambda _: None, node)

    @classmethod
    def on_dev(cls, folder: Path) -> MortalStack:
        return cls(Settings.in_folder(DEV, folder).at(free_port(), free_port()))

    def kill(self, victim: str, away: float) -> None:
        """As kill -9; it starts again ``away`` seconds later."""
        if victim == "node":
            self._node.kill()
            time.sleep(away)
            self._node.start()
            return
        self.kill_service(victim)
        time.sleep(away)
        self.start_service(victim)

    def kill_service(self, name: str) -> None:
        """As kill -9; it stays down until it is started."""
        os.kill(self.pids()[name], signal.SIGKILL)
        self._service(name).stop()

    def start_service(self, name: str) -> None:
        self._service(name).start()

    def runs(self, name: str) -> bool:
        """Whether a service lives, and has lived since it was started."""
        try:
            self._service(name).require_alive()
        except ServiceFailed:
            return False
        return True

    def save_node(self) -> None:
        """What the node has by now it won't forget."""
        self._node.save()

    def freeze(self, victim: str, seconds: float) -> None:
        pid = self.pids()[victim]
        os.kill(pid, signal.SIGSTOP)
        time.sleep(seconds)
        os.kill(pid, signal.SIGCONT)

    def wait_until_settled(self, database: Database) -> None:
        """Until every act has its answer, the chain every batch, the projection all the chain."""
        deadline = time.monotonic() + _SETTLED_WITHIN
        with Rpc(self.settings.endpoints.rpc) as rpc:
            while not self._settled(ChainClient(rpc), database):
                for service in self._services:
                    service.require_alive()
                assert time.monotonic() < deadline, self.logs()
                time.sleep(0.05)

    def replay(self, database: Database) -> Replay:
        with Rpc(self.settings.endpoints.rpc) as rpc:
            return replay(ChainClient(rpc), database, self.deployment, self.settings.profile)

    def logs(self) -> str:
        return "\n".join(tail(service.log, 20) for service in self._services)

    @property
    def relayer(self) -> Address:
        """The account that sends the batches."""
        return address_in(KeyStore(self.settings.keys_dir).path(founding.RELAYER))

    def _service(self, name: str) -> Service:
        return self._services[SERVICES.index(name)]

    def _found(self) -> Deployment:
        founding.draw_dev_keys(self.settings)
        founders = Founding(tuple(key.address for key in COUNCIL), 2, policy_delay=0)
        self.deployment = founding.deploy_recorded(self.settings, founders)
        self._node.save()
        return self.deployment

    def _settled(self, client: ChainClient, database: Database) -> bool:
        try:
            head = client.block(self.settings.profile.finality)
            nonce = client.nonce(self.relayer)
            with database.read() as connection:
                counts, read = count_by_status(connection), tip(connection).block
                signed = next_nonce(connection, self.relayer)
            reached = None if read is None else client.block(read.number)
        except RpcFault:
            return False
        if head is None or read is None or reached is None:
            return False
        waiting = counts[ActStatus.ACCEPTED] + counts[ActStatus.SENT]
        indexed = read.number >= head.number and read.hash == reached.hash
        return not waiting and nonce == signed and indexed

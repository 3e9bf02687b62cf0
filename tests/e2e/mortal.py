"""A whole stack whose parts can be killed or frozen, each on its own."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path

from chain.client import ChainClient
from chain.profile import DEV
from chain.replay import Replay, replay
from chain.rpc import Rpc
from client.keys import KeyStore, address_in
from ledger.deployment import Deployment
from ledger.store.batches import next_nonce
from ledger.store.engine import Database
from ledger.store.outbox import ActStatus, count_by_status
from ledger.store.projector import tip
from node.anvil import free_port
from node.dev import DevNode
from scripts import founding
from scripts.services import SERVICES, tail
from scripts.settings import Settings
from scripts.stack import Stack
from tests.chain.stage import deploy_contracts

VICTIMS = (*SERVICES, "node")
_SETTLED_WITHIN = 90.0


class MortalStack(Stack):
    """The stack of `yuanliu run`, on contracts that the tests' council founded."""

    def __init__(self, folder: Path) -> None:
        settings = Settings.in_folder(DEV, folder).at(free_port(), free_port())
        self.deployment = _deploy(settings)
        super().__init__(settings, lambda _: None)

    def kill(self, victim: str, away: float) -> None:
        """As kill -9; it starts again ``away`` seconds later."""
        if victim == "node":
            self._node.kill()
            time.sleep(away)
            self._node.start()
            return
        service = self._services[SERVICES.index(victim)]
        os.kill(self.pids()[victim], signal.SIGKILL)
        service.stop()
        time.sleep(away)
        service.start()

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
        with Rpc(self.settings.rpc_url) as rpc:
            while not self._settled(ChainClient(rpc), database):
                for service in self._services:
                    service.require_alive()
                assert time.monotonic() < deadline, self.logs()
                time.sleep(0.05)

    def replay(self, database: Database) -> Replay:
        with Rpc(self.settings.rpc_url) as rpc:
            return replay(ChainClient(rpc), database, self.deployment, DEV.finality)

    def logs(self) -> str:
        return "\n".join(tail(service.log, 20) for service in self._services)

    def _settled(self, client: ChainClient, database: Database) -> bool:
        relayer = address_in(KeyStore(self.settings.keys_dir).path(founding.RELAYER))
        head, nonce = client.block("latest"), client.nonce(relayer)
        with database.read() as connection:
            counts, read = count_by_status(connection), tip(connection).block
            signed = next_nonce(connection, relayer)
        waiting = counts[ActStatus.ACCEPTED] + counts[ActStatus.SENT]
        assert head is not None
        return not waiting and nonce == signed and read is not None and read.hash == head.hash


def _deploy(settings: Settings) -> Deployment:
    with DevNode(settings.node_dir) as node, Rpc(node.rpc_url) as rpc:
        deployment = deploy_contracts(rpc)
    founding.write_deployment(settings, deployment)
    return deployment

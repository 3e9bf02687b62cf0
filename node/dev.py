"""The dev node: anvil that comes back after a crash from a state it once was in."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

import structlog

from chain.endpoints import Endpoints
from chain.profile import DEV
from chain.rpc import Rpc
from node.anvil import Anvil, NodeFailed, free_port, start_anvil
from node.dump import state_matches_head
from node.folder import lock_folder
from node.snapshots import CorruptSnapshot, Snapshots
from node.snapshotter import Snapshotter

SNAPSHOT_INTERVAL = 2.0

log = structlog.get_logger(__name__)


class DevNode:
    """One anvil on loopback, and its snapshots in ``data_dir``.

    What it mined after its last snapshot is gone after a crash: its users must be able to
    send it again.
    """

    def __init__(
        self,
        data_dir: Path,
        port: int | None = None,
        snapshot_interval: float = SNAPSHOT_INTERVAL,
    ) -> None:
        self.port = free_port() if port is None else port
        self.rpc_url = f"http://127.0.0.1:{self.port}"
        self._data_dir = data_dir
        self._interval = snapshot_interval
        self._snapshots = Snapshots(data_dir / "snapshots")
        self._lock: int | None = None
        self._anvil: Anvil | None = None
        self._snapshotter: Snapshotter | None = None

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        return self._running().pid

    def pids(self) -> dict[str, int]:
        return {"node": self.pid} if self.alive else {}

    @property
    def endpoints(self) -> Endpoints:
        return Endpoints((self.rpc_url,))

    @property
    def alive(self) -> bool:
        return self._anvil is not None and self._anvil.alive

    def start(self) -> None:
        """Start from the newest snapshot that is whole, or from genesis when there is none."""
        if self.alive:
            raise NodeFailed(f"the dev node runs already, as process {self.pid}")
        self._halt()  # what is left of one that ended by itself
        self._data_dir.mkdir(parents=True, exist_ok=True)
        self._lock = lock_folder(self._data_dir)
        try:
            self._anvil = self._start_from_snapshot() or self._start_anvil(None)
        except BaseException:
            self._halt()
            raise
        self._snapshotter = Snapshotter(self.rpc_url, self._snapshots, self._interval)
        self._snapshotter.start()

    def save(self) -> None:
        """Take a snapshot now."""
        if self._snapshotter is not None:
            self._snapshotter.save()

    def stop(self) -> None:
        """Save the chain and end the node; does nothing when it isn't running."""
        if self._snapshotter is not None and self.alive:
            self._snapshotter.save_or_warn()
        self._halt()

    def kill(self) -> None:
        """End the node as kill -9 would: nothing is saved."""
        if self._anvil is not None:
            self._anvil.child.kill()
        self._halt()

    def _halt(self) -> None:
        if self._snapshotter is not None:
            self._snapshotter.stop()
        if self._anvil is not None:
            self._anvil.child.terminate()
        if self._lock is not None:
            os.close(self._lock)
        self._snapshotter = self._anvil = self._lock = None

    def _running(self) -> Anvil:
        if self._anvil is None:
            raise NodeFailed("the dev node isn't running")
        return self._anvil

    def _start_from_snapshot(self) -> Anvil | None:
        for snapshot in self._snapshots.newest_first():
            try:
                return self._load(snapshot)
            except (CorruptSnapshot, NodeFailed) as error:
                log.warning("snapshot_unusable", snapshot=str(snapshot), reason=str(error))
                self._snapshots.set_aside(snapshot)
        return None

    def _load(self, snapshot: Path) -> Anvil:
        plain = self._snapshots.unpack(snapshot)
        try:
            anvil = self._start_anvil(plain)
        finally:
            plain.unlink()
        try:
            with Rpc(anvil.url) as rpc:
                if not state_matches_head(rpc):
                    raise CorruptSnapshot(f"{snapshot}: its state isn't that of its newest block")
                rpc.call("evm_setAutomine", [True])
        except BaseException:
            anvil.child.kill()
            raise
        return anvil

    def _start_anvil(self, state: Path | None) -> Anvil:
        log_file = self._data_dir / "anvil.log"
        return start_anvil(DEV, port=self.port, log=log_file, load_state=state)


def serve_dev_node(data_dir: Path, port: int, snapshot_interval: float = SNAPSHOT_INTERVAL) -> None:
    """Run a dev node in the foreground until SIGINT or SIGTERM, and save it then."""
    asked_to_stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: asked_to_stop.set())
    with DevNode(data_dir, port, snapshot_interval) as node:
        log.info("dev_node_up", url=node.rpc_url, pid=node.pid, data=str(data_dir))
        while not asked_to_stop.wait(0.5):
            if not node.alive:
                raise NodeFailed(f"anvil ended by itself; see {data_dir / 'anvil.log'}")

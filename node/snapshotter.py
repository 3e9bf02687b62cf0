"""A thread that saves a running chain whenever it has moved."""

from __future__ import annotations

import threading
import time

import structlog

from chain.rpc import Rpc, RpcFault
from node.dump import TornDump, head, is_genesis, take_dump
from node.snapshots import Snapshots

_REST = 20  # a dump grows with the chain; at most one part in this many goes to dumping

log = structlog.get_logger(__name__)


class Snapshotter:
    """Saves the chain behind ``url`` every ``interval`` seconds, until stopped."""

    def __init__(self, url: str, snapshots: Snapshots, interval: float) -> None:
        self._url = url
        self._snapshots = snapshots
        self._interval = interval
        self._saved: str | None = None
        self._saving = threading.Lock()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="snapshotter", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End the thread; a snapshot under way is finished or, its node gone, given up."""
        self._stopping.set()
        self._thread.join()

    def save(self) -> None:
        """Save now, unless the newest block is saved already or is the genesis."""
        with self._saving, Rpc(self._url) as rpc:
            newest = head(rpc)
            if newest["hash"] != self._saved and not is_genesis(newest):
                dump = take_dump(rpc)
                self._snapshots.save(dump)
                self._saved = dump.block_hash

    def save_or_warn(self) -> None:
        """Save now if that can be done; a dev chain isn't worth failing for."""
        try:
            self.save()
        except (RpcFault, TornDump, OSError) as error:
            if not self._stopping.is_set():
                log.warning("snapshot_failed", node=self._url, reason=str(error))

    def _run(self) -> None:
        pause = self._interval
        while not self._stopping.wait(pause):
            began = time.monotonic()
            self.save_or_warn()
            pause = max(self._interval, _REST * (time.monotonic() - began))

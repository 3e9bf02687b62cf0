"""One validator: a folder with its keys and chain, and a process when it runs."""

from __future__ import annotations

import os
import shutil
import signal
import threading
from pathlib import Path

from node.anvil import NodeFailed
from node.child import Child
from node.consortium.binary import Binary

_LOG_BYTES = 64 * 1024 * 1024
_PATIENCE = 15.0
_SIGNED = "priv_validator_state.json"


class Validator:
    """May be used by several threads; every method returns when what it says has happened."""

    def __init__(self, binary: Binary, home: Path) -> None:
        self.name = home.name
        self.home = home
        self.log = home / "log"
        self._binary = binary
        self._child: Child | None = None
        self._paused = False
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        """None when it doesn't run."""
        with self._lock:
            return self._child.pid if self._child is not None and self._runs() else None

    @property
    def running(self) -> bool:
        return self.pid is not None

    @property
    def paused(self) -> bool:
        return self._paused

    @property
    def answering(self) -> bool:
        """Whether it is worth asking it anything."""
        return self.running and not self._paused

    def start(self) -> None:
        with self._lock:
            if self._runs():
                raise NodeFailed(f"{self.name} runs already")
            self._end(signal.SIGKILL)  # reap one that ended by itself
            self._keep_log_short()
            command = [str(self._binary.path), "start", "--home", str(self.home), "--log-no-color"]
            self._child = Child(command, self.log, self._binary.environment(self.home))
            self._paused = False

    def stop(self) -> None:
        self._finish(signal.SIGTERM)

    def kill(self) -> None:
        """As a power failure would."""
        self._finish(signal.SIGKILL)

    def pause(self) -> None:
        """Freeze it: its connections stay open and nothing answers."""
        self._signal(signal.SIGSTOP, paused=True)

    def resume(self) -> None:
        self._signal(signal.SIGCONT, paused=False)

    def wipe(self) -> None:
        """Remove its chain. Its keys stay, and the record of what it signed: with a blank one it
        could sign a second block at a height where it signed one before."""
        with self._lock:
            if self._runs():
                raise NodeFailed(f"{self.name} runs: stop it before its data is wiped")
            data = self.home / "data"
            for entry in data.iterdir():
                if entry.name != _SIGNED:
                    _remove(entry)
            _remove(self.home / "wasm")

    def _runs(self) -> bool:
        return self._child is not None and self._child.exit_code is None

    def _signal(self, number: signal.Signals, *, paused: bool) -> None:
        with self._lock:
            if self._child is None or not self._runs():
                raise NodeFailed(f"{self.name} doesn't run")
            os.kill(self._child.pid, number)
            self._paused = paused

    def _finish(self, how: signal.Signals) -> None:
        with self._lock:
            if self._child is not None and self._paused and self._runs():
                os.kill(self._child.pid, signal.SIGCONT)
            self._end(how)

    def _end(self, how: signal.Signals) -> None:
        if self._child is None:
            return
        if how == signal.SIGKILL:
            self._child.kill()
        else:
            self._child.terminate(_PATIENCE)
        self._child = None
        self._paused = False

    def _keep_log_short(self) -> None:
        if self.log.exists() and self.log.stat().st_size > _LOG_BYTES:
            self.log.replace(self.log.with_suffix(".old"))


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)

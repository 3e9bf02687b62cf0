"""A child process that never outlives us, however we end."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_WATCH = 'read -r _; kill -KILL "$1"'


class Child:
    """One running program, in a session of its own so that Ctrl-C reaches only us.

    A watchdog shell waits on a pipe that we hold. When we end, by kill -9 too, the pipe
    closes and the watchdog kills the child. Linux's parent-death signal would fire when the
    starting thread ends, and exists on no other system.
    """

    def __init__(
        self, command: Sequence[str], log: Path, environment: Mapping[str, str] | None = None
    ) -> None:
        """``environment`` None: ours."""
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                env=environment,
                start_new_session=True,
            )
        self.pid = self._process.pid
        try:
            self._watchdog = subprocess.Popen(
                ["/bin/sh", "-c", _WATCH, "watchdog", str(self.pid)],
                stdin=subprocess.PIPE,
                start_new_session=True,
            )
        except BaseException:
            self._process.kill()
            self._process.wait()
            raise

    @property
    def exit_code(self) -> int | None:
        """The exit code once it has ended; doesn't reap, so the pid stays its own."""
        if self._process.returncode is not None:
            return self._process.returncode
        ended = os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        if ended is None:
            return None
        return ended.si_status if ended.si_code == os.CLD_EXITED else -ended.si_status

    def terminate(self, patience: float = 5.0) -> None:
        """Ask it to end, insist after ``patience`` seconds, and wait until it has."""
        self._end(signal.SIGTERM, patience)

    def kill(self) -> None:
        """End it as a power failure would, and wait until it has."""
        self._end(signal.SIGKILL, 5.0)

    def _end(self, how: signal.Signals, patience: float) -> None:
        if self.exit_code is None:
            os.kill(self.pid, how)
        # Before the child is reaped: from then on its pid may belong to somebody else.
        self._dismiss_watchdog()
        try:
            self._process.wait(patience)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _dismiss_watchdog(self) -> None:
        self._watchdog.kill()
        self._watchdog.wait()
        if self._watchdog.stdin is not None:
            self._watchdog.stdin.close()

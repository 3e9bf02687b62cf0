"""How other commands reach whoever owns a running network.

The owner listens on a loopback port and writes it, with a token, into a file that only its user
may read: whoever can read the data folder may do what the owner may. One request and one answer
a connection, each one line of JSON. (A Unix socket's path couldn't be longer than 108 characters.)
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
import socket
import socketserver
import threading
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import structlog

from node.anvil import NodeFailed, PortTaken
from node.consortium.fault import ConsortiumFault
from node.consortium.network import Network
from node.folder import owner_of

_LINE_BYTES = 64 * 1024
_PATIENCE = 300.0
"""Seconds for the slowest request: a validator that joins first reads the whole chain."""
_FILE = "control.json"

log = structlog.get_logger(__name__)
Arguments = Mapping[str, Any]


class NetworkNotUp(ConsortiumFault):
    """Nobody owns a running network on this data folder."""


class ControlRefused(ConsortiumFault):
    """The network's owner couldn't do it; the message begins with the name of its reason."""


class ControlServer:
    """Serves a network's controls, in a thread, while it is entered. The network is up by then."""

    def __init__(self, network: Network) -> None:
        self._file = network.data_dir / _FILE
        self._server = _Server(Controls(network), secrets.token_urlsafe(32))
        self._thread = threading.Thread(
            target=self._server.serve_forever, name="control", daemon=True
        )

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

    def start(self) -> None:
        self._thread.start()
        _write_privately(
            self._file, {"port": self._server.server_address[1], "token": self._server.token}
        )

    def stop(self) -> None:
        """Nobody is served any more; a request under way ends first."""
        self._file.unlink(missing_ok=True)
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@dataclass(frozen=True)
class Control:
    """The controls of the network that somebody else owns."""

    port: int
    token: str

    @classmethod
    def of(cls, data_dir: Path) -> Self:
        """Raises ``NetworkNotUp`` when nobody answers."""
        control = cls.announced(data_dir)
        control.ask("owner")
        return control

    @classmethod
    def announced(cls, data_dir: Path) -> Self:
        """What the owner's file says; ``NetworkNotUp`` when there is none, or no owner."""
        if owner_of(data_dir) is None:  # one that was killed leaves its file behind
            raise NetworkNotUp(f"no network is up on {data_dir}")
        try:
            record = json.loads((data_dir / _FILE).read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NetworkNotUp(f"the network on {data_dir} is starting or ending") from None
        return cls(record["port"], record["token"])

    def ask(self, command: str, **arguments: Any) -> Any:
        """The answer; raises ``ControlRefused`` or ``NetworkNotUp``."""
        request = {"token": self.token, "command": command, "arguments": arguments}
        try:
            with socket.create_connection(("127.0.0.1", self.port), _PATIENCE) as connection:
                connection.sendall(json.dumps(request).encode() + b"\n")
                with connection.makefile("rb") as lines:
                    answer = json.loads(lines.readline() or b"null")
        except (OSError, ValueError) as error:
            raise NetworkNotUp(f"nobody answers at its control port: {error}") from error
        if answer is None:
            raise NetworkNotUp("the network's owner hung up")
        if "refused" in answer:
            raise ControlRefused(answer["refused"])
        return answer["done"]


class Controls:
    """What may be asked for, by name, and what it answers: plain JSON."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self._commands: Mapping[str, Callable[..., Any]] = {
            "owner": os.getpid,
            "status": lambda: network.status().to_json(),
            "endpoints": lambda: asdict(network.endpoints),
            "kill": lambda number: network.kill(int(number)),
            "start": network.start_validator,
            "pause": network.pause,
            "resume": network.resume,
            "wipe": network.wipe,
            "partition": lambda groups: [sorted(group) for group in network.partition(groups)],
            "heal": network.heal,
            "join": lambda: asdict(network.join()),
            "leave": lambda number: asdict(network.leave(number)),
        }

    def carry_out(self, command: str, arguments: Arguments) -> dict[str, Any]:
        """``done`` with the answer, or ``refused`` with why."""
        if command not in self._commands:
            return {"refused": f"UnknownCommand: {command!r}"}
        try:
            log.info("control", command=command, **arguments)
            return {"done": self._commands[command](**arguments)}
        except (ConsortiumFault, NodeFailed, OSError, PortTaken, TypeError, ValueError) as fault:
            return {"refused": f"{type(fault).__name__}: {fault}"}


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = False
    block_on_close = True

    def __init__(self, controls: Controls, token: str) -> None:
        super().__init__(("127.0.0.1", 0), _Request)
        self.controls = controls
        self.token = token


class _Request(socketserver.StreamRequestHandler):
    server: _Server
    timeout = 10.0

    def handle(self) -> None:
        try:
            request = json.loads(self.rfile.readline(_LINE_BYTES))
            command, arguments = str(request["command"]), dict(request["arguments"])
            token = str(request["token"])
        except (OSError, ValueError, KeyError, TypeError, RecursionError):
            return  # whoever this is doesn't speak our language
        if hmac.compare_digest(token.encode(), self.server.token.encode()):
            answer = self.server.controls.carry_out(command, arguments)
            self.wfile.write(json.dumps(answer).encode() + b"\n")


def _write_privately(path: Path, record: Mapping[str, Any]) -> None:
    fresh = path.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(record, file)
    fresh.replace(path)

"""Loopback ports of the validators, kept from one start to the next while nobody takes them."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection
from dataclasses import astuple, dataclass, fields
from pathlib import Path

from node.anvil import PortTaken

_EPHEMERAL = Path("/proc/sys/net/ipv4/ip_local_port_range")
_FIRST, _LAST = 11_000, 32_767
_TRIES = 2_000


@dataclass(frozen=True)
class Ports:
    """Where one validator listens, on loopback."""

    p2p: int
    comet: int
    rpc: int
    websocket: int
    grpc: int

    @property
    def all(self) -> tuple[int, ...]:
        return astuple(self)

    @property
    def rpc_url(self) -> str:
        return f"http://127.0.0.1:{self.rpc}"

    @property
    def comet_url(self) -> str:
        return f"http://127.0.0.1:{self.comet}"


def ports_for(taken: Collection[int] = ()) -> Ports:
    """Free ports for one validator, none of them in ``taken``."""
    chosen: set[int] = set(taken)
    for _ in fields(Ports):
        chosen.add(_free_port_outside(chosen))
    return Ports(*sorted(chosen.difference(taken)))


def still_free(ports: Ports) -> bool:
    """Whether a validator could listen there now."""
    return all(_is_free(port) for port in ports.all)


def _free_port_outside(taken: Collection[int]) -> int:
    """Below the ports that the system hands out.

    A connection of ours could otherwise leave from the very port that a stopped validator comes
    back to.
    """
    last = min(_LAST, _first_ephemeral() - 1)
    for _ in range(_TRIES):
        port = random.randint(_FIRST, last)  # noqa: S311 - not a secret
        if port not in taken and _is_free(port):
            return port
    raise PortTaken(f"no free port between {_FIRST} and {last} on 127.0.0.1")


def _first_ephemeral() -> int:
    try:
        return int(_EPHEMERAL.read_text().split()[0])
    except FileNotFoundError:
        return 49_152  # where the system follows IANA


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True

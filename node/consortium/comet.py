"""What the network itself asks of CometBFT's RPC: heights, peers, validators, transactions."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from typing import Any, Self
from urllib.parse import urlencode

from node.consortium.fault import ConsortiumFault

_TIMEOUT = 3.0
_MOST_VALIDATORS = "100"


class CometSilent(ConsortiumFault):
    """A node's CometBFT RPC gave no result."""


@dataclass(frozen=True)
class Sync:
    """How far a node is, by its own word."""

    height: int
    catching_up: bool
    power: int
    """Its voting power: 0 when it isn't a validator."""

    @classmethod
    def of(cls, port: int) -> Self:
        status = ask(port, "status")
        return cls(
            int(status["sync_info"]["latest_block_height"]),
            status["sync_info"]["catching_up"],
            int(status["validator_info"]["voting_power"]),
        )


def peers(port: int) -> int:
    return int(ask(port, "net_info")["n_peers"])


def app_hash(port: int, height: int) -> str:
    """The state before this block, as its header says."""
    return str(ask(port, "header", height=str(height))["header"]["app_hash"])


def powers(port: int, height: int) -> dict[str, int]:
    """The validators that sign this block: voting power by address in upper-case hex."""
    result = ask(port, "validators", height=str(height), per_page=_MOST_VALIDATORS)
    return {each["address"]: int(each["voting_power"]) for each in result["validators"]}


def ask(port: int, method: str, **parameters: str) -> dict[str, Any]:
    """The result of one request to the node at ``port``; raises ``CometSilent``.

    With the library's plain client: one that is ready for TLS takes long to make, and this is
    asked again and again while somebody waits.
    """
    path = f"/{method}?{urlencode(parameters)}"
    connection = HTTPConnection("127.0.0.1", port, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        answer = json.load(connection.getresponse())
    except (OSError, HTTPException, ValueError) as error:
        raise CometSilent(f"port {port}{path}: {error or type(error).__name__}") from error
    finally:
        connection.close()
    result = answer.get("result") if isinstance(answer, dict) else None
    if not isinstance(result, dict):
        raise CometSilent(f"port {port}{path}: {answer!r:.300}")
    return result

"""Where an engine's nodes are reached."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Endpoints:
    """URLs of nodes of one chain, in the order in which to try them."""

    rpc: tuple[str, ...]
    """Ethereum JSON-RPC."""
    comet: tuple[str, ...] = ()
    """CometBFT's own RPC, where the engine has one: the source of finality evidence."""

"""A connected engine: its profile and every way in which it is asked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from chain.client import ChainClient
from chain.cometbft import Comet
from chain.endpoints import Endpoints
from chain.profile import EngineProfile
from chain.rpc import Rpc


@dataclass(frozen=True)
class Engine:
    """``comet`` is None where the engine isn't CometBFT, or no address of it is known."""

    profile: EngineProfile
    rpc: Rpc
    comet: Comet | None = None

    @property
    def client(self) -> ChainClient:
        return ChainClient(self.rpc)


@contextmanager
def open_engine(profile: EngineProfile, endpoints: Endpoints) -> Iterator[Engine]:
    """An engine to ask until the block ends. Nothing is asked yet."""
    with ExitStack() as opened:
        rpc = opened.enter_context(Rpc(endpoints.rpc))
        comet = opened.enter_context(Comet(Rpc(endpoints.comet))) if endpoints.comet else None
        yield Engine(profile, rpc, comet)

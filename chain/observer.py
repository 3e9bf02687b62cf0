"""Looking at the chain from beside: every node's height, the block interval, who signs.

One small collector for all engines, so that the same alerts serve each of them. An engine's own
listener (CometBFT's, Besu's) tells more of its inside and may be scraped besides.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from math import nan
from types import TracebackType
from typing import Any, Self

import httpx
from prometheus_client import Gauge

from chain.background import Background
from chain.client import Block, ChainClient
from chain.endpoints import Endpoints
from chain.metrics import IndexerMetrics, place_of
from chain.profile import BlockTag
from chain.rpc import Rpc, RpcFault

LOOK_SECONDS = 2.0
_TIMEOUT = 2.0
_HEIGHTS_APART = 5
_SIGNED = 2  # BlockIDFlagCommit
# A commit closes as soon as two thirds have signed: one commit without a validator means nothing.
_LOOKS_SIGNED = 5
_LOOKS_COMPARED = 15  # block times are whole seconds: two looks would tell little


@dataclass(frozen=True)
class ChainSight:
    """The chain at one look. Heights are of the newest final block that any node told."""

    height: int | None = None
    time: int | None = None
    """Of that block, Unix seconds."""
    nodes_up: int = 0
    nodes: int = 0
    validators: int | None = None
    """None where the engine doesn't tell who signs."""
    signing: int | None = None
    """Of the validators, those whose signature is in a commit of the last few looks."""


class ChainObserver:
    """Asks every endpoint, each by a client of its own; keeps what it saw last in ``sight``."""

    def __init__(self, endpoints: Endpoints, finality: BlockTag, metrics: IndexerMetrics) -> None:
        self.sight = ChainSight(nodes=len(endpoints.rpc))
        self._endpoints = endpoints
        self._finality = finality
        self._metrics = metrics
        self._gauges = _Gauges(metrics)
        self._rpcs = [Rpc(url, timeout=_TIMEOUT) for url in endpoints.rpc]
        self._signed: deque[tuple[int, frozenset[int]]] = deque(maxlen=_LOOKS_SIGNED)
        self._http = httpx.Client(timeout=_TIMEOUT, trust_env=False)
        self._pool = ThreadPoolExecutor(max(1, len(self._rpcs) + len(endpoints.comet)))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._pool.shutdown(wait=False, cancel_futures=True)
        self._http.close()
        for rpc in self._rpcs:
            rpc.close()

    def looking(self) -> Background:
        """Looks again and again while entered."""
        return Background("observer", LOOK_SECONDS, self.look)

    def facts(self) -> dict[str, Any]:
        """What was seen last, and how far behind it the projection was: for the heartbeat."""
        metrics = self._metrics
        seconds = None if metrics.lag_seconds is None else round(metrics.lag_seconds, 1)
        return {
            **asdict(self.sight),
            "behind_blocks": metrics.lag_blocks,
            "behind_seconds": seconds,
        }

    def look(self) -> None:
        """Look once, and tell the metrics."""
        asked = [self._pool.submit(self._newest, rpc) for rpc in self._rpcs]
        consensus = [self._pool.submit(self._consensus, url) for url in self._endpoints.comet]
        blocks = [future.result() for future in asked]
        states = [future.result() for future in consensus]
        self._gauges.nodes(self._endpoints.rpc, blocks)
        self._gauges.peers(self._endpoints.comet, states)
        answered = [block for block in blocks if block is not None]
        newest = max(answered, key=lambda block: block.number, default=None)
        validators, signing = self._signers([state for state in states if state is not None])
        if newest is not None:
            self._gauges.newest(newest)
            self._metrics.final_height(newest.number)
        self._gauges.signers(validators, signing)
        self.sight = ChainSight(
            height=None if newest is None else newest.number,
            time=None if newest is None else newest.time,
            nodes_up=len(answered),
            nodes=len(blocks),
            validators=validators,
            signing=signing,
        )

    def _signers(self, states: Sequence[_Consensus]) -> tuple[int, int] | tuple[None, None]:
        """How many validators there are, and how many of them signed lately; None, None when
        nobody tells. A node that is cut off has nothing to say about who signs now."""
        if not states:
            return None, None
        newest = max(states, key=lambda state: state.height)
        current = [state for state in states if newest.height - state.height <= _HEIGHTS_APART]
        signed = frozenset[int]().union(*(state.signed for state in current))
        self._signed.append((newest.validators, signed))
        same_set = [found for size, found in self._signed if size == newest.validators]
        return newest.validators, len(frozenset[int]().union(*same_set))

    def _newest(self, rpc: Rpc) -> Block | None:
        try:
            return ChainClient(rpc).block(self._finality)
        except RpcFault:
            return None

    def _consensus(self, url: str) -> _Consensus | None:
        """CometBFT's view from one node; None when it doesn't answer."""
        try:
            commit = self._ask(url, "commit")["signed_header"]["commit"]
            peers = self._ask(url, "net_info")["n_peers"]
            signatures = commit["signatures"]
            flags = enumerate(one["block_id_flag"] for one in signatures)
            signed = frozenset(place for place, flag in flags if flag == _SIGNED)
            return _Consensus(int(commit["height"]), len(signatures), signed, int(peers))
        except (httpx.HTTPError, KeyError, TypeError, ValueError):
            return None

    def _ask(self, url: str, what: str) -> Mapping[str, Any]:
        answer: Mapping[str, Any] = self._http.get(f"{url.rstrip('/')}/{what}").json()["result"]
        return answer


@dataclass(frozen=True)
class _Consensus:
    height: int
    validators: int
    signed: frozenset[int]
    """Places in the validator set."""
    peers: int


class _Gauges:
    def __init__(self, metrics: IndexerMetrics) -> None:
        registry = metrics.registry
        self._past: deque[Block] = deque(maxlen=_LOOKS_COMPARED)
        self._height = Gauge(
            "yuanliu_chain_height", "The newest final block of any node.", registry=registry
        )
        self._time = Gauge(
            "yuanliu_chain_block_timestamp_seconds", "That block's own time.", registry=registry
        )
        self._interval = Gauge(
            "yuanliu_chain_block_interval_seconds",
            "Seconds from block to block, over the blocks of the last few looks.",
            registry=registry,
        )
        self._node_up = Gauge(
            "yuanliu_node_up",
            "Whether a node answered JSON-RPC at the last look.",
            ["endpoint"],
            registry=registry,
        )
        self._node_height = Gauge(
            "yuanliu_node_height",
            "The newest final block of a node, when it last answered.",
            ["endpoint"],
            registry=registry,
        )
        self._peers = Gauge(
            "yuanliu_node_peers",
            "Peers of a node (CometBFT); 0 when it doesn't answer.",
            ["endpoint"],
            registry=registry,
        )
        self._validators = Gauge(
            "yuanliu_chain_validators", "Validators of the last commit.", registry=registry
        )
        self._signing = Gauge(
            "yuanliu_chain_validators_signing",
            "Those of them whose signature is in a commit of the last looks.",
            registry=registry,
        )

    def nodes(self, urls: Sequence[str], blocks: Sequence[Block | None]) -> None:
        for url, block in zip(urls, blocks, strict=True):
            self._node_up.labels(place_of(url)).set(block is not None)
            if block is not None:
                self._node_height.labels(place_of(url)).set(block.number)

    def peers(self, urls: Sequence[str], states: Sequence[_Consensus | None]) -> None:
        for url, state in zip(urls, states, strict=True):
            self._peers.labels(place_of(url)).set(0 if state is None else state.peers)

    def newest(self, block: Block) -> None:
        self._height.set(block.number)
        self._time.set(block.time)
        self._past.append(block)
        oldest = self._past[0]
        if block.number > oldest.number:
            self._interval.set((block.time - oldest.time) / (block.number - oldest.number))

    def signers(self, validators: int | None, signing: int | None) -> None:
        """Not a number where nobody tells: 0 would look like a halt."""
        self._validators.set(nan if validators is None else validators)
        self._signing.set(nan if signing is None else signing)

"""How much goes into one batch: less after a failure, more again after a success."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from chain.batching import Call, gas_limit, promise, relay_call
from chain.profile import EngineProfile
from ledger.store.outbox import PendingAct

_GAS_SHARE_PERCENT = 90  # of a block's gas; the rest is room for others
_MOST_HEADROOM = 64


@dataclass(frozen=True)
class BatchLimits:
    """The most that one transaction may hold."""

    acts: int = 400
    data_bytes: int = 400_000
    block_gas: int = 100_000_000

    @classmethod
    def of(cls, profile: EngineProfile) -> Self:
        return cls(profile.batch_acts, profile.batch_bytes, profile.block_gas_limit)


@dataclass(frozen=True)
class SizedBatch:
    """The acts that fit, the call that carries them, and the gas it needs."""

    acts: list[PendingAct]
    data: bytes
    gas: int


class Sizing:
    """Keeps to the limits, and below them for as long as the engine takes no more."""

    def __init__(self, limits: BatchLimits) -> None:
        self._limits = limits
        self._gas_limit = limits.block_gas * _GAS_SHARE_PERCENT // 100
        self.acts = limits.acts
        self._headroom = 1

    @property
    def exhausted(self) -> bool:
        """Whether nothing smaller, with nothing more, is left to try."""
        return self.acts == 1 and self._headroom >= _MOST_HEADROOM

    def failed(self) -> None:
        """A batch was rejected, or reverted as a whole."""
        if self.acts > 1:
            self.acts //= 2
        else:
            self._headroom *= 2

    def unanswered(self) -> None:
        """No answer came in time: so many may take the engine too long."""
        self.acts = max(1, self.acts // 2)

    def succeeded(self) -> None:
        self.acts = min(2 * self.acts, self._limits.acts)
        self._headroom = 1

    def take(self, acts: Sequence[PendingAct]) -> list[PendingAct]:
        """As many of the first acts as may be tried together; at least one."""
        taken: list[PendingAct] = []
        total = 0
        for act in acts[: self.acts]:
            total += len(act.call)
            if taken and total > self._limits.data_bytes:
                break
            taken.append(act)
        return taken

    def fit(self, simulated: Sequence[tuple[PendingAct, int]]) -> SizedBatch:
        """The first acts, each with the gas it used, that fit into a block together."""
        count = len(simulated)
        while True:
            calls = [Call(act.target, promise(gas), act.call) for act, gas in simulated[:count]]
            data = relay_call(calls)
            gas = gas_limit(calls, data) * self._headroom
            if gas <= self._gas_limit or count == 1:
                break
            count = max(1, count * self._gas_limit // gas)
        acts = [act for act, _ in simulated[:count]]
        return SizedBatch(acts, data, min(gas, self._limits.block_gas))

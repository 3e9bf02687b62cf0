"""How often to ask an engine, and how long to wait for it: as fast as its blocks come."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from chain.profile import EngineProfile

_ASKED_PER_BLOCK = 20
_BLOCKS_OF_PATIENCE = 10


@dataclass(frozen=True)
class Pace:
    """Seconds, all of them. The defaults suit an engine that mines a transaction as it comes."""

    receipt: float = 0.001
    """Between the first two questions whether a transaction was mined; then ever longer."""
    longest_receipt: float = 0.01
    nonce: float = 0.1
    """After which a transaction that isn't mined may be waiting for one that was forgotten."""
    outbox: float = 0.003
    """Between two looks for newly accepted acts."""
    chain: float = 0.25
    """Between two looks at the chain for what it may have forgotten, with nothing to send."""
    busy: float = 0.004
    """Between two looks for a new block, shortly after something was sent."""
    idle: float = 0.015
    doubt: float = 0.02
    """Before an answer that can't be right is asked for again."""
    patience: float = 5.0
    """How long a chain may stand still before another endpoint is asked whether it does."""

    @classmethod
    def of(cls, profile: EngineProfile) -> Self:
        if profile.block_seconds == 0:
            return cls()
        often = profile.block_seconds / _ASKED_PER_BLOCK
        patience = max(cls.patience, _BLOCKS_OF_PATIENCE * profile.block_seconds)
        return cls(
            receipt=often,
            longest_receipt=often,
            nonce=cls.nonce if profile.forgets else patience,
            outbox=often / 2,
            chain=profile.block_seconds,
            busy=often,
            idle=2 * often,
            doubt=2 * often,
            patience=patience,
        )

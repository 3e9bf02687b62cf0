"""What differs between engines, in one frozen value each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

BlockTag = Literal["latest", "safe", "finalized"]
ProofKind = Literal["none", "ics23", "mpt"]


class UnknownProfile(Exception):
    """No engine profile has this name."""


@dataclass(frozen=True)
class EngineProfile:
    """How an engine is talked to, and what its word is worth."""

    name: str
    chain_id: int
    gas_price: int
    """Wei for a unit of gas that every transaction offers."""
    finality: BlockTag
    """The tag of the newest block that the engine never takes back."""
    proof: ProofKind
    """What proves a storage slot to someone who trusts only the validators."""
    block_gas_limit: int
    forgets: bool
    """Whether blocks that were mined may be gone after a crash. Where they may not, an endpoint
    that doesn't have a block is behind, and one that has another is broken."""
    block_seconds: float
    """About how long a block takes; 0 where each transaction is mined as it comes."""
    batch_acts: int
    """The most acts that one transaction carries."""
    batch_bytes: int
    """The most bytes of calls that one transaction carries."""
    description: str

    @property
    def block_ms(self) -> int:
        return round(1_000 * self.block_seconds)


DEV = EngineProfile(
    name="dev",
    chain_id=7777,
    gas_price=0,
    # anvil only simulates `finalized`: it trails by two blocks, and an idle chain mines none.
    finality="latest",
    proof="none",
    block_gas_limit=100_000_000,
    forgets=True,
    block_seconds=0,
    batch_acts=400,
    batch_bytes=400_000,
    description="anvil on this machine: one node, no consensus, nothing it says is proven",
)

CONSORTIUM = EngineProfile(
    name="consortium",
    chain_id=7777,
    # The engine takes no transaction without a fee; its accounts are funded in the genesis.
    gas_price=1,
    finality="finalized",
    proof="ics23",
    block_gas_limit=300_000_000,
    forgets=False,
    block_seconds=0.5,
    batch_acts=1_000,
    batch_bytes=1_000_000,
    description="validators with CometBFT consensus: a block is final once two thirds signed it",
)

BESU = EngineProfile(
    name="besu",
    chain_id=7777,
    gas_price=0,
    # QBFT has no `finalized` tag: what is committed is never taken back.
    finality="latest",
    proof="mpt",
    block_gas_limit=100_000_000,
    forgets=False,
    block_seconds=1,
    batch_acts=100,
    # Its pool takes transactions of up to 128 KiB.
    batch_bytes=110_000,
    description="validators with Hyperledger Besu's QBFT consensus: a committed block is final",
)

PROFILES = {profile.name: profile for profile in (DEV, CONSORTIUM, BESU)}


def profile_named(name: str) -> EngineProfile:
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(sorted(PROFILES))
        raise UnknownProfile(f"no engine profile {name!r}; there are: {known}") from None

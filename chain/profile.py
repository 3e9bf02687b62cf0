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
    description: str


DEV = EngineProfile(
    name="dev",
    chain_id=7777,
    gas_price=0,
    # anvil only simulates `finalized`: it trails by two blocks, and an idle chain mines none.
    finality="latest",
    proof="none",
    block_gas_limit=100_000_000,
    description="anvil on this machine: one node, no consensus, nothing it says is proven",
)

PROFILES = {profile.name: profile for profile in (DEV,)}


def profile_named(name: str) -> EngineProfile:
    try:
        return PROFILES[name]
    except KeyError:
        known = ", ".join(sorted(PROFILES))
        raise UnknownProfile(f"no engine profile {name!r}; there are: {known}") from None

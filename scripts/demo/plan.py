"""Who passes on how much: uneven parts down the tiers, for any amount from one minor unit up."""

from __future__ import annotations

from dataclasses import dataclass

TIER_1, TIER_2A, TIER_2B, TIER_3A, TIER_3B = "tier-1", "tier-2a", "tier-2b", "tier-3a", "tier-3b"

_FROM_TIER_1 = ((TIER_2A, 27), (TIER_2A, 11), (TIER_2B, 23))
_FROM_TIER_2 = ((TIER_2A, TIER_3A, 62), (TIER_2B, TIER_3B, 41))


@dataclass(frozen=True)
class Delivery:
    """``giver`` pays ``taker`` for a delivery with the first ``amount`` minor units it holds."""

    giver: str
    taker: str
    amount: int


@dataclass(frozen=True)
class Plan:
    """What happens to a claim: tier 1 pays tier 2, which joins what it got, and pays tier 3."""

    to_tier_2: tuple[Delivery, ...]
    joins: bool
    """Whether tier 2a got two lots that touch, and makes them one."""
    to_tier_3: tuple[Delivery, ...]


def plan_for(face: int) -> Plan:
    """Parts of ``face`` by percentage, at least one unit each, as far as the units go."""
    left, held = face, dict.fromkeys((TIER_2A, TIER_2B), 0)
    to_tier_2 = []
    for taker, percent in _FROM_TIER_1:
        amount = min(left, _part(face, percent))
        if amount:
            to_tier_2.append(Delivery(TIER_1, taker, amount))
            left -= amount
            held[taker] += amount
    to_tier_3 = [
        Delivery(giver, taker, _part(held[giver], percent))
        for giver, taker, percent in _FROM_TIER_2
        if held[giver]
    ]
    joins = sum(one.taker == TIER_2A for one in to_tier_2) == 2
    return Plan(tuple(to_tier_2), joins, tuple(to_tier_3))


def _part(whole: int, percent: int) -> int:
    return max(1, whole * percent // 100)

"""The demonstration's plan: for any amount, only what is there is passed on."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from scripts.demo.plan import TIER_1, plan_for


@given(st.integers(1, 2**63 - 1) | st.integers(1, 200))
def test_plan__for_any_face__nobody_gives_what_he_has_not(face: int) -> None:
    held = Counter({TIER_1: face})
    plan = plan_for(face)
    for delivery in (*plan.to_tier_2, *plan.to_tier_3):
        assert 0 < delivery.amount <= held[delivery.giver]
        held[delivery.giver] -= delivery.amount
        held[delivery.taker] += delivery.amount
    assert sum(held.values()) == face
    assert plan.to_tier_3


def test_plan__from_four_units_on__reaches_every_tier_with_uneven_parts() -> None:
    plan = plan_for(113_000_000)
    assert plan.joins
    amounts = [delivery.amount for delivery in (*plan.to_tier_2, *plan.to_tier_3)]
    assert len(set(amounts)) == len(amounts) == 5

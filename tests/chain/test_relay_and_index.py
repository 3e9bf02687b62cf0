from __future__ import annotations

from ledger.store.outbox import ActStatus
from tests.chain.stage import CORE_PARTY, FOUNDING_ENTRIES, TIER_1, TIER_2, TIER_3, Stage


def _lives(stage: Stage) -> None:
    """A receivable's life: issued, split down the tiers, merged, paid."""
    script = stage.script
    claim = script.issue(CORE_PARTY, TIER_1, 10_000)
    script.transfer(claim, 0, 0, 4_000, TIER_2)
    script.transfer(claim, 0, 1_000, 3_000, TIER_3)
    script.transfer(claim, 1_000, 1_000, 3_000, TIER_2)
    script.merge(claim, 0, 1_000)
    script.settle(script.payment(claim, 4_000, 6_000))


def test_relay__a_whole_life__chain_posts_what_was_accepted_in_order(either_stage: Stage) -> None:
    stage = either_stage
    _lives(stage)
    new = stage.accept_script()
    stage.settle()
    assert stage.counts()[ActStatus.CONFIRMED] == len(new)
    records = stage.records(*new)
    assert [record.entry for record in records] == [
        *range(FOUNDING_ENTRIES, FOUNDING_ENTRIES + len(new))
    ]
    stage.assert_chain_has_script()
    replayed = stage.replay()
    assert replayed.drift == []
    assert replayed.entries == len(stage.script.entries)

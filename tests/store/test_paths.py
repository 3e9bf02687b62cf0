"""The path of units from the debtor to whoever holds them, from the projection."""

from __future__ import annotations

import random
from itertools import pairwise

import pytest

from ledger.ids import ClaimNo
from ledger.store.engine import Database
from ledger.store.reading.paths import Step, layer_of, path_of
from ledger.trace import trace
from tests.api.world import CORE, STRANGER, TIER1, TIER2, World


def _brief(steps: list[Step]) -> list[tuple[int, int, int | None, int]]:
    return [(one.start, one.end, one.giver, one.taker) for one in steps]


def _path(world: World, claim: int, start: int, end: int) -> list[Step]:
    with world.database.read() as connection:
        return path_of(connection, ClaimNo(claim), start, end)


def test_path__cut_and_passed_on__is_of_these_units_alone(database: Database) -> None:
    world = World(database)
    claim = world.ledger.issue(CORE, TIER1, 5_000)
    world.ledger.transfer(claim, 0, 1_000, 5_000, TIER2)
    world.ledger.transfer(claim, 1_000, 1_000, 2_000, STRANGER)
    world.index()
    steps = _path(world, claim, 500, 3_000)
    assert _brief(steps) == [
        (500, 3_000, None, TIER1),
        (1_000, 3_000, TIER1, TIER2),
        (1_000, 2_000, TIER2, STRANGER),
    ]
    assert layer_of(steps, 500, 3_000) == 2
    assert layer_of(_path(world, claim, 0, 1_000), 0, 1_000) == 0
    assert layer_of(_path(world, claim, 2_000, 3_000), 2_000, 3_000) == 1
    assert _brief(_path(world, claim, 0, 10)) == [(0, 10, None, TIER1)]


def test_path__any_unit__is_what_its_entries_tell(database: Database) -> None:
    """The projection's path and ``ledger.trace``, which reads entries, agree."""
    world = World(database)
    claim = world.ledger.issue(CORE, TIER1, 40)
    for start, cut, end, taker in ((0, 10, 40, TIER2), (10, 20, 40, STRANGER), (20, 30, 40, TIER1)):
        world.ledger.transfer(claim, start, cut, end, taker)
    world.index()
    for unit in range(40):
        hops = trace(world.ledger.entries, claim, unit).hops
        told = [(hop.was, hop.lot.holder) for hop in hops if hop.was != hop.lot.holder]
        found = _path(world, claim, unit, unit + 1)
        assert [(one.giver, one.taker) for one in found] == told, unit


@pytest.mark.parametrize("seed", range(5))
def test_path__cut_merged_and_cut_again__is_what_its_entries_tell(
    database: Database, seed: int
) -> None:
    """What is skipped in the database, since nobody else got it, is nothing that moved."""
    world, chance = World(database), random.Random(seed)
    claim = world.ledger.issue(CORE, TIER1, 12)
    for _ in range(60):
        lots = sorted(
            (lot for (of, _), lot in world.ledger.lots.items() if of == claim),
            key=lambda lot: lot.start,
        )
        pairs = [(a, b) for a, b in pairwise(lots) if a.holder == b.holder]
        if pairs and chance.random() < 0.5:
            left, right = chance.choice(pairs)
            world.ledger.merge(claim, left.start, right.start)
            continue
        lot = chance.choice(lots)
        start = chance.randrange(lot.start, lot.end)
        end = chance.randint(start + 1, lot.end)
        taker = chance.choice([one for one in (TIER1, TIER2, STRANGER) if one != lot.holder])
        world.ledger.transfer(claim, lot.start, start, end, taker)
    world.index()
    for unit in range(12):
        hops = trace(world.ledger.entries, claim, unit).hops
        told = [(hop.was, hop.lot.holder) for hop in hops if hop.was != hop.lot.holder]
        found = _path(world, claim, unit, unit + 1)
        assert [(one.giver, one.taker) for one in found] == told, unit

"""A short form of `make faults`: one network, a few faults, and proof that damage is noticed."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.faults.catalogue import FAULTS
from tests.faults.harness import Harness
from tests.faults.saboteurs import double_an_act, falsify_a_row, lose_an_act, restore_the_row
from tests.faults.scene import scene_in

pytestmark = pytest.mark.xdist_group("consortium")

SECONDS = 0.5


@pytest.fixture(scope="module")
def harness(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Harness]:
    folder = tmp_path_factory.mktemp("faults")
    with scene_in(folder) as scene:
        yield Harness(scene, folder / "audit", SECONDS, bundles=1)


@pytest.mark.parametrize("name", ["kill-one", "endpoint-sending", "partition-one"])
def test_fault__under_load__nothing_lost_nothing_doubled(harness: Harness, name: str) -> None:
    row = harness.row(FAULTS[name])
    assert row.sound, row
    assert row.accepted > 0


def test_harness__damage_done_for_real__is_noticed(harness: Harness) -> None:
    """In one test, and last: the ledger isn't what its script says afterwards."""
    drifted = harness.row(falsify_a_row)
    assert not drifted.sound
    assert any("drift" in problem for problem in drifted.problems)
    assert (drifted.lost, drifted.doubled) == (0, 0)
    restore_the_row(harness.scene)

    doubled = harness.row(double_an_act)
    assert not doubled.sound
    assert (doubled.lost, doubled.doubled) == (0, 1)

    lost = harness.row(lose_an_act)
    assert not lost.sound
    assert lost.lost >= 1

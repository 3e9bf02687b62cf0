"""What acts cost, held to the committed snapshot and to the bars."""

from __future__ import annotations

import pytest

from chain.rpc import Rpc
from scripts.gas import Gas, compare, measure_gas, read_snapshot

BARS = {
    "issue": 150_000,
    "transfer": 50_000,
    "transfer_split": 75_000,
    "finance": 180_000,
    "finance_part": 180_000,
    "finance_pledge": 180_000,
}


@pytest.fixture(scope="module")
def measured(rpc: Rpc) -> Gas:
    return measure_gas(rpc)


def test_gas__measured_now__is_what_the_snapshot_says(measured: Gas) -> None:
    assert compare(measured, read_snapshot()) == [], "python -m scripts.gas --write"


@pytest.mark.parametrize(("kind", "bar"), BARS.items())
def test_gas__in_a_batch__is_within_its_bar(kind: str, bar: int, measured: Gas) -> None:
    assert measured[kind]["batch"] <= bar


def test_compare__dearer_and_cheaper__names_both() -> None:
    found = {"issue": {"alone": 150, "batch": 100_000}, "settle": {"alone": 1_000}}
    known = {"issue": {"alone": 100, "batch": 90_000}, "settle": {"alone": 2_000}}
    assert compare(found, known) == [
        "issue batch: 100000 gas, +10000: dearer than gas.json",
        "settle alone: 1000 gas, -1000: cheaper than gas.json",
    ]

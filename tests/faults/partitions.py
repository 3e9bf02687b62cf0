"""Validators that run, but don't reach each other."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.fault import fault
from tests.faults.scene import Scene


@fault("partition-even", "2|2: neither half decides")
def partition_even(scene: Scene) -> Iterator[None]:
    half = scene.pick(len(scene.validators) // 2)
    scene.network.partition([half])
    scene.require_standstill(scene.validators)
    scene.require_reads(scene.validators)
    scene.require_acceptance()
    yield
    scene.network.heal()


@fault("partition-one", "3|1: the relayer's validator is cut off, the majority goes on")
def partition_one(scene: Scene) -> Iterator[None]:
    alone = scene.in_use("relayer")
    scene.network.partition([[alone]])
    scene.require_standstill([alone])
    scene.require_progress([one for one in scene.validators if one != alone])
    scene.require_confirmation()
    yield
    scene.network.heal()

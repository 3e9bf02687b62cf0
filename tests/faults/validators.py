"""Validators that die, freeze, or come back with nothing."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.fault import fault
from tests.faults.scene import Scene


@fault("kill-one", "kill -9 of one validator")
def kill_one(scene: Scene) -> Iterator[None]:
    (victim,) = scene.pick()
    scene.network.kill(victim)
    scene.require_progress(_others(scene, victim))
    scene.require_confirmation()
    yield
    scene.network.start_validator(victim)


@fault("kill-third", "kill -9 of two of four, or more than a third of any number: reads go on")
def kill_third(scene: Scene) -> Iterator[None]:
    victims = scene.pick(scene.too_many)
    for victim in victims:
        scene.network.kill(victim)
    survivors = _others(scene, *victims)
    scene.require_standstill(survivors)
    scene.require_reads(survivors)
    scene.require_acceptance()
    yield
    for victim in victims:
        scene.network.start_validator(victim)


@fault("kill-all", "kill -9 of every validator, as when the power fails everywhere")
def kill_all(scene: Scene) -> Iterator[None]:
    scene.network.kill()
    scene.require_reads()
    scene.require_acceptance()
    yield
    scene.network.start()


@fault("freeze-one", "SIGSTOP of the relayer's validator: it is there and answers nobody")
def freeze_one(scene: Scene) -> Iterator[None]:
    victim = scene.in_use("relayer")
    scene.network.pause(victim)
    scene.require_progress(_others(scene, victim))
    scene.require_confirmation()
    yield
    scene.network.resume(victim)


@fault("wipe-one", "one validator's disk is lost; it catches up from its peers")
def wipe_one(scene: Scene) -> Iterator[None]:
    (victim,) = scene.pick()
    scene.network.kill(victim)
    scene.network.wipe(victim)
    scene.require_progress(_others(scene, victim))
    yield
    scene.network.start_validator(victim)


def _others(scene: Scene, *victims: int) -> list[int]:
    return [validator for validator in scene.validators if validator not in victims]

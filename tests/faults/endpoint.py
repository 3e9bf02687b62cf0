"""The validator that our processes talk to dies while it holds their transaction."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.fault import fault
from tests.faults.scene import Scene, wait_until


@fault("endpoint-sending", "kill -9 of the relayer's validator, between send and receipt")
def endpoint_sending(scene: Scene) -> Iterator[None]:
    victim = scene.in_use("relayer")
    scene.batch_in_flight()
    scene.network.kill(victim)
    _require_moved(scene, "relayer", victim)
    scene.require_confirmation()
    yield
    scene.network.start_validator(victim)


@fault("endpoint-reading", "kill -9 of the validator that the indexer reads from")
def endpoint_reading(scene: Scene) -> Iterator[None]:
    victim = scene.in_use("indexer")
    scene.network.kill(victim)
    _require_moved(scene, "indexer", victim)
    scene.require_confirmation()
    yield
    scene.network.start_validator(victim)


def _require_moved(scene: Scene, service: str, victim: int) -> None:
    wait_until(lambda: scene.in_use(service) != victim, f"another validator for the {service}")

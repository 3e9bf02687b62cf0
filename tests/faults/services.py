"""Our own processes die at the worst moment."""

from __future__ import annotations

from collections.abc import Iterator

from tests.faults.fault import fault
from tests.faults.scene import Scene


@fault("kill-services", "kill -9 of relayer and API while a batch is on its way")
def kill_services(scene: Scene) -> Iterator[None]:
    scene.batch_in_flight()
    for service in ("relayer", "api"):
        scene.stack.kill_service(service)
    yield
    for service in ("relayer", "api"):
        scene.stack.start_service(service)

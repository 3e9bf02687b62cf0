"""A whole Yuanliu on one machine: engine, contracts, database, relayer, indexer, API."""

from __future__ import annotations

import signal
import socket
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from types import TracebackType
from typing import Self

import httpx

from chain.code_check import DeploymentMismatch
from chain.deploy import check_deployment
from chain.rpc import Rpc
from ledger.deployment import Deployment
from ledger.store.migration import migrate
from node.anvil import free_port
from node.engine import Node
from node.revival import Revival
from scripts import engines, founding
from scripts.services import SERVICES, Service, ServiceFailed
from scripts.settings import API_PORT, NODE_PORT, Settings

READY_TIMEOUT = 60.0
_TEND_SECONDS = 0.5

Say = Callable[[str], None]


class Stack:
    """Everything that `yuanliu run` keeps up. Enter it to start, leave it to stop all of it."""

    def __init__(self, settings: Settings, say: Say, node: Node | None = None) -> None:
        """``node`` None: the profile's engine, in the settings' folder."""
        self.settings = settings
        self._say = say
        self._node = node or engines.node_for(settings)
        self._revival = Revival(self._node)
        self._services: list[Service] = []

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def tend(self) -> None:
        """Start again whatever has died."""
        self._revival.tend()
        for service in self._services:
            service.tend()

    def pids(self) -> dict[str, int]:
        """The processes now running, by name."""
        services = {one.name: one.pid for one in self._services if one.pid is not None}
        return self._node.pids() | services

    def require_alive(self) -> None:
        """Raises ``ServiceFailed``, with the end of its log, if a service has ended."""
        for service in self._services:
            service.require_alive()

    def stop(self) -> None:
        """End the services, newest first, then the engine, which keeps its chain."""
        with _uninterrupted():
            for service in reversed(self._services):
                service.stop()
            self._node.stop()

    def _start(self) -> None:
        self._say(f"engine: {self.settings.profile.description}")
        self._node.start()
        self.settings = with_metrics_ports(self.settings.on(self._node.endpoints))
        self._say(f"nodes: {' '.join(self.settings.endpoints.rpc)}")
        self._found()
        migrate(self.settings.database_url)
        self.settings.announce()
        self._services = [Service(name, self.settings) for name in SERVICES]
        for service in self._services:
            service.start()
        await_ready(self.settings.api_url, self.require_alive)
        self._say(f"API: {self.settings.api_url}")

    def _found(self) -> Deployment:
        """The deployment recorded here, checked, or a new one by fresh dev keys."""
        founding.draw_dev_keys(self.settings)
        if self.settings.deployment_file.exists():
            deployment = founding.read_deployment(self.settings)
            self._check(deployment)
            return deployment
        self._say(f"dev keys: {self.settings.keys_dir} (for this machine only: they guard nothing)")
        founders = founding.dev_founding(self.settings)
        deployment = founding.deploy_recorded(self.settings, founders)
        self._node.save()  # a crash must not forget contracts that the record names
        return deployment

    def _check(self, deployment: Deployment) -> None:
        try:
            with Rpc(self.settings.endpoints.rpc) as rpc:
                check_deployment(rpc, deployment)
        except DeploymentMismatch as mismatch:
            folder = self.settings.data_dir
            hint = f"move {folder} away to begin anew, or run the version that made it"
            raise DeploymentMismatch(f"{mismatch}; {hint}") from mismatch


def await_ready(api_url: str, require_alive: Callable[[], None]) -> None:
    """Wait until an API says that it is ready. Raises ``ServiceFailed``, or what
    ``require_alive`` does once the API has ended."""
    deadline = time.monotonic() + READY_TIMEOUT
    with httpx.Client(base_url=api_url, trust_env=False, timeout=5) as client:
        while not _is_ready(client):
            require_alive()
            if time.monotonic() > deadline:
                raise ServiceFailed(f"the API wasn't ready in {READY_TIMEOUT:.0f} s")
            time.sleep(0.05)


def tend_until_interrupted(stack: Stack) -> None:
    """Keep a started stack up until SIGINT or SIGTERM, both of which ``main`` makes
    KeyboardInterrupt."""
    try:
        while True:
            time.sleep(_TEND_SECONDS)
            stack.tend()
    except KeyboardInterrupt:
        return


def with_ports(settings: Settings, api_port: int | None, node_port: int | None) -> Settings:
    """The settings on the ports asked for; else on the usual ones, or free ones if taken."""
    return settings.at(api_port or usual_port(API_PORT), node_port or usual_port(NODE_PORT))


def with_metrics_ports(settings: Settings) -> Settings:
    """The settings with a free port for every service's numbers, the one it had if it can be."""
    ports = settings.metrics.chosen(lambda port: usual_port(port) if port else free_port())
    return replace(settings, metrics=ports)


def usual_port(port: int) -> int:
    """This port if nothing listens there, else a free one."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return free_port()
    return port


def _is_ready(client: httpx.Client) -> bool:
    try:
        return client.get("/ready").status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


@contextmanager
def _uninterrupted() -> Iterator[None]:
    """A second Ctrl-C must not leave half of it running."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = [signal.signal(number, signal.SIG_IGN) for number in numbers]
    try:
        yield
    finally:
        for number, handler in zip(numbers, before, strict=True):
            signal.signal(number, handler)

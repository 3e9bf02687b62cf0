"""How every validator of a network fares, asked of all at once."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from node.consortium import comet
from node.consortium.comet import CometSilent, Sync
from node.consortium.fleet import Fleet
from node.consortium.groups import Groups

State = Literal["running", "paused", "down", "died", "silent"]
"""``down``: taken down by its number. ``died``: ended by itself. ``silent``: runs, answers not."""


@dataclass(frozen=True)
class ValidatorStatus:
    """None where it can't be known."""

    number: int
    state: State
    pid: int | None
    rpc: str
    comet: str
    height: int | None = None
    catching_up: bool | None = None
    power: int | None = None
    peers: int | None = None
    app_hash: str | None = None
    """Of the state at the network's common height."""


@dataclass(frozen=True)
class NetworkStatus:
    validators: tuple[ValidatorStatus, ...]
    groups: tuple[tuple[int, ...], ...]
    """Who reaches whom; empty when everybody reaches everybody."""
    common_height: int | None
    """The highest block that every validator has which answers and has any."""

    @property
    def agree(self) -> bool:
        """Whether those that answer have the same state at the common height."""
        return len({each.app_hash for each in self.validators if each.app_hash}) <= 1

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "agree": self.agree}


def read_status(fleet: Fleet, held: Iterable[int], groups: Groups) -> NetworkStatus:
    down = set(held)
    with ThreadPoolExecutor(max_workers=len(fleet)) as workers:
        numbers = range(len(fleet))
        seen = list(workers.map(lambda number: _look(fleet, number, number in down), numbers))
        common = min((each.height for each in seen if each.height), default=None)
        if common is not None:
            seen = list(workers.map(lambda each: _with_app_hash(fleet, each, common), seen))
    return NetworkStatus(tuple(seen), tuple(tuple(sorted(group)) for group in groups), common)


def _look(fleet: Fleet, number: int, down: bool) -> ValidatorStatus:
    validator, ports = fleet[number], fleet.ports(number)
    seen = ValidatorStatus(number, "running", validator.pid, ports.rpc_url, ports.comet_url)
    if seen.pid is None:
        return replace(seen, state="down" if down else "died")
    if validator.paused:
        return replace(seen, state="paused")
    try:
        sync, peers = Sync.of(ports.comet), comet.peers(ports.comet)
    except CometSilent:
        return replace(seen, state="silent")
    return replace(
        seen, height=sync.height, catching_up=sync.catching_up, power=sync.power, peers=peers
    )


def _with_app_hash(fleet: Fleet, seen: ValidatorStatus, height: int) -> ValidatorStatus:
    if not seen.height:
        return seen
    try:
        return replace(seen, app_hash=comet.app_hash(fleet.ports(seen.number).comet, height))
    except CometSilent:
        return replace(seen, state="silent")

"""How operation goes, in one look: of the whole, never of anyone."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from api.services import Services
from api.wire import Moment, Out, iso_moment
from ledger.store.connection import Connection
from ledger.store.faults import StorageFault
from ledger.store.keeping.heartbeats import Heartbeat, last_beats
from ledger.store.projector import tip
from ledger.store.reading.operation import pool, refused_since, server_version
from ledger.store.reading.schema import is_current

SERVICES = ("relayer", "indexer")
_HOUR = 3600
_SILENT_AFTER = 20
_STUCK_AFTER = 60
_LAG_SECONDS = 30
_WAITING_SECONDS = 60


class Engine(Out):
    """``height`` is the newest final block of any node, ``signing`` how many of the
    ``validators`` signed a commit of the last ten seconds; null where nobody has told."""

    profile: str
    chain_id: int
    height: int | None
    nodes: int | None
    nodes_up: int | None
    validators: int | None
    signing: int | None


class Projection(Out):
    """``behind_seconds``: how long the oldest block that isn't in it has been known."""

    block: int | None
    entries: int
    behind_blocks: int | None
    behind_seconds: float | None


class Queue(Out):
    accepted: int
    sent: int
    oldest_seconds: int
    refused_last_hour: dict[str, int]


class ServiceState(Out):
    """``heard`` is its last heartbeat, ``worked`` when it last ended a round of its work."""

    heard: Moment | None
    worked: Moment | None
    version: str | None


class Versions(Out):
    yuanliu: str
    contracts: str
    database: str


class Status(Out):
    """``troubles`` is empty when all is well."""

    troubles: list[str]
    time: Moment
    engine: Engine
    projection: Projection
    queue: Queue
    services: dict[str, ServiceState]
    versions: Versions


class _NoStatus(Exception):
    """There is nothing to look at."""

    def __init__(self, trouble: str) -> None:
        super().__init__(trouble)
        self.trouble = trouble


def look(services: Services) -> Status:
    """The state as the database has it; raises nothing that the database does."""
    now = services.clock()
    try:
        with services.database.read() as connection:
            if not is_current(connection):
                raise _NoStatus("The database doesn't have this version's schema.")
            return _look(services, connection, now)
    except StorageFault as fault:
        return _without(services, now, f"The database doesn't answer ({fault.trouble}).")
    except _NoStatus as nothing:
        return _without(services, now, nothing.trouble)


def _look(services: Services, connection: Connection, now: int) -> Status:
    newest, waiting, beats = tip(connection), pool(connection), last_beats(connection)
    told = beats["indexer"].facts if "indexer" in beats else {}
    projection = Projection(
        block=None if newest.block is None else newest.block.number,
        entries=newest.entries,
        behind_blocks=told.get("behind_blocks"),
        behind_seconds=told.get("behind_seconds"),
    )
    queue = Queue(
        accepted=waiting.accepted,
        sent=waiting.sent,
        oldest_seconds=0 if waiting.oldest is None else max(0, now - waiting.oldest // 1000),
        refused_last_hour=refused_since(connection, (now - _HOUR) * 1000),
    )
    engine = _engine(services, told)
    troubles = [
        *(_silence(name, beats.get(name), now) for name in SERVICES),
        *_engine_troubles(engine),
        *_backlog(projection, queue),
    ]
    return Status(
        troubles=[trouble for trouble in troubles if trouble],
        time=iso_moment(now),
        engine=engine,
        projection=projection,
        queue=queue,
        services={name: _service(beats.get(name)) for name in SERVICES},
        versions=_versions(services, server_version(connection)),
    )


def _without(services: Services, now: int, trouble: str) -> Status:
    return Status(
        troubles=[trouble],
        time=iso_moment(now),
        engine=_engine(services, {}),
        projection=Projection(block=None, entries=0, behind_blocks=None, behind_seconds=None),
        queue=Queue(accepted=0, sent=0, oldest_seconds=0, refused_last_hour={}),
        services={name: _service(None) for name in SERVICES},
        versions=_versions(services, "unknown"),
    )


def _engine(services: Services, told: Mapping[str, Any]) -> Engine:
    return Engine(
        profile=services.deployment.engine,
        chain_id=services.deployment.chain_id,
        height=told.get("height"),
        nodes=told.get("nodes"),
        nodes_up=told.get("nodes_up"),
        validators=told.get("validators"),
        signing=told.get("signing"),
    )


def _versions(services: Services, database: str) -> Versions:
    return Versions(
        yuanliu=version("yuanliu"), contracts=services.deployment.commit, database=database
    )


def _service(beat: Heartbeat | None) -> ServiceState:
    if beat is None:
        return ServiceState(heard=None, worked=None, version=None)
    worked = beat.facts.get("last_round")
    return ServiceState(
        heard=iso_moment(beat.at // 1000),
        worked=None if worked is None else iso_moment(worked // 1000),
        version=beat.facts.get("version"),
    )


def _silence(name: str, beat: Heartbeat | None, now: int) -> str:
    if beat is None:
        return f"The {name} has never been heard of."
    silent = now - beat.at // 1000
    if silent > _SILENT_AFTER:
        return f"The {name} hasn't been heard of for {silent} s."
    worked = beat.facts.get("last_round")
    if worked is None:
        return f"The {name} lives, but hasn't done a round of its work yet."
    idle = (beat.at - worked) // 1000
    return (
        f"The {name} lives, but has got nothing done for {idle} s." if idle > _STUCK_AFTER else ""
    )


def _engine_troubles(engine: Engine) -> list[str]:
    troubles = []
    if engine.nodes and engine.nodes_up is not None and engine.nodes_up < engine.nodes:
        troubles.append(f"{engine.nodes - engine.nodes_up} of {engine.nodes} nodes don't answer.")
    if engine.validators and engine.signing is not None and engine.signing < engine.validators:
        missing = engine.validators - engine.signing
        troubles.append(f"{missing} of {engine.validators} validators don't sign.")
    return troubles


def _backlog(projection: Projection, queue: Queue) -> list[str]:
    troubles = []
    if projection.block is None:
        troubles.append("Nothing has been indexed yet.")
    if projection.behind_seconds is not None and projection.behind_seconds > _LAG_SECONDS:
        troubles.append(f"The projection is {projection.behind_seconds:.0f} s behind the chain.")
    if queue.oldest_seconds > _WAITING_SECONDS:
        troubles.append(f"The oldest act has waited for {queue.oldest_seconds} s.")
    return troubles

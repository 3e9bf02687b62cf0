"""Whether the process lives, and whether asking it makes sense."""

from __future__ import annotations

from typing import Literal

import structlog
from fastapi import APIRouter, Response, status

from api.routing import Route
from api.services import Given, Services
from api.wire import Out
from ledger.store.projector import tip
from ledger.store.reading.act_parties import oldest_waiting
from ledger.store.reading.schema import is_current

router = APIRouter(route_class=Route, tags=["operation"])

_log = structlog.get_logger("api.health")


class Health(Out):
    status: Literal["ok"]


class Readiness(Out):
    """``waiting_seconds`` is how long the oldest act has waited for the chain: it grows when
    relayer, node or indexer stand still, which the API can't see for itself."""

    ready: bool
    database: bool
    migrated: bool
    indexed: bool
    block: int | None
    entries: int
    waiting_seconds: int


@router.get("/health")
def show_health() -> Health:
    """Answers while the process lives."""
    return Health(status="ok")


@router.get("/ready", responses={503: {"model": Readiness}})
def show_readiness(services: Given, response: Response) -> Readiness:
    """503 until the database answers, has the present schema, and the indexer has begun."""
    try:
        readiness = _look(services)
    except Exception:  # noqa: BLE001 - logged; drivers raise what they please
        _log.exception("ready.failed")
        readiness = Readiness(
            ready=False,
            database=False,
            migrated=False,
            indexed=False,
            block=None,
            entries=0,
            waiting_seconds=0,
        )
    if not readiness.ready:
        response.status_code = status.HTTP_503_SERVICE_UNAVAILABLE
    return readiness


def _look(services: Services) -> Readiness:
    with services.database.read() as connection:
        migrated = is_current(connection)
        if not migrated:
            return Readiness(
                ready=False,
                database=True,
                migrated=False,
                indexed=False,
                block=None,
                entries=0,
                waiting_seconds=0,
            )
        now = tip(connection)
        oldest = oldest_waiting(connection)
    indexed = now.block is not None
    return Readiness(
        ready=indexed,
        database=True,
        migrated=True,
        indexed=indexed,
        block=None if now.block is None else now.block.number,
        entries=now.entries,
        waiting_seconds=0 if oldest is None else max(0, services.clock() - oldest // 1000),
    )

"""The composition root: settings in, application out."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import Depends, FastAPI
from fastapi.middleware.cors import CORSMiddleware

from api import (
    agreements,
    alerts,
    attestations,
    classes,
    collection,
    consortium,
    deals,
    desk,
    docs_page,
    documents,
    events,
    finance_requests,
    health,
    instructions,
    invoices,
    line_use,
    lines,
    mandates,
    openapi,
    parties,
    problems,
    proposals,
    quotes,
    receivables,
    registrations,
    reports,
    resolutions,
    reversals,
    sign_in,
    statements,
    status_page,
    worklist,
)
from api.bodies import BodyLimit, require_media_type
from api.follower import Follower
from api.idempotency import REPLAYED, Idempotency
from api.logs import REQUEST_ID, RequestLog
from api.metrics import ApiMetrics
from api.services import Services, Witnessing
from api.settings import Settings
from ledger.store.engine import Database

SUBJECTS = (
    sign_in,
    consortium,
    parties,
    documents,
    invoices,
    reversals,
    proposals,
    agreements,
    receivables,
    finance_requests,
    quotes,
    desk,
    deals,
    registrations,
    lines,
    line_use,
    alerts,
    classes,
    collection,
    instructions,
    statements,
    worklist,
    resolutions,
    reports,
    attestations,
    mandates,
    events,
    health,
    docs_page,
    status_page,
)
_DESCRIPTION = """\
Receivables that anyone can check. Amounts are decimal strings of minor units; errors are
`application/problem+json`, named like the contracts' own; lists are pages, and `next` is the
`cursor` of the one after. A POST may carry an `Idempotency-Key`. What isn't yours to see looks
like what isn't there.
"""


def create_app(
    settings: Settings,
    database: Database,
    witness: Witnessing,
    clock: Callable[[], int] = lambda: int(time.time()),
    metrics: ApiMetrics | None = None,
) -> FastAPI:
    """The application. The caller opens the database, and closes it afterwards; whoever has the
    metrics served gives them."""
    measured = metrics or ApiMetrics()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        follower = Follower(database)
        app.state.services = Services(settings, database, witness, follower, clock, measured)
        follower.start()
        try:
            yield
        finally:
            follower.stop()

    app = FastAPI(
        title="Yuanliu",
        version="1",
        description=_DESCRIPTION,
        lifespan=lifespan,
        generate_unique_id_function=openapi.operation_id,
        redirect_slashes=False,
        docs_url=None,
        redoc_url=None,
    )
    # How busy the ledger is concerns its operator: it is told on the operator's machine only.
    for subject in SUBJECTS:
        if subject is status_page and not settings.on_loopback:
            continue
        app.include_router(
            subject.router,
            responses=openapi.PROBLEMS,
            dependencies=[Depends(require_media_type)],
        )
    problems.install(app)
    openapi.install(app)
    _add_layers(app, settings, measured)
    return app


def _add_layers(app: FastAPI, settings: Settings, metrics: ApiMetrics) -> None:
    """Innermost first."""
    app.add_middleware(Idempotency)
    app.add_middleware(BodyLimit)
    if settings.origins:
        app.add_middleware(
            CORSMiddleware,
            allow_origins=settings.origins,
            allow_methods=["GET", "POST", "PUT", "DELETE"],
            allow_headers=["Authorization", "Content-Type", "Idempotency-Key", "Last-Event-ID"],
            expose_headers=[REQUEST_ID, REPLAYED],
        )
    app.add_middleware(RequestLog, metrics=metrics)

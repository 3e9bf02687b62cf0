"""The API as a process."""

from __future__ import annotations

import structlog
import uvicorn

from api.app import create_app
from api.metrics import ApiMetrics
from api.services import Witnessing
from api.settings import Settings
from chain.observability import metrics_served
from ledger.rules import shipped_catalogue
from ledger.store.engine import Database

_GRACE_SECONDS = 5
_log = structlog.get_logger("api")


def run_api(settings: Settings, database: Database, witness: Witnessing) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get a few seconds to end."""
    shipped_catalogue()  # packs that were tampered with: rather no API than one that refuses all
    metrics = ApiMetrics()
    app = create_app(settings, database, witness, metrics=metrics)
    _log.info("api.starting", host=settings.host, port=settings.port, url=settings.public_url)
    with metrics_served(metrics.registry, settings.metrics_port):
        uvicorn.run(
            app,
            host=settings.host,
            port=settings.port,
            loop="uvloop",
            http="httptools",
            access_log=False,
            # uvicorn's own lines go where all others go, and look like them.
            log_config=None,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_GRACE_SECONDS,
        )

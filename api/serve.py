"""The API as a process."""

from __future__ import annotations

import structlog
import uvicorn

from api.app import create_app
from api.services import Witnessing
from api.settings import Settings
from ledger.store.engine import Database

_GRACE_SECONDS = 5
_log = structlog.get_logger("api")


def run_api(settings: Settings, database: Database, witness: Witnessing) -> None:
    """Serve until SIGTERM or SIGINT; requests under way get a few seconds to end."""
    app = create_app(settings, database, witness)
    _log.info("api.starting", host=settings.host, port=settings.port, url=settings.public_url)
    uvicorn.run(
        app,
        host=settings.host,
        port=settings.port,
        loop="uvloop",
        http="httptools",
        access_log=False,
        log_level="warning",
        server_header=False,
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )

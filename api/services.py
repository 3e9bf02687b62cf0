"""What handlers work with: made once by the composition root, handed to each request."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends
from starlette.requests import HTTPConnection

from api.follower import Follower
from api.metrics import ApiMetrics
from api.settings import Settings
from ledger.deployment import Deployment
from ledger.movables import ExtractReading
from ledger.store.engine import Database
from ledger.store.keeping.attestations import Tally
from ledger.store.keeping.statements import Upload
from ledger.witnessing import Fact


class Witnessing(Protocol):
    """How the world is witnessed (``oracles.witness.Witness``): the API doesn't know oracles."""

    def take_statement(self, upload: Upload, now: int) -> str: ...

    def attest(
        self, fact: Fact, approval: bytes, now: int, request_id: str | None = None
    ) -> Tally: ...

    def read_extract(self, content: bytes, now: int) -> ExtractReading: ...


@dataclass(frozen=True)
class Services:
    """``clock`` tells Unix seconds."""

    settings: Settings
    database: Database
    witness: Witnessing
    follower: Follower
    clock: Callable[[], int]
    metrics: ApiMetrics

    @property
    def deployment(self) -> Deployment:
        return self.settings.deployment


def services_of(connection: HTTPConnection) -> Services:
    return cast("Services", connection.app.state.services)


Given = Annotated[Services, Depends(services_of)]
"""The services, as a handler's parameter."""

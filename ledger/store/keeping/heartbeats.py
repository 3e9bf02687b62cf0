"""What services last said of themselves, for those who ask whether all is well."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from ledger.store.keeping.upsert import put
from ledger.store.private import heartbeats


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """``at`` in Unix milliseconds; ``facts`` are the service's own."""

    service: str
    at: int
    facts: Mapping[str, Any]


def beat(connection: Connection, heartbeat: Heartbeat) -> None:
    """Keep a service's newest heartbeat in place of the one before."""
    row = {"service": heartbeat.service, "at": heartbeat.at, "facts": dict(heartbeat.facts)}
    put(connection, heartbeats, row)


def last_beats(connection: Connection) -> dict[str, Heartbeat]:
    """The newest heartbeat of every service that ever gave one."""
    found = connection.execute(select(heartbeats.c.service, heartbeats.c.at, heartbeats.c.facts))
    return {row.service: Heartbeat(*row) for row in found}

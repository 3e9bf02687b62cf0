"""Acts of this outbox that a portion of the chain decided: whose request they came in, how long
they took."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, select

from ledger.store.chunks import chunked
from ledger.store.outbox import ActStatus
from ledger.store.projector import Portion
from ledger.store.tables import acts, batches

_COLUMNS = (
    acts.c.digest,
    acts.c.request_id,
    acts.c.entry,
    acts.c.refusal,
    acts.c.created,
    acts.c.settled,
)


@dataclass(frozen=True, slots=True)
class Decided:
    """``entry`` of a confirmed act, ``refusal`` (its name) of a refused one."""

    digest: bytes
    request_id: str | None
    entry: int | None
    refusal: str | None
    milliseconds: int
    """From its acceptance until now."""


def decided_by(connection: Connection, portion: Portion) -> list[Decided]:
    """What a portion that was just applied decided, confirmed acts first, by entry."""
    return [*_confirmed(connection, portion), *_refused(connection, portion)]


def _confirmed(connection: Connection, portion: Portion) -> list[Decided]:
    if not portion.postings:
        return []
    first, last = portion.postings[0].entry.index, portion.postings[-1].entry.index
    found: list[Decided] = []
    for digests in chunked([posting.entry.act for posting in portion.postings]):
        query = select(*_COLUMNS).where(
            acts.c.digest.in_(digests),
            acts.c.status == ActStatus.CONFIRMED,
            acts.c.entry.between(first, last),
        )
        found += _read(connection, query)
    return sorted(found, key=lambda one: one.entry or 0)


def _refused(connection: Connection, portion: Portion) -> list[Decided]:
    found: list[Decided] = []
    for calls in chunked(portion.refused):
        query = (
            select(*_COLUMNS)
            .join(batches, batches.c.id == acts.c.batch)
            .where(
                acts.c.call_hash.in_({call.call_hash for call in calls}),
                batches.c.tx.in_({call.tx for call in calls}),
                acts.c.status == ActStatus.REFUSED,
            )
        )
        found += _read(connection, query)
    return found


def _read(connection: Connection, query: Select[Any]) -> list[Decided]:
    return [_decided(row) for row in connection.execute(query)]


def _decided(row: Row[Any]) -> Decided:
    return Decided(
        digest=row.digest,
        request_id=row.request_id,
        entry=row.entry,
        refusal=None if row.refusal is None else row.refusal["name"],
        milliseconds=max(0, row.settled - row.created),
    )

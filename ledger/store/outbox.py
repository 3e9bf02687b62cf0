"""The outbox: every act that was accepted, until the chain has had its say about it.

    accepted ──simulated and signed──▶ sent ──entry──▶ confirmed
        └──────simulated────▶ refused ◀──reported by Relay──┘

An act is named by its digest, so that it can be accepted any number of times and is one act.
What the chain says wins over what stands here: an entry confirms its act whatever its status,
and a rewind takes that back (``ledger.store.verdicts``).
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, exists, func, null, or_, select, update
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from ledger.errors import Refused
from ledger.ids import Address, ClaimNo, Digest, EntryIndex
from ledger.keccak import keccak
from ledger.refusals import LotNotLive, NotDue, NotYetLate
from ledger.store.line_use import return_issues
from ledger.store.tables import acts, batches, entries

PASSING = frozenset(one.__name__ for one in (NotDue, NotYetLate, LotNotLive))
"""Refusals that may be over by themselves: it was too early, or the lot was frozen."""


class ActStatus(StrEnum):
    ACCEPTED = "accepted"
    SENT = "sent"
    CONFIRMED = "confirmed"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class NewAct:
    """A signed act to accept: ``call`` is what ``target`` will be called with."""

    digest: Digest
    kind: str
    target: Address
    call: bytes
    submitter: int | None = None
    """The party that submits it; None when no party does."""
    request_id: str | None = None
    """Of the HTTP request that brings it: what logs, records and events are followed by."""

    @property
    def call_hash(self) -> bytes:
        return keccak(self.call)


@dataclass(frozen=True, slots=True)
class ActRecord:
    """What is known of one act. Times are Unix milliseconds."""

    digest: Digest
    kind: str
    status: ActStatus
    refusal: dict[str, Any] | None
    """``{"name": …, "facts": {…}}`` when it was refused."""
    entry: EntryIndex | None
    claim: ClaimNo | None
    """The book of its entry: a claim's number, or 0."""
    block: int | None
    tx: bytes | None
    """The transaction that carries it, once it has been sent."""
    submitter: int | None
    request_id: str | None
    """Of the request that had it accepted; a later one with the same act doesn't change it."""
    created: int
    settled: int | None

    @property
    def may_pass_later(self) -> bool:
        """Whether it was refused for what may be over by now."""
        return self.refusal is not None and self.refusal["name"] in PASSING


@dataclass(frozen=True, slots=True)
class PendingAct:
    """An accepted act, as the relayer takes it."""

    id: int
    digest: Digest
    target: Address
    call: bytes
    request_id: str | None = None


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def accept(connection: Connection, new: Sequence[NewAct]) -> list[ActRecord]:
    """Accept acts in this order, and tell how each stands now, in the same order.

    An act known already stays what it is, with one exception: a refused one is taken up again
    when it comes with another call, because the same agreement may carry better approvals now, or
    when what it was refused for may be over by now. The chain takes it once, however often it
    comes.
    An act that somebody else took to the chain before it came here is confirmed at once.
    """
    if not new:
        return []
    made_at = now_ms()
    rows = {act.digest: _row(act, made_at) for act in reversed(new)}
    ordered = [rows[digest] for digest in dict.fromkeys(act.digest for act in new)]
    connection.execute(_insert_or_reopen(connection), ordered)
    _confirm_what_is_done(connection, list(rows))
    found = {record.digest: record for record in read_acts(connection, rows)}
    return [found[act.digest] for act in new]


def read_acts(connection: Connection, digests: Iterable[bytes]) -> list[ActRecord]:
    """The acts of these digests that are known, in no particular order."""
    statement = (
        select(acts, entries.c.book, entries.c.block, _transaction())
        .outerjoin(entries, entries.c.index == acts.c.entry)
        .outerjoin(batches, batches.c.id == acts.c.batch)
        .where(acts.c.digest.in_(list(digests)))
    )
    return [_record(row) for row in connection.execute(statement)]


def read_act(connection: Connection, digest: bytes) -> ActRecord | None:
    return next(iter(read_acts(connection, [digest])), None)


def read_call_hashes(
    connection: Connection, digests: Iterable[bytes]
) -> dict[Digest, tuple[ActStatus, bytes]]:
    """Of acts that are known: how each stands, and which call it came with."""
    query = select(acts.c.digest, acts.c.status, acts.c.call_hash)
    found = connection.execute(query.where(acts.c.digest.in_(list(digests))))
    return {Digest(row.digest): (ActStatus(row.status), row.call_hash) for row in found}


def next_accepted(connection: Connection, limit: int) -> list[PendingAct]:
    """The oldest accepted acts, in the order they were accepted."""
    statement = (
        select(acts.c.id, acts.c.digest, acts.c.target, acts.c.call, acts.c.request_id)
        .where(acts.c.status == ActStatus.ACCEPTED)
        .order_by(acts.c.id)
        .limit(limit)
    )
    return [PendingAct(*row) for row in connection.execute(statement)]


def mark_refused(connection: Connection, refused: Sequence[tuple[int, Refused]]) -> None:
    """Record that accepted acts, by id, were refused before they were sent."""
    if not refused:
        return
    statement = (
        update(acts)
        .where(acts.c.id == bindparam("act_id"), acts.c.status == ActStatus.ACCEPTED)
        .values(status=ActStatus.REFUSED, refusal=bindparam("why"), settled=now_ms())
    )
    rows = [{"act_id": act_id, "why": refusal_json(why)} for act_id, why in refused]
    connection.execute(statement, rows)
    ids = [act_id for act_id, _ in refused]
    return_issues(
        connection,
        select(acts.c.digest).where(acts.c.id.in_(ids), acts.c.status == ActStatus.REFUSED),
    )


def count_by_status(connection: Connection) -> dict[ActStatus, int]:
    statement = select(acts.c.status, func.count()).group_by(acts.c.status)
    counted = {ActStatus(status): count for status, count in connection.execute(statement)}
    return {status: counted.get(status, 0) for status in ActStatus}


def refusal_json(refusal: Refused) -> dict[str, Any]:
    return {"name": refusal.name, "facts": refusal.facts()}


def _row(act: NewAct, made_at: int) -> dict[str, Any]:
    return {
        "digest": act.digest,
        "kind": act.kind,
        "target": act.target,
        "call": act.call,
        "call_hash": act.call_hash,
        "status": ActStatus.ACCEPTED,
        "submitter": act.submitter,
        "request_id": act.request_id,
        "created": made_at,
    }


def _insert_or_reopen(connection: Connection) -> Any:
    insert = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
    statement: Any = insert(acts)
    new = statement.excluded
    why = acts.c.refusal["name"].as_string()
    return statement.on_conflict_do_update(
        index_elements=[acts.c.digest],
        set_={
            "call": new.call,
            "call_hash": new.call_hash,
            "status": ActStatus.ACCEPTED,
            "submitter": new.submitter,
            "request_id": new.request_id,
            "refusal": null(),
            "batch": None,
            "settled": None,
        },
        where=(acts.c.status == ActStatus.REFUSED)
        & or_(
            acts.c.call_hash != new.call_hash,
            # Not in_(): what that expands to can't be executed for many rows at once.
            *(why == name for name in sorted(PASSING)),
        ),
    )


def _confirm_what_is_done(connection: Connection, digests: Sequence[bytes]) -> None:
    entry = select(func.min(entries.c.index)).where(entries.c.act == acts.c.digest)
    connection.execute(
        update(acts)
        .where(
            acts.c.digest.in_(digests),
            acts.c.status == ActStatus.ACCEPTED,
            exists().where(entries.c.act == acts.c.digest),
        )
        .values(status=ActStatus.CONFIRMED, entry=entry.scalar_subquery(), settled=now_ms())
    )


def _transaction() -> Any:
    return func.coalesce(entries.c.tx, batches.c.tx).label("tx")


def _record(row: Any) -> ActRecord:
    return ActRecord(
        digest=Digest(row.digest),
        kind=row.kind,
        status=ActStatus(row.status),
        refusal=row.refusal,
        entry=row.entry,
        claim=row.book,
        block=row.block,
        tx=row.tx,
        submitter=row.submitter,
        request_id=row.request_id,
        created=row.created,
        settled=row.settled,
    )

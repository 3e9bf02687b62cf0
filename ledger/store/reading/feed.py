"""Entries in order, for those who follow along."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, select

from ledger.entries import Entry, Op
from ledger.ids import PartyNo
from ledger.store.tables import acts, claims, entries


@dataclass(frozen=True, slots=True)
class FeedEntry:
    """An entry with what is needed to show it and to judge who may see it."""

    entry: Entry
    global_head: bytes
    block: int
    time: int
    tx: bytes
    debtor: PartyNo | None
    request_id: str | None
    """Of the request that brought its act, if the act came through this outbox."""


def entries_after(connection: Connection, index: int, limit: int) -> list[FeedEntry]:
    """Entries above ``index``, oldest first."""
    query = (
        select(entries, claims.c.debtor, acts.c.request_id)
        .outerjoin(claims, (claims.c.number == entries.c.book) & claims.c.until.is_(None))
        .outerjoin(acts, acts.c.digest == entries.c.act)
        .where(entries.c.index > index)
        .order_by(entries.c.index)
        .limit(limit)
    )
    return [_feed_entry(row) for row in connection.execute(query)]


def newest_entry(connection: Connection) -> int:
    """The newest entry's index; -1 before the first."""
    newest = connection.scalar(select(func.max(entries.c.index)))
    return -1 if newest is None else newest


def heads_at(connection: Connection, indices: Iterable[int]) -> dict[int, bytes]:
    """The global head after each of these entries, of those that are there."""
    query = select(entries.c.index, entries.c.global_head).where(entries.c.index.in_(list(indices)))
    return dict(connection.execute(query).all())


def _feed_entry(row: Any) -> FeedEntry:
    words = row.words
    entry = Entry(
        index=row.index,
        book=row.book,
        act=row.act,
        op=Op(row.op),
        policy=row.policy,
        words=tuple(int.from_bytes(words[at : at + 32], "big") for at in range(0, len(words), 32)),
        memo=row.memo,
    )
    return FeedEntry(
        entry=entry,
        global_head=row.global_head,
        block=row.block,
        time=row.time,
        tx=row.tx,
        debtor=row.debtor,
        request_id=row.request_id,
    )

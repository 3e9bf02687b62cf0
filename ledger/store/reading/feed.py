"""Entries in order, for those who follow along."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection, func, select

from ledger.acts import SignedAct, decode_call
from ledger.entries import Entry, Op
from ledger.ids import PartyNo
from ledger.store.reading.deals import parties_behind
from ledger.store.tables import acts, claims, entries

_ENDS_LIEN = (Op.RELEASED, Op.FORECLOSED)
_NOBODY: frozenset[PartyNo] = frozenset()


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
    deal_parties: frozenset[PartyNo] = _NOBODY
    """Seller and bank of the deal under which it ends a lien: its words name who keeps the lot."""


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
    return _with_deals(connection, [_feed_entry(row) for row in connection.execute(query)])


def newest_entry(connection: Connection) -> int:
    """The newest entry's index; -1 before the first."""
    newest = connection.scalar(select(func.max(entries.c.index)))
    return -1 if newest is None else newest


def heads_at(connection: Connection, indices: Iterable[int]) -> dict[int, bytes]:
    """The global head after each of these entries, of those that are there."""
    query = select(entries.c.index, entries.c.global_head).where(entries.c.index.in_(list(indices)))
    return dict(connection.execute(query).all())


def _with_deals(connection: Connection, found: Sequence[FeedEntry]) -> list[FeedEntry]:
    ending = {one.entry.index: one.entry for one in found if one.entry.op in _ENDS_LIEN}
    if not ending:
        return list(found)
    calls = {index: decode_call(entry.memo) for index, entry in ending.items()}
    acts = {index: call.agreement for index, call in calls.items() if isinstance(call, SignedAct)}
    parties = parties_behind(connection, acts)
    return [replace(one, deal_parties=parties.get(one.entry.index, _NOBODY)) for one in found]


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

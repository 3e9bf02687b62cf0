"""The chain as read, written down: entries, what they mean, and how far the reading got.

Entries must follow one another without gaps, and each extends the heads of the one before it;
what doesn't fit is a fault that writes nothing. A rewind undoes all of it back to a block.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, delete, exists, func, insert, select, update

from ledger.entries import EMPTY_HEAD, Entry, extend
from ledger.projection import facts_of
from ledger.store import line_use, verdicts
from ledger.store.chunks import chunked
from ledger.store.fact_rows import gather
from ledger.store.keeping.issuance import count_issues
from ledger.store.keeping.undesked import count_deals
from ledger.store.tables import PROJECTED, batches, blocks, entries, refused_calls
from ledger.store.temporal import TemporalRows
from ledger.store.verdicts import RefusedCall


class EntryOutOfSequence(Exception):
    """An entry doesn't follow the one before it: events were missed, or told twice."""

    def __init__(self, expected: int, found: int) -> None:
        super().__init__(f"entry {expected} comes next, but the chain told of entry {found}")
        self.expected = expected
        self.found = found


@dataclass(frozen=True, slots=True)
class Posting:
    """An entry and where the chain holds it; ``time`` is its block's, in Unix seconds."""

    entry: Entry
    block: int
    time: int
    tx: bytes


@dataclass(frozen=True, slots=True)
class Portion:
    """Everything the chain said from the block after the tip up to ``last_block``.

    ``hashes`` has the hash of ``last_block`` and of every block that said something; ``time`` is
    the last block's, in Unix seconds, where it is known.
    """

    postings: Sequence[Posting]
    refused: Sequence[RefusedCall]
    hashes: Mapping[int, bytes]
    last_block: int
    time: int | None = None


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A block that was read, and the hash it had."""

    number: int
    hash: bytes


@dataclass(frozen=True, slots=True)
class Tip:
    """How far the chain has been read. ``block`` is None before the first portion."""

    block: Checkpoint | None
    entries: int
    global_head: bytes


def tip(connection: Connection) -> Tip:
    newest = select(entries.c.index, entries.c.global_head).order_by(entries.c.index.desc())
    last_entry = connection.execute(newest.limit(1)).first()
    index, head = (-1, EMPTY_HEAD) if last_entry is None else last_entry
    return Tip(
        block=next(iter(checkpoints(connection, 1)), None), entries=index + 1, global_head=head
    )


def checkpoints(connection: Connection, limit: int, below: int | None = None) -> list[Checkpoint]:
    """Blocks that were read, newest first."""
    statement = select(blocks.c.number, blocks.c.hash).order_by(blocks.c.number.desc()).limit(limit)
    if below is not None:
        statement = statement.where(blocks.c.number < below)
    return [Checkpoint(*row) for row in connection.execute(statement)]


def apply(connection: Connection, portion: Portion) -> Tip:
    """Write a portion that begins right after the tip; tells the new tip.

    Raises ``EntryOutOfSequence``; the caller's transaction must then be rolled back.
    """
    before = tip(connection)
    chained = _chain(connection, before, portion.postings)
    if chained:
        connection.execute(insert(entries), chained)
    rows = TemporalRows()
    for posting in portion.postings:
        gather(rows, posting.entry.index, facts_of(posting.entry))
    rows.write(connection)
    _write_refused_calls(connection, portion.refused)
    verdicts.confirm(connection, [(p.entry.act, p.entry.index) for p in portion.postings])
    verdicts.refuse(connection, portion.refused)
    _move_tip(connection, before.block, portion)
    count_issues(connection, before.entries)
    count_deals(connection, before.entries)
    line_use.follow(connection, before.entries)
    return Tip(
        block=Checkpoint(portion.last_block, portion.hashes[portion.last_block]),
        entries=before.entries + len(chained),
        global_head=chained[-1]["global_head"] if chained else before.global_head,
    )


def rewind(connection: Connection, to_block: int) -> None:
    """Undo everything that blocks after ``to_block`` said."""
    first = connection.scalar(select(func.min(entries.c.index)).where(entries.c.block > to_block))
    if first is not None:
        touched = line_use.touched_since(connection, first)
        for table in PROJECTED:
            connection.execute(delete(table).where(table.c.since >= first))
            connection.execute(update(table).where(table.c.until >= first).values(until=None))
        verdicts.take_back_entries(connection, first)
        connection.execute(delete(entries).where(entries.c.index >= first))
        line_use.follow_back(connection, first, touched)
    verdicts.take_back_refusals(connection, to_block)
    connection.execute(delete(refused_calls).where(refused_calls.c.block > to_block))
    connection.execute(update(batches).where(batches.c.block > to_block).values(block=None))
    connection.execute(delete(blocks).where(blocks.c.number > to_block))


def _chain(
    connection: Connection, before: Tip, postings: Sequence[Posting]
) -> list[dict[str, Any]]:
    """The postings as rows, each extending the heads of its book and of all books."""
    heads = _heads(connection, {posting.entry.book for posting in postings})
    global_head = before.global_head
    rows = []
    for expected, posting in enumerate(postings, before.entries):
        entry = posting.entry
        if entry.index != expected:
            raise EntryOutOfSequence(expected, entry.index)
        entry_hash = entry.hash()
        global_head = extend(global_head, entry_hash)
        heads[entry.book] = head = extend(heads.get(entry.book, EMPTY_HEAD), entry_hash)
        rows.append(_entry_row(posting, entry_hash, head, global_head))
    return rows


def _entry_row(
    posting: Posting, entry_hash: bytes, head: bytes, global_head: bytes
) -> dict[str, Any]:
    entry = posting.entry
    return {
        "index": entry.index,
        "book": entry.book,
        "act": entry.act,
        "op": int(entry.op),
        "policy": entry.policy,
        "words": b"".join(word.to_bytes(32, "big") for word in entry.words),
        "memo": entry.memo,
        "hash": entry_hash,
        "head": head,
        "global_head": global_head,
        "block": posting.block,
        "time": posting.time,
        "tx": posting.tx,
    }


def _heads(connection: Connection, books: Iterable[int]) -> dict[int, bytes]:
    """The stored head of each of these books that has one."""
    found: dict[int, bytes] = {}
    for some in chunked(sorted(books)):
        newest = (
            select(func.max(entries.c.index))
            .where(entries.c.book.in_(some))
            .group_by(entries.c.book)
        )
        rows = connection.execute(
            select(entries.c.book, entries.c.head).where(entries.c.index.in_(newest))
        )
        found.update((row.book, row.head) for row in rows)
    return found


def _write_refused_calls(connection: Connection, refused: Sequence[RefusedCall]) -> None:
    if not refused:
        return
    rows = [
        {
            "call_hash": call.call_hash,
            "target": call.target,
            "reason": call.reason,
            "block": call.block,
            "tx": call.tx,
            "log_index": call.log_index,
        }
        for call in refused
    ]
    connection.execute(insert(refused_calls), rows)


def _move_tip(connection: Connection, old: Checkpoint | None, portion: Portion) -> None:
    """Keep the hashes of blocks that had logs; of the others only the newest is of use."""
    if old is not None:
        silent = ~exists().where(entries.c.block == old.number) & ~exists().where(
            refused_calls.c.block == old.number
        )
        connection.execute(delete(blocks).where(blocks.c.number == old.number, silent))
    times = {posting.block: posting.time for posting in portion.postings}
    if portion.time is not None:
        times[portion.last_block] = portion.time
    rows = [
        {"number": number, "hash": hash_, "time": times.get(number)}
        for number, hash_ in portion.hashes.items()
    ]
    connection.execute(insert(blocks), rows)

"""Batches: the relayer's signed transactions, kept until nothing can make the chain forget them.

A batch and the acts it carries are recorded in one database transaction, before the first byte
of it is sent. Sending again what may have arrived already is safe: it is the same bytes, hence
the same nonce and the same hash.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from ledger.ids import Address
from ledger.store.outbox import ActStatus, now_ms
from ledger.store.tables import acts, batches


@dataclass(frozen=True, slots=True)
class Batch:
    """One signed transaction and its place in its sender's sequence."""

    id: int
    nonce: int
    raw: bytes
    tx: bytes


def record_batch(
    connection: Connection,
    sender: Address,
    nonce: int,
    raw: bytes,
    tx: bytes,
    act_ids: Sequence[int],
) -> Batch:
    """Store a signed batch; the acts in it become sent."""
    row = {"sender": sender, "nonce": nonce, "raw": raw, "tx": tx, "created": now_ms()}
    batch_id: int = connection.execute(
        insert(batches).values(row).returning(batches.c.id)
    ).scalar_one()
    connection.execute(
        update(acts)
        .where(acts.c.id.in_(act_ids), acts.c.status == ActStatus.ACCEPTED)
        .values(status=ActStatus.SENT, batch=batch_id)
    )
    return Batch(batch_id, nonce, raw, tx)


def next_nonce(connection: Connection, sender: Address) -> int:
    """The nonce after the highest one this sender has signed for; 0 if there is none."""
    highest = connection.scalar(select(func.max(batches.c.nonce)).where(batches.c.sender == sender))
    return 0 if highest is None else int(highest) + 1


@dataclass(frozen=True, slots=True)
class MinedBatch:
    """Where a sender's transaction was seen mined."""

    nonce: int
    block: int


def newest_mined(connection: Connection, sender: Address) -> MinedBatch | None:
    """The one with the highest nonce."""
    statement = (
        select(batches.c.nonce, batches.c.block)
        .where(batches.c.sender == sender, batches.c.block.is_not(None))
        .order_by(batches.c.nonce.desc())
        .limit(1)
    )
    row = connection.execute(statement).first()
    return None if row is None else MinedBatch(*row)


def unresolved_batches(
    connection: Connection, sender: Address, chain_nonce: int, limit: int
) -> list[Batch]:
    """The first of what the chain has not got, or was not seen to have got, by nonce.

    ``chain_nonce`` is the next nonce the chain expects. A chain that forgot blocks expects an
    older one, and every batch from there on is unresolved again.
    """
    statement = (
        select(batches.c.id, batches.c.nonce, batches.c.raw, batches.c.tx)
        .where(
            batches.c.sender == sender,
            or_(batches.c.nonce >= chain_nonce, batches.c.block.is_(None)),
        )
        .order_by(batches.c.nonce)
        .limit(limit)
    )
    return [Batch(*row) for row in connection.execute(statement)]


def mark_mined(connection: Connection, batch: Batch, block: int) -> None:
    connection.execute(update(batches).where(batches.c.id == batch.id).values(block=block))


def reopen_acts(connection: Connection, batch: Batch) -> list[int]:
    """Take the acts of a batch that did nothing back to accepted; tells their ids."""
    reopened = connection.execute(
        update(acts)
        .where(acts.c.batch == batch.id, acts.c.status == ActStatus.SENT)
        .values(status=ActStatus.ACCEPTED, batch=None)
        .returning(acts.c.id)
    )
    return [act_id for (act_id,) in reopened]


def unanswered_acts(connection: Connection, sender: Address, up_to: int) -> list[int]:
    """Acts, by id, of batches mined no later than block ``up_to`` that still are only sent."""
    statement = (
        select(acts.c.id)
        .join(batches, batches.c.id == acts.c.batch)
        .where(
            acts.c.status == ActStatus.SENT, batches.c.sender == sender, batches.c.block <= up_to
        )
    )
    return list(connection.scalars(statement))


def take_up_again(connection: Connection, act_ids: Sequence[int]) -> None:
    """Take sent acts back to accepted, wherever they were sent."""
    connection.execute(
        update(acts)
        .where(acts.c.id.in_(act_ids), acts.c.status == ActStatus.SENT)
        .values(status=ActStatus.ACCEPTED, batch=None)
    )


def discard_batches(connection: Connection, sender: Address, first: int, last: int) -> list[int]:
    """Forget batches, by nonce, that can never be mined; their acts are accepted once more.

    Tells the ids of those acts.
    """
    doomed = select(batches.c.id).where(
        batches.c.sender == sender, batches.c.nonce.between(first, last)
    )
    reopened = connection.execute(
        update(acts)
        .where(acts.c.batch.in_(doomed), acts.c.status == ActStatus.SENT)
        .values(status=ActStatus.ACCEPTED)
        .returning(acts.c.id)
    ).all()
    connection.execute(update(acts).where(acts.c.batch.in_(doomed)).values(batch=None))
    connection.execute(
        delete(batches).where(batches.c.sender == sender, batches.c.nonce.between(first, last))
    )
    return [act_id for (act_id,) in reopened]

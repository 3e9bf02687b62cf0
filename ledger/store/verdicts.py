"""What the chain says about acts in the outbox, and taking it back when the chain does.

An entry confirms its act whatever the outbox thought of it, because whoever holds both
signatures may submit. A refusal counts only when it comes from the very transaction we sent:
anyone can make Relay refuse a copy of a call by giving it too little gas.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection, bindparam, case, exists, null, select, update

from ledger.errors import Refused
from ledger.store.line_use import return_issues
from ledger.store.outbox import ActStatus, now_ms, refusal_json
from ledger.store.tables import acts, batches, refused_calls


@dataclass(frozen=True, slots=True)
class RefusedCall:
    """One ``ActRefused`` event: the call's hash, whom it called, and what that reverted with."""

    call_hash: bytes
    target: str
    reason: bytes
    refusal: Refused
    """``reason``, decoded."""
    block: int
    tx: bytes
    log_index: int


def confirm(connection: Connection, entries_by_act: Sequence[tuple[bytes, int]]) -> None:
    """Acts by digest, each with the index of its entry. The first entry of an act is its own."""
    if not entries_by_act:
        return
    statement = (
        update(acts)
        .where(acts.c.digest == bindparam("act"), acts.c.status != ActStatus.CONFIRMED)
        .values(
            status=ActStatus.CONFIRMED,
            entry=bindparam("at_entry"),
            refusal=null(),
            settled=now_ms(),
        )
    )
    rows = [{"act": act, "at_entry": index} for act, index in entries_by_act]
    connection.execute(statement, rows)


def refuse(connection: Connection, refused: Sequence[RefusedCall]) -> None:
    if not refused:
        return
    batch = select(batches.c.id).where(batches.c.tx == bindparam("in_tx")).scalar_subquery()
    statement = (
        update(acts)
        .where(
            acts.c.call_hash == bindparam("of_call"),
            acts.c.status == ActStatus.SENT,
            acts.c.batch == batch,
        )
        .values(status=ActStatus.REFUSED, refusal=bindparam("why"), settled=now_ms())
    )
    rows = [
        {"of_call": call.call_hash, "in_tx": call.tx, "why": refusal_json(call.refusal)}
        for call in refused
    ]
    connection.execute(statement, rows)
    calls = [call.call_hash for call in refused]
    return_issues(
        connection,
        select(acts.c.digest).where(
            acts.c.call_hash.in_(calls), acts.c.status == ActStatus.REFUSED
        ),
    )


def take_back_entries(connection: Connection, first: int) -> None:
    """Acts confirmed by entry ``first`` or a later one wait for the chain again."""
    connection.execute(
        update(acts)
        .where(acts.c.entry >= first)
        .values(
            status=case((acts.c.batch.is_(None), ActStatus.ACCEPTED), else_=ActStatus.SENT),
            entry=None,
            settled=None,
        )
    )


def take_back_refusals(connection: Connection, to_block: int) -> None:
    """Acts that a block after ``to_block`` refused wait for the chain again."""
    refused_there = exists().where(
        refused_calls.c.block > to_block,
        refused_calls.c.call_hash == acts.c.call_hash,
        refused_calls.c.tx == batches.c.tx,
        batches.c.id == acts.c.batch,
    )
    connection.execute(
        update(acts)
        .where(acts.c.status == ActStatus.REFUSED, refused_there)
        .values(status=ActStatus.SENT, refusal=null(), settled=None)
    )

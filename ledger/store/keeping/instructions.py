"""Payment instructions that were handed out: what banks were told to pay, and when."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, func, insert, select

from ledger.ids import PartyNo
from ledger.store.columns import new_id
from ledger.store.keeping.upsert import insert_once
from ledger.store.reconciling import instructed_payments, instructions


@dataclass(frozen=True, slots=True)
class Instructed:
    """One credit transfer of a message, in minor units of the message's currency."""

    reference: str
    amount: int
    payee: PartyNo


@dataclass(frozen=True, slots=True)
class NewInstruction:
    """A pain.001 message as handed out. ``party`` pays; ``sha256`` is of the message's bytes."""

    party: PartyNo
    message_id: str
    currency: str
    requested_on: int
    sha256: bytes
    payments: Sequence[Instructed]


@dataclass(frozen=True, slots=True)
class KeptInstruction:
    """``total`` in minor units; ``created`` (Unix seconds) is when it was first handed out."""

    id: str
    message_id: str
    currency: str
    requested_on: int
    payments: int
    total: int
    created: int


def keep_instruction(connection: Connection, new: NewInstruction, now: int) -> None:
    """Keeps it; a message that was handed out before, by its id, stays as it was then.

    A message's id names its payments: banks go by it to tell a message that comes twice.
    """
    row = {
        "id": new_id(),
        "party": new.party,
        "message_id": new.message_id,
        "currency": new.currency,
        "requested_on": new.requested_on,
        "sha256": new.sha256,
        "created": now,
    }
    if not insert_once(connection, instructions, row):
        return
    made = select(instructions.c.row).where(instructions.c.id == row["id"])
    number = connection.execute(made).scalar_one()
    payments = [
        {
            "instruction": number,
            "reference": one.reference,
            "amount": one.amount,
            "payee": one.payee,
        }
        for one in new.payments
    ]
    connection.execute(insert(instructed_payments), payments)


def list_instructions(
    connection: Connection, party: PartyNo, after: str | None, limit: int
) -> list[KeptInstruction]:
    """What a party's bank was told, newest first, behind the one with the id ``after``."""
    query = (
        select(instructions, func.count().label("payments"), func.sum(instructed_payments.c.amount))
        .join(instructed_payments, instructed_payments.c.instruction == instructions.c.row)
        .where(instructions.c.party == party)
        .group_by(instructions.c.row)
    )
    if after is not None:
        behind = select(instructions.c.row).where(
            instructions.c.party == party, instructions.c.id == after
        )
        query = query.where(instructions.c.row < behind.scalar_subquery())
    rows = connection.execute(query.order_by(instructions.c.row.desc()).limit(limit))
    return [_kept(row) for row in rows]


def references_instructed(
    connection: Connection, party: PartyNo, since: int, until: int
) -> list[str]:
    """What the party's bank was first told to pay between two moments, Unix seconds."""
    query = (
        select(instructed_payments.c.reference)
        .join(instructions, instructions.c.row == instructed_payments.c.instruction)
        .where(instructions.c.party == party, instructions.c.created.between(since, until))
        .order_by(instructed_payments.c.reference)
    )
    return list(dict.fromkeys(connection.scalars(query)))


def instructed(
    connection: Connection, party: PartyNo, references: Collection[str], until: int
) -> dict[str, int]:
    """The most that one message told the party's bank to pay under each of these references.

    Not the sum: a reference serves once, so a second message only says the first again.
    """
    query = (
        select(instructed_payments.c.reference, func.max(instructed_payments.c.amount))
        .join(instructions, instructions.c.row == instructed_payments.c.instruction)
        .where(
            instructions.c.party == party,
            instructions.c.created <= until,
            instructed_payments.c.reference.in_(list(references)),
        )
        .group_by(instructed_payments.c.reference)
    )
    return {reference: int(amount) for reference, amount in connection.execute(query)}


def _kept(row: Any) -> KeptInstruction:
    return KeptInstruction(
        id=row.id,
        message_id=row.message_id,
        currency=row.currency,
        requested_on=row.requested_on,
        payments=row.payments,
        total=int(row[-1]),
        created=row.created,
    )

"""What takes up a line at present: the quotes and deals, or the issues, that hold some of it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, select

from ledger.credit import LineKind
from ledger.store.keeping.lines import Line
from ledger.store.line_use import ReservationState
from ledger.store.private import line_uses, reservations


@dataclass(frozen=True, slots=True)
class Holder:
    """``held`` of the ``amount`` that it took up at first; ``claim`` only of the bank's own deals:
    an issue is its debtor's and creditor's affair."""

    digest: bytes
    state: ReservationState
    amount: int
    held: int
    claim: int | None
    valid_until: int
    created: int


def holders_of(connection: Connection, line: Line, after: bytes | None, limit: int) -> list[Holder]:
    """Newest first, those behind the one with the digest ``after``."""
    query = (
        select(reservations, line_uses.c.amount, line_uses.c.held)
        .join(line_uses, line_uses.c.reservation == reservations.c.row)
        .where(line_uses.c.line == line.row, line_uses.c.held > 0)
    )
    if after is not None:
        behind = select(reservations.c.row).where(reservations.c.digest == after)
        query = query.where(reservations.c.row < behind.scalar_subquery())
    found = connection.execute(query.order_by(reservations.c.row.desc()).limit(limit))
    return [
        Holder(
            digest=row.digest,
            state=ReservationState(row.state),
            amount=row.amount,
            held=row.held,
            claim=None if line.kind is LineKind.ISSUANCE else row.claim,
            valid_until=row.valid_until,
            created=row.created,
        )
        for row in found
    ]

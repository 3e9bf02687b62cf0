"""What opens a debt's commitment: private to who pays and who is paid.

Kept once both have seen it, before the chain has the commitment: an opening is no proof that the
debt exists. Whether it does, and what became of it, the projection tells.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from typing import Any, ClassVar

from sqlalchemy import Connection, or_, select

from ledger.deals import Duty
from ledger.errors import Refused
from ledger.ids import PartyNo
from ledger.remittance import require_opening
from ledger.store.financing import debt_openings
from ledger.store.keeping.upsert import insert_once


@dataclass
class ReferenceTaken(Refused):
    """Another debt bears this reference: a payment with it couldn't be told apart."""

    reference: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "{reference} is the reference of another debt already."


@dataclass(frozen=True, slots=True)
class DebtOpening:
    """``amount`` is in minor units; ``reference`` is the payment's EndToEndId."""

    commitment: bytes
    deal: bytes
    duty: Duty
    reference: str
    currency: str
    amount: int
    payer: PartyNo
    payee: PartyNo


def keep_opening(connection: Connection, opening: DebtOpening, now: int) -> None:
    """Keeps it; the same one again changes nothing. ``OpeningDiffers``, ``ReferenceTaken``."""
    require_opening(opening.commitment, opening.reference, opening.currency, opening.amount)
    row = asdict(opening) | {"created": now}
    if insert_once(connection, debt_openings, row):
        return
    # Either the commitment or the reference is known: only the very same debt may be.
    if openings_by_reference(connection, [opening.reference]).get(opening.reference) != opening:
        raise ReferenceTaken(opening.reference)


def openings_by_reference(
    connection: Connection, references: Collection[str]
) -> dict[str, DebtOpening]:
    """For matching statement lines: not scoped, so never shown to anyone as it is."""
    return {one.reference: one for one in _read(connection, debt_openings.c.reference, references)}


def openings_by_commitment(
    connection: Connection, commitments: Collection[bytes]
) -> dict[bytes, DebtOpening]:
    """As ``openings_by_reference``, by what the chain knows."""
    found = _read(connection, debt_openings.c.commitment, commitments)
    return {one.commitment: one for one in found}


def openings_of(
    connection: Connection, party: PartyNo, deals: Collection[bytes]
) -> dict[bytes, DebtOpening]:
    """By commitment, those of these deals that the party pays or is paid."""
    own = or_(debt_openings.c.payer == party, debt_openings.c.payee == party)
    found = _read(connection, debt_openings.c.deal, deals, own)
    return {one.commitment: one for one in found}


def _read(
    connection: Connection, column: Any, wanted: Collection[Any], *conditions: Any
) -> Iterable[DebtOpening]:
    if not wanted:
        return []
    query = select(debt_openings).where(column.in_(list(wanted)), *conditions)
    return [_opening(row) for row in connection.execute(query.order_by(debt_openings.c.created))]


def _opening(row: Any) -> DebtOpening:
    return DebtOpening(
        commitment=bytes(row.commitment),
        deal=bytes(row.deal),
        duty=Duty(row.duty),
        reference=row.reference,
        currency=row.currency,
        amount=row.amount,
        payer=PartyNo(row.payer),
        payee=PartyNo(row.payee),
    )

"""What deals owe, by commitment. Unscoped: for matching what banks booked, and its witnesses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import Connection, and_, select

from ledger.deals import Duty, Outcome
from ledger.ids import ClaimNo, PartyNo
from ledger.store.tables import deal_steps, deals, obligations


@dataclass(frozen=True, slots=True)
class Owed:
    """An obligation with its deal's parties."""

    commitment: bytes
    deal: bytes
    claim: ClaimNo
    duty: Duty
    outcome: Outcome
    line: bytes | None
    """The statement line that proved it paid."""
    seller: PartyNo
    bank: PartyNo

    @property
    def payer(self) -> PartyNo:
        return self.duty.sides(self.seller, self.bank)[0]

    @property
    def payee(self) -> PartyNo:
        return self.duty.sides(self.seller, self.bank)[1]


def owed_under(connection: Connection, commitments: Collection[bytes]) -> dict[bytes, Owed]:
    """By commitment; those under which nothing is or was owed are left out."""
    if not commitments:
        return {}
    query = (
        select(
            obligations.c.commitment,
            obligations.c.deal,
            obligations.c.duty,
            deals.c.claim,
            deals.c.seller,
            deals.c.bank,
            deal_steps.c.step,
            deal_steps.c.line,
        )
        .join(deals, and_(deals.c.deal == obligations.c.deal, deals.c.until.is_(None)))
        .outerjoin(
            deal_steps,
            and_(deal_steps.c.subject == obligations.c.commitment, deal_steps.c.until.is_(None)),
        )
        .where(obligations.c.commitment.in_(list(commitments)), obligations.c.until.is_(None))
    )
    return {
        bytes(row.commitment): Owed(
            commitment=bytes(row.commitment),
            deal=bytes(row.deal),
            claim=ClaimNo(row.claim),
            duty=Duty(row.duty),
            outcome=Outcome[row.step.upper()] if row.step else Outcome.OPEN,
            line=row.line,
            seller=PartyNo(row.seller),
            bank=PartyNo(row.bank),
        )
        for row in connection.execute(query)
    }

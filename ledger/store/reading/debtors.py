"""How a debtor has paid on this ledger: totals over its claims, none of anyone's deals."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection, func, select

from ledger.business_day import day_of, number_of
from ledger.ids import PartyNo
from ledger.pricing import days_past_due
from ledger.store.tables import claims, lots, payments
from ledger.words import LotState

LOOKED_AT = 200
"""The newest claims that fell due: enough to judge by, and as fast for a debtor of millions."""


@dataclass(frozen=True, slots=True)
class PaymentRecord:
    """Of the debtor's newest claims that fell due. ``overdue`` are minor units by currency."""

    matured: int
    on_time: int
    late: int
    unpaid: int
    most_days_late: int
    overdue: dict[str, int]


def payment_record(connection: Connection, debtor: PartyNo, on: date) -> PaymentRecord:
    """How the claims that fell due before this day were paid."""
    due = connection.execute(
        select(claims.c.number, claims.c.maturity, claims.c.currency)
        .where(
            claims.c.debtor == debtor,
            claims.c.until.is_(None),
            claims.c.maturity < number_of(on),
        )
        .order_by(claims.c.maturity.desc(), claims.c.number.desc())
        .limit(LOOKED_AT)
    ).all()
    numbers = [row.number for row in due]
    unpaid, last_paid = _unpaid(connection, numbers), _last_paid(connection, numbers)
    delays = {
        row.number: days_past_due(
            day_of(row.maturity), on if row.number in unpaid else day_of(last_paid[row.number])
        )
        for row in due
        if row.number in unpaid or row.number in last_paid
    }
    overdue: dict[str, int] = {}
    for row in due:
        if row.number in unpaid:
            overdue[row.currency] = overdue.get(row.currency, 0) + unpaid[row.number]
    paid_late = sum(delays.get(number, 0) > 0 for number in numbers if number not in unpaid)
    return PaymentRecord(
        matured=len(due),
        on_time=len(due) - len(unpaid) - paid_late,
        late=paid_late,
        unpaid=len(unpaid),
        most_days_late=max(delays.values(), default=0),
        overdue=overdue,
    )


def _unpaid(connection: Connection, numbers: list[int]) -> dict[int, int]:
    query = (
        select(lots.c.claim, func.sum(lots.c.end - lots.c.start))
        .where(
            lots.c.claim.in_(numbers),
            lots.c.until.is_(None),
            lots.c.state.not_in((LotState.DISCHARGED, LotState.MERGED)),
        )
        .group_by(lots.c.claim)
    )
    return {claim: int(units) for claim, units in connection.execute(query)}


def _last_paid(connection: Connection, numbers: list[int]) -> dict[int, int]:
    query = (
        select(payments.c.claim, func.max(payments.c.booked_on))
        .where(payments.c.claim.in_(numbers), payments.c.until.is_(None))
        .group_by(payments.c.claim)
    )
    return dict(connection.execute(query).all())

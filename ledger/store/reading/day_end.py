"""A party's day: what it held and owed, what its banks booked, what came of every payment."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, or_, select, tuple_

from ledger.business_day import number_of
from ledger.documents.statement import Direction
from ledger.ids import PartyNo
from ledger.reconciliation import (
    AccountItems,
    Balances,
    Booked,
    Division,
    Flow,
    Item,
    StatedDay,
    by_account,
    divide,
    items,
)
from ledger.store.chunks import chunked
from ledger.store.keeping.account_days import account_days_on
from ledger.store.keeping.instructions import references_instructed
from ledger.store.keeping.statements import Reason, concerned, uploaded
from ledger.store.private import statement_lines, statements
from ledger.store.reading.debts import debt_flows, debts_of, unopened
from ledger.store.reading.dues import dues_of
from ledger.store.reading.flows import Flows, position_flows
from ledger.store.reading.span import Span, span_of
from ledger.store.reconciling import account_days
from ledger.visibility import Scope

_OBSTACLES = frozenset(
    {
        Reason.REVERSAL,
        Reason.ZERO_AMOUNT,
        Reason.NO_BOOKING_DATE,
        Reason.WRONG_CURRENCY,
        Reason.WRONG_ACCOUNT,
    }
)
"""What is wrong with a line itself; whether its reference names a debt is looked up anew."""
_AT_ONCE = 5_000


@dataclass(frozen=True, slots=True)
class DayEnd:
    """``held`` and ``owed`` by currency; ``debts`` by currency and whether the party pays them.

    ``unopened`` counts debts whose amount isn't known here: they are in no figure.
    ``listed`` are the lines of the party's statements of which something isn't settled.
    """

    span: Span
    held: Flows
    owed: Flows
    debts: dict[tuple[str, bool], Flow]
    unopened: int
    accounts: list[AccountItems]
    listed: list[Division]
    items: list[Item]

    @property
    def balances(self) -> bool:
        """Whether every figure of the day adds up, to the minor unit."""
        flows = (*self.held.values(), *self.owed.values(), *self.debts.values())
        stated = [one.balances.residual for one in self.accounts if one.balances is not None]
        residuals = (*(flow.residual for flow in flows), *(one.residual for one in self.accounts))
        return not any((*residuals, *stated)) and not self.unopened


def day_end(connection: Connection, scope: Scope, party: PartyNo, day: date) -> DayEnd:
    """The day of a party that is the scope's own."""
    span = span_of(connection, day)
    held, owed = position_flows(connection, party, span)
    debts = debts_of(connection, party, span)
    own = _own_lines(connection, scope, day)
    stated = _stated_days(connection, scope, day, own)
    told = references_instructed(connection, party, span.opens, span.closes)
    named = {placed.line.reference for placed in own} | set(told)
    dues = dues_of(connection, party, span, debts, named)
    others = _lines_bearing(connection, scope, day, [due.reference for due in dues])
    divisions = divide(dues, [one.line for one in sorted((*own, *others), key=_order)])
    accounts = {placed.line.fingerprint for placed in own}
    of_accounts = [one for one in divisions if one.line.fingerprint in accounts]
    return DayEnd(
        span=span,
        held=held,
        owed=owed,
        debts=debt_flows(connection, party, debts, span),
        unopened=unopened(connection, party, span),
        accounts=by_account(of_accounts, stated),
        listed=[one for one in of_accounts if one.unsettled],
        items=[
            item for item in items(dues, divisions) if party in (item.due.payer, item.due.payee)
        ],
    )


@dataclass(frozen=True, slots=True)
class _Placed:
    """A line, its statement's row, and its own, which keeps the order of arrival."""

    row: int
    statement: int
    line: Booked


def _own_lines(connection: Connection, scope: Scope, day: date) -> list[_Placed]:
    """Lines of the caller's statements that are of the day: an account's whole statement where it
    closes that day, and what was booked that day in others."""
    columns, stated = statement_lines.c, account_days.c
    closing = select(stated.statement, stated.account, stated.currency).where(
        stated.day == number_of(day)
    )
    closes = tuple_(columns.statement, columns.account, columns.currency).in_(closing)
    return _read(connection, uploaded(scope), or_(closes, columns.booked_on == number_of(day)))


def _lines_bearing(
    connection: Connection, scope: Scope, day: date, references: Sequence[str]
) -> Iterable[_Placed]:
    """Lines booked up to the day that the caller may see and that bear these references."""
    until = statement_lines.c.booked_on <= number_of(day)
    for some in chunked(references, _AT_ONCE):
        bearing = statement_lines.c.end_to_end_id.in_(some)
        yield from _read(connection, concerned(scope), bearing, until)


def _read(connection: Connection, *conditions: ColumnElement[bool]) -> list[_Placed]:
    query = _booked().where(*conditions).order_by(statement_lines.c.row)
    return [_Placed(row.row, row.statement, _line(row)) for row in connection.execute(query)]


def _booked() -> Select[Any]:
    return (
        select(statement_lines)
        .join(statements, statements.c.row == statement_lines.c.statement)
        .where(statement_lines.c.reason.is_distinct_from(Reason.NOT_BOOKED))
    )


def _line(row: Any) -> Booked:
    return Booked(
        id=row.id,
        fingerprint=row.fingerprint,
        account=row.account,
        reference=row.end_to_end_id,
        direction=Direction(row.direction),
        units=int(row.amount),
        currency=row.currency,
        obstacle=row.reason if row.reason in _OBSTACLES else None,
        resolution=row.resolution,
    )


def _order(placed: _Placed) -> int:
    return placed.row


def _stated_days(
    connection: Connection, scope: Scope, day: date, own: Iterable[_Placed]
) -> list[StatedDay]:
    lines: dict[tuple[int, str, str], set[bytes]] = defaultdict(set)
    for placed in own:
        line = placed.line
        lines[placed.statement, line.account, line.currency].add(line.fingerprint)
    return [
        StatedDay(
            account=one.account,
            currency=one.currency,
            balances=Balances(one.opening, one.credits, one.debits, one.closing),
            lines=frozenset(lines[statement, one.account, str(one.currency)]),
        )
        for statement, one in account_days_on(connection, scope, number_of(day))
    ]

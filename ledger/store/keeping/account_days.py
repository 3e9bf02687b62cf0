"""Accounts' days as banks state them: balances before and after, and what moved between."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, select

from ledger.business_day import day_of, number_of
from ledger.documents.statement import AccountDay
from ledger.money import Currency
from ledger.store.keeping.statements import uploaded
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import statements
from ledger.store.reconciling import account_days
from ledger.visibility import Scope

_ACCOUNT_LENGTH = 34


def keep_account_days(
    connection: Connection, statement_id: str, days: Iterable[AccountDay]
) -> None:
    """A statement states an account's day once: the first one stays."""
    query = select(statements.c.row).where(statements.c.id == statement_id)
    statement = connection.execute(query).scalar_one()
    for day in days:
        insert_once(connection, account_days, _row(statement, day))


def account_days_on(connection: Connection, scope: Scope, day: int) -> list[tuple[int, AccountDay]]:
    """What statements handed in by the caller, or its party, say of this day (YYYYMMDD), each
    with the row of its statement."""
    query = (
        select(account_days)
        .join(statements, statements.c.row == account_days.c.statement)
        .where(account_days.c.day == day, uploaded(scope))
        .order_by(statements.c.row, account_days.c.account, account_days.c.currency)
    )
    return [(row.statement, _day(row)) for row in connection.execute(query)]


def _row(statement: int, day: AccountDay) -> dict[str, Any]:
    return {
        "statement": statement,
        "account": day.account[:_ACCOUNT_LENGTH],
        "currency": day.currency,
        "day": number_of(day.day),
        "opening": str(day.opening),
        "credits": str(day.credits),
        "debits": str(day.debits),
        "closing": str(day.closing),
    }


def _day(row: Any) -> AccountDay:
    return AccountDay(
        account=row.account,
        currency=Currency(row.currency),
        day=day_of(row.day),
        opening=int(row.opening),
        credits=int(row.credits),
        debits=int(row.debits),
        closing=int(row.closing),
    )

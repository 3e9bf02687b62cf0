"""An account's booked balances in a camt.053 statement, and what its entries moved."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from lxml import etree

from ledger.documents.camt_entry import EntryReader, path
from ledger.documents.fields import Fields
from ledger.documents.statement import AccountDay, Direction
from ledger.money import Currency

_OPENING, _BEFORE, _CLOSING = "OPBD", "PRCD", "CLBD"
_INTERMEDIATE = "INTM"
"""A page's balance, not the day's."""


def account_days(fields: Fields, statement: etree._Element) -> Iterator[AccountDay]:
    """One for each currency in which the statement says what was booked before and after.

    The opening booked balance, or the day before's closing one where that is all there is. A
    statement that states either of them twice, or only one, says nothing certain: none is given.
    """
    reader = EntryReader(fields, statement)
    moved = _moved(reader, fields.all(statement, path("Ntry")))
    stated = _stated(reader, fields.all(statement, path("Bal")))
    for (currency, code), closings in stated.items():
        before = stated.get((currency, _OPENING)) or stated.get((currency, _BEFORE), [])
        if code != _CLOSING or len(closings) != 1 or len(before) != 1:
            continue
        day = reader.balance_day(closings[0])
        if day is not None:
            yield AccountDay(
                account=reader.account,
                currency=currency,
                day=day,
                opening=reader.balance(before[0]),
                credits=moved[currency, Direction.CREDIT],
                debits=moved[currency, Direction.DEBIT],
                closing=reader.balance(closings[0]),
            )


def _stated(
    reader: EntryReader, balances: list[etree._Element]
) -> dict[tuple[Currency, str], list[etree._Element]]:
    found: dict[tuple[Currency, str], list[etree._Element]] = {}
    for node in balances:
        code = reader.balance_code(node)
        if code in (_OPENING, _BEFORE, _CLOSING) and not reader.is_page(node, _INTERMEDIATE):
            found.setdefault((reader.balance_currency(node), code), []).append(node)
    return found


def _moved(
    reader: EntryReader, entries: list[etree._Element]
) -> dict[tuple[Currency, Direction], int]:
    moved: dict[tuple[Currency, Direction], int] = defaultdict(int)
    for entry in entries:
        movement = reader.movement(entry)
        if movement is not None:
            direction, (units, currency) = movement
            moved[currency, direction] += units
    return moved

"""An account's day as its bank states it: balances before and after, and what moved."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given

from ledger.documents import AccountDay, Direction, errors, read_statement, write_statement
from ledger.money import currency_of
from tests.ledger.documents.test_camt_writer import ACCOUNT, draft, lines, paid
from tests.ledger.documents.test_statement import ENTRY, statement

CNY = currency_of("CNY")


def balance(code: str, text: str, side: str = "CRDT", currency: str = "CNY", **more: str) -> str:
    subtype = f"<SubTp><Cd>{more['subtype']}</Cd></SubTp>" if "subtype" in more else ""
    day = more.get("day", "<Dt>2026-11-02</Dt>")
    return (
        f"<Bal><Tp><CdOrPrtry><Cd>{code}</Cd></CdOrPrtry>{subtype}</Tp>"
        f'<Amt Ccy="{currency}">{text}</Amt><CdtDbtInd>{side}</CdtDbtInd><Dt>{day}</Dt></Bal>'
    )


OPENING, CLOSING = balance("OPBD", "5.00"), balance("CLBD", "15.00")
ENTRY_IN = ENTRY.format(details="")
ENTRY_OUT = ENTRY_IN.replace("CRDT", "DBIT").replace("10.00", "3.00")
PENDING = ENTRY_IN.replace("BOOK", "PDNG")


def days(*parts: str) -> tuple[AccountDay, ...]:
    return read_statement(statement(*parts)).days


def test_days__balances_and_booked_entries__as_stated() -> None:
    (found,) = days(OPENING, CLOSING, ENTRY_IN, ENTRY_OUT, PENDING)
    assert found == AccountDay("6200001", CNY, date(2026, 11, 2), 500, 1000, 300, 1500)


def test_days__overdrawn__is_below_zero() -> None:
    (found,) = days(balance("OPBD", "5.00", "DBIT"), balance("CLBD", "0.01", "DBIT"))
    assert (found.opening, found.closing) == (-500, -1)


def test_days__yesterdays_closing_stands_for_the_opening__unless_there_is_one() -> None:
    before = balance("PRCD", "4.00")
    assert days(before, CLOSING)[0].opening == 400
    assert days(before, OPENING, CLOSING)[0].opening == 500


def test_days__two_currencies__one_each() -> None:
    euros = balance("OPBD", "1.00", currency="EUR"), balance("CLBD", "1.00", currency="EUR")
    found = days(OPENING, CLOSING, *euros, ENTRY_IN)
    assert [(one.currency, one.credits) for one in found] == [("CNY", 1000), ("EUR", 0)]


@pytest.mark.parametrize(
    "parts",
    [
        (),
        (OPENING,),
        (CLOSING,),
        (OPENING, CLOSING, CLOSING),
        (OPENING, OPENING, CLOSING),
        (balance("ITBD", "1.00"), balance("CLAV", "1.00")),
        (OPENING, balance("CLBD", "15.00", currency="EUR")),
        (OPENING, balance("CLBD", "15.00", subtype="INTM")),
    ],
)
def test_days__nothing_certain_stated__none(parts: tuple[str, ...]) -> None:
    assert days(*parts, ENTRY_IN) == ()


def test_days__a_pages_balance_beside_the_days__is_not_looked_at() -> None:
    page = balance("CLBD", "9.00", subtype="INTM")
    assert days(OPENING, page, CLOSING)[0].closing == 1500


def test_days__balance_without_side__is_refused() -> None:
    with pytest.raises(errors.MalformedField):
        days(OPENING, balance("CLBD", "1.00", "BOTH"))


@given(lines)
def test_days__what_our_bank_writes__adds_up(line: object) -> None:
    (found,) = read_statement(write_statement(draft(line, paid(70)))).days  # type: ignore[arg-type]
    assert (found.account, found.day) == (ACCOUNT, date(2026, 11, 2))
    assert found.opening + found.credits - found.debits == found.closing
    assert found.debits >= 70


def test_days__a_reversal__moves_the_account_as_it_says() -> None:
    back = ENTRY_IN.replace("<Sts>", "<RvslInd>true</RvslInd><Sts>")
    (found,) = days(OPENING, CLOSING, back)
    assert found.credits == 1000
    (line,) = read_statement(statement(back)).lines
    assert (line.reversal, line.direction) == (True, Direction.CREDIT)

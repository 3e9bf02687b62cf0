"""What the demonstration's bank writes is what everyone reads."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.documents import (
    Counterparty,
    Direction,
    StatementDraft,
    StatementLine,
    errors,
    read_statement,
    write_statement,
)
from ledger.money import Units, currency_of

CNY = currency_of("CNY")
ACCOUNT = "6200000000000000101"
IBAN = "GB82WEST12345698765432"

texts = st.text(
    st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=35
)
accounts = st.one_of(st.from_regex(r"[0-9]{10,30}", fullmatch=True), st.just(IBAN), st.just(""))
sides = st.builds(Counterparty, name=st.one_of(st.just(""), texts), account=accounts)
days = st.one_of(st.none(), st.dates(date(2000, 1, 1), date(2100, 1, 1)))
lines = st.builds(
    StatementLine,
    account=st.just(ACCOUNT),
    bank_reference=st.one_of(st.just(""), texts),
    end_to_end_id=st.one_of(st.just(""), texts),
    units=st.integers(0, 10**15).map(Units),
    currency=st.just(CNY),
    direction=st.sampled_from(Direction),
    booked=st.booleans(),
    reversal=st.booleans(),
    booking_date=days,
    value_date=days,
    debtor=sides,
    creditor=sides,
    remittance=st.one_of(st.just(""), texts),
)


def draft(*of: StatementLine) -> StatementDraft:
    return StatementDraft(
        message_id="STMT-1",
        created=datetime(2026, 11, 2, 18, tzinfo=UTC),
        account=ACCOUNT,
        currency=CNY,
        day=date(2026, 11, 2),
        opening=Units(500),
        lines=of,
    )


def paid(units: int = 300, direction: Direction = Direction.DEBIT) -> StatementLine:
    return StatementLine(
        ACCOUNT, "R1", "LOT-1", Units(units), CNY, direction, True, False, date(2026, 11, 2), None,
        Counterparty(), Counterparty(), "",
    )  # fmt: skip


def numbered(of: list[StatementLine]) -> tuple[StatementLine, ...]:
    seen: Counter[tuple[str, ...]] = Counter()
    result = []
    for line in of:
        result.append(replace(line, ordinal=seen[line.identity]))
        seen[line.identity] += 1
    return tuple(result)


@given(st.lists(lines, max_size=4))
def test_write_statement__read_back__same_lines(written: list[StatementLine]) -> None:
    expected = numbered(written)
    found = read_statement(write_statement(draft(*written))).lines
    assert found == expected
    assert len({line.fingerprint for line in found}) == len(written)


def test_closing__booked_lines__move_the_balance() -> None:
    pending = replace(paid(1000), booked=False)
    assert draft(paid(700), paid(50, Direction.CREDIT), pending).closing == -150


@pytest.mark.parametrize(
    "foreign",
    [
        replace(paid(), account="1"),
        replace(paid(), currency=currency_of("EUR")),
        replace(paid(), units=Units(10**18)),
        replace(paid(), remittance="x" * 141),
        replace(paid(), end_to_end_id="a\x00b"),
        replace(paid(), creditor=Counterparty("A", "GB00WEST12345698765432")),
    ],
)
def test_write_statement__line_it_can_t_hold__refused(foreign: StatementLine) -> None:
    with pytest.raises(errors.InvalidInstruction):
        write_statement(draft(foreign))


def test_write_statement__naive_time__refused() -> None:
    naive = datetime(2026, 11, 2)  # noqa: DTZ001
    with pytest.raises(errors.InvalidInstruction):
        write_statement(replace(draft(), created=naive))

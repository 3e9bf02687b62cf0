"""Payment instructions hold to the public pain.001.001.09 schema and to their lots."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sepaxml
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from ledger.documents import (
    AccountHolder,
    Agent,
    PaymentInstruction,
    Transfer,
    errors,
    write_instruction,
)
from ledger.documents.instruction import NAMESPACE
from ledger.money import Units, currency_of, format_units

CNY = currency_of("CNY")
NS = {"p": NAMESPACE}
BANK = Agent(cnaps="102290000001", name="虚构银行上海分行")
CORE = AccountHolder("虚构核心装备（上海）股份有限公司", "6200000000000000101", BANK)
SUPPLIER = AccountHolder("Erfundene Lager GmbH", "DE89370400440532013000", Agent("COBADEFFXXX"))
LOT = Transfer("LOT-12-0-68000000", Units(68000000), CNY, SUPPLIER, "应收账款到期兑付")
INSTRUCTION = PaymentInstruction(
    message_id="YL-20261102-1",
    created=datetime(2026, 11, 2, 9, 30, tzinfo=UTC),
    debtor=CORE,
    requested_date=date(2026, 11, 2),
    transfers=(LOT,),
)


@pytest.fixture(scope="module")
def schema() -> etree.XMLSchema:
    path = Path(sepaxml.__file__).parent / "schemas" / "pain.001.001.09.xsd"
    return etree.XMLSchema(etree.parse(path))


def written(instruction: PaymentInstruction) -> etree._Element:
    return etree.fromstring(write_instruction(instruction))


def texts(root: etree._Element, path: str) -> list[str]:
    return [node.text or "" for node in root.iterfind(path, NS)]


def test_write_instruction__two_lots__valid_against_the_schema(schema: etree.XMLSchema) -> None:
    other = Transfer("LOT-12-68000000-113000000", Units(45000000), CNY, CORE)
    root = written(replace(INSTRUCTION, transfers=(LOT, other)))
    schema.assertValid(root)
    assert texts(root, ".//p:EndToEndId") == [LOT.end_to_end_id, other.end_to_end_id]
    assert texts(root, ".//p:InstdAmt") == ["680000.00", "450000.00"]
    assert texts(root, ".//p:NbOfTxs") == ["2", "2"]
    assert texts(root, ".//p:CtrlSum") == ["1130000.00", "1130000.00"]
    assert texts(root, ".//p:IBAN") == ["DE89370400440532013000"]
    assert texts(root, ".//p:DbtrAgt//p:MmbId") == ["102290000001"]


@given(st.lists(st.integers(1, 10**12), min_size=1, max_size=5))
def test_write_instruction__any_amounts__control_sum_is_exact(
    schema: etree.XMLSchema, amounts: list[int]
) -> None:
    lots = tuple(
        replace(LOT, end_to_end_id=f"LOT-{place}", units=Units(units))
        for place, units in enumerate(amounts)
    )
    root = written(replace(INSTRUCTION, transfers=lots))
    schema.assertValid(root)
    assert texts(root, "p:CstmrCdtTrfInitn/p:GrpHdr/p:CtrlSum") == [format_units(sum(amounts), CNY)]


def with_lot(**changes: object) -> Callable[[], PaymentInstruction]:
    return lambda: replace(INSTRUCTION, transfers=(replace(LOT, **changes),))  # type: ignore[arg-type]


def with_creditor(**changes: object) -> Callable[[], PaymentInstruction]:
    return with_lot(creditor=replace(SUPPLIER, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "broken",
    [
        lambda: replace(INSTRUCTION, transfers=()),
        lambda: replace(INSTRUCTION, transfers=(LOT, LOT)),
        lambda: replace(
            INSTRUCTION,
            transfers=(LOT, replace(LOT, end_to_end_id="B", currency=currency_of("EUR"))),
        ),
        lambda: replace(INSTRUCTION, created=datetime(2026, 11, 2)),  # noqa: DTZ001
        lambda: replace(INSTRUCTION, message_id="x" * 36),
        with_lot(end_to_end_id="x" * 36),
        with_lot(end_to_end_id=""),
        with_lot(end_to_end_id="LOT 1 "),
        with_lot(end_to_end_id="/LOT"),
        with_lot(end_to_end_id="LOT//1"),
        with_lot(end_to_end_id="批次"),
        with_lot(units=Units(0)),
        with_lot(units=Units(-1)),
        with_lot(units=Units(10**18)),
        with_lot(remittance="x" * 141),
        with_lot(remittance="a\x01b"),
        with_creditor(name=""),
        with_creditor(name="x" * 141),
        with_creditor(account=""),
        with_creditor(account="DE00370400440532013000"),
        with_creditor(account="1" * 35),
        with_creditor(agent=Agent()),
        with_creditor(agent=Agent(bic="COBADEFFXX")),
        with_creditor(agent=Agent(cnaps="10229000000")),
    ],
)
def test_write_instruction__what_a_bank_would_return__refused(
    broken: Callable[[], PaymentInstruction],
) -> None:
    with pytest.raises(errors.InvalidInstruction):
        write_instruction(broken())

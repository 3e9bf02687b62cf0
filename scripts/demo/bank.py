"""The debtor's bank: it carries out a payment instruction and states what it booked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from lxml import etree

from ledger.documents import (
    Counterparty,
    Direction,
    StatementDraft,
    StatementLine,
    write_statement,
)
from ledger.documents.instruction import NAMESPACE
from ledger.documents.xml import load_xml
from ledger.money import Units, currency_of, minor_units

_NAMES = {"p": NAMESPACE}


@dataclass(frozen=True)
class Booking:
    """One bank's day: when it books, under which number, and of which transfers, by their
    EndToEndId, it books less than was instructed, for want of cover."""

    moment: datetime
    number: str
    short: Mapping[str, Units] = field(default_factory=dict)


def carry_out(instruction: bytes, booking: Booking) -> bytes:
    """Pay every transfer of a pain.001 message; the camt.053 statement of the paying account."""
    root = load_xml(instruction)
    account = _account(root, ".//p:DbtrAcct")
    debtor = Counterparty(_text(root, ".//p:PmtInf/p:Dbtr/p:Nm"), account)
    transfers = root.findall(".//p:CdtTrfTxInf", _NAMES)
    lines = tuple(
        _line(transfer, debtor, booking, f"{booking.number}{position:04d}")
        for position, transfer in enumerate(transfers, 1)
    )
    currency = lines[0].currency
    draft = StatementDraft(
        message_id=f"STMT-{booking.number}",
        created=booking.moment,
        account=account,
        currency=currency,
        day=booking.moment.date(),
        opening=_total(lines),
        lines=lines,
    )
    return write_statement(draft)


def _line(
    transfer: etree._Element, debtor: Counterparty, booking: Booking, reference: str
) -> StatementLine:
    (amount,) = transfer.findall("p:Amt/p:InstdAmt", _NAMES)
    currency = currency_of(amount.get("Ccy", ""))
    creditor = Counterparty(_text(transfer, "p:Cdtr/p:Nm"), _account(transfer, "p:CdtrAcct"))
    end_to_end_id = _text(transfer, "p:PmtId/p:EndToEndId")
    instructed = minor_units(amount.text or "", currency)
    return StatementLine(
        account=debtor.account,
        bank_reference=reference,
        end_to_end_id=end_to_end_id,
        units=booking.short.get(end_to_end_id, instructed),
        currency=currency,
        direction=Direction.DEBIT,
        booked=True,
        reversal=False,
        booking_date=booking.moment.date(),
        value_date=booking.moment.date(),
        debtor=debtor,
        creditor=creditor,
        remittance="",
    )


def _total(lines: tuple[StatementLine, ...]) -> Units:
    return Units(sum(line.units for line in lines))


def _account(node: etree._Element, path: str) -> str:
    """An IBAN, or the bank's own number."""
    return _text(node, f"{path}/p:Id/p:IBAN", "") or _text(node, f"{path}/p:Id/p:Othr/p:Id")


def _text(node: etree._Element, path: str, absent: str | None = None) -> str:
    found = node.findall(path, _NAMES)
    if not found and absent is not None:
        return absent
    (only,) = found
    return only.text or ""

"""Writing ISO 20022 messages: elements in schema order, text that the schema allows."""

from __future__ import annotations

import re
from datetime import datetime
from typing import cast

from lxml import etree
from stdnum import iban

from ledger.documents.errors import InvalidInstruction
from ledger.documents.statement import Counterparty
from ledger.money import Currency, format_units

_REFERENCE = re.compile(r"(?!/)(?!.*//)[A-Za-z0-9/\-?:().,'+ ]{1,35}(?<![/ ])(?<! )")
_IBAN_SHAPE = re.compile(r"[A-Z]{2}[0-9]{2}[A-Z0-9]{11,30}")
_MAX_AMOUNT_DIGITS = 18
_MAX_ACCOUNT, MAX_NAME, MAX_REMITTANCE = 34, 140, 140


def document(namespace: str) -> etree._Element:
    """The ``Document`` element of a message, its namespace the default one."""
    default = cast("dict[str, str]", {None: namespace})  # lxml's stubs leave None out
    return etree.Element(f"{{{namespace}}}Document", nsmap=default)


def add(parent: etree._Element, path: str, text: str | None = None) -> etree._Element:
    """Append the new elements ``A/B/C`` below ``parent``; the last one gets the text."""
    node = parent
    for step in path.split("/"):
        node = etree.SubElement(node, f"{{{etree.QName(parent).namespace}}}{step}")
    node.text = text
    return node


def add_amount(parent: etree._Element, path: str, units: int, currency: Currency) -> None:
    """Append an amount with its ``Ccy`` attribute; raises ``InvalidInstruction`` if too long."""
    add(parent, path, decimal(path, units, currency)).set("Ccy", currency)


def decimal(field: str, units: int, currency: Currency) -> str:
    """Decimal text of at most the 18 digits that ISO 20022 amounts have."""
    if len(str(units)) > _MAX_AMOUNT_DIGITS:
        raise InvalidInstruction(field, f"{units} has more than {_MAX_AMOUNT_DIGITS} digits")
    return format_units(units, currency)


def add_account(parent: etree._Element, path: str, account: str) -> None:
    """Append an account's ``Id``: ``IBAN``, or ``Othr/Id`` for a number of the bank's own.

    Raises ``InvalidInstruction`` for an IBAN's shape without an IBAN's check digits.
    """
    if iban.is_valid(account):
        add(parent, f"{path}/Id/IBAN", iban.compact(account))
    elif _IBAN_SHAPE.fullmatch(account):
        raise InvalidInstruction(path, f"{account} is not a valid IBAN")
    else:
        add(parent, f"{path}/Id/Othr/Id", bounded(path, account, _MAX_ACCOUNT))


def add_parties(parent: etree._Element, debtor: Counterparty, creditor: Counterparty) -> None:
    """Append ``RltdPties`` (version 8 shape) for whatever is known of the two sides."""
    if debtor == creditor == Counterparty():
        return
    parties = add(parent, "RltdPties")
    for role, side in (("Dbtr", debtor), ("Cdtr", creditor)):
        if side.name:
            add(parties, f"{role}/Pty/Nm", bounded(role, side.name, MAX_NAME))
        if side.account:
            add_account(parties, f"{role}Acct", side.account)


def bounded(field: str, text: str, length: int) -> str:
    """Printable text of 1 to ``length`` characters; raises ``InvalidInstruction``."""
    if not text.strip() or len(text) > length or not text.isprintable():
        raise InvalidInstruction(field, f"has to be 1 to {length} printable characters")
    return text


def reference(field: str, text: str) -> str:
    """A reference that every bank returns unchanged; raises ``InvalidInstruction``.

    1 to 35 characters of the SWIFT set, without a slash or space at an end or a double slash.
    """
    if _REFERENCE.fullmatch(text) is None or text.startswith(" "):
        raise InvalidInstruction(field, "has to be 1 to 35 characters of the SWIFT set")
    return text


def moment(field: str, when: datetime) -> str:
    """ISO date-time with its UTC offset; raises ``InvalidInstruction`` for a naive one."""
    if when.tzinfo is None:
        raise InvalidInstruction(field, "has to state its time zone")
    return when.isoformat(timespec="seconds")


def serialised(root: etree._Element) -> bytes:
    """The message as UTF-8 bytes with an XML declaration."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)

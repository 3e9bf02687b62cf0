"""ISO 20022 pain.001.001.09: the payment instruction that a debtor's bank carries out.

Version 9 (2019) is what banks ask for today: it identifies banks by BICFI, carries structured
clearing member ids such as CNAPS line numbers, and no longer accepts the BIC element of
version 3. One credit transfer per lot; batch booking is off, so each becomes its own entry.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from ledger.documents import iso20022
from ledger.documents.errors import InvalidInstruction
from ledger.documents.iso20022 import MAX_NAME, MAX_REMITTANCE, add
from ledger.money import Currency, Units

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:pain.001.001.09"

_BIC = re.compile(r"[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}(?:[A-Z0-9]{3})?")
_CNAPS = re.compile(r"[0-9]{12}")
_CNAPS_SYSTEM = "CNAPS"


@dataclass(frozen=True)
class Agent:
    """A bank: at least one of BIC (8 or 11), CNAPS line number (12 digits) and name."""

    bic: str = ""
    cnaps: str = ""
    name: str = ""


@dataclass(frozen=True)
class AccountHolder:
    """Who holds an account, where; ``account`` is an IBAN or the bank's own number."""

    name: str
    account: str
    agent: Agent


@dataclass(frozen=True)
class Transfer:
    """One lot's payment in minor units; ``end_to_end_id`` is the lot reference."""

    end_to_end_id: str
    units: Units
    currency: Currency
    creditor: AccountHolder
    remittance: str = ""


@dataclass(frozen=True)
class PaymentInstruction:
    """Transfers from one account on one day, all in one currency."""

    message_id: str
    created: datetime
    debtor: AccountHolder
    requested_date: date
    transfers: tuple[Transfer, ...]


def write_instruction(instruction: PaymentInstruction) -> bytes:
    """The pain.001.001.09 message as UTF-8 bytes.

    Raises ``InvalidInstruction`` for what a bank would return: no transfer, an amount of zero or
    beyond 18 digits, mixed currencies, a repeated or unsafe reference, a malformed BIC, CNAPS
    number or IBAN, text that is too long, a creation time without time zone.
    """
    currency = _require_payable(instruction.transfers)
    root = iso20022.document(NAMESPACE)
    message = add(root, "CstmrCdtTrfInitn")
    header = add(message, "GrpHdr")
    add(header, "MsgId", iso20022.reference("MsgId", instruction.message_id))
    add(header, "CreDtTm", iso20022.moment("CreDtTm", instruction.created))
    _add_control(header, instruction.transfers, currency)
    add(header, "InitgPty/Nm", iso20022.bounded("InitgPty", instruction.debtor.name, MAX_NAME))
    _add_payment(add(message, "PmtInf"), instruction, currency)
    return iso20022.serialised(root)


def _require_payable(transfers: tuple[Transfer, ...]) -> Currency:
    if not transfers:
        raise InvalidInstruction("CdtTrfTxInf", "there is nothing to pay")
    currencies = {transfer.currency for transfer in transfers}
    if len(currencies) > 1:
        raise InvalidInstruction("InstdAmt", "one instruction pays in one currency")
    if any(transfer.units <= 0 for transfer in transfers):
        raise InvalidInstruction("InstdAmt", "an amount has to be positive")
    references = Counter(transfer.end_to_end_id for transfer in transfers)
    repeated, times = references.most_common(1)[0]
    if times > 1:
        raise InvalidInstruction("EndToEndId", f"{repeated} is used {times} times")
    return currencies.pop()


def _add_payment(
    payment: etree._Element, instruction: PaymentInstruction, currency: Currency
) -> None:
    add(payment, "PmtInfId", instruction.message_id)
    add(payment, "PmtMtd", "TRF")
    add(payment, "BtchBookg", "false")
    _add_control(payment, instruction.transfers, currency)
    add(payment, "ReqdExctnDt/Dt", instruction.requested_date.isoformat())
    add(payment, "Dbtr/Nm", iso20022.bounded("Dbtr", instruction.debtor.name, MAX_NAME))
    iso20022.add_account(payment, "DbtrAcct", instruction.debtor.account)
    _add_agent(payment, "DbtrAgt", instruction.debtor.agent)
    for transfer in instruction.transfers:
        _add_transfer(add(payment, "CdtTrfTxInf"), transfer)


def _add_control(
    parent: etree._Element, transfers: tuple[Transfer, ...], currency: Currency
) -> None:
    total = sum(transfer.units for transfer in transfers)
    add(parent, "NbOfTxs", str(len(transfers)))
    add(parent, "CtrlSum", iso20022.decimal("CtrlSum", total, currency))


def _add_transfer(node: etree._Element, transfer: Transfer) -> None:
    creditor = transfer.creditor
    add(node, "PmtId/EndToEndId", iso20022.reference("EndToEndId", transfer.end_to_end_id))
    iso20022.add_amount(add(node, "Amt"), "InstdAmt", transfer.units, transfer.currency)
    _add_agent(node, "CdtrAgt", creditor.agent)
    add(node, "Cdtr/Nm", iso20022.bounded("Cdtr", creditor.name, MAX_NAME))
    iso20022.add_account(node, "CdtrAcct", creditor.account)
    if transfer.remittance:
        text = iso20022.bounded("RmtInf", transfer.remittance, MAX_REMITTANCE)
        add(node, "RmtInf/Ustrd", text)


def _add_agent(parent: etree._Element, role: str, agent: Agent) -> None:
    if agent == Agent():
        raise InvalidInstruction(role, "needs a BIC, a CNAPS line number or a name")
    institution = add(parent, f"{role}/FinInstnId")
    if agent.bic:
        add(institution, "BICFI", _matching(role, _BIC, agent.bic))
    if agent.cnaps:
        member = add(institution, "ClrSysMmbId")
        add(member, "ClrSysId/Cd", _CNAPS_SYSTEM)
        add(member, "MmbId", _matching(role, _CNAPS, agent.cnaps))
    if agent.name:
        add(institution, "Nm", iso20022.bounded(role, agent.name, MAX_NAME))


def _matching(field: str, pattern: re.Pattern[str], text: str) -> str:
    if pattern.fullmatch(text) is None:
        raise InvalidInstruction(field, f"{text!r} is malformed")
    return text

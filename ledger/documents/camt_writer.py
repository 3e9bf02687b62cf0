"""A bank's side of the demonstration: a camt.053.001.08 statement of the lines it booked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from ledger.documents import iso20022
from ledger.documents.errors import InvalidInstruction
from ledger.documents.iso20022 import MAX_REMITTANCE, add
from ledger.documents.statement import Direction, StatementLine
from ledger.money import Currency, Units

NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:camt.053.001.08"

_INDICATORS = {Direction.CREDIT: "CRDT", Direction.DEBIT: "DBIT"}
_FAMILIES = {Direction.CREDIT: "RCDT", Direction.DEBIT: "ICDT"}


@dataclass(frozen=True)
class StatementDraft:
    """One account's day; ``opening`` is the signed booked balance before it, in minor units."""

    message_id: str
    created: datetime
    account: str
    currency: Currency
    day: date
    opening: Units
    lines: tuple[StatementLine, ...]

    @property
    def closing(self) -> Units:
        """The signed booked balance after the day; pending lines do not move it."""
        return Units(self.opening + sum(map(_movement, self.lines)))


def write_statement(draft: StatementDraft) -> bytes:
    """The camt.053 message as UTF-8 bytes; ``read_statement`` returns its lines unchanged.

    Ordinals are positions among equal lines and are not written. Raises ``InvalidInstruction``
    for a line of another account or currency and for text ISO 20022 has no room for.
    """
    root = iso20022.document(NAMESPACE)
    message = add(root, "BkToCstmrStmt")
    header = add(message, "GrpHdr")
    add(header, "MsgId", iso20022.reference("MsgId", draft.message_id))
    add(header, "CreDtTm", iso20022.moment("CreDtTm", draft.created))
    statement = add(message, "Stmt")
    add(statement, "Id", draft.message_id)
    add(statement, "CreDtTm", iso20022.moment("CreDtTm", draft.created))
    iso20022.add_account(statement, "Acct", draft.account)
    _add_balance(statement, "OPBD", draft.opening, draft)
    _add_balance(statement, "CLBD", draft.closing, draft)
    for line in draft.lines:
        _require_own(line, draft)
        _add_entry(add(statement, "Ntry"), line)
    return iso20022.serialised(root)


def _movement(line: StatementLine) -> int:
    if not line.booked:
        return 0
    return line.units if line.direction is Direction.CREDIT else -line.units


def _require_own(line: StatementLine, draft: StatementDraft) -> None:
    if line.account != draft.account or line.currency != draft.currency:
        raise InvalidInstruction("Ntry", f"is not of {draft.account} in {draft.currency}")


def _add_balance(
    statement: etree._Element, kind: str, balance: Units, draft: StatementDraft
) -> None:
    node = add(statement, "Bal")
    add(node, "Tp/CdOrPrtry/Cd", kind)
    iso20022.add_amount(node, "Amt", abs(balance), draft.currency)
    add(node, "CdtDbtInd", "DBIT" if balance < 0 else "CRDT")
    add(node, "Dt/Dt", draft.day.isoformat())


def _add_entry(entry: etree._Element, line: StatementLine) -> None:
    indicator = _INDICATORS[line.direction]
    iso20022.add_amount(entry, "Amt", line.units, line.currency)
    add(entry, "CdtDbtInd", indicator)
    if line.reversal:
        add(entry, "RvslInd", "true")
    add(entry, "Sts/Cd", "BOOK" if line.booked else "PDNG")
    if line.booking_date:
        add(entry, "BookgDt/Dt", line.booking_date.isoformat())
    if line.value_date:
        add(entry, "ValDt/Dt", line.value_date.isoformat())
    if line.bank_reference:
        add(entry, "AcctSvcrRef", iso20022.bounded("AcctSvcrRef", line.bank_reference, 35))
    family = add(entry, "BkTxCd/Domn")
    add(family, "Cd", "PMNT")
    add(family, "Fmly/Cd", _FAMILIES[line.direction])
    add(family[-1], "SubFmlyCd", "DMCT")
    _add_transaction(add(entry, "NtryDtls/TxDtls"), line, indicator)


def _add_transaction(transaction: etree._Element, line: StatementLine, indicator: str) -> None:
    if line.end_to_end_id:
        reference = iso20022.bounded("EndToEndId", line.end_to_end_id, 35)
        add(transaction, "Refs/EndToEndId", reference)
    iso20022.add_amount(transaction, "Amt", line.units, line.currency)
    add(transaction, "CdtDbtInd", indicator)
    iso20022.add_parties(transaction, line.debtor, line.creditor)
    if line.remittance:
        text = iso20022.bounded("RmtInf", line.remittance, MAX_REMITTANCE)
        add(transaction, "RmtInf/Ustrd", text)

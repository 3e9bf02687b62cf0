"""Documents of the outside world: invoices and bank statements in, payment instructions out."""

from ledger.documents.camt import read_statement
from ledger.documents.camt_writer import StatementDraft, write_statement
from ledger.documents.instruction import (
    AccountHolder,
    Agent,
    PaymentInstruction,
    Transfer,
    write_instruction,
)
from ledger.documents.invoice import Invoice, InvoiceParty, invoice_fingerprint, read_invoice
from ledger.documents.red_letter import RedLetter, read_red_letter
from ledger.documents.statement import AccountDay, Counterparty, Direction, Statement, StatementLine

__all__ = [
    "AccountDay",
    "AccountHolder",
    "Agent",
    "Counterparty",
    "Direction",
    "Invoice",
    "InvoiceParty",
    "PaymentInstruction",
    "RedLetter",
    "Statement",
    "StatementDraft",
    "StatementLine",
    "Transfer",
    "invoice_fingerprint",
    "read_invoice",
    "read_red_letter",
    "read_statement",
    "write_instruction",
    "write_statement",
]

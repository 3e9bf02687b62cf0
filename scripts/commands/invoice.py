"""`yuanliu invoice`: what an invoice file says, offline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from client.drafts import maturity_of, today
from client.signing import amount_text
from ledger.documents import Invoice, read_invoice
from ledger.documents.xml import read_bounded
from scripts.desk import AsJson
from scripts.output import print_fields, print_json

app = typer.Typer(no_args_is_help=True, help="Invoices: UBL, CII and 数电票. Offline.")

InvoiceFile = Annotated[Path, typer.Argument(help="An invoice in UBL 2.1, CII D16B or 数电票 XML.")]


@app.command("read")
def read(file: InvoiceFile, as_json: AsJson = False) -> None:
    """Read an invoice and show what a receivable would be made of; refuse what makes none.

    \b
    yuanliu invoice read samples/invoice-ubl.xml
    yuanliu invoice read samples/einvoice-cn.xml --json
    """
    invoice = read_invoice(read_bounded(file))
    if as_json:
        print_json(invoice_json(invoice))
        return
    maturity = maturity_of(invoice, today())
    print_fields(
        [
            ("number", invoice.number),
            ("format", f"{invoice.format}, type {invoice.type_code}"),
            ("seller", f"{invoice.seller.name} ({invoice.seller.id})"),
            ("buyer", f"{invoice.buyer.name} ({invoice.buyer.id})"),
            ("payable", amount_text(invoice.payable, invoice.currency)),
            ("gross", amount_text(invoice.gross, invoice.currency)),
            ("issued", invoice.issue_date),
            ("due", invoice.due_date or "not stated"),
            ("maturity", f"{maturity.day} ({maturity.reason})"),
            ("fingerprint", "0x" + invoice.fingerprint.hex()),
        ]
    )


def invoice_json(invoice: Invoice) -> dict[str, object]:
    """Amounts are minor units as text; dates ISO."""
    return {
        "number": invoice.number,
        "format": invoice.format,
        "type_code": invoice.type_code,
        "seller": {"name": invoice.seller.name, "ids": list(invoice.seller.ids)},
        "buyer": {"name": invoice.buyer.name, "ids": list(invoice.buyer.ids)},
        "currency": invoice.currency,
        "payable": str(invoice.payable),
        "gross": str(invoice.gross),
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": None if invoice.due_date is None else invoice.due_date.isoformat(),
        "fingerprint": "0x" + invoice.fingerprint.hex(),
    }

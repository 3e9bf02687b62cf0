"""`yuanliu invoice`: what an invoice file says, offline; and how much of it is free."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from client.drafts import maturity_of, today
from client.signing import amount_text
from ledger.documents import Invoice, read_invoice
from ledger.documents.xml import read_bounded
from ledger.hexadecimal import hexed
from scripts.commands.show import read_digest
from scripts.desk import AsJson, Desk, KeyName
from scripts.output import print_fields, print_json

app = typer.Typer(no_args_is_help=True, help="Invoices: UBL, CII and 数电票.")

InvoiceFile = Annotated[Path, typer.Argument(help="An invoice in UBL 2.1, CII D16B or 数电票 XML.")]


@app.command("read")
def read(file: InvoiceFile, as_json: AsJson = False) -> None:
    """Read an invoice, offline, and show what a receivable would be made of; refuse what makes
    none.

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
            ("fingerprint", hexed(invoice.fingerprint)),
        ]
    )


@app.command("free")
def free(
    context: typer.Context,
    invoice: Annotated[str, typer.Argument(help="An invoice's file, or its fingerprint: 0x…")],
    key: KeyName,
    as_json: AsJson = False,
) -> None:
    """Ask how much of an invoice is free, whichever banks financed the rest.

    The answer is for its seller, for parties to claims on it, and for a bank that the seller
    showed it to or that is being asked for finance on such a claim.

    \b
    yuanliu invoice free invoice.xml --key officer
    yuanliu invoice free 0x5c1f… --key officer
    """
    if invoice.startswith("0x"):
        fingerprint: bytes = read_digest(invoice)
    else:
        fingerprint = read_invoice(read_bounded(Path(invoice))).fingerprint
    with Desk.of(context).api(key) as api:
        found = api.free_amount(fingerprint)
    if as_json:
        print_json(found)
    else:
        print_fields([("free", amount_text(int(found["free"]), found["currency"]))])


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
        "fingerprint": hexed(invoice.fingerprint),
    }

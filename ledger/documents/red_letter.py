"""红字发票: a red-letter 数电票, which takes back a blue one in whole or in part.

It names the invoice that it reverses by number, in ``RedEInvoice/OriginalInvoiceCode``. Its
amounts are negative. Whether the tax authority confirmed it isn't in the document.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger.documents.einvoice_cn import INVOICE, is_red, original_number, read_face
from ledger.documents.errors import NotARedLetter, UnknownDocument
from ledger.documents.invoice_model import invoice_fingerprint
from ledger.documents.parties import InvoiceParty
from ledger.documents.totals import require_consistent
from ledger.documents.xml import load_xml
from ledger.money import Currency, Units


@dataclass(frozen=True, slots=True)
class RedLetter:
    """``amount`` is what is taken back, tax included: positive, minor units of ``currency``."""

    number: str
    original: str
    seller: InvoiceParty
    buyer: InvoiceParty
    amount: Units
    currency: Currency
    issue_date: date

    @property
    def fingerprint(self) -> bytes:
        """The red letter's own identity."""
        return invoice_fingerprint(self.seller.id, self.number)

    @property
    def reversed_fingerprint(self) -> bytes:
        """The identity of the invoice that it reverses."""
        return invoice_fingerprint(self.seller.id, self.original)


def read_red_letter(data: bytes) -> RedLetter:
    """The reversal in a 数电票 XML document.

    Raises ``UnknownDocument``, ``NotARedLetter``, or another named refusal as ``read_invoice``
    does: a red letter that names no invoice reverses nothing.
    """
    root = load_xml(data)
    if str(root.tag) != INVOICE:
        raise UnknownDocument(str(root.tag))
    face = read_face(root)
    if not is_red(root) or face.totals.gross >= 0:
        raise NotARedLetter(face.number)
    require_consistent(face.totals)
    return RedLetter(
        number=face.number,
        original=original_number(root),
        seller=face.seller,
        buyer=face.buyer,
        amount=Units(-face.totals.gross),
        currency=face.currency,
        issue_date=face.issue_date,
    )

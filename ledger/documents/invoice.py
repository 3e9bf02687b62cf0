"""Reading an invoice in any format the ledger knows."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lxml import etree

from ledger.documents import cii, einvoice_cn, ubl
from ledger.documents.errors import UnknownDocument
from ledger.documents.invoice_model import Invoice, invoice_fingerprint
from ledger.documents.parties import InvoiceParty
from ledger.documents.xml import load_xml

__all__ = ["Invoice", "InvoiceParty", "invoice_fingerprint", "read_invoice"]

_READERS: Mapping[str, Callable[[etree._Element], Invoice]] = {
    ubl.INVOICE: ubl.read_ubl,
    ubl.CREDIT_NOTE: ubl.refuse_credit_note,
    cii.INVOICE: cii.read_cii,
    einvoice_cn.INVOICE: einvoice_cn.read_einvoice,
}


def read_invoice(data: bytes) -> Invoice:
    """The invoice in a UBL 2.1, CII D16B or 数电票 XML document, told by its root element.

    Raises a named refusal of ``ledger.documents.errors``, ``ledger.money`` or
    ``ledger.identifiers`` for anything that can't become a receivable; nothing else.
    """
    root = load_xml(data)
    tag = str(root.tag)
    reader = _READERS.get(tag)
    if reader is None:
        raise UnknownDocument(tag)
    return reader(root)

"""数电票: the fully digitalised VAT invoice of China's State Taxation Administration, in XML.

The face of the document has one currency, CNY, and no due date. A red-letter invoice (红字)
reverses a blue one; whether one was issued later has to be asked of the tax authority.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date

from lxml import etree

from ledger.documents.errors import (
    MalformedField,
    MissingField,
    RedLetterInvoice,
    UnsupportedInvoiceLabel,
)
from ledger.documents.fields import Fields, calendar_day
from ledger.documents.invoice_model import Invoice
from ledger.documents.parties import InvoiceParty, SchemedId, StatedParty, identify
from ledger.documents.totals import Totals, require_consistent, require_payable
from ledger.money import Currency, Units, currency_of, signed_minor_units

INVOICE = "EInvoice"

_CHINA = "CN"
_CN = Fields({})
_SPECIAL, _ORDINARY = "01", "02"
_NAMES = {_SPECIAL: "special", _ORDINARY: "ordinary", "": ""}
_BLUE = "Y"
_COMMERCIAL_INVOICE = "380"
_ORIGINAL = ".//RedEInvoice/OriginalInvoiceCode"
_NUMBER = re.compile(r"[0-9]{20}")
_DAY = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})(?:[ T][0-9]{2}:[0-9]{2}(?::[0-9]{2})?)?")


@dataclass(frozen=True, slots=True)
class Face:
    """What is on a 数电票, blue or red; a red one's totals are negative."""

    number: str
    profile: str
    seller: InvoiceParty
    buyer: InvoiceParty
    totals: Totals
    currency: Currency
    issue_date: date


def read_einvoice(root: etree._Element) -> Invoice:
    """The invoice in an ``EInvoice`` element; raises named refusals only."""
    face = read_face(root)
    if is_red(root):
        raise RedLetterInvoice(face.number)
    totals = face.totals
    require_payable(totals)
    require_consistent(totals)
    return Invoice(
        format="einvoice-cn",
        profile=face.profile,
        number=face.number,
        type_code=_COMMERCIAL_INVOICE,
        seller=face.seller,
        buyer=face.buyer,
        payee=None,
        currency=face.currency,
        issue_date=face.issue_date,
        due_date=None,
        net=totals.net,
        tax=totals.tax,
        gross=totals.gross,
        payable=totals.payable,
    )


def read_face(root: etree._Element) -> Face:
    """The fields of an ``EInvoice`` element, whatever they add up to."""
    return Face(
        number=_number(root, "TaxSupervisionInfo/InvoiceNumber", "invoice number"),
        profile=_NAMES[_label(root)],
        totals=_totals(root),
        currency=_yuan(),
        seller=identify(_party(root, "Seller")),
        buyer=identify(_party(root, "Buyer")),
        issue_date=_issue_date(root),
    )


def is_red(root: etree._Element) -> bool:
    """Whether the document says that it reverses another."""
    flag = _CN.maybe_text(root, "Header/InherentLabel/InIssuType/LabelCode", "blue-letter flag")
    return flag not in {"", _BLUE} or bool(_CN.all(root, _ORIGINAL))


def original_number(root: etree._Element) -> str:
    """The number of the invoice that a red letter reverses; raises named refusals."""
    return _number(root, _ORIGINAL, "number of the reversed invoice")


def _yuan() -> Currency:
    return currency_of("CNY")


def _number(root: etree._Element, path: str, label: str) -> str:
    """20 digits: 2 year, 2 province, 1 channel, 15 serial."""
    number = _CN.text(root, path, label)
    if _NUMBER.fullmatch(number) is None:
        raise MalformedField(label, number[:64])
    return number


def _label(root: etree._Element) -> str:
    """01 special or 02 ordinary; a document without a label is read, it only rules deduction."""
    code = _CN.maybe_text(root, "Header/InherentLabel/GeneralOrSpecialVAT/LabelCode", "label code")
    if code not in _NAMES:
        raise UnsupportedInvoiceLabel(code)
    return code


def _totals(root: etree._Element) -> Totals:
    gross = _amount(root, "TotalTax-includedAmount", "total with tax")
    return Totals(
        net=_amount(root, "TotalAmWithoutTax", "total without tax"),
        tax=_amount(root, "TotalTaxAm", "total tax"),
        gross=gross,
        payable=gross,
    )


def _amount(root: etree._Element, name: str, label: str) -> Units:
    return signed_minor_units(_CN.text(root, f".//BasicInformation/{name}", label), _yuan())


def _issue_date(root: etree._Element) -> date:
    label = "issue time"
    text = _CN.text(root, "TaxSupervisionInfo/IssueTime", label)
    match = _DAY.fullmatch(text)
    if match is None:
        raise MalformedField(label, text[:64])
    return calendar_day(match[1], label)


def _party(root: etree._Element, side: str) -> StatedParty:
    """Seller or buyer; a buyer without a code is a consumer or abroad and goes by name."""
    path = f"EInvoiceData/{side}Information/{side}"
    name = _CN.text(root, path + "Name", f"{side.lower()} name")
    code = _CN.maybe_text(root, path + "IdNum", f"{side.lower()} code")
    if side == "Seller" and not code:
        raise MissingField("seller code")
    return StatedParty(name, _CHINA, legal=SchemedId(code) if code else None)

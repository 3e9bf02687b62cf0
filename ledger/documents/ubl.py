"""UBL 2.1 invoices under EN 16931: Peppol BIS Billing 3, XRechnung and other CIUS.

Paths follow the UBL syntax binding of EN 16931 (CEN/TS 16931-3-2); BT and BG are its terms.
"""

from __future__ import annotations

from typing import NoReturn

from lxml import etree

from ledger.documents.errors import CreditNoteNotReceivable, MissingField
from ledger.documents.fields import Fields, iso_date, printable, text_of
from ledger.documents.invoice_model import Invoice
from ledger.documents.parties import SchemedId, StatedParty, identify
from ledger.documents.totals import (
    AmountFields,
    Totals,
    require_consistent,
    require_lines,
    require_payable,
)
from ledger.documents.type_codes import require_claim
from ledger.identifiers import UNKNOWN_COUNTRY, country_code
from ledger.money import Units, currency_of

_SCHEMA = "urn:oasis:names:specification:ubl:schema:xsd"
INVOICE = f"{{{_SCHEMA}:Invoice-2}}Invoice"
CREDIT_NOTE = f"{{{_SCHEMA}:CreditNote-2}}CreditNote"

_UBL = Fields(
    {"cac": f"{_SCHEMA}:CommonAggregateComponents-2", "cbc": f"{_SCHEMA}:CommonBasicComponents-2"}
)
_TOTAL = "cac:LegalMonetaryTotal/cbc:"
_XRECHNUNG_EXTENSION = ":extension:xrechnung"
_CREDIT_NOTE_TYPE = "381"
_NUMBER = "BT-1 invoice number"


def read_ubl(root: etree._Element) -> Invoice:
    """The invoice in a UBL ``Invoice`` element; raises named refusals only."""
    number = printable(_UBL.text(root, "cbc:ID", _NUMBER), _NUMBER)
    type_code = require_claim(_UBL.text(root, "cbc:InvoiceTypeCode", "BT-3 invoice type code"))
    currency = currency_of(_UBL.text(root, "cbc:DocumentCurrencyCode", "BT-5 currency"))
    profile = _UBL.maybe_text(root, "cbc:CustomizationID", "BT-24 specification")
    issued = _UBL.text(root, "cbc:IssueDate", "BT-2 issue date")
    due = _UBL.maybe_text(root, "cbc:DueDate", "BT-9 due date")
    amounts = AmountFields(_UBL, currency, currency_is_optional=False)
    totals = _totals(root, amounts, profile)
    return Invoice(
        format="ubl",
        profile=profile,
        number=number,
        type_code=type_code,
        seller=identify(_party(root, "cac:AccountingSupplierParty/cac:Party", "BG-4 seller")),
        buyer=identify(_party(root, "cac:AccountingCustomerParty/cac:Party", "BG-7 buyer")),
        payee=identify(_party(root, "cac:PayeeParty", "BG-10 payee")) if _has_payee(root) else None,
        currency=currency,
        issue_date=iso_date(issued, "BT-2 issue date"),
        due_date=iso_date(due, "BT-9 due date") if due else None,
        net=totals.net,
        tax=totals.tax,
        gross=totals.gross,
        payable=totals.payable,
        replaces=_preceding(root),
    )


def refuse_credit_note(root: etree._Element) -> NoReturn:
    """Raises ``CreditNoteNotReceivable`` for a UBL ``CreditNote`` of whatever type."""
    stated = _UBL.maybe_text(root, "cbc:CreditNoteTypeCode", "BT-3 credit note type code")
    raise CreditNoteNotReceivable(stated or _CREDIT_NOTE_TYPE)


def _totals(root: etree._Element, amounts: AmountFields, profile: str) -> Totals:
    accounting = _UBL.maybe_text(root, "cbc:TaxCurrencyCode", "BT-6 VAT accounting currency")
    totals = Totals(
        lines=amounts.one(root, _TOTAL + "LineExtensionAmount", "BT-106 sum of lines"),
        allowances=amounts.or_zero(root, _TOTAL + "AllowanceTotalAmount", "BT-107 allowances"),
        charges=amounts.or_zero(root, _TOTAL + "ChargeTotalAmount", "BT-108 charges"),
        net=amounts.one(root, _TOTAL + "TaxExclusiveAmount", "BT-109 total without VAT"),
        tax=amounts.tax(_UBL.all(root, "cac:TaxTotal/cbc:TaxAmount"), accounting),
        gross=amounts.one(root, _TOTAL + "TaxInclusiveAmount", "BT-112 total with VAT"),
        paid=amounts.or_zero(root, _TOTAL + "PrepaidAmount", "BT-113 paid amount"),
        rounding=amounts.or_zero(root, _TOTAL + "PayableRoundingAmount", "BT-114 rounding"),
        payable=amounts.one(root, _TOTAL + "PayableAmount", "BT-115 amount due"),
        third_party=_third_party(root, amounts, profile),
    )
    require_payable(totals)
    lines = _UBL.all(root, "cac:InvoiceLine")
    label = "BT-131 line net amount"
    require_lines(
        (amounts.one(line, "cbc:LineExtensionAmount", label) for line in lines), totals.lines
    )
    require_consistent(totals)
    return totals


def _third_party(root: etree._Element, amounts: AmountFields, profile: str) -> Units:
    """Claims of others collected with this invoice: only the XRechnung Extension adds them."""
    if _XRECHNUNG_EXTENSION not in profile:
        return Units(0)
    stated = _UBL.all(root, "cac:PrepaidPayment/cbc:PaidAmount")
    return Units(sum(amounts.units(one, "BT-DEX-002 third party payment") for one in stated))


def _preceding(root: etree._Element) -> tuple[str, ...]:
    path = "cac:BillingReference/cac:InvoiceDocumentReference/cbc:ID"
    label = "BT-25 preceding invoice"
    return tuple(filter(None, (text_of(node, label) for node in _UBL.all(root, path))))


def _has_payee(root: etree._Element) -> bool:
    return bool(_UBL.all(root, "cac:PayeeParty"))


def _party(root: etree._Element, path: str, label: str) -> StatedParty:
    party = _UBL.one(root, path, label)
    return StatedParty(
        name=_name(party, label),
        country=_country(party, label),
        legal=_schemed(party, "cac:PartyLegalEntity/cbc:CompanyID", label),
        others=tuple(
            SchemedId(text_of(node, label), node.get("schemeID", ""))
            for node in _UBL.all(party, "cac:PartyIdentification/cbc:ID")
            if text_of(node, label)
        ),
        endpoint=_schemed(party, "cbc:EndpointID", label),
        vat=_tax_ids(party, label, is_vat=True),
        tax=_tax_ids(party, label, is_vat=False),
    )


def _name(party: etree._Element, label: str) -> str:
    """The registered name, or the trading name where only that is given."""
    for path in ("cac:PartyLegalEntity/cbc:RegistrationName", "cac:PartyName/cbc:Name"):
        name = _UBL.maybe_text(party, path, f"{label} name")
        if name:
            return name
    raise MissingField(f"{label} name")


def _country(party: etree._Element, label: str) -> str:
    path = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
    stated = _UBL.maybe_text(party, path, f"{label} country")
    return country_code(stated) if stated else UNKNOWN_COUNTRY


def _schemed(party: etree._Element, path: str, label: str) -> SchemedId | None:
    node = _UBL.maybe(party, path, f"{label} identifier")
    if node is None or not text_of(node, label):
        return None
    return SchemedId(text_of(node, label), node.get("schemeID", ""))


def _tax_ids(party: etree._Element, label: str, *, is_vat: bool) -> tuple[str, ...]:
    numbers = []
    for scheme in _UBL.all(party, "cac:PartyTaxScheme"):
        kind = _UBL.maybe_text(scheme, "cac:TaxScheme/cbc:ID", f"{label} tax scheme")
        number = _UBL.maybe_text(scheme, "cbc:CompanyID", f"{label} tax number")
        if number and (kind.upper() == "VAT") == is_vat:
            numbers.append(number)
    return tuple(numbers)

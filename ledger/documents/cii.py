"""UN/CEFACT Cross Industry Invoice D16B under EN 16931: XRechnung, Factur-X and ZUGFeRD.

Paths follow the CII syntax binding of EN 16931 (CEN/TS 16931-3-3); BT and BG are its terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from lxml import etree

from ledger.documents.errors import MalformedField, MissingField, RepeatedField
from ledger.documents.fields import Fields, calendar_day, printable, text_of
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

_STANDARD = "urn:un:unece:uncefact:data:standard"
INVOICE = f"{{{_STANDARD}:CrossIndustryInvoice:100}}CrossIndustryInvoice"

_CII = Fields(
    {
        "rsm": f"{_STANDARD}:CrossIndustryInvoice:100",
        "ram": f"{_STANDARD}:ReusableAggregateBusinessInformationEntity:100",
        "udt": f"{_STANDARD}:UnqualifiedDataType:100",
    }
)
_TRADE = "rsm:SupplyChainTradeTransaction"
_AGREEMENT = f"{_TRADE}/ram:ApplicableHeaderTradeAgreement"
_SETTLEMENT = f"{_TRADE}/ram:ApplicableHeaderTradeSettlement"
_SUMMATION = "ram:SpecifiedTradeSettlementHeaderMonetarySummation"
_PROFILE = "rsm:ExchangedDocumentContext/ram:GuidelineSpecifiedDocumentContextParameter/ram:ID"
_LINE_TOTAL = (
    "ram:SpecifiedLineTradeSettlement"
    "/ram:SpecifiedTradeSettlementLineMonetarySummation/ram:LineTotalAmount"
)
_LINE_STATUS = "ram:AssociatedDocumentLineDocument/ram:LineStatusReasonCode"
_UNCOUNTED_LINES = frozenset({"GROUP", "INFORMATION"})

_YYYYMMDD_FORMAT = "102"
_NUMBER = "BT-1 invoice number"
_YYYYMMDD = re.compile(r"([0-9]{4})([0-9]{2})([0-9]{2})")


def read_cii(root: etree._Element) -> Invoice:
    """The invoice in a ``CrossIndustryInvoice`` element; raises named refusals only."""
    document = _CII.one(root, "rsm:ExchangedDocument", "the document header")
    settlement = _CII.one(root, _SETTLEMENT, "BG-22 settlement")
    number = printable(_CII.text(document, "ram:ID", _NUMBER), _NUMBER)
    type_code = require_claim(_CII.text(document, "ram:TypeCode", "BT-3 invoice type code"))
    currency = currency_of(_CII.text(settlement, "ram:InvoiceCurrencyCode", "BT-5 currency"))
    totals = _totals(root, settlement, AmountFields(_CII, currency, currency_is_optional=True))
    payee = _CII.maybe(settlement, "ram:PayeeTradeParty", "BG-10 payee")
    return Invoice(
        format="cii",
        profile=_CII.maybe_text(root, _PROFILE, "BT-24 specification"),
        number=number,
        type_code=type_code,
        seller=identify(_party_at(root, f"{_AGREEMENT}/ram:SellerTradeParty", "BG-4 seller")),
        buyer=identify(_party_at(root, f"{_AGREEMENT}/ram:BuyerTradeParty", "BG-7 buyer")),
        payee=None if payee is None else identify(_party(payee, "BG-10 payee")),
        currency=currency,
        issue_date=_issue_date(document),
        due_date=_due_date(settlement),
        net=totals.net,
        tax=totals.tax,
        gross=totals.gross,
        payable=totals.payable,
        replaces=_preceding(settlement),
    )


def _totals(root: etree._Element, settlement: etree._Element, amounts: AmountFields) -> Totals:
    stated = _CII.one(settlement, _SUMMATION, "BG-22 document totals")
    accounting = _CII.maybe_text(settlement, "ram:TaxCurrencyCode", "BT-6 VAT accounting currency")
    totals = Totals(
        lines=amounts.maybe(stated, "ram:LineTotalAmount", "BT-106 sum of lines"),
        allowances=amounts.or_zero(stated, "ram:AllowanceTotalAmount", "BT-107 allowances"),
        charges=amounts.or_zero(stated, "ram:ChargeTotalAmount", "BT-108 charges"),
        net=amounts.one(stated, "ram:TaxBasisTotalAmount", "BT-109 total without VAT"),
        tax=amounts.tax(_CII.all(stated, "ram:TaxTotalAmount"), accounting),
        gross=amounts.one(stated, "ram:GrandTotalAmount", "BT-112 total with VAT"),
        paid=amounts.or_zero(stated, "ram:TotalPrepaidAmount", "BT-113 paid amount"),
        rounding=amounts.or_zero(stated, "ram:RoundingAmount", "BT-114 rounding"),
        payable=amounts.one(stated, "ram:DuePayableAmount", "BT-115 amount due"),
    )
    require_payable(totals)
    lines = list(_line_amounts(root, amounts))
    if lines:
        require_lines(lines, totals.lines)
    require_consistent(totals)
    return totals


def _line_amounts(root: etree._Element, amounts: AmountFields) -> Iterator[Units]:
    """Net amounts of the lines that count: groups and remarks repeat or carry none."""
    for line in _CII.all(root, f"{_TRADE}/ram:IncludedSupplyChainTradeLineItem"):
        status = _CII.maybe_text(line, _LINE_STATUS, "line status")
        if status not in _UNCOUNTED_LINES:
            yield amounts.one(line, _LINE_TOTAL, "BT-131 line net amount")


def _issue_date(document: etree._Element) -> date:
    label = "BT-2 issue date"
    return _day(_CII.one(document, "ram:IssueDateTime/udt:DateTimeString", label), label)


def _due_date(settlement: etree._Element) -> date | None:
    """The last due date: the whole amount is due only when its last instalment is."""
    path = "ram:SpecifiedTradePaymentTerms/ram:DueDateDateTime/udt:DateTimeString"
    return max((_day(node, "BT-9 due date") for node in _CII.all(settlement, path)), default=None)


def _day(node: etree._Element, label: str) -> date:
    text = text_of(node, label)
    if not text:
        raise MissingField(label)
    match = _YYYYMMDD.fullmatch(text)
    if match is None or node.get("format", _YYYYMMDD_FORMAT) != _YYYYMMDD_FORMAT:
        raise MalformedField(label, text[:64])
    return calendar_day("-".join(match.groups()), label)


def _preceding(settlement: etree._Element) -> tuple[str, ...]:
    nodes = _CII.all(settlement, "ram:InvoiceReferencedDocument/ram:IssuerAssignedID")
    return tuple(filter(None, (text_of(node, "BT-25 preceding invoice") for node in nodes)))


def _party_at(root: etree._Element, path: str, label: str) -> StatedParty:
    return _party(_CII.one(root, path, label), label)


def _party(party: etree._Element, label: str) -> StatedParty:
    legal = _schemed(party, "ram:SpecifiedLegalOrganization/ram:ID", label)
    endpoint = _schemed(party, "ram:URIUniversalCommunication/ram:URIID", label)
    taxes = _schemed(party, "ram:SpecifiedTaxRegistration/ram:ID", label)
    return StatedParty(
        name=_name(party, label),
        country=_country(party, label),
        legal=_single(legal, label),
        others=(*_schemed(party, "ram:GlobalID", label), *_schemed(party, "ram:ID", label)),
        endpoint=_single(endpoint, label),
        vat=tuple(one.value for one in taxes if one.scheme == "VA"),
        tax=tuple(one.value for one in taxes if one.scheme != "VA"),
    )


def _name(party: etree._Element, label: str) -> str:
    """The registered name, or the trading name where only that is given."""
    trading = "ram:SpecifiedLegalOrganization/ram:TradingBusinessName"
    name = _CII.maybe_text(party, "ram:Name", f"{label} name")
    name = name or _CII.maybe_text(party, trading, f"{label} name")
    if not name:
        raise MissingField(f"{label} name")
    return name


def _country(party: etree._Element, label: str) -> str:
    stated = _CII.maybe_text(party, "ram:PostalTradeAddress/ram:CountryID", f"{label} country")
    return country_code(stated) if stated else UNKNOWN_COUNTRY


def _schemed(party: etree._Element, path: str, label: str) -> tuple[SchemedId, ...]:
    nodes = _CII.all(party, path)
    found = (SchemedId(text_of(node, label), node.get("schemeID", "")) for node in nodes)
    return tuple(one for one in found if one.value)


def _single(found: tuple[SchemedId, ...], label: str) -> SchemedId | None:
    if len(found) > 1:
        raise RepeatedField(f"{label} identifier")
    return found[0] if found else None

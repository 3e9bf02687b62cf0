"""Invoices that tier 1 sends the core enterprise, as 数电票 XML; new ones for every performance."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from lxml import etree

from ledger.money import Units, currency_of, format_units
from scripts.demo.financing.cast import CORE_NAME, CORE_USCC, TIER_1_NAME, TIER_1_USCC

_CNY = currency_of("CNY")
_VAT_PERCENT = 13


@dataclass(frozen=True)
class Delivery:
    """What was delivered, for how much (minor units, 13 % VAT included), and invoiced when."""

    goods: str
    payable: Units
    invoiced_on: date
    position: int
    """Tells apart the invoices of one moment."""


def write_invoice(delivery: Delivery, moment: datetime) -> bytes:
    """The invoice as UTF-8 bytes; its number is of the moment, so that no number comes twice."""
    number = f"2633200{delivery.position}{moment:%y%m%d%H%M%S}"
    net = delivery.payable * 100 // (100 + _VAT_PERCENT)
    tax = delivery.payable - net
    root = etree.Element("EInvoice")
    _set(root, "Header/EIid", number)
    _set(root, "Header/InherentLabel/InIssuType/LabelCode", "Y")
    _set(root, "Header/InherentLabel/GeneralOrSpecialVAT/LabelCode", "01")
    _set(root, "EInvoiceData/SellerInformation/SellerIdNum", TIER_1_USCC)
    _set(root, "EInvoiceData/SellerInformation/SellerName", TIER_1_NAME)
    _set(root, "EInvoiceData/BuyerInformation/BuyerIdNum", CORE_USCC)
    _set(root, "EInvoiceData/BuyerInformation/BuyerName", CORE_NAME)
    _set(root, "EInvoiceData/BasicInformation/TotalAmWithoutTax", _decimal(net))
    _set(root, "EInvoiceData/BasicInformation/TotalTaxAm", _decimal(tax))
    _set(root, "EInvoiceData/BasicInformation/TotalTax-includedAmount", _decimal(delivery.payable))
    _set(root, "EInvoiceData/IssuItemInformation/ItemName", delivery.goods)
    _set(root, "EInvoiceData/IssuItemInformation/Amount", _decimal(net))
    _set(root, "EInvoiceData/IssuItemInformation/TaxRate", f"0.{_VAT_PERCENT}")
    _set(root, "EInvoiceData/IssuItemInformation/ComTaxAm", _decimal(tax))
    _set(root, "TaxSupervisionInfo/InvoiceNumber", number)
    _set(root, "TaxSupervisionInfo/IssueTime", delivery.invoiced_on.isoformat())
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def _set(root: etree._Element, path: str, text: str) -> None:
    node = root
    for name in path.split("/"):
        found = node.find(name)
        node = etree.SubElement(node, name) if found is None else found
    node.text = text


def _decimal(units: int) -> str:
    return format_units(units, _CNY)

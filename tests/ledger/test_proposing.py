"""Whose claim an invoice makes: the seller's, or the payee's that it names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ledger.agreements import InvoiceUse, Issue
from ledger.identifiers import PartyId
from ledger.proposing import (
    InvoiceFactored,
    InvoicePartyMismatch,
    LinkedInvoice,
    check_invoices,
)

BUYER, SELLER, PAYEE = PartyId("0088:1"), PartyId("0088:2"), PartyId("0088:3")
FINGERPRINT = bytes(32)
ISSUE = Issue(
    1, 2, "CNY", 100, 20270521, (InvoiceUse(FINGERPRINT, 100, 100, 0),), bytes(32), 1_800_000_000
)
INVOICE = LinkedInvoice(
    fingerprint=FINGERPRINT,
    currency="CNY",
    payable=100,
    seller=(SELLER,),
    buyer=(BUYER,),
    payee=(),
    factored=False,
    replaces=(),
)


def check(invoice: LinkedInvoice, creditor: PartyId) -> None:
    check_invoices(ISSUE, [invoice], BUYER, creditor, used=())


def test_invoice__without_payee__is_the_sellers_claim() -> None:
    check(INVOICE, SELLER)
    with pytest.raises(InvoicePartyMismatch):
        check(INVOICE, PAYEE)


@pytest.mark.parametrize("factored", [False, True])
def test_invoice__with_a_payee__is_the_payees_claim_and_not_the_sellers(factored: bool) -> None:
    invoice = replace(INVOICE, payee=(PAYEE,), factored=factored)
    check(invoice, PAYEE)
    with pytest.raises(InvoicePartyMismatch):
        check(invoice, SELLER)


def test_invoice__factored_without_saying_to_whom__is_nobodys_claim() -> None:
    with pytest.raises(InvoiceFactored):
        check(replace(INVOICE, factored=True), SELLER)

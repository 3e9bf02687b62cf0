"""Invoices: what was read from them, and how far they back receivables."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter

from api.auth import SignedIn
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import Amount, Currency, Day, Hash, HashPath, Out
from ledger.documents import Invoice as ReadInvoice
from ledger.documents import InvoiceParty as ReadParty
from ledger.hexadecimal import hexed, unhexed
from ledger.roles import Role
from ledger.store.keeping import documents
from ledger.store.reading.free_invoices import free_amount
from ledger.store.reading.receivables import InvoiceState, invoice_state, uses_invoice

router = APIRouter(route_class=Route, prefix="/v1", tags=["documents"])


class InvoiceParty(Out):
    ids: list[str]
    name: str
    country: str


class Invoice(Out):
    """What was read from the document; amounts in minor units of ``currency``."""

    format: str
    profile: str
    number: str
    type_code: str
    seller: InvoiceParty
    buyer: InvoiceParty
    payee: InvoiceParty | None
    currency: Currency
    net: str
    tax: str
    gross: str
    payable: Amount
    issue_date: Day
    due_date: Day | None
    term_days: int | None
    replaces: list[Hash]
    correction: bool
    factored: bool


class InvoiceUsage(Out):
    """How far an invoice backs receivables; ``version`` is what its next use has to state."""

    fingerprint: Hash
    total: Amount
    used: Amount
    free: Amount
    version: int
    currency: Currency


class FreeAmount(Out):
    free: Amount
    currency: Currency


@router.get("/invoices/{fingerprint}")
def show_invoice_usage(services: Given, caller: SignedIn, fingerprint: HashPath) -> InvoiceUsage:
    """For whoever may read a document with this invoice in it, until it backs a claim; from then
    on for the parties to such claims. Anyone can write a document with that number in it, so
    having one proves nothing.
    """
    key = unhexed(fingerprint)
    with services.database.read() as connection:
        document = documents.has_invoice(connection, caller.scope, key)
        if document is None:
            raise NotFound
        state = invoice_state(connection, key)
        if state is not None and not uses_invoice(connection, caller.scope, key):
            raise NotFound
    if state is None:
        state = InvoiceState(int(document.invoice["payable"]), 0, 0, document.invoice["currency"])
    return InvoiceUsage(
        fingerprint=hexed(key),
        total=str(state.total),
        used=str(state.used),
        free=str(state.total - state.used),
        version=state.version,
        currency=state.currency,
    )


@router.get("/invoices/{fingerprint}/free")
def show_free_amount(services: Given, caller: SignedIn, fingerprint: HashPath) -> FreeAmount:
    """What is free of an invoice, whichever banks financed the rest; nothing else.

    For its seller, for the parties to claims on it, and for a bank that the seller opened it to or
    that is being asked for finance on such a claim. To others no invoice exists.
    """
    is_bank = caller.has_role(Role.BANK)
    with services.database.read() as connection:
        found = free_amount(
            connection, caller.party, unhexed(fingerprint), services.clock(), is_bank=is_bank
        )
    if found is None:
        raise NotFound
    return FreeAmount(free=str(found.amount), currency=found.currency)


def invoice_json(invoice: ReadInvoice) -> dict[str, Any]:
    return {
        "format": invoice.format,
        "profile": invoice.profile,
        "number": invoice.number,
        "type_code": invoice.type_code,
        "seller": _party_json(invoice.seller),
        "buyer": _party_json(invoice.buyer),
        "payee": None if invoice.payee is None else _party_json(invoice.payee),
        "currency": invoice.currency,
        "net": str(invoice.net),
        "tax": str(invoice.tax),
        "gross": str(invoice.gross),
        "payable": str(invoice.payable),
        "issue_date": invoice.issue_date.isoformat(),
        "due_date": None if invoice.due_date is None else invoice.due_date.isoformat(),
        "term_days": invoice.term_days,
        "replaces": [hexed(one) for one in invoice.replaced_fingerprints],
        "correction": invoice.is_correction,
        "factored": invoice.is_factored,
    }


def _party_json(party: ReadParty) -> dict[str, Any]:
    return {"ids": list(party.ids), "name": party.name, "country": party.country}

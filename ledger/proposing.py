"""Whether a proposed agreement says what the documents laid beside it say.

The chain enforces how far an invoice is used; that the invoice is one between these two parties,
in this currency and over this amount, only those who can read it can tell. Nobody signs through
a proposal without that check. Whoever holds both signatures may still submit without one: the
two signed for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from ledger.agreements import InvoiceUse, Issue
from ledger.commitments import root
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.identifiers import PartyId, scheme_of

_NAME = "name"


@dataclass
class InvoiceNotDocumented(Refused):
    """None of the documents of the proposal contains the invoice."""

    fingerprint: str
    summary = "No document of this proposal contains invoice {fingerprint}."


@dataclass
class InvoiceCurrencyDiffers(Refused):
    fingerprint: str
    stated: str
    invoiced: str
    summary = "The agreement is in {stated}, invoice {fingerprint} in {invoiced}."


@dataclass
class InvoiceTotalDiffers(Refused):
    """The total that the agreement states is not what the invoice leaves to pay."""

    fingerprint: str
    stated: int
    payable: int
    summary = "The agreement gives invoice {fingerprint} a total of {stated}, not {payable}."


@dataclass
class InvoicePartyMismatch(Refused):
    """The invoice is from, or to, someone else."""

    side: str
    enrolled: str
    invoiced: list[str]
    summary = "The {side} is enrolled as {enrolled}; the invoice names {invoiced}."


@dataclass
class InvoiceFactored(Refused):
    """The invoice says that its claim belongs to a factor, and not to which."""

    fingerprint: str
    summary = "The claim of invoice {fingerprint} belongs to a factor that it doesn't name."


@dataclass
class ReplacedInvoiceUsed(Refused):
    """The invoice corrects one that backs a receivable already."""

    fingerprint: str
    replaced: str
    status = 409
    summary = "Invoice {fingerprint} replaces {replaced}, which backs a receivable already."


@dataclass
class DocumentsDiffer(Refused):
    """The agreement commits to other documents than those of the proposal."""

    committed: str
    linked: str
    summary = "The agreement commits to {committed}; the documents given come to {linked}."


@dataclass(frozen=True, slots=True)
class LinkedInvoice:
    """An invoice as read from a document; ``payable`` in minor units.

    ``payee`` is who is to be paid if not the seller: empty where the invoice names nobody.
    """

    fingerprint: bytes
    currency: str
    payable: int
    seller: tuple[PartyId, ...]
    buyer: tuple[PartyId, ...]
    payee: tuple[PartyId, ...]
    factored: bool
    replaces: tuple[bytes, ...]


def check_documents(committed: bytes, commitments: Sequence[bytes]) -> None:
    """Raises ``DocumentsDiffer`` unless the agreement commits to just these documents."""
    linked = root(commitments)
    if linked != committed:
        raise DocumentsDiffer(hexed(committed), hexed(linked))


def check_invoices(
    issue: Issue,
    invoices: Iterable[LinkedInvoice],
    debtor: PartyId,
    creditor: PartyId,
    used: Collection[bytes],
) -> None:
    """Raises one of this module's refusals unless the documents bear the issue out.

    ``debtor`` and ``creditor`` are identifiers as enrolled; ``used`` the fingerprints that back
    receivables already.
    """
    by_fingerprint = {invoice.fingerprint: invoice for invoice in invoices}
    for use in issue.invoices:
        invoice = by_fingerprint.get(use.fingerprint)
        if invoice is None:
            raise InvoiceNotDocumented(hexed(use.fingerprint))
        _check_terms(issue, use, invoice, used)
        _check_party("debtor", debtor, invoice.buyer)
        # The claim is whose the invoice says is to be paid: a seller may have assigned it.
        _check_party("creditor", creditor, invoice.payee or invoice.seller)


def _check_terms(
    issue: Issue, use: InvoiceUse, invoice: LinkedInvoice, used: Collection[bytes]
) -> None:
    fingerprint = hexed(use.fingerprint)
    if invoice.currency != issue.currency:
        raise InvoiceCurrencyDiffers(fingerprint, issue.currency, invoice.currency)
    if invoice.payable != use.total:
        raise InvoiceTotalDiffers(fingerprint, use.total, invoice.payable)
    if invoice.factored and not invoice.payee:
        raise InvoiceFactored(fingerprint)
    for replaced in invoice.replaces:
        if replaced in used:
            raise ReplacedInvoiceUsed(fingerprint, hexed(replaced))


def _check_party(side: str, enrolled: PartyId, invoiced: Sequence[PartyId]) -> None:
    """The enrolled identifier has to be among the invoice's.

    An invoice that gives nothing but a name proves neither that it is this party nor that it
    isn't: names are spelled as people please. There the two signatures have to do.
    """
    if enrolled in invoiced or all(scheme_of(one) == _NAME for one in invoiced):
        return
    raise InvoicePartyMismatch(side, enrolled, list(invoiced))

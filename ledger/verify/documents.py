"""Opened documents: are they what the agreements commit to, and do they say what was agreed?"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from ledger.bundle import DocumentSet, OpenedDocument
from ledger.commitments import commit
from ledger.documents.invoice import Invoice, read_invoice
from ledger.errors import Refused
from ledger.fold import State
from ledger.hexadecimal import hexed
from ledger.ids import EntryIndex
from ledger.verify.refusals import DocumentsUnknown, DocumentUnknown, InvoiceDisagrees
from ledger.verify.report import amount_text


@dataclass(slots=True)
class Opening:
    """``statements`` about what was opened; ``opened`` of the ``known`` papers behind the
    agreements of ``sets``; agreements with papers of which the bundle says nothing don't count."""

    refusals: list[Refused] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    sets: int = 0
    known: int = 0
    opened: int = 0


def open_documents(documents: Sequence[DocumentSet], state: State) -> Opening:
    opening = Opening()
    previous = b""
    for given in documents:
        try:
            previous = _open_set(opening, given, state, previous)
        except Refused as refusal:
            opening.refusals.append(refusal)
    return opening


def _open_set(opening: Opening, given: DocumentSet, state: State, previous: bytes) -> bytes:
    over = given.root
    entry = state.papers.get(over)
    if entry is None or over <= previous or list(given.commitments) != sorted(given.commitments):
        raise DocumentsUnknown(hexed(over))
    found = [commit(document.salt, document.content) for document in given.opened]
    known = set(given.commitments)
    for commitment in found:
        if commitment not in known:
            opening.refusals.append(DocumentUnknown(hexed(commitment)))
    if found != sorted(set(found)):
        raise DocumentsUnknown(hexed(over))
    for document in given.opened:
        opening.refusals.extend(_disagreements(document, state))
        opening.statements.append(_statement(document, state, entry))
    opening.sets += 1
    opening.known += len(given.commitments)
    opening.opened += len(found)
    return over


def _disagreements(document: OpenedDocument, state: State) -> Iterator[Refused]:
    invoice = _as_invoice(document)
    used = state.invoices.get(invoice.fingerprint) if invoice else None
    if invoice is None or used is None:
        return
    if (invoice.payable, invoice.currency) != (used.total, used.currency):
        agreed = amount_text(used.total, used.currency)
        said = amount_text(invoice.payable, invoice.currency)
        yield InvoiceDisagrees(invoice.number, said, agreed)


def _statement(document: OpenedDocument, state: State, entry: EntryIndex) -> str:
    digest = hashlib.sha256(document.content).hexdigest()
    invoice = _as_invoice(document)
    if invoice is None:
        return f"A document with sha256 {digest} is behind the agreement of entry {entry}."
    used = state.invoices.get(invoice.fingerprint)
    said = amount_text(invoice.payable, invoice.currency)
    use = amount_text(used.used, used.currency) + " of it used" if used else "not used"
    return (
        f"Invoice {invoice.number} of {invoice.seller.id} to {invoice.buyer.id} over {said}, "
        f"{use}, is behind the agreement of entry {entry} (sha256 {digest})."
    )


def _as_invoice(document: OpenedDocument) -> Invoice | None:
    """The document read as an invoice; any other paper is as good, but isn't read."""
    try:
        return read_invoice(document.content)
    except Refused:
        return None

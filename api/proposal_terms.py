"""Whether a draft may be laid before anyone: its terms, its documents, and who may read them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from api.auth import Caller
from api.debts import GivenOpening
from api.documents import NotYourDocument
from api.proposal_board import Proposable
from ledger.agreements import Issue, Transfer
from ledger.checks import check_issue, check_transfer
from ledger.commitments import EMPTY_ROOT
from ledger.consent import require_in_time
from ledger.errors import Refused
from ledger.identifiers import PartyId
from ledger.ids import PartyNo
from ledger.proposing import LinkedInvoice, check_documents, check_invoices
from ledger.refusals import PartyNotActive, UnknownParty
from ledger.store.connection import Connection
from ledger.store.keeping import documents
from ledger.store.keeping.documents import Document
from ledger.store.keeping.proposals import Side
from ledger.store.reading import members
from ledger.store.reading.receivables import invoice_state


@dataclass
class DocumentNotVisible(Refused):
    document: str
    status = 404
    summary = "There is no document {document}, or not for you."


@dataclass(frozen=True)
class Draft:
    agreement: Proposable
    documents: tuple[str, ...]
    approvals: tuple[bytes, ...]
    opening: GivenOpening | None = None


def check_terms(
    connection: Connection, agreement: Proposable, sides: Sequence[Side], now: int
) -> None:
    require_in_time(agreement, now)
    standing = members.standing_of_parties(connection, {side.party for side in sides})
    for side in sides:
        if not standing.party(side.party).active:
            raise PartyNotActive(side.party)
    if isinstance(agreement, Issue):
        check_issue(agreement, standing)
    elif isinstance(agreement, Transfer):
        check_transfer(agreement)


def linked_documents(connection: Connection, caller: Caller, draft: Draft) -> list[Document]:
    """The draft's documents, once they bear it out."""
    found = documents.find_documents(connection, caller.scope, draft.documents)
    for document in draft.documents:
        if document not in found:
            raise DocumentNotVisible(document)
    linked = [found[document] for document in draft.documents]
    committed = getattr(draft.agreement, "documents", EMPTY_ROOT)
    check_documents(committed, [one.commitment for one in linked])
    if isinstance(draft.agreement, Issue):
        _check_invoices(connection, draft.agreement, [_invoice(one) for one in linked])
    return linked


def _check_invoices(
    connection: Connection, issue: Issue, invoices: Sequence[LinkedInvoice]
) -> None:
    replaced = {one for invoice in invoices for one in invoice.replaces}
    used = {one for one in replaced if invoice_state(connection, one) is not None}
    debtor = _identifier(connection, issue.debtor)
    creditor = _identifier(connection, issue.creditor)
    check_invoices(issue, invoices, debtor, creditor, used)


def _identifier(connection: Connection, number: int) -> PartyId:
    found = members.party(connection, PartyNo(number))
    if found is None:
        raise UnknownParty(number)
    return PartyId(found.identifier)


def _invoice(document: Document) -> LinkedInvoice:
    read = document.invoice
    payee, seller = read["payee"], tuple(read["seller"]["ids"])
    elsewhere = payee is not None and not set(payee["ids"]) & set(seller)
    return LinkedInvoice(
        fingerprint=document.fingerprint,
        currency=read["currency"],
        payable=int(read["payable"]),
        seller=seller,
        buyer=tuple(read["buyer"]["ids"]),
        payee=tuple(payee["ids"]) if elsewhere else (),
        factored=read["factored"],
        replaces=tuple(bytes.fromhex(one[2:]) for one in read["replaces"] if read["correction"]),
    )


def open_to_all(
    connection: Connection,
    proposer: PartyNo,
    linked: Sequence[Document],
    sides: Sequence[Side],
    now: int,
) -> None:
    """Nobody is asked to sign for documents he can't read."""
    for document in linked:
        readers = documents.readers_of(connection, document)
        for side in sides:
            if side.party in readers:
                continue
            if document.owner != proposer:
                raise NotYourDocument(document.id)
            documents.open_to(connection, document, side.party, now)

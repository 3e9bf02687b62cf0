"""Documents: kept as they came, read, committed to with a salt, opened to counterparties."""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Query, Response, status

from api.auth import SignedIn
from api.invoices import Invoice, invoice_json
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import (
    Hash,
    Id,
    IdPath,
    In,
    Moment,
    Out,
    Page,
    Paged,
    PartyNumber,
    id_cursor,
    iso_moment,
)
from api.xml_body import XML_REQUEST, XmlBody
from ledger.commitments import commit, new_salt
from ledger.documents import read_invoice
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import PartyNo
from ledger.refusals import UnknownParty
from ledger.store.connection import Connection
from ledger.store.keeping import documents
from ledger.store.keeping.documents import Document as KeptDocument
from ledger.store.keeping.documents import NewDocument
from ledger.store.reading.members import party

router = APIRouter(route_class=Route, prefix="/v1", tags=["documents"])

_FILE_NAME = re.compile(r"[^\x00-\x1f\x7f/\\:*?\"<>|]{1,128}")
_BIDI = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")


@dataclass
class UnsafeFileName(Refused):
    """A file's name, not a path: no separators, no control or direction characters."""

    file_name: str
    summary = "{file_name!r} is not a plain file name."


@dataclass
class NotYourDocument(Refused):
    """Only who brought a document in may open it to others."""

    document: str
    status = 403
    summary = "Document {document} was opened to you; only its owner opens it to others."


class Document(Out):
    """``salt`` and content open ``commitment``; the chain only ever sees a root over those."""

    id: Id
    owner: int
    kind: str
    file_name: str | None
    size: int
    fingerprint: Hash
    sha256: Hash
    salt: Hash
    commitment: Hash
    created: Moment
    invoice: Invoice


class DocumentPage(Page[Document]):
    pass


class OpeningRequest(In):
    party: PartyNumber


class Opening(Out):
    document: Id
    readers: list[int]


@router.post("/documents", status_code=status.HTTP_201_CREATED, openapi_extra=XML_REQUEST)
def add_document(
    services: Given,
    caller: SignedIn,
    content: XmlBody,
    response: Response,
    file_name: Annotated[str | None, Query(max_length=255)] = None,
) -> Document:
    """Keeps an invoice (UBL 2.1, CII or 数电票 XML). The same bytes again are the same document."""
    invoice = read_invoice(content)
    salt = new_salt()
    new = NewDocument(
        owner=caller.party,
        kind="invoice",
        file_name=None if file_name is None else _plain(file_name),
        media_type="application/xml",
        content=content,
        sha256=hashlib.sha256(content).digest(),
        salt=salt,
        commitment=commit(salt, content),
        fingerprint=invoice.fingerprint,
        invoice=invoice_json(invoice),
    )
    now = services.clock()
    kept, added = services.database.write(lambda tx: documents.add_document(tx, new, now))
    if not added:
        response.status_code = status.HTTP_200_OK
    return _document(kept)


@router.get("/documents")
def list_documents(services: Given, caller: SignedIn, paging: Paged) -> DocumentPage:
    """Documents that the caller brought in or that were opened to it, newest first."""
    after = paging.behind(id_cursor, None)
    with services.database.read() as connection:
        found = documents.list_documents(connection, caller.scope, after, paging.fetch)
    return DocumentPage(**paging.cut(found, lambda one: one.id, _document))


@router.get("/documents/{document_id}")
def show_document(services: Given, caller: SignedIn, document_id: IdPath) -> Document:
    with services.database.read() as connection:
        found = documents.find_document(connection, caller.scope, document_id)
    if found is None:
        raise NotFound
    return _document(found)


@router.get(
    "/documents/{document_id}/content",
    response_class=Response,
    responses={200: {"content": {"application/xml": {"schema": {"type": "string"}}}}},
)
def show_content(services: Given, caller: SignedIn, document_id: IdPath) -> Response:
    """The bytes as they came in, as an attachment: a browser must not run what a party sent."""
    with services.database.read() as connection:
        found = documents.find_document(connection, caller.scope, document_id)
        if found is None:
            raise NotFound
        content = documents.content_of(connection, found)
    headers = {
        "Content-Disposition": f'attachment; filename="{found.id}.xml"',
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type=found.media_type, headers=headers)


@router.post("/documents/{document_id}/openings", status_code=status.HTTP_201_CREATED)
def open_document(
    services: Given, caller: SignedIn, document_id: IdPath, request: OpeningRequest
) -> Opening:
    """Lets another party read the document."""
    now = services.clock()

    def work(connection: Connection) -> Opening:
        found = documents.find_document(connection, caller.scope, document_id)
        if found is None:
            raise NotFound
        if found.owner != caller.party:
            raise NotYourDocument(document_id)
        if party(connection, PartyNo(request.party)) is None:
            raise UnknownParty(request.party)
        documents.open_to(connection, found, PartyNo(request.party), now)
        return Opening(document=found.id, readers=sorted(documents.readers_of(connection, found)))

    return services.database.write(work)


def _plain(file_name: str) -> str:
    unusable = not _FILE_NAME.fullmatch(file_name) or not file_name.strip(". ")
    if unusable or not file_name.isprintable() or _BIDI & set(file_name):
        raise UnsafeFileName(file_name[:128])
    return file_name


def _document(kept: KeptDocument) -> Document:
    return Document(
        id=kept.id,
        owner=kept.owner,
        kind=kept.kind,
        file_name=kept.file_name,
        size=kept.size,
        fingerprint=hexed(kept.fingerprint),
        sha256=hexed(kept.sha256),
        salt=hexed(kept.salt),
        commitment=hexed(kept.commitment),
        created=iso_moment(kept.created),
        invoice=Invoice(**kept.invoice),
    )

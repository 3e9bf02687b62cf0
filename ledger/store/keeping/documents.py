"""Documents and who may read them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, exists, insert, or_, select

from ledger.ids import PartyNo
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import documents, openings, proposal_documents
from ledger.visibility import Scope

_HEADER = [column for column in documents.c if column.name != "content"]


@dataclass(frozen=True, slots=True)
class NewDocument:
    owner: PartyNo
    kind: str
    file_name: str | None
    media_type: str
    content: bytes
    sha256: bytes
    salt: bytes
    commitment: bytes
    fingerprint: bytes
    invoice: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Document:
    """A document without its content; ``invoice`` is what was read from it, as JSON."""

    row: int
    id: str
    owner: PartyNo
    kind: str
    file_name: str | None
    media_type: str
    size: int
    sha256: bytes
    salt: bytes
    commitment: bytes
    fingerprint: bytes
    invoice: dict[str, Any]
    created: int


def add_document(connection: Connection, new: NewDocument, now: int) -> tuple[Document, bool]:
    """The document and whether it is new: one owner's same bytes are one document."""
    values = {name: getattr(new, name) for name in NewDocument.__slots__}
    added = insert_once(connection, documents, {**values, "size": len(new.content), "created": now})
    query = _headers().where(documents.c.owner == new.owner, documents.c.sha256 == new.sha256)
    return _document(connection.execute(query).one()), added


def find_document(connection: Connection, scope: Scope, document_id: str) -> Document | None:
    query = _headers().where(documents.c.id == document_id, readable(scope))
    row = connection.execute(query).one_or_none()
    return None if row is None else _document(row)


def find_documents(
    connection: Connection, scope: Scope, ids: Collection[str]
) -> dict[str, Document]:
    """Those of these documents that the scope may read, by id."""
    rows = connection.execute(_headers().where(documents.c.id.in_(list(ids)), readable(scope)))
    return {row.id: _document(row) for row in rows}


def list_documents(
    connection: Connection, scope: Scope, after: str | None, limit: int
) -> list[Document]:
    """Newest first, those behind the document with the id ``after``."""
    query = _headers().where(readable(scope))
    if after is not None:
        behind = select(documents.c.row).where(documents.c.id == after).scalar_subquery()
        query = query.where(documents.c.row < behind)
    rows = connection.execute(query.order_by(documents.c.row.desc()).limit(limit))
    return [_document(row) for row in rows]


def content_of(connection: Connection, document: Document) -> bytes:
    query = select(documents.c.content).where(documents.c.row == document.row)
    content: bytes = connection.execute(query).scalar_one()
    return content


def open_to(connection: Connection, document: Document, party: PartyNo, now: int) -> None:
    """Let a party read the document; again is fine."""
    row = {"document": document.row, "party": party, "created": now}
    insert_once(connection, openings, row)


def readers_of(connection: Connection, document: Document) -> frozenset[PartyNo]:
    rows = connection.scalars(select(openings.c.party).where(openings.c.document == document.row))
    return frozenset({document.owner, *rows})


def link(connection: Connection, proposal: int, linked: Sequence[Document]) -> None:
    for document in linked:
        row = {"proposal": proposal, "document": document.row}
        connection.execute(insert(proposal_documents).values(row))


def has_invoice(connection: Connection, scope: Scope, fingerprint: bytes) -> Document | None:
    """A document the scope may read with this invoice in it."""
    query = _headers().where(documents.c.fingerprint == fingerprint, readable(scope))
    row = connection.execute(query.order_by(documents.c.row).limit(1)).one_or_none()
    return None if row is None else _document(row)


def readable(scope: Scope) -> ColumnElement[bool]:
    """Documents that the caller owns or that were opened to it.

    A mandate over all claims reaches its grantor's documents too. One over a single claim does
    not: its grantor opens the documents it means to show.
    """
    readers = [view.party for view in scope.views if view.claim is None]
    opened = exists().where(openings.c.document == documents.c.row, openings.c.party.in_(readers))
    return or_(documents.c.owner.in_(readers), opened)


def _headers() -> Select[Any]:
    return select(*_HEADER)


def _document(row: Any) -> Document:
    return Document(**{name: getattr(row, name) for name in Document.__slots__})

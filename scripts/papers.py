"""Opening the papers behind a claim's agreements, as far as one's party may read them."""

from __future__ import annotations

from collections.abc import Iterator

from client.api import Api
from client.records import Document
from ledger.acts import SignedAct, decode_call
from ledger.bundle import Bundle, DocumentSet, OpenedDocument
from ledger.commitments import EMPTY_ROOT, root
from ledger.hexadecimal import unhexed


def roots_in(bundle: Bundle) -> set[bytes]:
    """The roots over papers that the bundle's agreements name."""
    return set(_roots(bundle)) - {EMPTY_ROOT}


def opened_documents(api: Api, roots: set[bytes]) -> list[DocumentSet]:
    """Agreements' papers that the caller may read; of several papers behind one agreement, all."""
    readable = {document["id"]: document for document in api.documents()}
    groups: list[tuple[str, ...]] = [(one,) for one in readable]
    groups += [tuple(proposal["documents"]) for proposal in api.proposals()]
    found = {}
    for group in groups:
        if group and all(one in readable for one in group):
            papers = _open(api, [readable[one] for one in group], roots)
            if papers is not None:
                found[papers.root] = papers
    return list(found.values())


def _open(api: Api, documents: list[Document], roots: set[bytes]) -> DocumentSet | None:
    given = sorted((unhexed(document["commitment"]), document) for document in documents)
    commitments = tuple(commitment for commitment, _ in given)
    if root(commitments) not in roots:
        return None
    opened = tuple(
        OpenedDocument(unhexed(document["salt"]), api.document_content(document["id"]))
        for _, document in given
    )
    return DocumentSet(commitments, opened)


def _roots(bundle: Bundle) -> Iterator[bytes]:
    for entry in bundle.entries:
        if entry.book == bundle.claim and entry.memo:
            call = decode_call(entry.memo)
            if isinstance(call, SignedAct):
                yield getattr(call.agreement, "documents", EMPTY_ROOT)

"""The audit bundle: one claim's life in one canonical-JSON file.

    {"format": "yuanliu-bundle/2",
     "deployment": …                      the deployment's record, as the trust file has it
     "claim": 12,
     "state": {"entries": "57",           entries of all books when the bundle was taken
               "heads": {"all": …, "claim": …, "consortium": …},
               "proof": {"kind": …},      from the heads to the root of a block's state,
               "finality": {"kind": …}},  and from there to the validators' signatures: by engine
     "entries": […]                       all of the claim's book and of book 0, by index
     "documents": […]}                    papers opened to the reader, by root

An entry is exactly the parts that its heads absorb: agreement and signatures are in ``memo``, the
policy's own call. Its block, time and transaction are left out, because no head covers them: every
byte of a bundle is covered by a head, a commitment, a validator's signature or the trust file. An
entry's index finds its event on the chain.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, ClassVar

from ledger.canonical import Field, MalformedFile, read_json, write_canonical
from ledger.commitments import commit, root
from ledger.deployment import Deployment
from ledger.entries import Entry, Op
from ledger.errors import Refused
from ledger.evidence import Evidence
from ledger.evidence.kinds import NO_EVIDENCE, read_evidence
from ledger.hexadecimal import hexed
from ledger.ids import ClaimNo, Digest, EntryIndex

FORMAT = "yuanliu-bundle/2"
_TEXTS = ("engine", "block_hash", "commit", "sources")
_CONTRACTS = (
    "ledger",
    "registry",
    "attestations",
    "receivables",
    "validators",
    "financing",
    "relay",
)
_NUMBERS = ("chain_id", "block")


@dataclass
class NotCanonical(Refused):
    """The file says something well formed, but not in the one spelling it has."""

    position: int
    summary: ClassVar[str] = "The file is not in canonical form from byte {position} on."


@dataclass(frozen=True, slots=True)
class Heads:
    """The heads of the claim's book, of the consortium's, and of all books together."""

    claim: bytes
    consortium: bytes
    all: bytes

    def to_json(self) -> dict[str, str]:
        return {
            "claim": hexed(self.claim),
            "consortium": hexed(self.consortium),
            "all": hexed(self.all),
        }

    @classmethod
    def read(cls, source: Field) -> Heads:
        return cls(*(head.hash() for head in source.members("claim", "consortium", "all")))


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document and the salt that opens its commitment."""

    salt: bytes
    content: bytes


@dataclass(frozen=True, slots=True)
class DocumentSet:
    """The papers behind one agreement: all ``commitments`` under its ``documents`` root, rising,
    and those of them that are opened to the bundle's reader, in the commitments' order."""

    commitments: tuple[bytes, ...]
    opened: tuple[OpenedDocument, ...]

    @classmethod
    def of(cls, commitments: Iterable[bytes], opened: Iterable[OpenedDocument]) -> DocumentSet:
        """The set in a bundle's order. Its root is over all commitments, opened or not."""
        in_order = sorted(opened, key=lambda document: commit(document.salt, document.content))
        return cls(tuple(sorted(commitments)), tuple(in_order))

    @property
    def root(self) -> bytes:
        """What the agreement holds; DuplicateCommitment."""
        return root(self.commitments)


@dataclass(frozen=True, slots=True)
class Bundle:
    deployment: Deployment
    claim: ClaimNo
    count: int
    """Entries of all books when the bundle was taken."""
    heads: Heads
    entries: tuple[Entry, ...]
    documents: tuple[DocumentSet, ...]
    evidence: Evidence | None = None
    """None where the engine has no consensus to prove."""


def bundle_bytes(bundle: Bundle) -> bytes:
    """The one spelling of a bundle. Give entries by index and document sets by root."""
    evidence = bundle.evidence
    return write_canonical(
        {
            "format": FORMAT,
            "deployment": bundle.deployment.to_json(),
            "claim": bundle.claim,
            "state": {
                "entries": str(bundle.count),
                "heads": bundle.heads.to_json(),
                "proof": evidence.proof.to_json() if evidence else NO_EVIDENCE,
                "finality": evidence.finality.to_json() if evidence else NO_EVIDENCE,
            },
            "entries": [_entry_json(entry) for entry in bundle.entries],
            "documents": [_documents_json(documents) for documents in bundle.documents],
        }
    )


def read_bundle(data: bytes) -> Bundle:
    """The bundle in these bytes; MalformedFile, or NotCanonical for any other spelling of it."""
    whole = Field("bundle", read_json(data))
    format_, deployment, claim, state, entries, documents = whole.members(
        "format", "deployment", "claim", "state", "entries", "documents"
    )
    format_.constant(FORMAT)
    count, heads, proof, finality = state.members("entries", "heads", "proof", "finality")
    bundle = Bundle(
        deployment=read_deployment(deployment),
        claim=ClaimNo(claim.integer()),
        count=count.uint(64),
        heads=Heads.read(heads),
        entries=tuple(_read_entry(entry) for entry in entries.items()),
        documents=tuple(_read_documents(entry) for entry in documents.items()),
        evidence=read_evidence(proof, finality),
    )
    require_canonical(data, bundle_bytes(bundle))
    return bundle


def require_canonical(data: bytes, canonical: bytes) -> None:
    if data != canonical:
        pairs = enumerate(zip(data, canonical, strict=False))
        differing = (position for position, (is_, must) in pairs if is_ != must)
        raise NotCanonical(next(differing, min(len(data), len(canonical))))


def read_deployment(source: Field) -> Deployment:
    fields = source.members(*_TEXTS, *_CONTRACTS, *_NUMBERS)
    named = {field.path.rpartition(".")[2]: field for field in fields}
    record: dict[str, Any] = {name: named[name].text() for name in _TEXTS}
    record |= {name: named[name].address() for name in _CONTRACTS}
    record |= {name: named[name].integer() for name in _NUMBERS}
    return Deployment.from_json(record)


def _entry_json(entry: Entry) -> dict[str, Any]:
    return {
        "index": str(entry.index),
        "book": entry.book,
        "act": hexed(entry.act),
        "op": entry.op.name,
        "policy": entry.policy,
        "words": [f"0x{word:064x}" for word in entry.words],
        "memo": hexed(entry.memo),
    }


def _read_entry(source: Field) -> Entry:
    index, book, act, op, policy, words, memo = source.members(
        "index", "book", "act", "op", "policy", "words", "memo"
    )
    if op.text() not in Op.__members__:
        raise MalformedFile(op.path, "is no operation of the ledger")
    return Entry(
        index=EntryIndex(index.uint(64)),
        book=ClaimNo(book.integer()),
        act=Digest(act.hash()),
        op=Op[op.text()],
        policy=policy.address(),
        words=tuple(int.from_bytes(word.hash(), "big") for word in words.items()),
        memo=memo.data(),
    )


def _documents_json(documents: DocumentSet) -> dict[str, Any]:
    return {
        "commitments": [hexed(commitment) for commitment in documents.commitments],
        "opened": [
            {"salt": hexed(document.salt), "content": base64.b64encode(document.content).decode()}
            for document in documents.opened
        ],
    }


def _read_documents(source: Field) -> DocumentSet:
    commitments, opened = source.members("commitments", "opened")
    return DocumentSet(
        tuple(commitment.hash() for commitment in commitments.items()),
        tuple(_read_opened(document) for document in opened.items()),
    )


def _read_opened(source: Field) -> OpenedDocument:
    salt, content = source.members("salt", "content")
    try:
        data = base64.b64decode(content.text(), validate=True)
    except binascii.Error:
        raise MalformedFile(content.path, "must be base64") from None
    return OpenedDocument(salt.hash(), data)

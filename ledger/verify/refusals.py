"""Why a bundle is not believed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import Refused


@dataclass
class TrustMismatch(Refused):
    """The bundle says otherwise than the trust file."""

    part: str
    bundle: str
    trust: str
    summary: ClassVar[str] = "The bundle's {part} is {bundle}; the trust file has {trust}."


@dataclass
class HeadMismatch(Refused):
    """Entries are missing, added, reordered or changed."""

    book: str
    recomputed: str
    stated: str
    summary: ClassVar[str] = "The entries give {book} the head {recomputed}, not {stated}."


@dataclass
class ForeignEntry(Refused):
    """An entry of a book that is none of the bundle's."""

    index: int
    book: int
    summary: ClassVar[str] = "Entry {index} belongs to book {book}."


@dataclass
class ClaimMissing(Refused):
    claim: int
    summary: ClassVar[str] = "No entry opens claim {claim}."


@dataclass
class DocumentsUnknown(Refused):
    """Documents that no agreement commits to, or that are given twice."""

    root: str
    summary: ClassVar[str] = "No agreement commits to documents under {root}, or they are repeated."


@dataclass
class DocumentUnknown(Refused):
    commitment: str
    summary: ClassVar[str] = "A document opens to {commitment}, which is not among its commitments."


@dataclass
class InvoiceDisagrees(Refused):
    """An invoice as opened has another amount than the agreement that used it says."""

    number: str
    document: str
    agreement: str
    summary: ClassVar[str] = "Invoice {number} is over {document}; the agreement says {agreement}."

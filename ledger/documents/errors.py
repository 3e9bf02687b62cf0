"""Named refusals of documents. Amounts in their fields are minor units, dates ISO text."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import Refused


@dataclass
class DocumentTooLarge(Refused):
    """The document has more bytes than the reader takes; it was not parsed."""

    size: int
    limit: int
    status: ClassVar[int] = 413
    summary: ClassVar[str] = "The document has {size} bytes; the limit is {limit}."


@dataclass
class DocumentTooDeep(Refused):
    """Elements are nested deeper than any document this ledger reads."""

    limit: int
    summary: ClassVar[str] = "The document nests elements deeper than {limit}."


@dataclass
class DocumentTooBroad(Refused):
    """The document has more elements than the reader takes."""

    limit: int
    summary: ClassVar[str] = "The document has more than {limit} elements."


@dataclass
class DoctypeRefused(Refused):
    """The document declares a document type: the door to entities and outside files."""

    summary: ClassVar[str] = "The document has a DOCTYPE; business documents need none."


@dataclass
class MalformedXml(Refused):
    """The bytes are not well-formed XML."""

    reason: str
    summary: ClassVar[str] = "The document is not well-formed XML: {reason}."


@dataclass
class UnreadableFile(Refused):
    """The path is not a regular file that can be read."""

    path: str
    summary: ClassVar[str] = "{path} is not a readable file."


@dataclass
class UnknownDocument(Refused):
    """The root element is none this reader knows."""

    root: str
    summary: ClassVar[str] = "A document with the root element {root} is not read here."


@dataclass
class MissingField(Refused):
    """A field without which the document means nothing is absent or empty."""

    field: str
    summary: ClassVar[str] = "{field} is missing."


@dataclass
class RepeatedField(Refused):
    """A field that may stand once stands several times, so it has no one meaning."""

    field: str
    summary: ClassVar[str] = "{field} is given more than once."


@dataclass
class MalformedField(Refused):
    """A field's content does not have its type."""

    field: str
    text: str
    summary: ClassVar[str] = "{field} can't be {text!r}."


@dataclass
class MixedCurrencies(Refused):
    """An amount is in another currency than the document says its amounts are in."""

    field: str
    expected: str
    found: str
    summary: ClassVar[str] = "{field} is in {found!r}, the document in {expected}."


@dataclass
class CreditNoteNotReceivable(Refused):
    """A credit note lowers a debt; it can't create one."""

    type_code: str
    summary: ClassVar[str] = "A credit note (type {type_code}) creates no receivable."


@dataclass
class NotAClaim(Refused):
    """The document's type asks for no payment: a pro forma, an information, a notification."""

    type_code: str
    summary: ClassVar[str] = "A document of type {type_code} is no claim for payment."


@dataclass
class UnknownTypeCode(Refused):
    """The type code is not in EN 16931's list of invoice types (UNTDID 1001)."""

    type_code: str
    summary: ClassVar[str] = "{type_code!r} is not an invoice type code."


@dataclass
class NegativeInvoice(Refused):
    """The invoice's total is negative: a correction in the buyer's favour."""

    gross: int
    payable: int
    summary: ClassVar[str] = "The invoice's total is {gross}, its payable amount {payable}."


@dataclass
class NothingPayable(Refused):
    """Nothing is owed any more on the invoice."""

    gross: int
    payable: int
    summary: ClassVar[str] = "Of the invoice's total of {gross}, {payable} is payable."


@dataclass
class RedLetterInvoice(Refused):
    """A red-letter invoice (红字发票) reverses another one."""

    number: str
    summary: ClassVar[str] = "Invoice {number} is a red-letter invoice."


@dataclass
class NotARedLetter(Refused):
    """A red-letter invoice says that it is one and has a negative total."""

    number: str
    summary: ClassVar[str] = "Invoice {number} is no red-letter invoice."


@dataclass
class UnsupportedInvoiceLabel(Refused):
    """A digital VAT invoice labelled as neither special (01) nor ordinary (02)."""

    label_code: str
    summary: ClassVar[str] = "A digital invoice labelled {label_code!r} is not read here."


@dataclass
class LinesDoNotAddUp(Refused):
    """EN 16931 BR-CO-10: the lines' net amounts add up to the sum of lines."""

    computed: int
    stated: int
    summary: ClassVar[str] = "The lines add up to {computed}, not to {stated}."


@dataclass
class NetDoesNotAddUp(Refused):
    """EN 16931 BR-CO-13: sum of lines − allowances + charges = total without VAT."""

    computed: int
    stated: int
    summary: ClassVar[str] = "Lines, allowances and charges make {computed}, not {stated}."


@dataclass
class GrossDoesNotAddUp(Refused):
    """EN 16931 BR-CO-15: total without VAT + VAT = total with VAT."""

    computed: int
    stated: int
    summary: ClassVar[str] = "Net and tax make {computed}, not {stated}."


@dataclass
class PayableDoesNotAddUp(Refused):
    """EN 16931 BR-CO-16: total with VAT − paid + rounding = amount due for payment."""

    computed: int
    stated: int
    summary: ClassVar[str] = "The total less what is paid is {computed}, not {stated}."


@dataclass
class NotAStatement(Refused):
    """The document is not a camt.053 or camt.054 message."""

    root: str
    summary: ClassVar[str] = "{root} is neither a camt.053 nor a camt.054 message."


@dataclass
class UnsupportedStatementVersion(Refused):
    """A camt message of a version whose fields this reader was not written for."""

    version: str
    summary: ClassVar[str] = "Version {version} of the statement message is not read here."


@dataclass
class EmptyStatementMessage(Refused):
    """A statement message without any statement or notification in it."""

    message: str
    summary: ClassVar[str] = "{message} contains no statement."


@dataclass
class InvalidInstruction(Refused):
    """A payment instruction that no bank could carry out as written."""

    field: str
    reason: str
    summary: ClassVar[str] = "{field}: {reason}."

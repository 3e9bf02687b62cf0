"""What an invoice says, whatever format it came in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from ledger.commitments import domain_tag
from ledger.documents.parties import InvoiceParty
from ledger.documents.type_codes import CORRECTIONS, FACTORED
from ledger.identifiers import PartyId, compacted
from ledger.keccak import keccak
from ledger.money import Currency, Units

_INVOICE = domain_tag("yuanliu.invoice.v1")


@dataclass(frozen=True)
class Invoice:
    """An invoice on which something is still owed; amounts in minor units of ``currency``.

    ``gross`` is the total with tax, ``payable`` what is still owed of it (EN 16931 BT-115),
    always positive; ``net`` and ``tax`` may be negative where lines were credited. ``type_code``
    is UNTDID 1001 and ``profile`` the specification the document names, or ``""``. ``payee`` is
    who is to be paid if not the seller (BG-10), ``replaces`` the numbers of the seller's earlier
    invoices that this one refers to (BT-25).
    """

    format: str
    profile: str
    number: str
    type_code: str
    seller: InvoiceParty
    buyer: InvoiceParty
    payee: InvoiceParty | None
    currency: Currency
    issue_date: date
    due_date: date | None
    net: Units
    tax: Units
    gross: Units
    payable: Units
    replaces: tuple[str, ...] = ()

    @property
    def term_days(self) -> int | None:
        """Days from issue to due date, at least 1; None without a due date."""
        if self.due_date is None:
            return None
        return max(1, (self.due_date - self.issue_date).days)

    @property
    def fingerprint(self) -> bytes:
        """The invoice's 32-byte legal identity; see ``invoice_fingerprint``."""
        return invoice_fingerprint(self.seller.id, self.number)

    @property
    def replaced_fingerprints(self) -> tuple[bytes, ...]:
        """Identities of the invoices this one refers to: none of them may be used beside it."""
        return tuple(invoice_fingerprint(self.seller.id, number) for number in self.replaces)

    @property
    def creditor(self) -> InvoiceParty:
        """Whose the claim is: the payee's where one is named, else the seller's."""
        if self.payee is None or set(self.payee.ids) & set(self.seller.ids):
            return self.seller
        return self.payee

    @property
    def is_correction(self) -> bool:
        """Whether the document restates an earlier invoice."""
        return self.type_code in CORRECTIONS

    @property
    def is_factored(self) -> bool:
        """Whether the document itself says that its claim belongs to a factor."""
        return self.type_code in FACTORED


def invoice_fingerprint(seller: PartyId, number: str) -> bytes:
    """keccak256(tag ‖ keccak256(seller) ‖ keccak256(number)): 32 bytes.

    Neither amounts nor dates enter, so an invoice restated with other figures stays the same
    invoice. The number counts in one spelling: NFKC, upper case, without spaces or characters
    that can't be seen.
    """
    canonical = compacted("".join(filter(str.isprintable, number)))
    return keccak(_INVOICE + keccak(seller.encode()) + keccak(canonical.encode()))

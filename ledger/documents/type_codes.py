"""Which documents claim a payment: EN 16931's list of UNTDID 1001 codes, in three parts.

Source: the BR-CL-01 code list of the CEN validation artefacts (UBL and CII lists together).
"""

from __future__ import annotations

from ledger.documents.errors import CreditNoteNotReceivable, NotAClaim, UnknownTypeCode


def _codes(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


CREDIT_NOTES = _codes("81 83 261 262 296 308 381 396 420 458 502 503 532")
"""Documents that lower a debt."""

NOT_CLAIMS = _codes("102 130 325 382 395 456 457 553 751 817 870 935")
"""Documents that ask for no payment by the buyer to the seller.

Tax notification 102, invoicing data sheet 130, pro forma 325, commission note 382 (its issuer
owes), consignment 395 (not a sale), debit advice 456 and its reversal 457, discrepancy report
553, invoice information for accounting 751, claim notification 817, consular 870, customs 935.
"""

CORRECTIONS = _codes("384 471 472 473")
"""Corrected invoices: each replaces an earlier one in full."""

FACTORED = _codes("393 472 473 501")
"""Invoices whose claim has already been assigned to a factor."""

CLAIMS = (
    _codes(
        "71 80 82 84 202 203 204 211 218 219 295 326 331 380 383 385 386 387 388 389 390 394 "
        "500 527 575 623 633 780 875 876 877"
    )
    | CORRECTIONS
    | FACTORED
)
"""Documents that can create a receivable."""


def require_claim(type_code: str) -> str:
    """The code itself if it claims a payment.

    Raises ``CreditNoteNotReceivable``, ``NotAClaim`` or ``UnknownTypeCode``.
    """
    if type_code in CREDIT_NOTES:
        raise CreditNoteNotReceivable(type_code)
    if type_code in NOT_CLAIMS:
        raise NotAClaim(type_code)
    if type_code not in CLAIMS:
        raise UnknownTypeCode(type_code)
    return type_code

"""Payments whose amount stays between those who agreed on it.

Parties sign a commitment to reference, currency and amount; the payer's bank carries the
reference in its statement, and oracle members who read the line come to the same commitment.
The reference is random, or the amount could be found by trying.
"""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass
from typing import ClassVar

from ledger.business_day import number_of
from ledger.deals import Remittance
from ledger.documents.statement import StatementLine
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.keccak import keccak
from ledger.payment import NotAPayment, why_no_payment

PREFIX = "YR-"
_DIGITS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_LENGTH = 30
REFERENCE_PATTERN = f"^{PREFIX}[A-Z2-7]{{{_LENGTH}}}$"
_REFERENCE = re.compile(REFERENCE_PATTERN)


def new_reference() -> str:
    """An EndToEndId of 150 random bits, in every bank's character set."""
    return PREFIX + "".join(secrets.choice(_DIGITS) for _ in range(_LENGTH))


def is_reference(text: str) -> bool:
    """Whether a payment's EndToEndId has the form of a debt's reference."""
    return _REFERENCE.fullmatch(text) is not None


def commitment_to(reference: str, currency: str, amount: int) -> bytes:
    """``keccak256(reference ‖ currency ‖ amount)``: the last 35 bytes have fixed places.

    ``amount`` is in minor units.
    """
    return keccak(reference.encode() + currency.encode("ascii") + amount.to_bytes(32, "big"))


@dataclass
class OpeningDiffers(Refused):
    """Reference, currency and amount aren't what the commitment was made of."""

    commitment: str
    opens: str
    summary: ClassVar[str] = "The opening is of {opens}, not of {commitment}."


def require_opening(commitment: bytes, reference: str, currency: str, amount: int) -> None:
    """Raises ``OpeningDiffers``."""
    opens = commitment_to(reference, currency, amount)
    if opens != commitment:
        raise OpeningDiffers(hexed(commitment), hexed(opens))


def read_remittance(line: StatementLine, config: bytes) -> Remittance:
    """The remittance a member sees in this line, under the oracle configuration in force.

    Raises ``NotAPayment``.
    """
    reason = why_no_payment(line)
    if reason is not None or line.booking_date is None:
        raise NotAPayment(str(reason))
    return Remittance(
        config=config,
        line=line.fingerprint,
        commitment=commitment_to(line.end_to_end_id, line.currency, line.units),
        bookedOn=number_of(line.booking_date),
    )

"""What a line of a bank statement proves: the payment a member attests, or why there is none."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from ledger.agreements import Payment
from ledger.business_day import number_of
from ledger.documents.statement import StatementLine
from ledger.errors import Refused
from ledger.references import read_lot_reference


class NoPayment(StrEnum):
    """Why a line moved no money for good."""

    NOT_BOOKED = "it is not booked"
    REVERSAL = "it takes an earlier one back"
    ZERO_AMOUNT = "its amount is zero"
    NO_BOOKING_DATE = "it states no booking date"


@dataclass
class NotAPayment(Refused):
    """The line moved no money for good."""

    reason: str
    summary: ClassVar[str] = "The line is no payment: {reason}."


def why_no_payment(line: StatementLine) -> NoPayment | None:
    """The first reason why this line proves nothing; None if it is a payment."""
    if not line.booked:
        return NoPayment.NOT_BOOKED
    if line.reversal:
        return NoPayment.REVERSAL
    if line.units <= 0:
        return NoPayment.ZERO_AMOUNT
    return NoPayment.NO_BOOKING_DATE if line.booking_date is None else None


def read_payment(line: StatementLine, config: bytes) -> Payment:
    """The payment a member sees in this line, under the oracle configuration in force.

    Everyone who reads the same file gets the same payment, so members sign the same digest
    without trusting anyone's reading but their own.
    Raises ``NotAPayment``, ``NotLotReference`` or ``LotReferenceMistyped``.
    """
    reason = why_no_payment(line)
    if reason is not None or line.booking_date is None:
        raise NotAPayment(str(reason))
    lot = read_lot_reference(line.end_to_end_id)
    return Payment(
        config=config,
        line=line.fingerprint,
        subject=lot.subject,
        currency=line.currency,
        amount=line.units,
        bookedOn=number_of(line.booking_date),
    )

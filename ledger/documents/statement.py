"""What a bank statement says, one line per transaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from ledger.commitments import domain_tag
from ledger.keccak import keccak
from ledger.money import Currency, Units

_LINE = domain_tag("yuanliu.statement.line.v1")


class Direction(StrEnum):
    """Which way money moved, seen from the account."""

    CREDIT = "credit"
    DEBIT = "debit"


@dataclass(frozen=True)
class Counterparty:
    """A side of a transaction as the bank names it; ``""`` where it doesn't."""

    name: str = ""
    account: str = ""


@dataclass(frozen=True)
class StatementLine:
    """One transaction on an account.

    ``units`` are minor units of ``currency``, never negative. ``account`` is an IBAN or the
    bank's own number, without spaces; ``bank_reference`` is AcctSvcrRef or ``""``. ``booked`` is
    false for pending and informational entries. ``reversal`` is true for an entry that takes an
    earlier one back, or returns it. Dates are the days as the bank wrote them. ``ordinal`` counts
    lines of the same file that are otherwise the same, from 0.
    """

    account: str
    bank_reference: str
    end_to_end_id: str
    units: Units
    currency: Currency
    direction: Direction
    booked: bool
    reversal: bool
    booking_date: date | None
    value_date: date | None
    debtor: Counterparty
    creditor: Counterparty
    remittance: str
    ordinal: int = 0

    @property
    def is_payment(self) -> bool:
        """Whether money moved for good, as far as this line says."""
        return self.booked and not self.reversal and self.units > 0

    @property
    def identity(self) -> tuple[str, ...]:
        """What makes the line this line and no other, its ordinal aside."""
        return (
            self.account,
            self.direction.value,
            self.bank_reference,
            self.end_to_end_id,
            str(self.units),
            self.currency,
            "" if self.booking_date is None else self.booking_date.isoformat(),
        )

    @property
    def fingerprint(self) -> bytes:
        """32 bytes, the same for everyone who reads the same file.

        keccak256(tag ‖ keccak256(field) for each field of ``identity`` and the ordinal).
        """
        fields = (*self.identity, str(self.ordinal))
        return keccak(_LINE + b"".join(keccak(field.encode()) for field in fields))


@dataclass(frozen=True)
class AccountDay:
    """An account's booked balances as its bank states them, signed, and what its entries moved.

    All in minor units. Whether they add up is the reader's question, not the bank's claim.
    """

    account: str
    currency: Currency
    day: date
    opening: int
    credits: int
    debits: int
    closing: int


@dataclass(frozen=True)
class Statement:
    """The lines of one camt message, of all its accounts, in document order.

    ``days`` are of the accounts whose booked balances it states.
    """

    message_id: str
    message: str
    version: int
    lines: tuple[StatementLine, ...]
    days: tuple[AccountDay, ...] = ()

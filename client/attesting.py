"""An oracle member's own reading of a bank statement.

The server can keep a line from being signed, by saying that it paid another account than the
holder stated; it can never bring a member to sign what the member doesn't read itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import ClassVar

from ledger.agreements import Payment
from ledger.documents import StatementLine, read_statement
from ledger.errors import Refused
from ledger.payment import read_payment


@dataclass(frozen=True)
class Reading:
    """One line of a statement and what it proves: a payment, or the reason why it proves none."""

    line: StatementLine
    payment: Payment | None
    reason: Refused | None


def readings(statement: bytes, config: bytes) -> list[Reading]:
    """What a member reads in a camt file, under the oracle configuration ``config``.

    Raises what ``ledger.documents.read_statement`` does for a file that is no statement.
    """
    return [_read(line, config) for line in read_statement(statement).lines]


@dataclass
class PaidElsewhere(Refused):
    """The line names a lot but moved the money between other accounts than its parties stated."""

    reference: str
    account: str
    summary: ClassVar[str] = "{reference} was paid to {account}, not to the account of its holder."


def kept_back(found: Sequence[Reading], elsewhere: AbstractSet[bytes]) -> list[Reading]:
    """The readings, without a payment for those lines, by fingerprint, that paid elsewhere."""
    return [_kept_back(one) if one.line.fingerprint in elsewhere else one for one in found]


def _kept_back(reading: Reading) -> Reading:
    line = reading.line
    account = line.creditor.account or "an account not stated"
    return Reading(line, None, PaidElsewhere(line.end_to_end_id[:35], account[:64]))


def _read(line: StatementLine, config: bytes) -> Reading:
    try:
        return Reading(line, read_payment(line, config), None)
    except Refused as reason:
        return Reading(line, None, reason)

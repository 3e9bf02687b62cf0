"""An oracle member's own reading of a bank statement, or of an extract from the registry.

The server can keep a line from being signed, by saying that it paid another account than the
holder stated; it can never bring a member to sign what the member doesn't read itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from typing import ClassVar

from client.api import Api
from ledger.agreements import Payment
from ledger.business_day import business_day
from ledger.deals import Registration, Remittance
from ledger.documents import StatementLine, read_statement
from ledger.errors import Refused
from ledger.ids import PartyNo
from ledger.movables import ExtractUnfit, read_extract
from ledger.payment import read_payment
from ledger.remittance import is_reference, read_remittance


@dataclass(frozen=True)
class Reading:
    """One line of a statement and what it proves: the payment of a lot, or of a debt under a
    deal, or the reason why it proves none."""

    line: StatementLine
    fact: Payment | Remittance | None
    reason: Refused | None


def readings(statement: bytes, config: bytes) -> list[Reading]:
    """What a member reads in a camt file, under the oracle configuration ``config``.

    Raises what ``ledger.documents.read_statement`` does for a file that is no statement.
    """
    return [_read(line, config) for line in read_statement(statement).lines]


@dataclass
class PaidElsewhere(Refused):
    """The line names a lot or a debt, but moved the money between other accounts than the parties
    stated."""

    reference: str
    account: str
    summary: ClassVar[str] = "{reference} was paid to {account}, not to who is to be paid."


def kept_back(found: Sequence[Reading], elsewhere: AbstractSet[bytes]) -> list[Reading]:
    """The readings, without a fact for those lines, by fingerprint, that paid elsewhere."""
    return [_kept_back(one) if one.line.fingerprint in elsewhere else one for one in found]


def _kept_back(reading: Reading) -> Reading:
    line = reading.line
    account = line.creditor.account or "an account not stated"
    return Reading(line, None, PaidElsewhere(line.end_to_end_id[:35], account[:64]))


def _read(line: StatementLine, config: bytes) -> Reading:
    try:
        if is_reference(line.end_to_end_id):
            return Reading(line, read_remittance(line, config), None)
        return Reading(line, read_payment(line, config), None)
    except Refused as reason:
        return Reading(line, None, reason)


@dataclass
class ExtractDoubtful(Refused):
    """The extract doesn't fit what the ledger knows of the claim and the parties that it names."""

    doubt: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "The extract isn't signed: {doubt}."


@dataclass
class SecuredUnknown(Refused):
    """No bank is enrolled under the identifier that the extract names as secured."""

    identifier: str
    status: ClassVar[int] = 404
    summary: ClassVar[str] = "{identifier} isn't enrolled: nothing can be registered for it here."


def read_registration(api: Api, content: bytes, now: int) -> Registration:
    """What a member reads in an extract; ``now`` in Unix seconds. Of the API it takes the
    configuration in force, and which number its bank is enrolled under.

    Raises what ``ledger.movables.read_extract`` does, ``ExtractUnfit``, ``SecuredUnknown`` or
    ``OraclesNotConfigured``.
    """
    extract = read_extract(content)
    if extract.registered_at > now:
        raise ExtractUnfit("registered_at", "lies ahead")
    if extract.expires_on < business_day(now):
        raise ExtractUnfit("expires_on", "has passed")
    bank = api.party_called(extract.secured)
    if bank is None or bank["identifier"] != extract.secured:
        raise SecuredUnknown(extract.secured)
    return extract.registration(api.oracle_config(), PartyNo(bank["number"]))

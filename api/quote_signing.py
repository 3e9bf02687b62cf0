"""Where a quote stands: who may see it, whose signatures it has, and whether they are enough.

Its bank's officers and its holder both come here, each to sign.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from api.auth import Caller
from api.problems import NotFound
from ledger.approvals import signer_of
from ledger.errors import Refused
from ledger.ids import Address, Digest, PartyNo
from ledger.refusals import InvalidApproval, NotSigner
from ledger.store.connection import Connection
from ledger.store.keeping import finance_quotes
from ledger.store.keeping.finance_quotes import Quote, QuoteApproval, QuoteStatus
from ledger.store.reading import members


@dataclass
class QuoteClosed(Refused):
    """The quote has been offered, accepted, or has run out."""

    quote: str
    state: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "Quote {quote} is {state}."


def find(connection: Connection, caller: Caller, quote_id: str) -> Quote:
    """Raises ``NotFound`` for anyone but its bank and, once it is offered, its holder."""
    found = finance_quotes.find_quote(connection, caller.party, quote_id)
    if found is None:
        raise NotFound
    return found


def require_status(found: Quote, wanted: QuoteStatus, now: int) -> None:
    """Raises ``QuoteClosed``."""
    status = found.status(now)
    if status is not wanted:
        raise QuoteClosed(found.id, status.value)


def is_signed_by(connection: Connection, found: Quote, party: PartyNo) -> bool:
    """Whether as many have signed for the party as this amount takes."""
    return len(signed_by(connection, found, party)) >= needed(connection, found, party)


def needed(connection: Connection, found: Quote, party: PartyNo) -> int:
    """How many of a party's signers this amount takes."""
    standing = members.standing_of_parties(connection, [party]).party(party)
    return standing.needed(found.finance.end - found.finance.start)


def signed_by(connection: Connection, found: Quote, party: PartyNo) -> dict[Address, bytes]:
    """The approvals that count now: of those who still sign for the party."""
    signers = members.signers_of_parties(connection, [party])[party]
    return {
        one.signer: one.approval
        for one in found.approvals
        if one.party == party and one.signer in signers
    }


def approval_of(
    connection: Connection, caller: Caller, digest: Digest, approval: bytes
) -> QuoteApproval:
    """Of whoever signs for the caller's party; InvalidApproval or NotSigner."""
    signer = signer_of(approval, digest)
    if signer is None:
        raise InvalidApproval(0)
    if members.parties_of(connection, [signer]).get(signer) != caller.party:
        raise NotSigner(caller.party, signer)
    return QuoteApproval(signer, caller.party, approval)

"""A holder accepts a quote: with the last signature needed, the deal goes to the chain.

Each function is part of one transaction: the countersignature, the act in the outbox and what
opens the advance are kept together or not at all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from api import asking
from api.auth import Caller
from api.quote_signing import approval_of, find, is_signed_by, needed, require_status, signed_by
from api.quoting import Desk
from ledger.acts import SignedAct, kind_of
from ledger.approvals import in_order
from ledger.consent import read_signed, require_in_time
from ledger.deals import Duty
from ledger.errors import Refused
from ledger.ids import PartyNo
from ledger.pricing import price, read_terms
from ledger.refusals import ApprovalsMissing, PartyNotActive
from ledger.risk.reversal import InvoiceTakenBack
from ledger.store.connection import Connection
from ledger.store.keeping import finance_quotes, finance_requests
from ledger.store.keeping.finance_quotes import Quote, QuoteStatus
from ledger.store.keeping.finance_requests import RequestStatus
from ledger.store.keeping.openings import DebtOpening, keep_opening
from ledger.store.keeping.reversals import is_uncovered
from ledger.store.outbox import NewAct
from ledger.store.outbox import accept as accept_act
from ledger.store.reading import members


@dataclass
class LotPromised(Refused):
    """The holder has accepted a quote over this lot that may still take effect."""

    claim: int
    lot: int
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "A quote over the lot at {lot} of claim {claim} is accepted already."


def accept(
    connection: Connection, caller: Caller, quote_id: str, approval: bytes, desk: Desk
) -> Quote:
    """The holder's countersignature; with the last one needed the deal goes to the chain.

    Raises ``NotFound``, ``NotForBank``, ``RequestClosed``, ``Expired``, ``QuoteClosed``,
    ``LotChanged``, ``LotNotLive``, ``LotPromised``, ``PartyNotActive``, ``InvalidApproval``,
    ``NotSigner``, ``ApprovalsMissing``, ``ReferenceTaken``, ``InvoiceTakenBack``.
    """
    found = find(connection, caller, quote_id)
    request = asking.find(connection, caller, found.request)
    if request.holder != caller.party:
        raise asking.NotForBank(request.id)
    require_in_time(found.finance, desk.now)
    require_status(found, QuoteStatus.OFFERED, desk.now)
    asking.require_open(request, desk.now)
    asking.require_unmoved(connection, request)
    if finance_quotes.promised(connection, request, desk.now):
        raise LotPromised(request.claim, request.lot)
    if is_uncovered(connection, request.claim):
        raise InvoiceTakenBack(request.claim)
    given = approval_of(connection, caller, found.digest, approval)
    finance_quotes.add_approval(connection, found, given, desk.now)
    found = find(connection, caller, quote_id)
    if not is_signed_by(connection, found, request.holder):
        return found
    _conclude(connection, caller, found, desk)
    keep_opening(connection, _advance_owed(found), desk.now)
    finance_quotes.move_on(connection, found, QuoteStatus.OFFERED, QuoteStatus.ACCEPTED)
    finance_requests.close_request(connection, request, RequestStatus.ACCEPTED, None)
    return find(connection, caller, quote_id)


def _conclude(connection: Connection, caller: Caller, found: Quote, desk: Desk) -> None:
    """Both sides' signatures still count; then the deal goes to the outbox."""
    bank, holder = PartyNo(found.finance.bank), PartyNo(found.finance.seller)
    if not members.standing_of_parties(connection, [bank]).party(bank).active:
        raise PartyNotActive(bank)
    by_bank = signed_by(connection, found, bank)
    wanted = needed(connection, found, bank)
    if len(by_bank) < wanted:
        raise ApprovalsMissing(len(by_bank), wanted)
    sides = tuple(
        in_order(list(given.values()), found.digest)
        for given in (signed_by(connection, found, holder), by_bank)
    )
    act = SignedAct(found.finance, sides)
    read_signed(act, desk.deployment)
    kind = kind_of(act.agreement)
    new = NewAct(
        digest=found.digest,
        kind=kind.name,
        target=desk.deployment.address(kind.contract),
        call=act.call_data(),
        submitter=caller.party,
        request_id=desk.request_id or None,
    )
    accept_act(connection, [new])


def _advance_owed(found: Quote) -> DebtOpening:
    terms = read_terms(found.opening.terms)
    return DebtOpening(
        commitment=found.finance.advance,
        deal=bytes(found.digest),
        duty=Duty.ADVANCE,
        reference=found.opening.reference,
        currency=terms.currency,
        amount=price(terms).advance,
        payer=PartyNo(found.finance.bank),
        payee=PartyNo(found.finance.seller),
    )

"""An officer decides: quote, approve what a colleague quoted, take a quote back, or decline.

Each function is part of one transaction: the decision, the signed quote and what it reserves of
the bank's lines are kept together or not at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import ClassVar

from api import asking
from api.auth import Caller
from api.desk_facts import Glance, claim_of, consider, documents_root
from api.exposure import reserve_lines
from api.quote_signing import approval_of, find, is_signed_by, require_status
from ledger.business_day import day_of
from ledger.consent import require_in_time
from ledger.deals import Finance
from ledger.deciding import require_allowed
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.ids import Digest, PartyNo
from ledger.quoting import Asked, Opened, Opening, check_quote
from ledger.rules import Catalogue, Decision
from ledger.store.connection import Connection
from ledger.store.keeping import (
    finance_decisions,
    finance_quotes,
    finance_requests,
    reservations,
)
from ledger.store.keeping.finance_decisions import DecisionKind, NewDecision, ShownView
from ledger.store.keeping.finance_quotes import NewQuote, Quote, QuoteApproval, QuoteStatus
from ledger.store.keeping.finance_requests import FinanceRequest, RequestStatus
from ledger.store.reading.receivables import Receivable

VIEW_LIFETIME = 900
"""Seconds for which an officer may decide on what was shown."""


@dataclass
class ViewNotSeen(Refused):
    """The officer decides on something that wasn't shown to that very officer."""

    view: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "You weren't shown {view} for this request: look at it first."


@dataclass
class ViewTooOld(Refused):
    """What the officer saw may have changed."""

    age: int
    limit: int
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "You looked {age} seconds ago, {limit} are allowed: look again."


@dataclass
class SignedByAnother(Refused):
    """An officer's decision carries that officer's own signature."""

    signer: str
    officer: str
    status: ClassVar[int] = 403
    summary: ClassVar[str] = "{officer} decides, but {signer} signed."


@dataclass
class JustificationUnasked(Refused):
    """A justification is of a rule that asks for one."""

    rule: str
    summary: ClassVar[str] = "The rule {rule} asks for no justification."


@dataclass
class QuotedAlready(Refused):
    """This very agreement is quoted already; draw a new salt for another."""

    digest: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "{digest} is quoted already."


@dataclass(frozen=True)
class DeskDraft:
    """A quote as an officer hands it in. ``seen`` is the hash of the view decided on."""

    finance: Finance
    opening: Opening
    seen: bytes
    justifications: Mapping[str, str]
    approval: bytes


@dataclass(frozen=True)
class Desk:
    """Where decisions are made: for which contracts, by which rules, when, by which request."""

    deployment: Deployment
    catalogue: Catalogue
    now: int
    request_id: str = field(default="")


def quote(
    connection: Connection, caller: Caller, request_id: str, draft: DeskDraft, desk: Desk
) -> Quote:
    """The quote: offered, or proposed if another officer has to sign.

    Raises ``NotFound``, ``NotForHolder``, ``RequestClosed``, ``ViewNotSeen``, ``ViewTooOld``,
    ``LotChanged``, ``LotNotLive``, ``RulesRefuse``, ``JustificationMissing``,
    ``JustificationUnasked``, what ``check_quote`` does, ``InvalidApproval``, ``NotSigner``,
    ``SignedByAnother``, ``QuotedAlready``, or what the lines refuse.
    """
    request = asking.find_asked(connection, caller, request_id, desk.now)
    view = _seen(connection, caller, request, draft.seen, desk.now)
    claim = claim_of(connection, request)
    asking.require_unmoved(connection, request)
    decision = _allowed(connection, caller, request, claim, draft.justifications, desk)
    opened = _checked(connection, caller, request, claim, draft, view, decision, desk.now)
    digest = desk.deployment.digest(draft.finance)
    given = _own_approval(connection, caller, digest, draft.approval)
    new = NewQuote(digest, draft.finance, draft.opening)
    quote_id = finance_quotes.add_quote(connection, request, new, desk.now)
    made = finance_quotes.find_quote(connection, caller.party, quote_id or "")
    if made is None:
        raise QuotedAlready(hexed(digest))
    finance_quotes.add_approval(connection, made, given, desk.now)
    new_decision = NewDecision(
        caller.address, DecisionKind.QUOTE, view, decision, draft.justifications, made.row
    )
    finance_decisions.add_decision(connection, request, new_decision, desk.now)
    reserve_lines(connection, request, claim, made, opened.terms, desk.now)
    return _offered_if_signed(connection, caller, made)


@dataclass(frozen=True)
class SecondLook:
    """Another officer's approval of a colleague's quote."""

    seen: bytes
    approval: bytes


def approve(
    connection: Connection, caller: Caller, quote_id: str, look: SecondLook, desk: Desk
) -> Quote:
    """The second officer's yes. Raises as ``quote`` does, or ``QuoteClosed``, ``Expired``."""
    found = find(connection, caller, quote_id)
    request = asking.find_asked(connection, caller, found.request, desk.now)
    require_in_time(found.finance, desk.now)
    require_status(found, QuoteStatus.PROPOSED, desk.now)
    view = _seen(connection, caller, request, look.seen, desk.now)
    claim = claim_of(connection, request)
    asking.require_unmoved(connection, request)
    before = _justified_before(connection, caller.party, found)
    decision = _allowed(connection, caller, request, claim, before, desk)
    given = _own_approval(connection, caller, found.digest, look.approval)
    finance_quotes.add_approval(connection, found, given, desk.now)
    new = NewDecision(caller.address, DecisionKind.APPROVE, view, decision, before, found.row)
    finance_decisions.add_decision(connection, request, new, desk.now)
    return _offered_if_signed(connection, caller, find(connection, caller, quote_id))


def withdraw(connection: Connection, caller: Caller, quote_id: str, now: int) -> Quote:
    """The bank takes back what its second officer hasn't signed, and the lines get it back. Once
    offered, an offer stands until it runs out: the chain would take it.

    Raises ``NotFound`` or ``QuoteClosed``.
    """
    found = find(connection, caller, quote_id)
    require_status(found, QuoteStatus.PROPOSED, now)
    finance_quotes.move_on(connection, found, QuoteStatus.PROPOSED, QuoteStatus.WITHDRAWN)
    reservations.withdraw(connection, caller.party, found.digest)
    return find(connection, caller, quote_id)


def decline(
    connection: Connection, caller: Caller, request_id: str, seen: bytes, reason: str, desk: Desk
) -> FinanceRequest:
    """The bank says no, and why. Raises as ``quote`` does up to the view."""
    request = asking.find_asked(connection, caller, request_id, desk.now)
    view = _seen(connection, caller, request, seen, desk.now)
    glance = Glance(caller, desk.catalogue, desk.now)
    decision = consider(connection, request, claim_of(connection, request), glance).decision
    new = NewDecision(caller.address, DecisionKind.DECLINE, view, decision, {})
    finance_decisions.add_decision(connection, request, new, desk.now)
    finance_requests.close_request(connection, request, RequestStatus.DECLINED, reason)
    return asking.find(connection, caller, request_id)


def _seen(
    connection: Connection, caller: Caller, request: FinanceRequest, view_hash: bytes, now: int
) -> ShownView:
    view = finance_decisions.find_view(connection, request, caller.address, view_hash)
    if view is None:
        raise ViewNotSeen(hexed(view_hash))
    if now - view.created > VIEW_LIFETIME:
        raise ViewTooOld(now - view.created, VIEW_LIFETIME)
    return view


def _allowed(
    connection: Connection,
    caller: Caller,
    request: FinanceRequest,
    claim: Receivable,
    justifications: Mapping[str, str],
    desk: Desk,
) -> Decision:
    """The rules' decision as of now, if it lets the quote through."""
    glance = Glance(caller, desk.catalogue, desk.now)
    decision = consider(connection, request, claim, glance).decision
    require_allowed(decision.answers, justifications)
    _require_asked_for(decision, justifications)
    return decision


def _require_asked_for(decision: Decision, justified: Iterable[str]) -> None:
    wanted = {answer.rule for answer in decision.answers.standing_in_the_way()}
    for rule in justified:
        if rule not in wanted:
            raise JustificationUnasked(rule)


def _checked(
    connection: Connection,
    caller: Caller,
    request: FinanceRequest,
    claim: Receivable,
    draft: DeskDraft,
    view: ShownView,
    decision: Decision,
    now: int,
) -> Opened:
    asked = Asked(
        claim=request.claim,
        lot=request.lot,
        version=request.version,
        start=request.start,
        end=request.end,
        holder=request.holder,
        bank=request.bank,
        mode=request.mode,
        currency=claim.claim.currency,
        claim_maturity=claim.claim.maturity,
        value_date=day_of(request.value_date),
        documents=documents_root(connection, request, caller),
        registration=view.registration,
        expires=request.expires,
    )
    return check_quote(draft.finance, draft.opening, asked, decision.commitment, now)


def _own_approval(
    connection: Connection, caller: Caller, digest: Digest, approval: bytes
) -> QuoteApproval:
    given = approval_of(connection, caller, digest, approval)
    if given.signer != caller.address:
        raise SignedByAnother(given.signer, caller.address)
    return given


def _offered_if_signed(connection: Connection, caller: Caller, made: Quote) -> Quote:
    made = find(connection, caller, made.id)
    if is_signed_by(connection, made, caller.party):
        finance_quotes.move_on(connection, made, QuoteStatus.PROPOSED, QuoteStatus.OFFERED)
    return find(connection, caller, made.id)


def _justified_before(connection: Connection, bank: PartyNo, found: Quote) -> Mapping[str, str]:
    """The proposing officer's justifications, which the second one makes its own."""
    decided = finance_decisions.list_decisions(connection, bank, None, 100, request=found.request)
    return next(
        (
            one.justifications
            for one in decided
            if one.quote == found.id and one.kind is DecisionKind.QUOTE
        ),
        {},
    )

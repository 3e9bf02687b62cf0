"""What can be done with a proposal, by whom, and when. Each function is part of one transaction."""

from __future__ import annotations

from dataclasses import dataclass

from api.auth import Caller
from api.debts import keep_debt, sides_over_deal
from api.problems import NotFound
from api.proposal_board import Board, Proposable, agreement_of
from api.proposal_terms import Draft, check_terms, linked_documents, open_to_all
from ledger.acts import SignedAct, kind_of
from ledger.agreements import Issue, Merge, Transfer
from ledger.approvals import signer_of
from ledger.checks import check
from ledger.consent import read_signed, require_in_time
from ledger.deployment import Deployment
from ledger.errors import Refused
from ledger.ids import Digest, PartyNo
from ledger.refusals import InvalidApproval, NotSigner
from ledger.store.connection import Connection
from ledger.store.keeping import documents, proposals
from ledger.store.keeping.issuance import accept_within_limits, issues_among
from ledger.store.keeping.proposals import (
    PENDING,
    GivenApproval,
    NewProposal,
    Proposal,
    ProposalStatus,
    Side,
    find_proposal,
)
from ledger.store.outbox import ActRecord, NewAct, read_act
from ledger.store.reading import members


@dataclass
class NotASide(Refused):
    """Only a party to an agreement proposes it."""

    party: int
    status = 403
    summary = "Party {party} is no side of this agreement."


@dataclass
class ProposalClosed(Refused):
    """The proposal has been submitted, refused or withdrawn."""

    proposal: str
    state: str
    status = 409
    summary = "Proposal {proposal} is {state}."


@dataclass
class NotForProposer(Refused):
    """Who proposed withdraws; the others refuse."""

    proposal: str
    status = 403
    summary = "Proposal {proposal}: the proposer withdraws, the other sides refuse."


def propose(
    connection: Connection, deployment: Deployment, caller: Caller, draft: Draft, now: int
) -> tuple[Proposal, bool]:
    """The proposal and whether it is new.

    Raises what ``ledger.checks`` and ``ledger.proposing`` do, ``NotASide``, ``DocumentNotVisible``,
    ``NotYourDocument``, ``InvalidApproval``, ``NotSigner``, or what ``api.debts`` does.
    """
    sides = _sides(connection, caller, draft.agreement)
    if caller.party not in {side.party for side in sides}:
        raise NotASide(caller.party)
    digest = deployment.digest(draft.agreement)
    known = find_proposal(connection, [caller.party], digest=digest)
    if known is not None:
        return known, False
    check_terms(connection, draft.agreement, sides, now)
    keep_debt(connection, draft.agreement, draft.opening, now)
    linked = linked_documents(connection, caller, draft)
    open_to_all(connection, caller.party, linked, sides, now)
    kind = kind_of(draft.agreement).name
    new = NewProposal(digest, kind, draft.agreement.to_json(), caller.party, sides)
    row = proposals.add_proposal(connection, new, now)
    if row is None:
        raise NotASide(caller.party)
    documents.link(connection, row, linked)
    for approval in draft.approvals:
        _add_approval(connection, caller, row, digest, approval, now)
    return _settled(connection, caller, digest), True


def approve(
    connection: Connection, caller: Caller, proposal_id: str, approval: bytes, now: int
) -> Proposal:
    """Raises ``NotFound``, ``ProposalClosed``, ``Expired``, ``InvalidApproval``, ``NotSigner``."""
    found = _pending(connection, caller, proposal_id)
    require_in_time(agreement_of(found), now)
    _add_approval(connection, caller, found.row, found.digest, approval, now)
    return _settled(connection, caller, found.digest)


@dataclass(frozen=True)
class HandingIn:
    """With what an agreement is handed in: for which contracts, when, by which request."""

    deployment: Deployment
    now: int
    request_id: str


def submit(
    connection: Connection, caller: Caller, proposal_id: str, handing_in: HandingIn
) -> ActRecord:
    """The act in the outbox; the one that is there if it was submitted before. One that was too
    early is submitted anew.

    Raises ``NotFound``, ``ProposalClosed``, ``IssuanceLimitReached`` or what
    ``ledger.checks.check`` does.
    """
    found = _find(connection, caller, proposal_id)
    known = read_act(connection, found.digest)
    if found.status is not ProposalStatus.SUBMITTED or known is None:
        _require_pending(found)
    elif not known.may_pass_later:
        return known
    agreement = agreement_of(found)
    act = SignedAct(agreement, Board(connection, [found]).approvals(found))
    signed = read_signed(act, handing_in.deployment)
    check(signed, members.standing_for(connection, [signed]), handing_in.now)
    new = NewAct(
        digest=found.digest,
        kind=found.kind,
        target=handing_in.deployment.address(act.kind.contract),
        call=act.call_data(),
        submitter=caller.party,
        request_id=handing_in.request_id,
    )
    (record,) = accept_within_limits(connection, [new], issues_among([signed]), handing_in.now)
    if isinstance(record, Refused):
        raise record
    proposals.move_on(connection, found, ProposalStatus.SUBMITTED, by=caller.party)
    return record


def refuse(connection: Connection, caller: Caller, proposal_id: str, reason: str) -> Proposal:
    found = _pending(connection, caller, proposal_id)
    if found.proposer == caller.party:
        raise NotForProposer(found.id)
    proposals.move_on(connection, found, ProposalStatus.REFUSED, reason=reason, by=caller.party)
    return _find(connection, caller, proposal_id)


def withdraw(connection: Connection, caller: Caller, proposal_id: str) -> Proposal:
    found = _pending(connection, caller, proposal_id)
    if found.proposer != caller.party:
        raise NotForProposer(found.id)
    proposals.move_on(connection, found, ProposalStatus.WITHDRAWN, by=caller.party)
    return _find(connection, caller, proposal_id)


def _find(connection: Connection, caller: Caller, proposal_id: str) -> Proposal:
    found = find_proposal(connection, [caller.party], id=proposal_id)
    if found is None:
        raise NotFound
    return found


def _pending(connection: Connection, caller: Caller, proposal_id: str) -> Proposal:
    found = _find(connection, caller, proposal_id)
    _require_pending(found)
    return found


def _require_pending(found: Proposal) -> None:
    if found.status not in PENDING:
        raise ProposalClosed(found.id, found.status.value)


def _add_approval(
    connection: Connection, caller: Caller, row: int, digest: Digest, approval: bytes, now: int
) -> None:
    signer = signer_of(approval, digest)
    if signer is None:
        raise InvalidApproval(0)
    if members.parties_of(connection, [signer]).get(signer) != caller.party:
        raise NotSigner(caller.party, signer)
    given = GivenApproval(signer, caller.party, approval)
    proposals.add_approval(connection, row, given, now)


def _settled(connection: Connection, caller: Caller, digest: Digest) -> Proposal:
    """The proposal with the status that its approvals give it."""
    found = find_proposal(connection, [caller.party], digest=digest)
    if found is None:
        raise NotFound
    ready = Board(connection, [found]).is_ready(found)
    status = ProposalStatus.READY if ready else ProposalStatus.OPEN
    if status is found.status:
        return found
    proposals.move_on(connection, found, status)
    return _find(connection, caller, found.id)


def _sides(connection: Connection, caller: Caller, agreement: Proposable) -> tuple[Side, ...]:
    names = kind_of(agreement).sides
    if isinstance(agreement, Issue | Transfer | Merge):
        return tuple(Side(side, PartyNo(getattr(agreement, side))) for side in names)
    return sides_over_deal(connection, caller.party, agreement, names)

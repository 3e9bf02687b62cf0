"""Proposals over HTTP: draft, countersign, submit, or say no."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response, status
from pydantic import Field, WithJsonSchema

from api import proposing
from api.acts import Act, show_act
from api.auth import SignedIn
from api.debts import GivenOpening
from api.logs import CurrentRequestId
from api.messages import (
    MESSAGE_SCHEMA,
    ProposalKind,
    ProposalMessage,
    ProposalTypedData,
    typed_data,
)
from api.problems import NotFound
from api.proposal_board import PROPOSABLE, Board, agreement_of
from api.proposal_terms import Draft
from api.proposing import HandingIn
from api.routing import Route
from api.services import Given, Services
from api.wire import (
    Address,
    Amount,
    Approval,
    Currency,
    Hash,
    Id,
    IdPath,
    In,
    Moment,
    Note,
    Out,
    Page,
    Paged,
    Reference,
    id_cursor,
    iso_moment,
    read_units,
)
from ledger.hexadecimal import hexed, unhexed
from ledger.store.connection import Connection
from ledger.store.keeping.openings import DebtOpening as KeptOpening
from ledger.store.keeping.openings import openings_by_commitment
from ledger.store.keeping.proposals import (
    Proposal as KeptProposal,
)
from ledger.store.keeping.proposals import ProposalFilter, ProposalStatus, find_proposal
from ledger.store.keeping.proposals import list_proposals as list_kept

router = APIRouter(route_class=Route, prefix="/v1/proposals", tags=["proposals"])

Role = Literal["debtor", "creditor", "holder", "recipient", "seller", "bank"]


class DebtOpeningRequest(In):
    """What opens the debt that a buy-back, repayment or surplus commits to: the payment's
    EndToEndId, and minor units of the claim's currency."""

    reference: Reference
    amount: Amount


class ProposalRequest(In):
    """``approvals`` are of the proposer's own side. Documents it owns are opened to all sides."""

    kind: ProposalKind
    message: Annotated[dict[str, Any], WithJsonSchema(MESSAGE_SCHEMA)]
    documents: Annotated[tuple[Id, ...], Field(max_length=50, strict=False)] = ()
    approvals: Annotated[list[Approval], Field(min_length=1, max_length=50)]
    opening: DebtOpeningRequest | None = None


class ApprovalRequest(In):
    approval: Approval


class RefusalRequest(In):
    reason: Note


class Side(Out):
    """``given`` are the signers whose approvals count now, of ``needed``."""

    side: str
    party: int
    needed: int
    given: list[Address]


class DebtOpening(Out):
    """``reference``, ``currency`` and ``amount`` are what ``commitment`` was made of."""

    commitment: Hash
    reference: str
    currency: Currency
    amount: Amount


class Proposal(Out):
    id: Id
    digest: Hash
    kind: str
    message: ProposalMessage  # type: ignore[valid-type]
    typed_data: ProposalTypedData
    documents: list[Id]
    proposer: int
    sides: list[Side]
    status: ProposalStatus
    reason: str | None
    created: Moment
    act: Act | None
    opening: DebtOpening | None


class ProposalPage(Page[Proposal]):
    pass


@router.post("", status_code=status.HTTP_201_CREATED)
def add_proposal(
    services: Given, caller: SignedIn, request: ProposalRequest, response: Response
) -> Proposal:
    """Lays an agreement before its other side. The same agreement again is the same proposal."""
    draft = Draft(
        agreement=PROPOSABLE[request.kind].from_json(request.message),
        documents=tuple(dict.fromkeys(request.documents)),
        approvals=tuple(map(unhexed, request.approvals)),
        opening=_given(request.opening),
    )
    now = services.clock()

    def work(connection: Connection) -> tuple[Proposal, bool]:
        kept, added = proposing.propose(connection, services.deployment, caller, draft, now)
        return _show(connection, services, kept), added

    proposal, added = services.database.write(work)
    if not added:
        response.status_code = status.HTTP_200_OK
    return proposal


@router.get("")
def list_proposals(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    status: Annotated[ProposalStatus | None, Query()] = None,
    role: Annotated[Role | None, Query(description="The caller's side")] = None,
) -> ProposalPage:
    """Proposals that the caller's party is a side of, newest first."""
    after = paging.behind(id_cursor, None)
    asked = ProposalFilter(status, role)
    with services.database.read() as connection:
        found = list_kept(connection, [caller.party], asked, after, paging.fetch)
        shown = {one.id: one for one in _show_all(connection, services, found)}
    return ProposalPage(**paging.cut(found, lambda one: one.id, lambda one: shown[one.id]))


@router.get("/{proposal_id}")
def show_proposal(services: Given, caller: SignedIn, proposal_id: IdPath) -> Proposal:
    with services.database.read() as connection:
        found = find_proposal(connection, [caller.party], id=proposal_id)
        if found is None:
            raise NotFound
        return _show(connection, services, found)


@router.post("/{proposal_id}/approvals")
def approve_proposal(
    services: Given, caller: SignedIn, proposal_id: IdPath, request: ApprovalRequest
) -> Proposal:
    """Adds an approval by a signer of the caller's party."""
    approval, now = unhexed(request.approval), services.clock()

    def work(connection: Connection) -> Proposal:
        kept = proposing.approve(connection, caller, proposal_id, approval, now)
        return _show(connection, services, kept)

    return services.database.write(work)


@router.post("/{proposal_id}/submission", status_code=status.HTTP_202_ACCEPTED)
def submit_proposal(
    services: Given, caller: SignedIn, proposal_id: IdPath, request_id: CurrentRequestId
) -> Act:
    """Sends the agreement on its way to the chain; again is fine."""
    handing_in = HandingIn(services.deployment, services.clock(), request_id)

    def work(connection: Connection) -> Act:
        return show_act(proposing.submit(connection, caller, proposal_id, handing_in))

    return services.database.write(work)


@router.post("/{proposal_id}/refusal")
def refuse_proposal(
    services: Given, caller: SignedIn, proposal_id: IdPath, request: RefusalRequest
) -> Proposal:
    """Any side but the proposer's says no. Signatures given stay valid on paper until they expire:
    the proposal is closed here, nothing is revoked on chain."""

    def work(connection: Connection) -> Proposal:
        kept = proposing.refuse(connection, caller, proposal_id, request.reason)
        return _show(connection, services, kept)

    return services.database.write(work)


@router.post("/{proposal_id}/withdrawal")
def withdraw_proposal(services: Given, caller: SignedIn, proposal_id: IdPath) -> Proposal:
    """The proposer takes it back."""

    def work(connection: Connection) -> Proposal:
        return _show(connection, services, proposing.withdraw(connection, caller, proposal_id))

    return services.database.write(work)


def _show(connection: Connection, services: Services, kept: KeptProposal) -> Proposal:
    return _show_all(connection, services, [kept])[0]


def _show_all(
    connection: Connection, services: Services, found: Sequence[KeptProposal]
) -> list[Proposal]:
    board = Board(connection, found)
    opened = openings_by_commitment(connection, [_commitment(one) for one in found])
    return [_show_one(board, services, kept, opened.get(_commitment(kept))) for kept in found]


def _show_one(
    board: Board, services: Services, kept: KeptProposal, opening: KeptOpening | None
) -> Proposal:
    agreement = agreement_of(kept)
    act = board.act(kept)
    return Proposal(
        id=kept.id,
        digest=hexed(kept.digest),
        kind=kept.kind,
        message=kept.message,
        typed_data=typed_data(agreement, services.deployment),
        documents=list(kept.documents),
        proposer=kept.proposer,
        sides=[
            Side(side=one.side, party=one.party, needed=one.needed, given=sorted(one.given))
            for one in board.sides(kept)
        ],
        status=kept.status,
        reason=kept.reason,
        created=iso_moment(kept.created),
        act=None if act is None else show_act(act),
        opening=None if opening is None else show_opening(opening),
    )


def show_opening(opening: KeptOpening) -> DebtOpening:
    return DebtOpening(
        commitment=hexed(opening.commitment),
        reference=opening.reference,
        currency=opening.currency,
        amount=str(opening.amount),
    )


def _given(opening: DebtOpeningRequest | None) -> GivenOpening | None:
    if opening is None:
        return None
    return GivenOpening(opening.reference, read_units(opening.amount))


def _commitment(kept: KeptProposal) -> bytes:
    """Of the debt that it makes or ends; its sides may read what opens it."""
    return getattr(agreement_of(kept), "commitment", b"")

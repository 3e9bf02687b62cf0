"""Proposals: agreements on their way to being signed by all their sides."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, Connection, exists, insert, select, update

from ledger.ids import Address, Digest, PartyNo
from ledger.store.columns import new_id
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import (
    approvals,
    documents,
    proposal_documents,
    proposal_sides,
    proposals,
)


class ProposalStatus(StrEnum):
    OPEN = "open"
    READY = "ready"
    SUBMITTED = "submitted"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


PENDING = (ProposalStatus.OPEN, ProposalStatus.READY)


@dataclass(frozen=True, slots=True)
class Side:
    side: str
    party: PartyNo


@dataclass(frozen=True, slots=True)
class GivenApproval:
    signer: Address
    party: PartyNo
    approval: bytes


@dataclass(frozen=True, slots=True)
class NewProposal:
    digest: Digest
    kind: str
    message: dict[str, Any]
    proposer: PartyNo
    sides: Sequence[Side]


@dataclass(frozen=True, slots=True)
class Proposal:
    """``sides`` in the order of the act's kind; ``documents`` are public ids."""

    row: int
    id: str
    digest: Digest
    kind: str
    message: dict[str, Any]
    proposer: PartyNo
    status: ProposalStatus
    reason: str | None
    created: int
    sides: tuple[Side, ...]
    approvals: tuple[GivenApproval, ...]
    documents: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ProposalFilter:
    status: ProposalStatus | None = None
    side: str | None = None


def add_proposal(connection: Connection, new: NewProposal, now: int) -> int | None:
    """The new proposal's row; None if there is one over this very agreement already."""
    row = {
        "id": new_id(),
        "digest": new.digest,
        "kind": new.kind,
        "message": new.message,
        "proposer": new.proposer,
        "status": ProposalStatus.OPEN,
        "created": now,
    }
    if not insert_once(connection, proposals, row):
        return None
    number: int = connection.execute(
        select(proposals.c.row).where(proposals.c.digest == new.digest)
    ).scalar_one()
    for position, side in enumerate(new.sides):
        values = {"proposal": number, "position": position, "side": side.side, "party": side.party}
        connection.execute(insert(proposal_sides).values(values))
    return number


def add_approval(connection: Connection, proposal: int, given: GivenApproval, now: int) -> None:
    """Keep an approval; a signer's first one stays."""
    row = {
        "proposal": proposal,
        "signer": given.signer,
        "party": given.party,
        "approval": given.approval,
        "created": now,
    }
    insert_once(connection, approvals, row)


def move_on(
    connection: Connection,
    proposal: Proposal,
    status: ProposalStatus,
    *,
    reason: str | None = None,
    by: PartyNo | None = None,
) -> bool:
    """Whether the proposal was still pending, and is ``status`` now."""
    changed = connection.execute(
        update(proposals)
        .where(proposals.c.row == proposal.row, proposals.c.status.in_(PENDING))
        .values(status=status, reason=reason, closed_by=by)
    )
    return changed.rowcount == 1


def find_proposal(
    connection: Connection,
    parties: Iterable[PartyNo],
    *,
    id: str | None = None,  # noqa: A002 - the column's name
    digest: bytes | None = None,
) -> Proposal | None:
    """The proposal with this id or digest, if one of these parties is a side of it."""
    wanted = proposals.c.id == id if digest is None else proposals.c.digest == digest
    query = select(proposals).where(wanted, _has_side(parties))
    return next(iter(_with_parts(connection, connection.execute(query).all())), None)


def list_proposals(
    connection: Connection,
    parties: Iterable[PartyNo],
    asked: ProposalFilter,
    after: str | None,
    limit: int,
) -> list[Proposal]:
    """Newest first, those behind the one with the id ``after``."""
    query = select(proposals).where(_has_side(parties, asked.side))
    if asked.status is not None:
        query = query.where(proposals.c.status == asked.status)
    if after is not None:
        behind = select(proposals.c.row).where(proposals.c.id == after).scalar_subquery()
        query = query.where(proposals.c.row < behind)
    rows = connection.execute(query.order_by(proposals.c.row.desc()).limit(limit)).all()
    return _with_parts(connection, rows)


def _has_side(parties: Iterable[PartyNo], side: str | None = None) -> ColumnElement[bool]:
    conditions = [
        proposal_sides.c.proposal == proposals.c.row,
        proposal_sides.c.party.in_(list(parties)),
    ]
    if side is not None:
        conditions.append(proposal_sides.c.side == side)
    return exists().where(*conditions)


def _with_parts(connection: Connection, rows: Sequence[Any]) -> list[Proposal]:
    numbers = [row.row for row in rows]
    sides: dict[int, list[Side]] = {number: [] for number in numbers}
    given: dict[int, list[GivenApproval]] = {number: [] for number in numbers}
    linked: dict[int, list[str]] = {number: [] for number in numbers}
    for row in connection.execute(
        select(proposal_sides)
        .where(proposal_sides.c.proposal.in_(numbers))
        .order_by(proposal_sides.c.position)
    ):
        sides[row.proposal].append(Side(row.side, row.party))
    for row in connection.execute(select(approvals).where(approvals.c.proposal.in_(numbers))):
        given[row.proposal].append(GivenApproval(row.signer, row.party, row.approval))
    for row in connection.execute(
        select(proposal_documents.c.proposal, documents.c.id)
        .join(documents, documents.c.row == proposal_documents.c.document)
        .where(proposal_documents.c.proposal.in_(numbers))
        .order_by(documents.c.row)
    ):
        linked[row.proposal].append(row.id)
    return [
        Proposal(
            row=row.row,
            id=row.id,
            digest=Digest(row.digest),
            kind=row.kind,
            message=row.message,
            proposer=row.proposer,
            status=ProposalStatus(row.status),
            reason=row.reason,
            created=row.created,
            sides=tuple(sides[row.row]),
            approvals=tuple(given[row.row]),
            documents=tuple(linked[row.row]),
        )
        for row in rows
    ]

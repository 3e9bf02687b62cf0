"""Resolutions: what people did about lines on the worklist, signed, in a chained journal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field, WithJsonSchema

from api.auth import Caller, SignedIn
from api.messages import LineResolutionMessage
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.statements import StatementLine, config_in_force, show_line
from api.wire import (
    Address,
    Approval,
    Hash,
    Id,
    IdPath,
    In,
    Moment,
    Out,
    Page,
    Paged,
    iso_moment,
    number_cursor,
)
from ledger.approvals import ECDSA_LENGTH
from ledger.consent import require_consent, signers_of
from ledger.errors import Refused
from ledger.hexadecimal import hexed, unhexed
from ledger.refusals import Expired, InvalidApproval
from ledger.resolving import (
    LineResolution,
    Remedy,
    ResolutionDiffers,
    require_place,
    resolution_domain,
)
from ledger.standing import Standing
from ledger.store.connection import Connection
from ledger.store.keeping import resolutions, statements
from ledger.store.keeping.resolutions import KeptResolution, SignedResolution
from ledger.store.keeping.statements import Line as KeptLine
from ledger.store.reading import members
from ledger.typed import MalformedAgreement, digest_of

router = APIRouter(route_class=Route, prefix="/v1/worklist", tags=["payments"])

_NEWEST = 2**31 - 1


@dataclass
class LineResolved(Refused):
    """Somebody has dealt with the line."""

    line: str
    status = 409
    summary = "Line {line} has been resolved already."


@dataclass
class NotYourStatement(Refused):
    """Only who handed a statement in closes its lines."""

    line: str
    status = 403
    summary = "Line {line} is of a statement that someone else handed in."


class ResolutionRequest(In):
    """``approvals`` are signers of the party that handed the line in, rising by signer, as many
    as its acts of that amount need; or the one oracle member without a party that did."""

    message: Annotated[
        dict[str, Any],
        WithJsonSchema({"allOf": [{"$ref": "#/components/schemas/LineResolutionMessage"}]}),
    ]
    approvals: Annotated[list[Approval], Field(min_length=1, max_length=50)]


class JournalledResolution(Out):
    """``head`` is the journal's after it: what the next one is signed over."""

    id: Id
    position: int
    line: Id
    digest: Hash
    message: LineResolutionMessage  # type: ignore[valid-type]
    signers: list[Address]
    approvals: list[str]
    head: Hash
    created: Moment


class ResolutionJournal(Page[JournalledResolution]):
    """Newest first. ``length`` and ``head`` are of the whole journal."""

    length: int
    head: Hash


@router.get("/journal")
def show_journal(services: Given, caller: SignedIn, paging: Paged) -> ResolutionJournal:
    """Every resolution that the caller's party signed: each is chained to the one before it."""
    below = paging.behind(_position_cursor, _NEWEST)
    journal = resolutions.journal_of(caller.scope)
    with services.database.read() as connection:
        found = resolutions.list_resolutions(connection, journal, below, paging.fetch)
        length, head = resolutions.journal_end(connection, journal)
    page = paging.cut(found, lambda one: str(one.position), _show_resolution)
    return ResolutionJournal(**page, length=length, head=hexed(head))


@router.post("/{line_id}/resolution")
def resolve_line(
    services: Given, caller: SignedIn, line_id: IdPath, request: ResolutionRequest
) -> StatementLine:
    """Takes a line off the worklist, by a signed account of what was done about it.

    The same signed resolution again changes nothing. Contract signers (ERC-1271) can't sign one:
    the chain isn't asked about resolutions.
    """
    message = LineResolution.from_json(request.message)
    digest = digest_of(message, resolution_domain(services.deployment).separator())
    approvals = [unhexed(one) for one in request.approvals]
    for position, approval in enumerate(approvals):
        if len(approval) != ECDSA_LENGTH:
            raise InvalidApproval(position)
    signed = SignedResolution(digest, message, signers_of(approvals, digest), approvals)
    now = services.clock()

    def work(connection: Connection) -> StatementLine:
        line = _find_line(connection, caller, line_id)
        if not statements.is_uploader(connection, caller.scope, line):
            raise NotYourStatement(line_id)
        if resolutions.resolved_by(connection, line) != digest:
            _resolve(connection, caller, line, signed, now)
        return show_line(_find_line(connection, caller, line_id), config_in_force(connection))

    return services.database.write(work)


def _resolve(
    connection: Connection, caller: Caller, line: KeptLine, signed: SignedResolution, now: int
) -> None:
    if line.resolution is not None:
        raise LineResolved(line.id)
    _require_sound(signed.resolution, line, now)
    _require_signed(connection, caller, signed)
    journal = resolutions.journal_of(caller.scope)
    require_place(signed.resolution, *resolutions.journal_end(connection, journal))
    if not resolutions.add_resolution(connection, journal, line, signed, now):
        raise LineResolved(line.id)


def _find_line(connection: Connection, caller: Caller, line_id: str) -> KeptLine:
    found = statements.find_line(connection, caller.scope, line_id)
    if found is None:
        raise NotFound
    return found


def _require_sound(resolution: LineResolution, line: KeptLine, now: int) -> None:
    if now > resolution.validUntil:
        raise Expired(resolution.validUntil)
    if resolution.remedy not in tuple(Remedy):
        reason = f"must be one of {', '.join(Remedy)}"
        raise MalformedAgreement(LineResolution.__name__, "remedy", reason)
    match = line.match
    for field, stated, known in (
        ("line", hexed(resolution.line), hexed(match.fingerprint)),
        ("amount", str(resolution.amount), str(match.amount)),
        ("currency", resolution.currency, match.currency),
    ):
        if stated != known:
            raise ResolutionDiffers(field, stated, known)


def _require_signed(connection: Connection, caller: Caller, signed: SignedResolution) -> None:
    party = caller.scope.party
    if party is None:
        if signed.signers != (caller.address,):
            raise InvalidApproval(0)
        return
    standing = Standing(
        parties=members.standings(connection, {party}),
        party_of=members.parties_of(connection, signed.signers),
    )
    require_consent(party, signed.signers, signed.resolution.amount, standing)


def _show_resolution(kept: KeptResolution) -> JournalledResolution:
    entry = kept.entry
    return JournalledResolution(
        id=kept.id,
        position=kept.position,
        line=kept.line,
        digest=hexed(entry.digest),
        message=entry.resolution.to_json(),
        signers=list(entry.signers),
        approvals=[hexed(one) for one in entry.approvals],
        head=hexed(entry.head),
        created=iso_moment(kept.created),
    )


def _position_cursor(value: str) -> int:
    return min(number_cursor(value), _NEWEST)

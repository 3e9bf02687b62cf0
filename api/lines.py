"""Credit lines: a bank's own, set by its signers, seen by nobody else."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Query
from pydantic import Field, WithJsonSchema

from api.auth import Caller, SignedIn
from api.messages import CreditLineMessage
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import (
    Address,
    Amount,
    Approval,
    Currency,
    Day,
    Hash,
    Id,
    IdPath,
    In,
    Moment,
    Out,
    Page,
    Paged,
    PartyNumber,
    id_cursor,
    iso_day,
    iso_moment,
    number_cursor,
)
from ledger.approvals import ECDSA_LENGTH
from ledger.consent import require_consent, signers_of
from ledger.credit import CreditLine, LineKind, credit_domain
from ledger.hexadecimal import hexed, unhexed
from ledger.ids import PartyNo
from ledger.money import currency_of
from ledger.refusals import Expired, InvalidApproval, RoleMissing, SelfDealing
from ledger.roles import Role
from ledger.standing import Standing
from ledger.store.connection import Connection
from ledger.store.keeping import lines
from ledger.store.keeping.lines import Line, LineChange, SignedLine
from ledger.store.line_use import horizon
from ledger.store.reading import members
from ledger.typed import MalformedAgreement, digest_of

router = APIRouter(route_class=Route, prefix="/v1", tags=["credit lines"])

_NEWEST = 2**31 - 1


class LineRequest(In):
    """``approvals`` are signers of the bank, rising by signer; above the bank's ``dual_above``
    as many as its quorum, as for its other acts."""

    message: Annotated[dict[str, Any], WithJsonSchema(CreditLineMessage.model_json_schema())]
    approvals: Annotated[list[Approval], Field(min_length=1, max_length=50)]


class OwnLine(Out):
    """``open`` is held by quotes that aren't concluded, ``drawn`` by deals that aren't repaid."""

    id: Id
    party: PartyNumber
    kind: LineKind
    currency: Currency
    limit: Amount
    expires_on: Day
    version: int
    open: Amount
    drawn: Amount
    remaining: Amount


class OwnLinePage(Page[OwnLine]):
    pass


class OwnLineChange(Out):
    """``used`` is what was used when it was made."""

    version: int
    digest: Hash
    limit: Amount
    expires_on: Day
    reason: str
    used: Amount
    signers: list[Address]
    created: Moment


class OwnLineChangePage(Page[OwnLineChange]):
    pass


@router.put("/lines")
def put_line(services: Given, caller: SignedIn, request: LineRequest) -> OwnLine:
    """Opens or changes a line of the caller's bank. The same signed change again is one change.

    Contract signers (ERC-1271) can't set one: the chain isn't asked about lines.
    """
    message = CreditLine.from_json(request.message)
    digest = digest_of(message, credit_domain(services.deployment).separator())
    approvals = [unhexed(one) for one in request.approvals]
    now = services.clock()
    _require_own(caller, message)
    for position, approval in enumerate(approvals):
        if len(approval) != ECDSA_LENGTH:
            raise InvalidApproval(position)
    signers = signers_of(approvals, digest)

    def work(connection: Connection) -> Line:
        parties = {PartyNo(message.bank), PartyNo(message.party)}
        standing = Standing(
            parties=members.standings(connection, parties),
            party_of=members.parties_of(connection, signers),
        )
        _require_sound(message, standing, now)
        require_consent(message.bank, signers, message.limit, standing)
        change = SignedLine(digest, message, signers, request.approvals)
        return lines.put_line(connection, change, now, horizon(connection))

    return _show(services.database.write(work, turns=[message.bank, message.party]))


@router.get("/lines")
def list_lines(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    party: Annotated[int | None, Query(ge=1, lt=2**32)] = None,
) -> OwnLinePage:
    """Lines of the caller's bank, newest first."""
    after = paging.behind(id_cursor, None)
    to = None if party is None else PartyNo(party)
    with services.database.read() as connection:
        found = lines.list_lines(connection, caller.party, after, paging.fetch, to)
    return OwnLinePage(**paging.cut(found, lambda one: one.id, _show))


@router.get("/lines/{line_id}")
def show_line(services: Given, caller: SignedIn, line_id: IdPath) -> OwnLine:
    with services.database.read() as connection:
        return _show(find_own(connection, caller, line_id))


@router.get("/lines/{line_id}/changes")
def list_line_changes(
    services: Given, caller: SignedIn, line_id: IdPath, paging: Paged
) -> OwnLineChangePage:
    """Every change of a line, newest first: who signed it, when and why."""
    below = paging.behind(_version_cursor, _NEWEST)
    with services.database.read() as connection:
        line = find_own(connection, caller, line_id)
        found = lines.list_changes(connection, line, below, paging.fetch)
    return OwnLineChangePage(**paging.cut(found, lambda one: str(one.version), _show_change))


def _require_own(caller: Caller, message: CreditLine) -> None:
    """Another bank's lines look like nothing at all."""
    if message.bank != caller.party:
        raise NotFound
    caller.require_role(Role.BANK)


def _require_sound(message: CreditLine, standing: Standing, now: int) -> None:
    if now > message.validUntil:
        raise Expired(message.validUntil)
    if message.bank == message.party:
        raise SelfDealing(message.bank)
    if message.kind not in tuple(LineKind):
        reason = f"must be one of {', '.join(LineKind)}"
        raise MalformedAgreement(CreditLine.__name__, "kind", reason)
    currency_of(message.currency)
    roles = standing.party(message.party).roles
    if message.kind != LineKind.RECOURSE and not roles & Role.CORE_ENTERPRISE:
        raise RoleMissing(message.party, Role.CORE_ENTERPRISE)


def find_own(connection: Connection, caller: Caller, line_id: str) -> Line:
    """Raises ``NotFound``: another bank's lines look like nothing at all."""
    found = lines.find_own_line(connection, caller.party, line_id)
    if found is None:
        raise NotFound
    return found


def _version_cursor(value: str) -> int:
    return min(number_cursor(value), _NEWEST)


def _show(line: Line) -> OwnLine:
    return OwnLine(
        id=line.id,
        party=line.party,
        kind=line.kind,
        currency=line.currency,
        limit=str(line.limit),
        expires_on=iso_day(line.expires_on),
        version=line.version,
        open=str(line.open),
        drawn=str(line.drawn),
        remaining=str(line.remaining),
    )


def _show_change(change: LineChange) -> OwnLineChange:
    return OwnLineChange(
        version=change.version,
        digest=hexed(change.digest),
        limit=str(change.limit),
        expires_on=iso_day(change.expires_on),
        reason=change.reason,
        used=str(change.used),
        signers=list(change.signers),
        created=iso_moment(change.created),
    )

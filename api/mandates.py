"""Mandates: a party lets an auditor read what it may read itself."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter, status
from pydantic import Field, WithJsonSchema

from api.auth import SignedIn
from api.messages import MandateMessage
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import (
    Approval,
    Hash,
    HashPath,
    In,
    Moment,
    Out,
    Page,
    Paged,
    hash_cursor,
    iso_moment,
)
from ledger.approvals import ECDSA_LENGTH
from ledger.consent import require_consent, signers_of
from ledger.errors import Refused
from ledger.hexadecimal import hexed, unhexed
from ledger.ids import PartyNo
from ledger.mandates import Mandate, mandate_domain
from ledger.refusals import Expired, InvalidApproval, NotSigner, RoleMissing, SelfDealing
from ledger.roles import Role
from ledger.standing import Standing
from ledger.store.connection import Connection
from ledger.store.keeping import mandates
from ledger.store.keeping.mandates import KeptMandate
from ledger.store.reading import members
from ledger.typed import digest_of

router = APIRouter(route_class=Route, prefix="/v1/mandates", tags=["mandates"])

LONGEST_SECONDS = 400 * 86_400


@dataclass
class MandateTooLong(Refused):
    """A mandate without a near end is a mandate forgotten."""

    valid_until: int
    latest: int
    summary = "The mandate would hold until {valid_until}; the latest is {latest} (Unix seconds)."


class MandateRequest(In):
    """``approvals`` are signers of the granting party, rising by signer."""

    message: Annotated[
        dict[str, Any], WithJsonSchema({"allOf": [{"$ref": "#/components/schemas/MandateMessage"}]})
    ]
    approvals: Annotated[list[Approval], Field(min_length=1, max_length=50)]


class GrantedMandate(Out):
    digest: Hash
    message: MandateMessage  # type: ignore[valid-type]
    created: Moment
    revoked: Moment | None


class MandatePage(Page[GrantedMandate]):
    pass


@router.post("", status_code=status.HTTP_201_CREATED)
def grant_mandate(services: Given, caller: SignedIn, request: MandateRequest) -> GrantedMandate:
    """Takes a signed mandate; a single signer is enough, as for reading.

    Contract signers (ERC-1271) can't grant one: the chain isn't asked about mandates.
    """
    mandate = Mandate.from_json(request.message)
    approvals = [unhexed(one) for one in request.approvals]
    digest = digest_of(mandate, mandate_domain(services.deployment).separator())
    now = services.clock()

    def work(connection: Connection) -> GrantedMandate:
        _check(connection, mandate, now)
        for position, approval in enumerate(approvals):
            if len(approval) != ECDSA_LENGTH:
                raise InvalidApproval(position)
        signers = signers_of(approvals, digest)
        standing = Standing(
            parties=members.standings(connection, {PartyNo(mandate.grantor)}),
            party_of=members.parties_of(connection, signers),
        )
        require_consent(mandate.grantor, signers, None, standing)
        return _show(mandates.add_mandate(connection, digest, mandate, request.approvals, now))

    if caller.scope.party not in (mandate.grantor, mandate.auditor):
        raise NotSigner(mandate.grantor, caller.address)
    return services.database.write(work)


@router.get("")
def list_mandates(services: Given, caller: SignedIn, paging: Paged) -> MandatePage:
    """Mandates that the caller's party gave or was given, newest first."""
    after = paging.behind(hash_cursor, None)
    with services.database.read() as connection:
        found = mandates.list_mandates(connection, caller.party, after, paging.fetch)
    return MandatePage(**paging.cut(found, lambda one: hexed(one.digest), _show))


@router.delete("/{digest}", status_code=status.HTTP_204_NO_CONTENT)
def revoke_mandate(services: Given, caller: SignedIn, digest: HashPath) -> None:
    """Ends a mandate that the caller's party gave, from the next request on."""
    now = services.clock()

    def work(connection: Connection) -> None:
        if not mandates.revoke_mandate(connection, unhexed(digest), caller.party, now):
            raise NotFound

    services.database.write(work)


def _check(connection: Connection, mandate: Mandate, now: int) -> None:
    if mandate.grantor == mandate.auditor:
        raise SelfDealing(mandate.grantor)
    if now > mandate.validUntil:
        raise Expired(mandate.validUntil)
    if mandate.validUntil > now + LONGEST_SECONDS:
        raise MandateTooLong(mandate.validUntil, now + LONGEST_SECONDS)
    auditor = members.standing_of_parties(connection, {PartyNo(mandate.auditor)}).party(
        mandate.auditor
    )
    if not auditor.roles & Role.AUDITOR:
        raise RoleMissing(mandate.auditor, Role.AUDITOR)


def _show(kept: KeptMandate) -> GrantedMandate:
    return GrantedMandate(
        digest=hexed(kept.digest),
        message=kept.mandate.to_json(),
        created=iso_moment(kept.created),
        revoked=None if kept.revoked is None else iso_moment(kept.revoked),
    )

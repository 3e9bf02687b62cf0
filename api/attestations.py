"""Oracle members' signatures over payments, remittances and registrations."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import WithJsonSchema

from api.acts import Act, show_act
from api.auth import SignedIn
from api.logs import CurrentRequestId
from api.messages import FACT_SCHEMA, FactMessage
from api.routing import Route
from api.services import Given
from api.wire import (
    Address,
    Approval,
    Hash,
    In,
    Moment,
    Out,
    Page,
    Paged,
    hash_cursor,
    iso_moment,
)
from ledger.errors import Refused
from ledger.hexadecimal import hexed, unhexed
from ledger.store.keeping.attestations import Tally, Witnessed, list_witnessed
from ledger.store.outbox import ActRecord, read_act, read_acts
from ledger.witnessing import FactKind, fact_kind, read_fact, source_of

router = APIRouter(route_class=Route, prefix="/v1/attestations", tags=["payments"])


@dataclass
class MemberContradictsItself(Refused):
    """The member has signed a contrary reading of this source: a statement line, or a number in
    the movables registry. Neither counts. Two payments go to the chain as evidence, by ``act``;
    other kinds stay on the worklist."""

    source: str
    member: str
    act: str | None
    status = 409
    summary = "{member} has signed a contrary reading of {source}; neither counts."


class AttestationRequest(In):
    kind: FactKind
    message: Annotated[dict[str, Any], WithJsonSchema(FACT_SCHEMA)]
    approval: Approval


class Attestation(Out):
    """``given`` of ``needed`` members have signed this fact; ``act`` once that was enough and,
    of a remittance, once its debt is on the ledger. ``others`` are contrary readings."""

    digest: Hash
    kind: FactKind
    message: FactMessage  # type: ignore[valid-type]
    given: int
    needed: int
    members: list[Address]
    others: list[Hash]
    act: Act | None


class KeptAttestation(Out):
    """A fact that members have signed, whatever configuration was in force then."""

    digest: Hash
    kind: FactKind
    message: FactMessage  # type: ignore[valid-type]
    members: list[Address]
    created: Moment
    act: Act | None


class AttestationPage(Page[KeptAttestation]):
    pass


@router.post("")
def attest_fact(
    services: Given,
    _caller: SignedIn,
    request: AttestationRequest,
    request_id: CurrentRequestId,
) -> Attestation:
    """Adds a member's signature, whoever brings it. Once a quorum agrees, the act is on its way."""
    fact = read_fact(request.kind, request.message)
    approval = unhexed(request.approval)
    tally = services.witness.attest(fact, approval, services.clock(), request_id)
    if tally.contradicted is not None:
        told = None if tally.evidence is None else hexed(tally.evidence)
        raise MemberContradictsItself(hexed(source_of(fact)), tally.contradicted, told)
    with services.database.read() as connection:
        act = read_act(connection, tally.digest)
    return _attestation(tally, act)


@router.get("")
def list_attestations(services: Given, caller: SignedIn, paging: Paged) -> AttestationPage:
    """Newest first: all for oracle members, for others those of their receivables and deals."""
    after = paging.behind(hash_cursor, None)
    with services.database.read() as connection:
        found = list_witnessed(connection, caller.scope, after, paging.fetch)
        acts = {act.digest: act for act in read_acts(connection, [one.digest for one in found])}
    page = paging.cut(
        found, lambda one: hexed(one.digest), lambda one: _kept(one, acts.get(one.digest))
    )
    return AttestationPage(**page)


def _attestation(tally: Tally, act: ActRecord | None) -> Attestation:
    return Attestation(
        digest=hexed(tally.digest),
        kind=fact_kind(tally.fact),
        message=tally.fact.to_json(),
        given=len(tally.given),
        needed=tally.needed,
        members=list(tally.given),
        others=[hexed(one) for one in tally.others],
        act=None if act is None else show_act(act),
    )


def _kept(one: Witnessed, act: ActRecord | None) -> KeptAttestation:
    return KeptAttestation(
        digest=hexed(one.digest),
        kind=fact_kind(one.fact),
        message=one.fact.to_json(),
        members=list(one.signatures),
        created=iso_moment(one.created),
        act=None if act is None else show_act(act),
    )

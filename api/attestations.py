"""Oracle members' signatures over payments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import WithJsonSchema

from api.acts import Act, show_act
from api.auth import SignedIn
from api.logs import CurrentRequestId
from api.messages import PaymentMessage
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
from ledger.acts import equivocation_act
from ledger.agreements import Payment
from ledger.errors import Refused
from ledger.hexadecimal import hexed, unhexed
from ledger.store.keeping.attestations import Tally, Witnessed, list_witnessed
from ledger.store.outbox import ActRecord, read_act, read_acts

router = APIRouter(route_class=Route, prefix="/v1/attestations", tags=["payments"])


@dataclass
class MemberContradictsItself(Refused):
    """The member has signed another reading of this line. Neither counts; both go to the chain
    as evidence, by the act named here."""

    line: str
    member: str
    act: str
    status = 409
    summary = "{member} has signed another reading of statement line {line}; neither counts."


class AttestationRequest(In):
    payment: Annotated[
        dict[str, Any], WithJsonSchema({"allOf": [{"$ref": "#/components/schemas/PaymentMessage"}]})
    ]
    approval: Approval


class Attestation(Out):
    """``given`` of ``needed`` members have signed this payment; ``act`` once that was enough.
    ``others`` are contrary readings of the same line."""

    digest: Hash
    payment: PaymentMessage  # type: ignore[valid-type]
    given: int
    needed: int
    members: list[Address]
    others: list[Hash]
    act: Act | None


class KeptAttestation(Out):
    """A payment that members have signed, whatever configuration was in force then."""

    digest: Hash
    payment: PaymentMessage  # type: ignore[valid-type]
    members: list[Address]
    created: Moment
    act: Act | None


class AttestationPage(Page[KeptAttestation]):
    pass


@router.post("")
def attest_payment(
    services: Given,
    _caller: SignedIn,
    request: AttestationRequest,
    request_id: CurrentRequestId,
) -> Attestation:
    """Adds a member's signature, whoever brings it. Once a quorum agrees, the act is on its way."""
    payment = Payment.from_json(request.payment)
    approval = unhexed(request.approval)
    tally = services.witness.attest(payment, approval, services.clock(), request_id)
    if tally.contradicted is not None:
        evidence = equivocation_act(payment.line, tally.contradicted)
        raise MemberContradictsItself(hexed(payment.line), tally.contradicted, hexed(evidence))
    with services.database.read() as connection:
        act = read_act(connection, tally.digest)
    return _attestation(tally, act)


@router.get("")
def list_attestations(services: Given, caller: SignedIn, paging: Paged) -> AttestationPage:
    """Newest first: all for oracle members, for others those of their receivables."""
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
        payment=tally.payment.to_json(),
        given=len(tally.given),
        needed=tally.needed,
        members=list(tally.given),
        others=[hexed(one) for one in tally.others],
        act=None if act is None else show_act(act),
    )


def _kept(one: Witnessed, act: ActRecord | None) -> KeptAttestation:
    return KeptAttestation(
        digest=hexed(one.digest),
        payment=one.payment.to_json(),
        members=list(one.signatures),
        created=iso_moment(one.created),
        act=None if act is None else show_act(act),
    )

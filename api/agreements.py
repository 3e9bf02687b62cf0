"""Concluded agreements: handed in by whoever holds all signatures, followed to the chain.

The hot path: bodies are read without models, all lookups of a request are one query each, all
its acts one insert. One bad agreement refuses itself and leaves the others alone.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar

import anyio
from fastapi import APIRouter, Query, Request, status
from pydantic_core import from_json, to_json
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.acts import Act, ActState, show_act
from api.auth import Caller, SignedIn
from api.follower import FINAL
from api.logs import request_id_of
from api.messages import agreements_schema
from api.problems import MalformedJson, MalformedRequest, NotFound, Problem, body_of
from api.routing import Route
from api.services import Given, Services
from api.wire import Hash, HashPath, Out
from ledger.acts import SignedAct, read_agreement
from ledger.approvals import ECDSA_LENGTH
from ledger.checks import check
from ledger.consent import Signed, read_signed
from ledger.errors import Refused
from ledger.hexadecimal import hexed, unhexed
from ledger.ids import Digest
from ledger.store.connection import Connection
from ledger.store.keeping.issuance import Accepted, accept_within_limits, issues_among
from ledger.store.outbox import ActRecord, NewAct, read_act
from ledger.store.reading.act_parties import may_ask
from ledger.store.reading.members import standing_for
from ledger.typed import MalformedAgreement

router = APIRouter(route_class=Route, prefix="/v1/agreements", tags=["agreements"])

MOST_AT_ONCE = 500
LONGEST_WAIT = 60

_LONGEST_APPROVAL = 2 * 2048 + 2
_REQUEST = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": agreements_schema(MOST_AT_ONCE)}},
    }
}


@dataclass
class TooManyAgreements(Refused):
    given: int
    limit: int
    status = 413
    summary = "{given} agreements at once are more than {limit}."


class Answer(Out):
    """What became of one agreement: a digest and its act's status, or a problem."""

    digest: Hash | None = None
    status: ActState | None = None
    problem: Problem | None = None


class Answers(Out):
    """One answer for each agreement, in the order given."""

    acts: list[Answer]


@dataclass
class ContractApprovalByOutsider(Refused):
    """An act with a contract account's approval comes from nobody who is part of it."""

    status: ClassVar[int] = 403
    summary: ClassVar[str] = "Contract accounts' approvals are taken from parties to the act only."


@router.post(
    "", status_code=status.HTTP_202_ACCEPTED, response_model=Answers, openapi_extra=_REQUEST
)
async def submit_agreements(services: Given, caller: SignedIn, request: Request) -> Response:
    """Takes up to 500 concluded agreements. The same agreement again is the same act."""
    body = await request.body()
    content = await run_in_threadpool(_submit, services, caller, body, request_id_of(request))
    return Response(content, status.HTTP_202_ACCEPTED, media_type="application/json")


@router.get("/{digest}")
async def show_agreement(
    services: Given,
    caller: SignedIn,
    digest: HashPath,
    wait: Annotated[float, Query(ge=0, le=LONGEST_WAIT, description="Seconds")] = 0,
) -> Act:
    """The act, at once or, with ``wait``, as soon as the chain has decided it."""
    key = Digest(unhexed(digest))
    with services.follower.settling(key) as settled:
        record = await run_in_threadpool(_find, services, caller, key)
        if wait and record.status not in FINAL:
            with anyio.move_on_after(wait):
                await settled.wait()
            record = await run_in_threadpool(_find, services, caller, key)
    return show_act(record)


def _find(services: Services, caller: Caller, digest: Digest) -> ActRecord:
    with services.database.read() as connection:
        record = read_act(connection, digest)
        if record is None or not may_ask(connection, caller.scope, record):
            raise NotFound
    return record


def _submit(services: Services, caller: Caller, body: bytes, request_id: str) -> bytes:
    items = _items(body)
    answers: list[dict[str, Any] | None] = [None] * len(items)
    signed: dict[int, Signed] = {}
    for position, item in enumerate(items):
        try:
            signed[position] = read_signed(_read(item), services.deployment)
        except Refused as refusal:
            answers[position] = _problem(services, refusal)
    now = services.clock()
    with services.database.read() as connection:
        standing = standing_for(connection, signed.values())
    for position in list(signed):
        try:
            check(signed[position], standing, now)
            _require_part(signed[position], caller)
        except Refused as refusal:
            answers[position] = _problem(services, refusal)
            del signed[position]
    new = [_new_act(services, caller, one, request_id) for one in signed.values()]

    issues = issues_among(signed.values())

    def work(connection: Connection) -> list[Accepted]:
        return accept_within_limits(connection, new, issues, now)

    debtors = {issue.debtor for issue in issues.values()}
    records = services.database.write(work, turns=debtors) if new else []
    for position, record in zip(signed, records, strict=True):
        answers[position] = _answer(services, record)
    return to_json({"acts": answers})


def _answer(services: Services, record: Accepted) -> dict[str, Any]:
    if isinstance(record, Refused):
        return _problem(services, record)
    return {"digest": hexed(record.digest), "status": record.status.value}


def _require_part(signed: Signed, caller: Caller) -> None:
    """Raises ``ContractApprovalByOutsider``. Approvals of contract accounts are the chain's to
    check: from a stranger they could be junk that takes the place of the genuine act's."""
    act = signed.act
    if all(len(approval) == ECDSA_LENGTH for side in act.approvals for approval in side):
        return
    parties = {getattr(act.agreement, side, None) for side in act.kind.sides}
    if caller.scope.is_council or caller.scope.is_oracle or caller.scope.party in parties:
        return
    raise ContractApprovalByOutsider


def _items(body: bytes) -> list[Any]:
    try:
        content = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise MalformedJson from None
    items = content.get("agreements") if isinstance(content, dict) else None
    if not isinstance(items, list) or len(content) != 1 or not items:
        reason = "has to be the only member, a list that isn't empty"
        raise MalformedRequest([{"field": "body.agreements", "reason": reason}])
    if len(items) > MOST_AT_ONCE:
        raise TooManyAgreements(len(items), MOST_AT_ONCE)
    return items


def _read(item: Any) -> SignedAct:
    """A signed act from its JSON; raises UnknownAct or MalformedAgreement."""
    if not isinstance(item, Mapping) or item.keys() != {"kind", "message", "approvals"}:
        raise MalformedAgreement("Agreement", "body", "needs kind, message and approvals")
    kind = item["kind"]
    if not isinstance(kind, str):
        raise MalformedAgreement("Agreement", "kind", "must be text")
    agreement = read_agreement(kind, item["message"])
    sides = item["approvals"]
    act = SignedAct(agreement, ())
    count = len(act.kind.sides)
    if not isinstance(sides, list) or len(sides) != count:
        raise MalformedAgreement(kind, "approvals", f"must be a list of {count} sides")
    return SignedAct(agreement, tuple(_read_side(kind, side) for side in sides))


def _read_side(kind: str, side: Any) -> tuple[bytes, ...]:
    if not isinstance(side, list) or len(side) > 255:
        raise MalformedAgreement(kind, "approvals", "each side must be a list of at most 255")
    return tuple(_read_approval(kind, approval) for approval in side)


def _read_approval(kind: str, approval: Any) -> bytes:
    is_text = isinstance(approval, str) and approval.startswith("0x")
    if is_text and len(approval) <= _LONGEST_APPROVAL and approval.isalnum():
        try:
            return unhexed(approval)
        except ValueError:
            pass
    raise MalformedAgreement(kind, "approvals", "each must be 0x and hexadecimal digits")


def _new_act(services: Services, caller: Caller, signed: Signed, request_id: str) -> NewAct:
    kind = signed.act.kind
    return NewAct(
        digest=signed.digest,
        kind=kind.name,
        target=services.deployment.address(kind.contract),
        call=signed.act.call_data(),
        submitter=caller.scope.party,
        request_id=request_id,
    )


def _problem(services: Services, refusal: Refused) -> dict[str, Any]:
    services.metrics.problem(refusal.name)
    return {"problem": body_of(refusal, "/v1/agreements")}

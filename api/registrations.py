"""The movables registry: extracts for oracle members to read, and what they have witnessed."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from api.auth import SignedIn
from api.messages import RegistrationMessage
from api.routing import Route
from api.services import Given
from api.wire import (
    Amount,
    ClaimNumber,
    Day,
    Hash,
    In,
    Moment,
    Out,
    Page,
    Paged,
    iso_day,
    iso_moment,
    number_cursor,
)
from ledger.business_day import business_day, number_of
from ledger.hexadecimal import hexed
from ledger.ids import ClaimNo
from ledger.movables import MAX_BYTES, Doubt
from ledger.roles import Role
from ledger.store.reading.registrations import RegistrationRecord, list_registrations

router = APIRouter(route_class=Route, prefix="/v1", tags=["financing"])


class ExtractRequest(In):
    """``extract`` is the file's text, byte for byte: its one spelling is part of it."""

    extract: Annotated[str, StringConstraints(min_length=1, max_length=MAX_BYTES)]


class ExtractReading(Out):
    """What a member would sign, or what keeps it from that. Members sign what they read in the
    file themselves; this is how it looks from the ledger."""

    registration: RegistrationMessage | None  # type: ignore[valid-type]
    doubt: Doubt | None


class Registration(Out):
    """A registration that a quorum of oracle members witnessed. ``number`` commits to its number
    in the registry; it holds up to and including ``expires_on``."""

    number: Hash
    claim: int
    start: Amount
    end: Amount
    bank: int
    registered_at: Moment
    expires_on: Day
    lapsed: bool
    entry: int


class RegistrationPage(Page[Registration]):
    pass


@router.post("/registry-extracts")
def read_registry_extract(
    services: Given, caller: SignedIn, request: ExtractRequest
) -> ExtractReading:
    """For oracle members: an extract held against the claim and the parties that it names."""
    caller.require_role(Role.ORACLE)
    found = services.witness.read_extract(request.extract.encode(), services.clock())
    fact = found.registration
    return ExtractReading(registration=None if fact is None else fact.to_json(), doubt=found.doubt)


@router.get("/registrations")
def list_own_registrations(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    claim: Annotated[ClaimNumber | None, Query()] = None,
) -> RegistrationPage:
    """The registrations of the caller's bank, in the order of their latest entries."""
    after = paging.behind(number_cursor, -1)
    today = number_of(business_day(services.clock()))
    of_claim = None if claim is None else ClaimNo(claim)
    with services.database.read() as connection:
        found = list_registrations(connection, caller.scope, after, paging.fetch, of_claim)
    return RegistrationPage(
        **paging.cut(found, lambda one: str(one.since), lambda one: _show(one, today))
    )


def _show(found: RegistrationRecord, today: int) -> Registration:
    return Registration(
        number=hexed(found.number),
        claim=found.claim,
        start=str(found.start),
        end=str(found.end),
        bank=found.bank,
        registered_at=iso_moment(found.registered_at),
        expires_on=iso_day(found.expires_on),
        lapsed=found.expires_on < today,
        entry=found.since,
    )

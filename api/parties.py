"""The directory of parties, and what a party says of itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query, status
from pydantic import StringConstraints

from api.auth import Caller, SignedIn
from api.problems import NotFound
from api.routing import Route
from api.services import Given
from api.wire import Address, Amount, ClaimPath, In, Name, Out, Page, Paged, number_cursor
from ledger.ids import PartyNo
from ledger.roles import role_names
from ledger.store.connection import Connection
from ledger.store.keeping.profiles import Profile, find_profiles, put_profile
from ledger.store.reading import members
from ledger.store.reading.members import PartyRecord

router = APIRouter(route_class=Route, prefix="/v1/parties", tags=["parties"])


class Party(Out):
    """``signers``, ``quorum`` and ``dual_above`` only of the caller's own party."""

    number: int
    identifier: str
    name: str | None
    roles: list[str]
    active: bool
    version: int
    quorum: int | None = None
    dual_above: Amount | None = None
    signers: list[Address] | None = None


class PartyPage(Page[Party]):
    pass


class Account(In):
    """An IBAN or the bank's own number; ``clearing_code`` is the bank's CNAPS line number."""

    account: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9 -]{3,33}$")]
    agent_bic: Annotated[
        str | None, StringConstraints(pattern=r"^[A-Z0-9]{4}[A-Z]{2}[A-Z0-9]{2}([A-Z0-9]{3})?$")
    ] = None
    clearing_code: Annotated[str | None, StringConstraints(pattern=r"^[0-9]{12}$")] = None
    agent_name: Name | None = None


class ProfileUpdate(In):
    name: Name
    account: Account | None = None


class OwnProfile(Out):
    name: str
    account: Account | None


@router.get("")
def list_parties(
    services: Given,
    caller: SignedIn,
    paging: Paged,
    identifier: Annotated[str | None, Query(max_length=300)] = None,
) -> PartyPage:
    """All enrolled parties by number, or the one with this identifier."""
    with services.database.read() as connection:
        if identifier is not None:
            one = members.party_by_identifier(connection, identifier)
            found = [] if one is None else [one]
        else:
            after = paging.behind(number_cursor, 0)
            found = members.list_parties(connection, after, paging.fetch)
        own = _own_signers(connection, caller)
    page = paging.cut(found, lambda one: str(one.number), lambda one: _party(one, caller, own))
    return PartyPage(**page)


@router.get("/me/profile")
def show_profile(services: Given, caller: SignedIn) -> OwnProfile:
    with services.database.read() as connection:
        profile = find_profiles(connection, [caller.party]).get(caller.party)
    if profile is None:
        raise NotFound
    return _profile(profile)


@router.put("/me/profile", status_code=status.HTTP_200_OK)
def update_profile(services: Given, caller: SignedIn, update: ProfileUpdate) -> OwnProfile:
    """The name others see, and the account that the party's receivables are paid to.

    Only who owes the party sees the account, in payment instructions: debtors of its lots, and
    the other side of its deals.
    """
    account = update.account
    profile = Profile(
        party=caller.party,
        name=update.name,
        account="".join(account.account.split()).upper() if account else None,
        agent_bic=account.agent_bic if account else None,
        agent_cnaps=account.clearing_code if account else None,
        agent_name=account.agent_name if account else None,
    )
    services.database.write(lambda connection: put_profile(connection, profile))
    return _profile(profile)


@router.get("/{number}")
def show_party(services: Given, caller: SignedIn, number: ClaimPath) -> Party:
    with services.database.read() as connection:
        found = members.party(connection, PartyNo(number))
        own = _own_signers(connection, caller)
    if found is None:
        raise NotFound
    return _party(found, caller, own)


def _own_signers(connection: Connection, caller: Caller) -> list[Address]:
    if caller.scope.party is None:
        return []
    return sorted(members.signers_of_parties(connection, [caller.party])[caller.party])


def _party(record: PartyRecord, caller: Caller, own_signers: list[Address]) -> Party:
    standing = record.standing
    shown = Party(
        number=record.number,
        identifier=record.identifier,
        name=record.name or None,
        roles=role_names(standing.roles),
        active=standing.active,
        version=record.version,
    )
    if record.number != caller.scope.party:
        return shown
    own = {
        "quorum": standing.quorum,
        "dual_above": str(standing.dual_above),
        "signers": own_signers,
    }
    return shown.model_copy(update=own)


def _profile(profile: Profile) -> OwnProfile:
    if profile.account is None:
        return OwnProfile(name=profile.name, account=None)
    account = Account(
        account=profile.account,
        agent_bic=profile.agent_bic,
        clearing_code=profile.agent_cnaps,
        agent_name=profile.agent_name,
    )
    return OwnProfile(name=profile.name, account=account)

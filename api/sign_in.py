"""Signing in: a message to sign, a token for the signature."""

from __future__ import annotations

import secrets
from typing import Annotated

from fastapi import APIRouter, Depends, status
from fastapi.security import HTTPAuthorizationCredentials
from pydantic import StringConstraints

from api.auth import NotEnrolled, SignedIn, bearer, new_token, standing_of, token_hash
from api.routing import Route
from api.services import Given, Services
from api.siwe import Message, SignInSpent, Site, read_message, require_signed
from api.wire import Address, In, Moment, Out, iso_moment
from ledger.hexadecimal import unhexed
from ledger.ids import Address as CheckedAddress
from ledger.refusals import PartyNotActive
from ledger.roles import role_names
from ledger.store.connection import Connection
from ledger.store.keeping import sessions
from ledger.store.keeping.sessions import Session
from ledger.typed import ADDRESS

router = APIRouter(route_class=Route, tags=["sign-in"])


class ChallengeRequest(In):
    address: Address


class Challenge(Out):
    message: str
    """EIP-4361, to be signed as it is by ``personal_sign``."""


class SignInRequest(In):
    message: Annotated[str, StringConstraints(min_length=1, max_length=2000)]
    signature: Annotated[str, StringConstraints(pattern=r"^0x[0-9a-fA-F]{130}$")]


class Token(Out):
    token: str
    expires: Moment
    address: Address
    party: int | None


class Me(Out):
    """The caller: its address and what follows from it."""

    address: Address
    party: int | None
    roles: list[str]
    council: bool
    oracle: bool
    expires: Moment
    mandates: list[int]
    """Parties that let the caller's party read their data."""


@router.post("/v1/sign-in/challenge")
def request_challenge(services: Given, request: ChallengeRequest) -> Challenge:
    """A message to sign within five minutes; it signs in once.

    Addresses that are not enrolled get one too, but nothing is kept of it.
    """
    now = services.clock()
    address = CheckedAddress(ADDRESS.from_json(request.address))
    lifetime = services.settings.challenge_lifetime
    message = Message(_site(services), address, secrets.token_hex(16), now, now + lifetime)
    if _is_enrolled(services, address):

        def keep(connection: Connection) -> None:
            sessions.forget_expired(connection, now)
            sessions.add_challenge(connection, message.nonce, address, message.expires)

        services.database.write(keep)
    return Challenge(message=message.text())


@router.post("/v1/sign-in")
def sign_in(services: Given, request: SignInRequest) -> Token:
    """A bearer token for 15 minutes. Contract accounts (ERC-1271) can't sign in; their keys can."""
    now = services.clock()
    message = read_message(request.message, _site(services), now)
    require_signed(message, unhexed(request.signature))
    token = new_token()
    session = Session(message.address, now + services.settings.session_lifetime)

    def work(connection: Connection) -> int | None:
        standing = standing_of(connection, message.address)
        if not sessions.spend_challenge(connection, message.nonce, message.address, now):
            raise SignInSpent
        sessions.open_session(connection, token_hash(token), session)
        return standing.party.number if standing.party else None

    party = services.database.write(work)
    return Token(
        token=token, expires=iso_moment(session.expires), address=message.address, party=party
    )


@router.delete("/v1/sign-in", status_code=status.HTTP_204_NO_CONTENT)
def sign_out(
    services: Given,
    _caller: SignedIn,
    credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)],
) -> None:
    """Ends the token."""
    hashed = token_hash(credentials.credentials)
    services.database.write(lambda connection: sessions.close_session(connection, hashed))


@router.get("/v1/me")
def show_me(caller: SignedIn) -> Me:
    party = caller.standing.party
    return Me(
        address=caller.address,
        party=caller.scope.party,
        roles=role_names(party.standing.roles) if party else [],
        council=caller.standing.is_council,
        oracle=caller.standing.is_oracle,
        expires=iso_moment(caller.expires),
        mandates=sorted({view.party for view in caller.scope.views[1:]}),
    )


def _site(services: Services) -> Site:
    settings = services.settings
    return Site(settings.domain, settings.public_url, settings.deployment.chain_id)


def _is_enrolled(services: Services, address: CheckedAddress) -> bool:
    try:
        with services.database.read() as connection:
            standing_of(connection, address)
    except (NotEnrolled, PartyNotActive):
        return False
    return True

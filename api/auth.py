"""Who is asking: a bearer token, looked up afresh at every request.

A token stands for an address. What the address may do follows from the registry as it is now,
so a signer that the council removes is out with the next request, whatever tokens it holds.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from api.scope import scope_of
from api.services import Given
from ledger.errors import Refused
from ledger.ids import Address, PartyNo
from ledger.refusals import PartyNotActive, RoleMissing
from ledger.roles import Role
from ledger.store.connection import Connection
from ledger.store.keeping.sessions import Session, find_session
from ledger.store.reading.members import PartyRecord, council, oracles, parties_of, party
from ledger.visibility import Scope

_TOKEN_BYTES = 32


@dataclass
class SignInRequired(Refused):
    """There is no token, or it has run out."""

    status = 401
    summary = "Sign in first: the token is missing, unknown or has run out."


@dataclass
class NotEnrolled(Refused):
    """The address signs for no party and is no council or oracle member (any more)."""

    address: str
    status = 403
    summary = "{address} signs for no party, and sits neither on council nor oracles."


@dataclass
class PartyRequired(Refused):
    """Only someone who signs for a party can do this."""

    address: str
    status = 403
    summary = "{address} signs for no party."


@dataclass(frozen=True, slots=True)
class Standing:
    """What an address is in the registry now."""

    address: Address
    party: PartyRecord | None
    is_council: bool
    is_oracle: bool


@dataclass(frozen=True, slots=True)
class Caller:
    """Whoever made this request. ``expires`` is its token's end, Unix seconds."""

    standing: Standing
    scope: Scope
    expires: int

    @property
    def address(self) -> Address:
        return self.standing.address

    @property
    def party(self) -> PartyNo:
        """The caller's party; raises ``PartyRequired`` for members who sign for none."""
        if self.scope.party is None:
            raise PartyRequired(self.address)
        return self.scope.party

    def has_role(self, role: Role) -> bool:
        held = self.standing.party.standing.roles if self.standing.party else 0
        if self.standing.is_oracle:
            held |= Role.ORACLE
        return bool(held & role)

    def require_role(self, *roles: Role) -> None:
        """Raises ``RoleMissing`` unless the caller's party has one of these roles.

        An oracle member passes for a party with the role ORACLE.
        """
        if not any(map(self.has_role, roles)):
            raise RoleMissing(self.scope.party or 0, int(roles[0]))


def new_token() -> str:
    """An opaque token; only its hash is kept."""
    return secrets.token_urlsafe(_TOKEN_BYTES)


def token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def standing_of(connection: Connection, address: Address) -> Standing:
    """What an address is; raises ``NotEnrolled`` if it is nothing, ``PartyNotActive`` if nothing
    but a signer of a suspended party."""
    number = parties_of(connection, [address]).get(address)
    found = None if number is None else party(connection, number)
    record = found if found is not None and found.standing.active else None
    seated, witnesses = council(connection), oracles(connection)
    standing = Standing(
        address=address,
        party=record,
        is_council=seated is not None and address in seated.members,
        is_oracle=witnesses is not None and address in witnesses.members,
    )
    if not (standing.party or standing.is_council or standing.is_oracle):
        raise NotEnrolled(address) if found is None else PartyNotActive(found.number)
    return standing


def find_caller(connection: Connection, token: str, now: int) -> Caller:
    """Raises ``SignInRequired``, ``NotEnrolled`` or ``PartyNotActive``."""
    session = find_session(connection, token_hash(token), now)
    if session is None:
        raise SignInRequired
    return caller_of(connection, session, now)


def caller_of(connection: Connection, session: Session, now: int) -> Caller:
    """The caller behind a session; raises ``NotEnrolled`` or ``PartyNotActive``."""
    standing = standing_of(connection, session.address)
    scope = scope_of(
        connection,
        address=session.address,
        party=standing.party,
        is_council=standing.is_council,
        is_oracle=standing.is_oracle,
        now=now,
    )
    return Caller(standing, scope, session.expires)


bearer = HTTPBearer(auto_error=False, scheme_name="token", description="From POST /v1/sign-in")


def _caller(
    services: Given,
    credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
) -> Caller:
    if credentials is None:
        raise SignInRequired
    with services.database.read() as connection:
        return find_caller(connection, credentials.credentials, services.clock())


SignedIn = Annotated[Caller, Depends(_caller)]
"""The caller, as a handler's parameter; without one the handler doesn't run."""

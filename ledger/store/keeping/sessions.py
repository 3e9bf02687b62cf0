"""Sign-in challenges and the sessions they open. Only a token's hash is kept."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, insert, select

from ledger.ids import Address
from ledger.store.private import challenges, sessions


@dataclass(frozen=True, slots=True)
class Session:
    address: Address
    expires: int


def add_challenge(connection: Connection, nonce: str, address: Address, expires: int) -> None:
    connection.execute(insert(challenges).values(nonce=nonce, address=address, expires=expires))


def spend_challenge(connection: Connection, nonce: str, address: Address, now: int) -> bool:
    """Whether the nonce was open for this address; from now on it isn't."""
    spent = connection.execute(
        delete(challenges).where(
            challenges.c.nonce == nonce,
            challenges.c.address == address,
            challenges.c.expires >= now,
        )
    )
    return spent.rowcount == 1


def open_session(connection: Connection, token_hash: bytes, session: Session) -> None:
    connection.execute(
        insert(sessions).values(
            token_hash=token_hash, address=session.address, expires=session.expires
        )
    )


def find_session(connection: Connection, token_hash: bytes, now: int) -> Session | None:
    query = select(sessions).where(sessions.c.token_hash == token_hash, sessions.c.expires > now)
    row = connection.execute(query).one_or_none()
    return None if row is None else Session(row.address, row.expires)


def close_session(connection: Connection, token_hash: bytes) -> None:
    connection.execute(delete(sessions).where(sessions.c.token_hash == token_hash))


def forget_expired(connection: Connection, now: int) -> None:
    connection.execute(delete(challenges).where(challenges.c.expires < now))
    connection.execute(delete(sessions).where(sessions.c.expires < now))

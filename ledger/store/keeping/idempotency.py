"""Answers kept under their Idempotency-Key, so that a repeated request gets the first one's."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, delete, select, update

from ledger.store.keeping.upsert import insert_once
from ledger.store.private import idempotency_keys as keys


@dataclass(frozen=True, slots=True)
class KeyOwner:
    """A key belongs to who used it: two callers' keys never meet."""

    address: str
    key: str


@dataclass(frozen=True, slots=True)
class Kept:
    """What is known of a key; ``status`` None while its first request still runs."""

    request_hash: bytes
    status: int | None
    media_type: str | None
    body: bytes | None
    created: int


def claim_key(
    connection: Connection, owner: KeyOwner, request_hash: bytes, now: int
) -> Kept | None:
    """None if the key is now the caller's to answer; else what is known of it."""
    row = {"address": owner.address, "key": owner.key, "request_hash": request_hash, "created": now}
    if insert_once(connection, keys, row):
        return None
    found = connection.execute(select(keys).where(*_is(owner))).one()
    return Kept(found.request_hash, found.status, found.media_type, found.body, found.created)


def take_over(connection: Connection, owner: KeyOwner, kept: Kept, now: int) -> bool:
    """Whether the key of a request that never ended is now the caller's."""
    taken = connection.execute(
        update(keys)
        .where(*_is(owner), keys.c.status.is_(None), keys.c.created == kept.created)
        .values(created=now)
    )
    return taken.rowcount == 1


def keep_answer(
    connection: Connection, owner: KeyOwner, status: int, media_type: str, body: bytes
) -> None:
    answer = {"status": status, "media_type": media_type, "body": body}
    connection.execute(update(keys).where(*_is(owner)).values(answer))


def release_key(connection: Connection, owner: KeyOwner) -> None:
    """Let the key be used again: its request failed without an answer worth keeping."""
    connection.execute(delete(keys).where(*_is(owner), keys.c.status.is_(None)))


def forget_before(connection: Connection, created: int) -> None:
    connection.execute(delete(keys).where(keys.c.created < created))


def _is(owner: KeyOwner) -> tuple[ColumnElement[bool], ...]:
    return keys.c.address == owner.address, keys.c.key == owner.key

"""Mandates: who lets which auditor read what, until when."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, or_, select, update

from ledger.ids import ClaimNo, PartyNo
from ledger.mandates import Mandate
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import mandates
from ledger.visibility import View


@dataclass(frozen=True, slots=True)
class KeptMandate:
    digest: bytes
    mandate: Mandate
    revoked: int | None
    created: int


def add_mandate(
    connection: Connection, digest: bytes, mandate: Mandate, approvals: list[str], now: int
) -> KeptMandate:
    """Keep a verified mandate; one that is there already stays as it is, revoked or not."""
    row = {
        "digest": digest,
        "grantor": mandate.grantor,
        "auditor": mandate.auditor,
        "claim": mandate.claim,
        "valid_until": mandate.validUntil,
        "approvals": approvals,
        "created": now,
    }
    insert_once(connection, mandates, row)
    query = select(mandates).where(mandates.c.digest == digest)
    return _kept(connection.execute(query).one())


def views_of(connection: Connection, auditor: PartyNo, now: int) -> tuple[View, ...]:
    """What mandates in force let this auditor see."""
    query = select(mandates.c.grantor, mandates.c.claim).where(
        mandates.c.auditor == auditor,
        mandates.c.valid_until >= now,
        mandates.c.revoked.is_(None),
    )
    rows = connection.execute(query.distinct().order_by(mandates.c.grantor, mandates.c.claim))
    return tuple(
        View(PartyNo(grantor), ClaimNo(claim) if claim else None) for grantor, claim in rows
    )


def list_mandates(
    connection: Connection, party: PartyNo, after: bytes | None, limit: int
) -> list[KeptMandate]:
    """Mandates that this party gave or was given, newest first."""
    query = select(mandates).where(or_(mandates.c.grantor == party, mandates.c.auditor == party))
    if after is not None:
        behind = select(mandates.c.row).where(mandates.c.digest == after).scalar_subquery()
        query = query.where(mandates.c.row < behind)
    rows = connection.execute(query.order_by(mandates.c.row.desc()).limit(limit))
    return [_kept(row) for row in rows]


def revoke_mandate(connection: Connection, digest: bytes, grantor: PartyNo, now: int) -> bool:
    """Whether the grantor's mandate is revoked now, for the first time or again."""
    of_grantor = (mandates.c.digest == digest, mandates.c.grantor == grantor)
    connection.execute(
        update(mandates).where(*of_grantor, mandates.c.revoked.is_(None)).values(revoked=now)
    )
    return connection.execute(select(mandates.c.row).where(*of_grantor)).first() is not None


def _kept(row: Any) -> KeptMandate:
    mandate = Mandate(row.grantor, row.auditor, row.claim, row.valid_until)
    return KeptMandate(row.digest, mandate, row.revoked, row.created)

"""The journals of signed resolutions: one for each party, or member without one; only added to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from ledger.hexadecimal import hexed, unhexed
from ledger.ids import Address, Digest
from ledger.resolving import EMPTY_JOURNAL, Journalled, LineResolution, head_after
from ledger.store.columns import new_id
from ledger.store.keeping.statements import Line, resolve
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import statement_lines
from ledger.store.reconciling import resolutions
from ledger.visibility import Scope


@dataclass(frozen=True, slots=True)
class KeptResolution:
    """``line`` is the line's public id; ``created`` in Unix seconds."""

    id: str
    position: int
    line: str
    entry: Journalled
    created: int


@dataclass(frozen=True, slots=True)
class SignedResolution:
    """A resolution as signed, checked by the caller."""

    digest: Digest
    resolution: LineResolution
    signers: Sequence[Address]
    approvals: Sequence[bytes]


def journal_of(scope: Scope) -> str:
    """The name of the journal in which the caller writes: its party's, or its own."""
    return scope.address if scope.party is None else str(scope.party)


def journal_end(connection: Connection, journal: str) -> tuple[int, bytes]:
    """How many resolutions a journal has, and its head."""
    query = (
        select(resolutions.c.position, resolutions.c.head)
        .where(resolutions.c.journal == journal)
        .order_by(resolutions.c.position.desc())
        .limit(1)
    )
    row = connection.execute(query).one_or_none()
    return (0, EMPTY_JOURNAL) if row is None else (row.position, row.head)


def add_resolution(
    connection: Connection, journal: str, line: Line, signed: SignedResolution, now: int
) -> bool:
    """Whether the line was still open: it is resolved now, and the journal one longer.

    The caller has held the resolution to the journal's end in this transaction.
    """
    resolution = signed.resolution
    if not resolve(connection, line, resolution.note, signed.signers[0], now):
        return False
    row = {
        "id": new_id(),
        "journal": journal,
        "position": resolution.position + 1,
        "line": line.row,
        "digest": signed.digest,
        "message": resolution.to_json(),
        "signers": list(signed.signers),
        "approvals": [hexed(one) for one in signed.approvals],
        "head": head_after(resolution.head, signed.digest, signed.approvals),
        "created": now,
    }
    return insert_once(connection, resolutions, row)


def resolved_by(connection: Connection, line: Line) -> Digest | None:
    """The resolution that closed a line, if it is closed."""
    query = select(resolutions.c.digest).where(resolutions.c.line == line.row)
    found = connection.scalar(query)
    return None if found is None else Digest(found)


def list_resolutions(
    connection: Connection, journal: str, below: int, limit: int
) -> list[KeptResolution]:
    """A journal's resolutions at positions below ``below``, newest first."""
    query = (
        select(resolutions, statement_lines.c.id.label("line_id"))
        .join(statement_lines, statement_lines.c.row == resolutions.c.line)
        .where(resolutions.c.journal == journal, resolutions.c.position < below)
        .order_by(resolutions.c.position.desc())
        .limit(limit)
    )
    return [_kept(row) for row in connection.execute(query)]


def _kept(row: Any) -> KeptResolution:
    entry = Journalled(
        digest=Digest(row.digest),
        resolution=LineResolution.from_json(row.message),
        signers=tuple(map(Address, row.signers)),
        approvals=tuple(map(unhexed, row.approvals)),
        head=row.head,
    )
    return KeptResolution(row.id, row.position, row.line_id, entry, row.created)

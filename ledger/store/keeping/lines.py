"""Credit lines: what a bank allows itself with a party, and the journal of every change."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, insert, select, update

from ledger.business_day import require_date
from ledger.credit import (
    HIGHEST_LIMIT,
    CreditLine,
    LimitTooHigh,
    LineBelowUse,
    LineChanged,
    LineKind,
)
from ledger.ids import Address, Digest, PartyNo
from ledger.store.columns import new_id
from ledger.store.keeping.upsert import insert_once
from ledger.store.line_use import expire
from ledger.store.private import credit_lines, line_changes


@dataclass(frozen=True, slots=True)
class Line:
    """A line and its use: ``open`` by what isn't concluded yet, ``drawn`` by what is.

    Use can stand above the limit when the chain takes something back; then nothing more fits.
    """

    row: int
    id: str
    bank: PartyNo
    party: PartyNo
    kind: LineKind
    currency: str
    limit: int
    expires_on: int
    version: int
    open: int
    drawn: int

    @property
    def used(self) -> int:
        return self.open + self.drawn

    @property
    def remaining(self) -> int:
        return max(0, self.limit - self.used)


@dataclass(frozen=True, slots=True)
class SignedLine:
    """A change as the bank signed it, checked by the caller."""

    digest: Digest
    line: CreditLine
    signers: Sequence[Address]
    approvals: Sequence[str]


@dataclass(frozen=True, slots=True)
class LineChange:
    """``used`` is what was used when the line was changed; ``created`` in Unix seconds."""

    version: int
    digest: bytes
    limit: int
    expires_on: int
    reason: str
    used: int
    signers: tuple[Address, ...]
    approvals: tuple[str, ...]
    created: int


def put_line(connection: Connection, change: SignedLine, now: int, seen: int) -> Line:
    """The line as changed; as it is, if this very change was made before.

    ``seen`` as for ``line_use.expire``: quotes that ran out don't keep a limit up. Raises
    ``LineChanged``, ``LineBelowUse``, ``LimitTooHigh`` or ``InvalidDate``.
    """
    wanted = change.line
    kind, parties = LineKind(wanted.kind), (PartyNo(wanted.bank), PartyNo(wanted.party))
    line = find_line(connection, *parties, kind, wanted.currency)
    if line is not None and _was_made(connection, change.digest):
        return line
    _require(wanted, line)
    if line is None:
        line = _open(connection, wanted, now)
    elif wanted.limit < line.used:
        expire(connection, seen, [line.row])
        line = _again(connection, line)
    if wanted.limit < line.used:
        raise LineBelowUse(wanted.limit, line.used)
    connection.execute(
        update(credit_lines)
        .where(credit_lines.c.row == line.row)
        .values(limit=wanted.limit, expires_on=wanted.expiresOn, version=wanted.version + 1)
    )
    _note(connection, line, change, now)
    return _again(connection, line)


def find_line(
    connection: Connection, bank: PartyNo, party: PartyNo, kind: LineKind, currency: str
) -> Line | None:
    query = _lines(
        credit_lines.c.bank == bank,
        credit_lines.c.party == party,
        credit_lines.c.kind == kind,
        credit_lines.c.currency == currency,
    )
    return _one(connection, query)


def find_own_line(connection: Connection, bank: PartyNo, line_id: str) -> Line | None:
    """The line with this public id, if it is this bank's."""
    return _one(connection, _lines(credit_lines.c.bank == bank, credit_lines.c.id == line_id))


def list_lines(
    connection: Connection,
    bank: PartyNo,
    after: str | None,
    limit: int,
    party: PartyNo | None = None,
) -> list[Line]:
    """A bank's lines, those to ``party`` or all, newest first, behind the one of id ``after``."""
    query = _lines(credit_lines.c.bank == bank)
    if party is not None:
        query = query.where(credit_lines.c.party == party)
    if after is not None:
        behind = select(credit_lines.c.row).where(
            credit_lines.c.bank == bank, credit_lines.c.id == after
        )
        query = query.where(credit_lines.c.row < behind.scalar_subquery())
    query = query.order_by(credit_lines.c.row.desc()).limit(limit)
    return [_line(row) for row in connection.execute(query)]


def lines_to(
    connection: Connection, party: PartyNo, kind: LineKind, currency: str | None = None
) -> list[Line]:
    """Every bank's lines of a kind to one party, oldest first. Not to be shown to a bank."""
    query = _lines(credit_lines.c.party == party, credit_lines.c.kind == kind)
    if currency is not None:
        query = query.where(credit_lines.c.currency == currency)
    return [_line(row) for row in connection.execute(query.order_by(credit_lines.c.row))]


def read_lines(connection: Connection, rows: Iterable[int]) -> list[Line]:
    found = connection.execute(_lines(credit_lines.c.row.in_(list(rows))))
    return [_line(row) for row in found]


def list_changes(connection: Connection, line: Line, below: int, limit: int) -> list[LineChange]:
    """A line's journal, newest first, versions below ``below``."""
    query = (
        select(line_changes)
        .where(line_changes.c.line == line.row, line_changes.c.version < below)
        .order_by(line_changes.c.version.desc())
        .limit(limit)
    )
    return [
        LineChange(
            version=row.version,
            digest=row.digest,
            limit=row.limit,
            expires_on=row.expires_on,
            reason=row.reason,
            used=row.used,
            signers=tuple(row.signers),
            approvals=tuple(row.approvals),
            created=row.created,
        )
        for row in connection.execute(query)
    ]


def _require(wanted: CreditLine, line: Line | None) -> None:
    require_date(wanted.expiresOn)
    if wanted.limit > HIGHEST_LIMIT:
        raise LimitTooHigh(wanted.limit, HIGHEST_LIMIT)
    current = 0 if line is None else line.version
    if wanted.version != current:
        raise LineChanged(wanted.version, current)


def _open(connection: Connection, wanted: CreditLine, now: int) -> Line:
    """A new line, which has no use yet. Raises ``LineChanged`` if somebody was faster."""
    row = {
        "id": new_id(),
        "bank": wanted.bank,
        "party": wanted.party,
        "kind": wanted.kind,
        "currency": wanted.currency,
        "limit": wanted.limit,
        "expires_on": wanted.expiresOn,
        "version": 0,
        "open": 0,
        "drawn": 0,
        "created": now,
    }
    new = insert_once(connection, credit_lines, row)
    made = find_own_line(connection, PartyNo(wanted.bank), str(row["id"])) if new else None
    if made is None:
        raise LineChanged(wanted.version, wanted.version + 1)
    return made


def _note(connection: Connection, line: Line, change: SignedLine, now: int) -> None:
    wanted = change.line
    row = {
        "line": line.row,
        "version": wanted.version + 1,
        "digest": change.digest,
        "limit": wanted.limit,
        "expires_on": wanted.expiresOn,
        "reason": wanted.reason,
        "used": line.used,
        "signers": list(change.signers),
        "approvals": list(change.approvals),
        "created": now,
    }
    connection.execute(insert(line_changes).values(row))


def _was_made(connection: Connection, digest: Digest) -> bool:
    query = select(line_changes.c.version).where(line_changes.c.digest == digest)
    return connection.execute(query).first() is not None


def _again(connection: Connection, line: Line) -> Line:
    (found,) = read_lines(connection, [line.row])
    return found


def _one(connection: Connection, query: Select[Any]) -> Line | None:
    row = connection.execute(query).one_or_none()
    return None if row is None else _line(row)


def _lines(*conditions: ColumnElement[bool]) -> Select[Any]:
    return select(credit_lines).where(*conditions)


def _line(row: Any) -> Line:
    return Line(
        row=row.row,
        id=row.id,
        bank=row.bank,
        party=row.party,
        kind=LineKind(row.kind),
        currency=row.currency,
        limit=row.limit,
        expires_on=row.expires_on,
        version=row.version,
        open=row.open,
        drawn=row.drawn,
    )

"""Bank statements, what each of their lines was matched with, and what people have to look at."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Connection,
    Select,
    and_,
    false,
    func,
    insert,
    or_,
    select,
    tuple_,
    update,
)

from ledger.ids import Address, PartyNo
from ledger.store.columns import new_id
from ledger.store.keeping.upsert import insert_once
from ledger.store.private import statement_lines, statements
from ledger.store.reading.visible import concerns
from ledger.store.tables import deal_steps, payments
from ledger.visibility import Scope
from ledger.words import LotRef


class LineStatus(StrEnum):
    MATCHED = "matched"
    UNMATCHED = "unmatched"


class Reason(StrEnum):
    """Why a line proves no payment of a lot or a debt, or (the last two) not exactly one."""

    NOT_BOOKED = "not_booked"
    REVERSAL = "reversal"
    ZERO_AMOUNT = "zero_amount"
    NO_BOOKING_DATE = "no_booking_date"
    NO_REFERENCE = "no_reference"
    OTHER_REFERENCE = "other_reference"
    MISTYPED_REFERENCE = "mistyped_reference"
    UNKNOWN_LOT = "unknown_lot"
    STALE_VERSION = "stale_version"
    NOT_LIVE = "not_live"
    WRONG_CURRENCY = "wrong_currency"
    WRONG_ACCOUNT = "wrong_account"
    UNKNOWN_DEBT = "unknown_debt"
    NOT_OWED = "not_owed"
    ALREADY_PAID = "already_paid"
    RESCINDED = "rescinded"
    ALREADY_ALLOCATED = "already_allocated"
    OVER = "over"
    SHORT = "short"


@dataclass(frozen=True, slots=True)
class Upload:
    """A statement as it came in; ``party`` is the uploader's, None for a member without one."""

    uploader: Address
    party: PartyNo | None
    content: bytes


@dataclass(frozen=True, slots=True)
class NewStatement:
    uploader: Address
    party: PartyNo | None
    sha256: bytes
    message: str
    message_id: str


@dataclass(frozen=True, slots=True)
class Debt:
    """What is owed under a deal: both are hashes that the chain has."""

    commitment: bytes
    deal: bytes


@dataclass(frozen=True, slots=True)
class Match:
    """One line and what came of it. ``surplus`` is what it paid beyond the lot, minor units.

    ``lot`` or ``debt`` is what the line's reference names, whether or not it can be paid;
    ``debtor`` and ``holder`` are whom it concerns, where that is known: who has to pay, and who
    is to be paid.
    """

    fingerprint: bytes
    end_to_end_id: str
    direction: str
    amount: int
    currency: str
    booked_on: int | None
    status: LineStatus
    reason: Reason | None = None
    surplus: int = 0
    lot: LotRef | None = None
    debtor: PartyNo | None = None
    holder: PartyNo | None = None
    account: str = ""
    """The one that the statement is of, without spaces."""
    debt: Debt | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A kept line; ``statement`` is its statement's public id."""

    row: int
    id: str
    statement: str
    match: Match
    resolution: str | None
    repeated: bool = False
    """Whether another line pays under the same reference, in the same direction."""


@dataclass(frozen=True, slots=True)
class KeptStatement:
    row: int
    id: str
    message: str
    message_id: str
    created: int


def keep_statement(
    connection: Connection, new: NewStatement, matches: Sequence[Match], now: int
) -> str:
    """The statement's id. One uploader's same file is one statement, its lines matched anew."""
    row = {name: getattr(new, name) for name in NewStatement.__slots__}
    insert_once(connection, statements, {**row, "id": new_id(), "created": now})
    found = connection.execute(
        select(statements.c.row, statements.c.id).where(
            statements.c.uploader == new.uploader, statements.c.sha256 == new.sha256
        )
    ).one()
    lines = select(statement_lines.c.position, statement_lines.c.row).where(
        statement_lines.c.statement == found.row
    )
    known = dict(connection.execute(lines).all())
    _write_lines(connection, found.row, matches, known)
    _note_repeated(connection, found.row)
    statement_id: str = found.id
    return statement_id


def _write_lines(
    connection: Connection, statement: int, matches: Sequence[Match], known: Mapping[int, int]
) -> None:
    added = []
    for position, match in enumerate(matches):
        if position in known:
            same = statement_lines.c.row == known[position]
            connection.execute(update(statement_lines).where(same).values(_row(match)))
        else:
            place = {"id": new_id(), "statement": statement, "position": position}
            added.append({**_row(match), **place})
    if added:
        connection.execute(insert(statement_lines), added)


def find_statement(connection: Connection, scope: Scope, statement_id: str) -> KeptStatement | None:
    query = select(statements).where(statements.c.id == statement_id, uploaded(scope))
    row = connection.execute(query).one_or_none()
    return None if row is None else _statement(row)


def list_statements(
    connection: Connection, scope: Scope, after: str | None, limit: int
) -> list[KeptStatement]:
    """Newest first, those behind the one with the id ``after``."""
    query = select(statements).where(uploaded(scope))
    if after is not None:
        behind = select(statements.c.row).where(statements.c.id == after).scalar_subquery()
        query = query.where(statements.c.row < behind)
    rows = connection.execute(query.order_by(statements.c.row.desc()).limit(limit))
    return [_statement(row) for row in rows]


def lines_of(connection: Connection, statement: KeptStatement) -> list[Line]:
    query = _lines().where(statement_lines.c.statement == statement.row)
    return [_line(row) for row in connection.execute(query.order_by(statement_lines.c.position))]


def worklist(connection: Connection, scope: Scope, after: str | None, limit: int) -> list[Line]:
    """Lines nobody has dealt with, newest first: those that match nothing, pay too much or too
    little, or pay again what another line pays, while they have proven nothing themselves."""
    columns = statement_lines.c
    open_lines = or_(
        columns.status == LineStatus.UNMATCHED,
        columns.surplus != "0",
        columns.reason == Reason.SHORT,
        and_(columns.repeated, ~_proved()),
    )
    query = _lines().where(columns.resolution.is_(None), open_lines, concerned(scope))
    if after is not None:
        behind = select(statement_lines.c.row).where(statement_lines.c.id == after)
        query = query.where(statement_lines.c.row < behind.scalar_subquery())
    rows = connection.execute(query.order_by(statement_lines.c.row.desc()).limit(limit))
    return [_line(row) for row in rows]


def find_line(connection: Connection, scope: Scope, line_id: str) -> Line | None:
    query = _lines().where(statement_lines.c.id == line_id, concerned(scope))
    row = connection.execute(query).one_or_none()
    return None if row is None else _line(row)


def is_uploader(connection: Connection, scope: Scope, line: Line) -> bool:
    return find_statement(connection, scope, line.statement) is not None


def resolve(connection: Connection, line: Line, note: str, by: Address, now: int) -> bool:
    """Whether the line was still open, and is resolved now."""
    done = connection.execute(
        update(statement_lines)
        .where(statement_lines.c.row == line.row, statement_lines.c.resolution.is_(None))
        .values(resolution=note, resolved=now, resolved_by=by)
    )
    return done.rowcount == 1


def _proved() -> ColumnElement[bool]:
    """Whether the ledger has a lot or a debt paid by a line."""
    paid = select(payments.c.line).where(payments.c.line == statement_lines.c.fingerprint)
    proven = select(deal_steps.c.line).where(deal_steps.c.line == statement_lines.c.fingerprint)
    return or_(
        *(query.correlate(statement_lines).exists() for query in (paid, proven)),
    )


def _note_repeated(connection: Connection, statement: int) -> None:
    """Marks every line that pays under a reference of this statement's lines, if several do."""
    columns = statement_lines.c
    pays = columns.status == LineStatus.MATCHED
    mine = select(columns.end_to_end_id).where(columns.statement == statement, pays)
    several = (
        select(columns.end_to_end_id, columns.direction)
        .where(columns.end_to_end_id.in_(mine), pays)
        .group_by(columns.end_to_end_id, columns.direction)
        .having(func.count(columns.fingerprint.distinct()) > 1)
    )
    bearing = tuple_(columns.end_to_end_id, columns.direction)
    connection.execute(
        update(statement_lines).where(bearing.in_(several), pays).values(repeated=True)
    )


def uploaded(scope: Scope) -> ColumnElement[bool]:
    """Statements that the caller, or another signer of its party, handed in.

    A bank's statement shows its clients' business: a mandate doesn't reach it.
    """
    own = false() if scope.party is None else statements.c.party == scope.party
    return or_(statements.c.uploader == scope.address, own)


def concerned(scope: Scope) -> ColumnElement[bool]:
    """Lines that the caller's side handed in, or that a view's party paid or was paid by."""
    columns = statement_lines.c
    return or_(uploaded(scope), concerns(scope, columns.claim, columns.debtor, columns.holder))


def _lines() -> Select[Any]:
    return select(statement_lines, statements.c.id.label("statement_id")).join(
        statements, statements.c.row == statement_lines.c.statement
    )


def _row(match: Match) -> dict[str, Any]:
    named = ("lot", "debt")
    values = {name: getattr(match, name) for name in Match.__slots__ if name not in named}
    lot, debt = match.lot, match.debt
    place = (lot.claim, lot.start, lot.version) if lot else (None, None, None)
    return {
        **values,
        **dict(zip(("claim", "start", "version"), place, strict=True)),
        "commitment": None if debt is None else debt.commitment,
        "deal": None if debt is None else debt.deal,
        "amount": str(match.amount),
        "surplus": str(match.surplus),
    }


def _line(row: Any) -> Line:
    lot = None if row.claim is None else LotRef(row.claim, row.start, row.version)
    match = Match(
        fingerprint=row.fingerprint,
        end_to_end_id=row.end_to_end_id,
        direction=row.direction,
        amount=int(row.amount),
        currency=row.currency,
        booked_on=row.booked_on,
        status=LineStatus(row.status),
        reason=None if row.reason is None else Reason(row.reason),
        surplus=int(row.surplus),
        lot=lot,
        debtor=row.debtor,
        holder=row.holder,
        account=row.account,
        debt=None if row.commitment is None else Debt(row.commitment, row.deal),
    )
    return Line(row.row, row.id, row.statement_id, match, row.resolution, row.repeated)


def _statement(row: Any) -> KeptStatement:
    return KeptStatement(row.row, row.id, row.message, row.message_id, row.created)

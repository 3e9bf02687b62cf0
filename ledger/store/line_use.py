"""What the chain says about reservations of credit lines, and taking it back when the chain does.

Nothing is counted by event. Whether a reservation's agreement was concluded, and how many of its
units are still owed to its owner, is worked out from the projection; the difference to what it
held before is moved, once, in the sums of its lines. So the same entries, read again or taken
back and told otherwise, lead to the same sums. Only that a reservation ran out, was withdrawn
or, being an issue's, refused is remembered, because no entry says it; an entry that concludes it
all the same wins.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import (
    Connection,
    Select,
    and_,
    bindparam,
    func,
    literal_column,
    or_,
    select,
    update,
)

from ledger.credit import Interval, held, units_left, within
from ledger.store.chunks import chunked
from ledger.store.private import credit_lines, line_uses, reservations
from ledger.store.tables import blocks, claims, entries, lots
from ledger.words import LotState

_OWED_NO_MORE = (LotState.ABSENT, LotState.DISCHARGED, LotState.MERGED)
# Literal, so that SQLite sees that the index over reserved ones will do.
_IS_RESERVED = reservations.c.state == literal_column("'reserved'")

Touched = Mapping[int, Interval]
"""For each claim, bounds of the units that entries wrote."""


class ReservationState(StrEnum):
    """``RESERVED → CONSUMED → RELEASED``, or from the first to one of the last three.

    ``OVERTAKEN``: the lot has moved on, and an agreement over its old version is void.
    ``REFUSED``: only of issues, when the chain refused them.
    """

    RESERVED = "reserved"
    CONSUMED = "consumed"
    RELEASED = "released"
    OVERTAKEN = "overtaken"
    EXPIRED = "expired"
    WITHDRAWN = "withdrawn"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class _Standing:
    """What a reservation is by the projection."""

    state: ReservationState
    outstanding: int


def horizon(connection: Connection) -> int:
    """The time of the newest block that was read (Unix seconds; 0 before there is one).

    Times of blocks rise: what had to be concluded before this and isn't known can't come any more.
    No clock says as much, since after a halt a chain goes on with the time that it stopped at.
    """
    newest = select(blocks.c.time).where(blocks.c.time.is_not(None))
    return connection.scalar(newest.order_by(blocks.c.number.desc()).limit(1)) or 0


def touched_since(connection: Connection, first: int) -> Touched:
    """What the entries from ``first`` on have written, if any of it can concern a reservation."""
    if not _any_reservation(connection):
        return {}
    # Not grouped by the database: SQLite would read all lots in the order of their claims.
    bounds: dict[int, Interval] = {}
    written = select(lots.c.claim, lots.c.start, lots.c.end).where(lots.c.since >= first)
    for claim, start, end in connection.execute(written):
        least, most = bounds.get(claim, (start, end))
        bounds[claim] = min(least, start), max(most, end)
    return bounds


def follow(connection: Connection, first: int) -> None:
    """Entries from ``first`` on are new: let reservations follow, and those expire whose time,
    by the blocks read, is over."""
    if not _any_reservation(connection):
        return
    concluded = select(reservations.c.row).join(entries, entries.c.act == reservations.c.digest)
    rows = set(connection.scalars(concluded.where(entries.c.index >= first)))
    derive(connection, rows | _touching(connection, touched_since(connection, first)))
    expire(connection, horizon(connection))


def follow_back(connection: Connection, first: int, touched: Touched) -> None:
    """Entries from ``first`` on, which had written ``touched``, are gone."""
    concluded = select(reservations.c.row).where(reservations.c.entry >= first)
    rows = set(connection.scalars(concluded)) if touched else set()
    derive(connection, rows | _touching(connection, touched))


def expire(connection: Connection, seen: int, lines: Sequence[int] = ()) -> int:
    """Return what is reserved beyond its time, of these lines or of all; how many that were.

    ``seen`` in Unix seconds: what the chain did until then is in the projection.
    """
    overdue = select(reservations.c.row).where(_IS_RESERVED, reservations.c.valid_until < seen)
    if lines:
        of_lines = select(line_uses.c.reservation).where(line_uses.c.line.in_(lines))
        overdue = overdue.where(reservations.c.row.in_(of_lines))
    rows = set(connection.scalars(overdue))
    end(connection, rows, ReservationState.EXPIRED)
    return len(rows)


def return_issues(connection: Connection, digests: Select[tuple[bytes]]) -> None:
    """Return what is reserved for these issues, which the chain refused.

    A quote that is refused keeps its room: it may be taken again, by whoever holds its
    signatures. So may an issue, but a limit on issues binds those who hand them in here.
    """
    refused = select(reservations.c.row).where(
        _IS_RESERVED, reservations.c.lot.is_(None), reservations.c.digest.in_(digests)
    )
    end(connection, set(connection.scalars(refused)), ReservationState.REFUSED)


def end(connection: Connection, rows: Iterable[int], why: ReservationState) -> None:
    """Remember that these ended without an entry, unless they had before, and return them."""
    numbers = sorted(rows)
    for some in chunked(numbers):
        connection.execute(
            update(reservations)
            .where(reservations.c.row.in_(some), reservations.c.ended.is_(None))
            .values(ended=why)
        )
    derive(connection, numbers)


def derive(connection: Connection, rows: Iterable[int]) -> None:
    """Make these reservations, by row, and their lines' sums what the projection says."""
    numbers = sorted(set(rows))
    for some in chunked(numbers):
        _note_conclusions(connection, some)
    for some in chunked(numbers):
        found = connection.execute(select(reservations).where(reservations.c.row.in_(some))).all()
        standings = {row.row: _standing(connection, row) for row in found}
        _move(connection, found, standings)


def differences(connection: Connection) -> list[str]:
    """Every line's sum and every reservation that isn't what the projection says; for audits."""
    wrong = []
    for row in connection.execute(select(reservations)):
        now = _standing(connection, row)
        if (row.state, row.outstanding) != (now.state, now.outstanding):
            wrong.append(f"reservation {row.row}: {row.state} {row.outstanding}, not {now}")
        uses = connection.execute(select(line_uses).where(line_uses.c.reservation == row.row))
        wrong += [
            f"reservation {row.row} holds {use.held} of line {use.line}"
            for use in uses
            if use.held != held(use.amount, now.outstanding, row.units)
        ]
    for line in connection.execute(select(credit_lines)):
        sums = tuple(_held_of(connection, line.row, state) for state in _COUNTED)
        if sums != (line.open, line.drawn):
            wrong.append(f"line {line.row}: {(line.open, line.drawn)}, not {sums}")
    return wrong


_COUNTED = {ReservationState.RESERVED: "open", ReservationState.CONSUMED: "drawn"}


def _held_of(connection: Connection, line: int, state: ReservationState) -> int:
    query = (
        select(func.coalesce(func.sum(line_uses.c.held), 0))
        .join(reservations, reservations.c.row == line_uses.c.reservation)
        .where(line_uses.c.line == line, reservations.c.state == state)
    )
    return int(connection.scalar(query) or 0)


def _any_reservation(connection: Connection) -> bool:
    return connection.execute(select(reservations.c.row).limit(1)).first() is not None


def _touching(connection: Connection, touched: Touched) -> set[int]:
    """Reservations of units within these bounds, or that are open over a lot within them.

    The longest on the claim tells how far before the bounds one can begin, so that a claim with
    many small deals is not read as a whole.
    """
    rows: set[int] = set()
    for some in chunked(sorted(touched)):
        longest = (
            select(reservations.c.claim, func.max(reservations.c.units))
            .where(reservations.c.claim.in_(some))
            .group_by(reservations.c.claim)
        )
        for claim, units in connection.execute(longest).all():
            start, end = touched[claim]
            query = select(reservations.c.row).where(
                reservations.c.claim == claim,
                reservations.c.start.between(start - units, end),
                reservations.c.end >= start,
            )
            rows.update(connection.scalars(query))
            # A quote names its lot by the first unit, and a chain that told otherwise may have cut
            # that lot short of the units that were quoted.
            of_lot = select(reservations.c.row).where(
                _IS_RESERVED, reservations.c.claim == claim, reservations.c.lot.between(start, end)
            )
            rows.update(connection.scalars(of_lot))
    return rows


def _note_conclusions(connection: Connection, rows: Sequence[int]) -> None:
    """Write down where each was concluded; and of an issue, which claim it made, and that no
    refusal ended it: should the entry be taken back, its act waits for the chain again."""
    first = (
        select(func.min(entries.c.index))
        .where(entries.c.act == reservations.c.digest)
        .correlate(reservations)
        .scalar_subquery()
    )
    query = (
        select(reservations, first.label("found"), entries.c.book)
        .outerjoin(entries, entries.c.index == first)
        .where(reservations.c.row.in_(rows))
    )
    changed = [
        {"of": row.row, "at": row.found, "on": row.claim, "why": row.ended}
        if row.lot is not None
        else {"of": row.row, "at": row.found, "on": row.book, "why": None}
        for row in connection.execute(query)
        if row.found != row.entry
    ]
    if changed:
        connection.execute(
            update(reservations)
            .where(reservations.c.row == bindparam("of"))
            .values(entry=bindparam("at"), claim=bindparam("on"), ended=bindparam("why")),
            changed,
        )


def _standing(connection: Connection, row: Any) -> _Standing:
    if row.entry is not None:
        left = _owed_of_claim(connection, row) if row.lot is None else _owed_to(connection, row)
        state = ReservationState.CONSUMED if left else ReservationState.RELEASED
        return _Standing(state, left)
    if row.ended is not None:
        return _Standing(ReservationState(row.ended), 0)
    if row.lot is not None and _moved_on(connection, row):
        return _Standing(ReservationState.OVERTAKEN, 0)
    return _Standing(ReservationState.RESERVED, row.units)


def _moved_on(connection: Connection, row: Any) -> bool:
    query = select(lots.c.version).where(
        lots.c.until.is_(None), lots.c.claim == row.claim, lots.c.start == row.lot
    )
    current = connection.scalar(query)
    return current is not None and current > row.version


def _owed_of_claim(connection: Connection, row: Any) -> int:
    """Of an issue: whatever isn't discharged, whoever holds it."""
    face = connection.scalar(select(claims.c.face).where(claims.c.number == row.claim)) or 0
    paid = select(func.coalesce(func.sum(lots.c.end - lots.c.start), 0)).where(
        lots.c.until.is_(None),
        lots.c.claim == row.claim,
        lots.c.state == LotState.DISCHARGED,
    )
    return int(face) - int(connection.scalar(paid) or 0)


def _owed_to(connection: Connection, row: Any) -> int:
    """Of a deal: units that its bank still holds, or has a lien on, under no later deal of its
    own: a bank that sold units on and bought them again must not count them twice."""
    bounds = (row.start, row.end)
    found = connection.execute(_pieces(row))
    pieces = [within((first, last), bounds) for first, last in found]
    later = select(reservations.c.start, reservations.c.end).where(
        reservations.c.claim == row.claim,
        reservations.c.owner == row.owner,
        reservations.c.lot.is_not(None),
        reservations.c.entry > row.entry,
        reservations.c.start < row.end,
        reservations.c.end > row.start,
    )
    return units_left(pieces, [(first, last) for first, last in connection.execute(later)])


def _pieces(row: Any) -> Select[Any]:
    of_claim = and_(lots.c.until.is_(None), lots.c.claim == row.claim)
    first = (
        select(lots.c.start)
        .where(of_claim, lots.c.start <= row.start, lots.c.state != LotState.MERGED)
        .order_by(lots.c.start.desc())
        .limit(1)
        .correlate(None)
        .scalar_subquery()
    )
    return select(lots.c.start, lots.c.end).where(
        of_claim,
        lots.c.start >= first,
        lots.c.start < row.end,
        lots.c.end > row.start,
        lots.c.state.not_in(_OWED_NO_MORE),
        or_(lots.c.holder == row.owner, lots.c.lien == row.owner),
    )


def _move(connection: Connection, found: Sequence[Any], now: Mapping[int, _Standing]) -> None:
    changed = {
        row.row: row
        for row in found
        if (row.state, row.outstanding) != (now[row.row].state, now[row.row].outstanding)
    }
    if not changed:
        return
    sums: dict[int, dict[str, int]] = defaultdict(lambda: {"open": 0, "drawn": 0})
    new_uses = []
    query = select(line_uses).where(line_uses.c.reservation.in_(list(changed)))
    for use in connection.execute(query):
        before, after = changed[use.reservation], now[use.reservation]
        new = held(use.amount, after.outstanding, before.units)
        if (was := _COUNTED.get(ReservationState(before.state))) is not None:
            sums[use.line][was] -= use.held
        if (becomes := _COUNTED.get(after.state)) is not None:
            sums[use.line][becomes] += new
        new_uses.append({"of": use.reservation, "on": use.line, "new": new})
    connection.execute(
        update(reservations)
        .where(reservations.c.row == bindparam("of"))
        .values(state=bindparam("now"), outstanding=bindparam("left")),
        [{"of": row, "now": now[row].state, "left": now[row].outstanding} for row in changed],
    )
    if new_uses:
        connection.execute(
            update(line_uses)
            .where(line_uses.c.reservation == bindparam("of"), line_uses.c.line == bindparam("on"))
            .values(held=bindparam("new")),
            new_uses,
        )
    add_to_sums(connection, sums)


def add_to_sums(connection: Connection, sums: Mapping[int, Mapping[str, int]]) -> None:
    """Add to lines' ``open`` and ``drawn``; always in the order of rows, against deadlocks."""
    rows = [
        {"of": line, "more_open": more["open"], "more_drawn": more["drawn"]}
        for line, more in sorted(sums.items())
        if any(more.values())
    ]
    if rows:
        connection.execute(
            update(credit_lines)
            .where(credit_lines.c.row == bindparam("of"))
            .values(
                open=credit_lines.c.open + bindparam("more_open"),
                drawn=credit_lines.c.drawn + bindparam("more_drawn"),
            ),
            rows,
        )

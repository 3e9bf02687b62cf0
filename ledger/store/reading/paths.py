"""How units came to whoever holds them: from the debtor's promise on, act by act."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, Connection, exists, select

from ledger.entries import Op
from ledger.ids import ClaimNo, EntryIndex, PartyNo
from ledger.store.chunks import chunked
from ledger.store.tables import entries, lots
from ledger.words import LotState


@dataclass(frozen=True, slots=True)
class Step:
    """One act that brought units ``[start, end)`` from one party to another."""

    entry: EntryIndex
    op: Op
    act: bytes
    time: int
    start: int
    end: int
    giver: PartyNo | None
    """None for the issue: they came from the debtor's promise."""
    taker: PartyNo


@dataclass(frozen=True, slots=True)
class _Span:
    start: int
    end: int
    holder: PartyNo


@dataclass(frozen=True, slots=True)
class _Move:
    entry: int
    start: int
    end: int
    giver: PartyNo | None
    taker: PartyNo


def path_of(connection: Connection, claim: ClaimNo, start: int, end: int) -> list[Step]:
    """Every change of holder of units ``[start, end)``, oldest first, cut to those units.

    Only these units: how much else changed hands beside them is nobody's business here.
    """
    query = (
        select(lots.c.start, lots.c.end, lots.c.holder, lots.c.since)
        .where(lots.c.claim == claim, lots.c.start < end, lots.c.end > start, ~_kept())
        .order_by(lots.c.since, lots.c.start)
    )
    holders: list[_Span] = []
    moves: list[_Move] = []
    for first, last, holder, since in connection.execute(query):
        written = _Span(max(start, first), min(end, last), PartyNo(holder))
        # A lot that was cut thousands of times was mostly written anew for its holder of before.
        if any(_keeps(one, written) for one in holders):
            continue
        for cut_first, cut_last, giver in _givers(holders, written):
            if giver != written.holder:
                moves.append(_Move(since, cut_first, cut_last, giver, written.holder))
        holders = _rewritten(holders, written)
    return _steps(connection, moves)


def _kept() -> ColumnElement[bool]:
    """Written anew as a part of what the same party held there until then: a lot that is cut
    thousands of times is that thousands of times."""
    before = lots.alias("before")
    return exists().where(
        before.c.claim == lots.c.claim,
        before.c.start == lots.c.start,
        before.c.version == lots.c.version - 1,
        before.c.until == lots.c.since,
        before.c.holder == lots.c.holder,
        before.c.end >= lots.c.end,
        before.c.state.in_((LotState.LIVE, LotState.FROZEN)),
    )


def _keeps(held: _Span, written: _Span) -> bool:
    within = held.start <= written.start and written.end <= held.end
    return within and held.holder == written.holder


def _steps(connection: Connection, moves: list[_Move]) -> list[Step]:
    """The moves, each with the act that it was."""
    found = {}
    for some in chunked(sorted({move.entry for move in moves})):
        query = select(entries.c.index, entries.c.op, entries.c.act, entries.c.time)
        for index, op, act, time in connection.execute(query.where(entries.c.index.in_(some))):
            found[index] = (EntryIndex(index), Op(op), act, time)
    return [
        Step(*found[move.entry], move.start, move.end, move.giver, move.taker) for move in moves
    ]


def layer_of(steps: list[Step], start: int, end: int) -> int:
    """How often units of ``[start, end)`` were passed on since issue: of any unit, the most."""
    edges = sorted({start, *(step.start for step in steps)} - {end})
    passed = [step for step in steps if step.giver is not None]
    return max((sum(step.start <= edge < step.end for step in passed) for edge in edges), default=0)


def _givers(holders: list[_Span], written: _Span) -> list[tuple[int, int, PartyNo | None]]:
    """Who held which of the units just written; all of them without a holder at issue."""
    touched: list[tuple[int, int, PartyNo | None]] = [
        (max(one.start, written.start), min(one.end, written.end), one.holder) for one in holders
    ]
    known = [one for one in touched if one[0] < one[1]]
    return known or [(written.start, written.end, None)]


def _rewritten(holders: list[_Span], written: _Span) -> list[_Span]:
    kept: list[_Span] = [written]
    for one in holders:
        if one.start < written.start:
            kept.append(_Span(one.start, min(one.end, written.start), one.holder))
        if one.end > written.end:
            kept.append(_Span(max(one.start, written.end), one.end, one.holder))
    return sorted(kept, key=lambda one: one.start)

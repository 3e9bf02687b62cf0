"""What signed quotes take up of credit lines. Each function is part of the caller's transaction.

A quote reserves in the same transaction that accepts it, so that no two quotes, whatever runs at
the same time, see the same room. What becomes of it afterwards is ``ledger.store.line_use``'s.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NoReturn

from sqlalchemy import Connection, delete, exists, insert, select, update

from ledger.business_day import business_day, number_of
from ledger.credit import (
    HIGHEST_LIMIT,
    LineExceeded,
    LineExpired,
    LineKind,
    LineOfAnother,
    NoCreditLine,
    ReservedOtherwise,
)
from ledger.hexadecimal import hexed
from ledger.ids import Digest, PartyNo
from ledger.refusals import ZeroAmount
from ledger.store.keeping.lines import Line, find_line, lines_to, read_lines
from ledger.store.line_use import ReservationState, add_to_sums, derive, end, expire
from ledger.store.private import credit_lines, line_uses, reservations
from ledger.store.tables import entries

_FOREVER = 2**63 - 1
_MOST_USED = 2 * HIGHEST_LIMIT
"""Of a line, by issues and deals that the chain took without asking: far below 2**63 with all
else."""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quote as its bank signed it: ``digest`` is the agreement's that it is.

    Units ``[start, end)`` of the lot that begins at ``lot``, as it was at ``version``;
    ``valid_until`` in Unix seconds.
    """

    digest: Digest
    bank: PartyNo
    claim: int
    lot: int
    version: int
    start: int
    end: int
    currency: str
    valid_until: int


@dataclass(frozen=True, slots=True)
class Wanted:
    """How much of the bank's line to ``party`` a deal takes up, in minor units."""

    kind: LineKind
    party: PartyNo
    amount: int


@dataclass(frozen=True, slots=True)
class Issuing:
    """An issue as its debtor signed it."""

    digest: Digest
    debtor: PartyNo
    currency: str
    face: int
    valid_until: int


@dataclass(frozen=True, slots=True)
class Held:
    """What a reservation takes up of a line: ``held`` of ``amount`` at present."""

    line: int
    amount: int
    held: int


@dataclass(frozen=True, slots=True)
class Reservation:
    """``outstanding`` of ``units`` are those it still holds lines for."""

    row: int
    digest: Digest
    owner: PartyNo
    state: ReservationState
    units: int
    outstanding: int
    valid_until: int
    uses: tuple[Held, ...]


def reserve(
    connection: Connection, quote: Quote, wanted: Sequence[Wanted], now: int, seen: int
) -> Reservation:
    """Take up the bank's lines for a quote; what was reserved, if it was before.

    A line has to last as long as the quote can be accepted. A quote that the chain concluded
    before it came here is counted whether it fits or not. ``seen`` as for ``line_use.expire``.
    Raises ``NoCreditLine``, ``LineExpired``, ``LineExceeded``, ``ZeroAmount``, ``LineOfAnother``
    or ``ReservedOtherwise``.
    """
    if quote.start >= quote.end or not wanted or any(one.amount <= 0 for one in wanted):
        raise ZeroAmount
    amounts = _amounts(connection, quote, wanted)
    known = find_reservation(connection, quote.bank, quote.digest)
    if known is not None:
        return _same(known, amounts)
    if not _is_concluded(connection, quote.digest):
        needed_on = number_of(business_day(max(now, quote.valid_until)))
        for line in read_lines(connection, amounts):
            _require_lasting(line, needed_on)
    _take(connection, quote.digest, amounts, seen)
    row = {
        "digest": quote.digest,
        "owner": quote.bank,
        "claim": quote.claim,
        "lot": quote.lot,
        "version": quote.version,
        "start": quote.start,
        "end": quote.end,
        "valid_until": min(quote.valid_until, _FOREVER),
        "created": now,
    }
    return _add(connection, row, amounts)


def reserve_issue(
    connection: Connection, issue: Issuing, now: int, seen: int
) -> Reservation | None:
    """Take up the debtor's remaining issuance limit; None if no bank has set one.

    Limits of several banks add up; the oldest is taken up first. An issue that was refused and is
    handed in again takes up what there is now. Raises ``LineExceeded`` with the
    sums, ``LineExpired``, ``ZeroAmount``, ``LineOfAnother`` or ``ReservedOtherwise``.
    """
    if issue.face <= 0:
        raise ZeroAmount
    known = find_reservation(connection, issue.debtor, issue.digest)
    if known is not None and known.state is not ReservationState.REFUSED:
        return known
    lines = lines_to(connection, issue.debtor, LineKind.ISSUANCE, issue.currency)
    if not lines:
        return None
    today = number_of(business_day(now))
    lasting = [line for line in lines if line.expires_on >= today]
    if not lasting and _is_concluded(connection, issue.digest):
        lasting = lines
    if not lasting:
        _require_lasting(max(lines, key=lambda line: line.expires_on), today)
    if _room(lasting) < issue.face:
        expire(connection, seen, [line.row for line in lasting])
        lasting = sorted(read_lines(connection, (one.row for one in lasting)), key=_by_row)
    amounts = _spread(connection, issue, lasting)
    _take(connection, issue.digest, amounts, seen)
    if known is not None:
        return _hold_again(connection, known, amounts)
    row = {
        "digest": issue.digest,
        "owner": issue.debtor,
        "start": 0,
        "end": issue.face,
        "valid_until": min(issue.valid_until, _FOREVER),
        "created": now,
    }
    return _add(connection, row, amounts)


def withdraw(connection: Connection, owner: PartyNo, digest: Digest) -> bool:
    """Return what is reserved for an agreement that nobody outside its owner has been shown, and
    tell whether there was something to return.

    One that was shown can't be withdrawn: whoever holds its signatures may conclude it until it
    runs out. Raises ``LineOfAnother``.
    """
    known = find_reservation(connection, owner, digest)
    if known is None or known.state is not ReservationState.RESERVED:
        return False
    end(connection, [known.row], ReservationState.WITHDRAWN)
    return True


def find_reservation(connection: Connection, owner: PartyNo, digest: bytes) -> Reservation | None:
    """Raises ``LineOfAnother``: an agreement's digest names its bank, so nobody else asks."""
    row = connection.execute(
        select(reservations).where(reservations.c.digest == digest)
    ).one_or_none()
    if row is None:
        return None
    if row.owner != owner:
        raise LineOfAnother
    uses = select(line_uses.c.line, line_uses.c.amount, line_uses.c.held)
    of_row = uses.where(line_uses.c.reservation == row.row).order_by(line_uses.c.line)
    return Reservation(
        row=row.row,
        digest=Digest(row.digest),
        owner=row.owner,
        state=ReservationState(row.state),
        units=row.units,
        outstanding=row.outstanding,
        valid_until=row.valid_until,
        uses=tuple(Held(*use) for use in connection.execute(of_row)),
    )


def _amounts(connection: Connection, quote: Quote, wanted: Iterable[Wanted]) -> dict[int, int]:
    """What is wanted of each line, by its row, in the order of rows."""
    amounts: dict[int, int] = {}
    for one in wanted:
        line = find_line(connection, quote.bank, one.party, one.kind, quote.currency)
        if line is None:
            raise NoCreditLine(one.party, one.kind.value, quote.currency)
        amounts[line.row] = amounts.get(line.row, 0) + one.amount
    return dict(sorted(amounts.items()))


def _same(known: Reservation, amounts: Mapping[int, int]) -> Reservation:
    if {use.line: use.amount for use in known.uses} != amounts:
        raise ReservedOtherwise(hexed(known.digest))
    return known


def _require_lasting(line: Line, needed_on: int) -> None:
    if line.expires_on < needed_on:
        raise LineExpired(line.party, line.kind.value, line.expires_on, needed_on)


def _spread(connection: Connection, issue: Issuing, lines: Sequence[Line]) -> dict[int, int]:
    """The face over these lines, in their order; the last bears what fits nowhere, if the chain
    has taken it already: up to what its sums can hold, when nothing fits any more anyway."""
    if _room(lines) < issue.face and not _is_concluded(connection, issue.digest):
        limit, used = sum(one.limit for one in lines), sum(one.used for one in lines)
        raise LineExceeded(limit, used, issue.face)
    amounts: dict[int, int] = {}
    rest = issue.face
    for line in lines:
        part = min(rest, line.remaining)
        rest -= part
        amounts[line.row] = part
    last = lines[-1]
    amounts[last.row] = max(amounts[last.row], min(amounts[last.row] + rest, most_more(last)))
    return {row: part for row, part in amounts.items() if part}


def most_more(line: Line) -> int:
    """What a line's sums have place for, of what the chain took without asking."""
    return min(HIGHEST_LIMIT, max(0, _MOST_USED - line.used))


def _room(lines: Sequence[Line]) -> int:
    """What the debtor is shown as remaining: a line that is overdrawn takes from the others'."""
    return sum(one.limit for one in lines) - sum(one.used for one in lines)


def _take(connection: Connection, digest: Digest, amounts: Mapping[int, int], seen: int) -> None:
    concluded = _is_concluded(connection, digest)
    for line, amount in amounts.items():
        if amount > HIGHEST_LIMIT:
            _raise_exceeded(connection, line, amount)
    for line, amount in amounts.items():
        if concluded:
            add_to_sums(connection, {line: {"open": amount, "drawn": 0}})
        elif not _take_room(connection, line, amount):
            expire(connection, seen, [line])
            if not _take_room(connection, line, amount):
                _raise_exceeded(connection, line, amount)


def _take_room(connection: Connection, line: int, amount: int) -> bool:
    """Whether the amount fitted and is taken: one statement looks and takes."""
    taken = connection.execute(
        update(credit_lines)
        .where(
            credit_lines.c.row == line,
            credit_lines.c.open + credit_lines.c.drawn <= credit_lines.c.limit - amount,
        )
        .values(open=credit_lines.c.open + amount)
    )
    return taken.rowcount == 1


def _raise_exceeded(connection: Connection, row: int, amount: int) -> NoReturn:
    (line,) = read_lines(connection, [row])
    raise LineExceeded(line.limit, line.used, amount)


def _is_concluded(connection: Connection, digest: Digest) -> bool:
    return bool(connection.scalar(select(exists().where(entries.c.act == digest))))


def _add(connection: Connection, row: dict[str, Any], amounts: Mapping[int, int]) -> Reservation:
    """The new reservation, as the chain has it: it may have been concluded or overtaken."""
    units = row["end"] - row["start"]
    values = row | {"units": units, "outstanding": units, "state": ReservationState.RESERVED}
    added = connection.execute(insert(reservations).values(values).returning(reservations.c.row))
    number = int(added.scalar_one())
    _note_uses(connection, number, amounts)
    return _as_derived(connection, number, row["owner"], row["digest"])


def _hold_again(
    connection: Connection, known: Reservation, amounts: Mapping[int, int]
) -> Reservation:
    connection.execute(delete(line_uses).where(line_uses.c.reservation == known.row))
    _note_uses(connection, known.row, amounts)
    again = {"ended": None, "state": ReservationState.RESERVED, "outstanding": known.units}
    connection.execute(update(reservations).where(reservations.c.row == known.row).values(again))
    return _as_derived(connection, known.row, known.owner, known.digest)


def _note_uses(connection: Connection, reservation: int, amounts: Mapping[int, int]) -> None:
    uses = [
        {"reservation": reservation, "line": line, "amount": amount, "held": amount}
        for line, amount in amounts.items()
    ]
    if uses:
        connection.execute(insert(line_uses), uses)


def _as_derived(connection: Connection, row: int, owner: PartyNo, digest: Digest) -> Reservation:
    derive(connection, [row])
    made = find_reservation(connection, owner, digest)
    if made is None:
        raise LookupError(row)
    return made


def _by_row(line: Line) -> int:
    return line.row

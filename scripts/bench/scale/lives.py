"""What becomes of a claim, as a pattern without names: its acts, and the lots that each wrote."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import Enum, IntEnum, auto

from ledger.entries import Op
from ledger.words import LotState

WIDTH = 10_000_000
"""Minor units of every lot but those that haven't been cut yet."""

PIECES = 10
FINANCED = 1
"""Which of a claim's lots is financed."""


class Who(IntEnum):
    """A part in a claim's life; the claim says which party plays it."""

    NOBODY = 0
    TIER_1 = 1
    TIER_2 = 2
    TIER_3 = 3
    BANK = 4


class Deed(Enum):
    ISSUE = auto()
    PASS = auto()
    REGISTER = auto()
    FINANCE = auto()
    PAY_ADVANCE = auto()
    PAY = auto()


@dataclass(slots=True)
class Written:
    """A lot as one act left it; ``until`` is the act that wrote it anew, if one did."""

    start: int
    end: int
    version: int
    holder: Who
    lien: Who
    state: LotState
    until: int | None = None


@dataclass(frozen=True, slots=True)
class Done:
    """One act of a life. ``start``, ``end`` and ``version`` are of the units it was about, with
    the lot's version before it."""

    deed: Deed
    op: Op
    start: int
    end: int
    version: int
    wrote: tuple[Written, ...]


@dataclass(slots=True)
class Life:
    face: int
    acts: list[Done] = field(default_factory=list)
    _now: dict[int, Written] = field(default_factory=dict)

    def lots(self) -> Iterator[tuple[int, Written]]:
        """Every lot that was ever written, with the number of the act that wrote it."""
        for number, act in enumerate(self.acts):
            for written in act.wrote:
                yield number, written

    def current(self) -> list[Written]:
        return list(self._now.values())

    def when(self, deed: Deed, start: int = 0) -> int:
        """The number of the act that did this to the units at ``start``."""
        return next(n for n, act in enumerate(self.acts) if (act.deed, act.start) == (deed, start))

    def record(self, deed: Deed, op: Op, start: int, end: int) -> None:
        """An act that wrote no lot."""
        self.acts.append(Done(deed, op, start, end, self._now[start].version, ()))

    def write(self, deed: Deed, op: Op, lots: list[Written], start: int, end: int) -> None:
        version = self._now[start].version if start in self._now else 0
        for lot in lots:
            before = self._now.get(lot.start)
            if before is not None:
                before.until = len(self.acts)
                lot.version = before.version + 1
            self._now[lot.start] = lot
        self.acts.append(Done(deed, op, start, end, version, tuple(lots)))

    def issue(self) -> None:
        lot = Written(0, self.face, 1, Who.TIER_1, Who.NOBODY, LotState.LIVE)
        self.write(Deed.ISSUE, Op.OPENED, [lot], 0, self.face)

    def cut_tail(self, start: int) -> None:
        """Tier 1 gives away what it still holds from ``start`` on."""
        left = Written(0, start, 1, Who.TIER_1, Who.NOBODY, LotState.LIVE)
        end = self._now[0].end
        cut = Written(start, end, 1, Who.TIER_2, Who.NOBODY, LotState.LIVE)
        self.write(Deed.PASS, Op.MOVED, [left, cut], start, end)

    def change(
        self, deed: Deed, op: Op, start: int, holder: Who, lien: Who, state: LotState
    ) -> None:
        """A whole lot is written anew."""
        end = self._now[start].end
        lot = Written(start, end, 1, holder, lien, state)
        self.write(deed, op, [lot], start, end)


def live_through(pieces: int = PIECES, *, paid: bool) -> Life:
    """Issued, cut in pieces, four in ten passed on once more, one financed; perhaps all paid."""
    life = Life(pieces * WIDTH)
    life.issue()
    for piece in range(pieces - 1, 0, -1):
        life.cut_tail(piece * WIDTH)
    for piece in range(1, 1 + pieces * 4 // 10):
        life.change(Deed.PASS, Op.MOVED, piece * WIDTH, Who.TIER_3, Who.NOBODY, LotState.LIVE)
    _finance(life, FINANCED * WIDTH)
    if paid:
        for lot in life.current():
            life.change(
                Deed.PAY, Op.DISCHARGED, lot.start, lot.holder, lot.lien, LotState.DISCHARGED
            )
    return life


def _finance(life: Life, start: int) -> None:
    life.record(Deed.REGISTER, Op.RECORDED, start, start + WIDTH)
    life.change(Deed.FINANCE, Op.CONVEYED, start, Who.BANK, Who.TIER_3, LotState.LIVE)
    life.record(Deed.PAY_ADVANCE, Op.RECORDED, start, start + WIDTH)

"""One deal as those who worry about it need it: what of it is owed, by whom, since when."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date

from ledger.credit import Interval, held
from ledger.deals import DealState, Duty, Mode, Outcome
from ledger.ids import ClaimNo, PartyNo
from ledger.pricing import days_past_due

_LENT = (DealState.ADVANCED, DealState.ENFORCED)


@dataclass(frozen=True, slots=True)
class Piece:
    """Unpaid units ``[start, end)`` that the bank holds or has a lien on; ``lot`` is where the
    lot that they are of begins."""

    lot: int
    start: int
    end: int
    frozen: bool = False

    @property
    def units(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Owed:
    """Something owed between seller and bank; ``pay_by`` in Unix seconds, 0 at no certain time."""

    duty: Duty
    outcome: Outcome
    pay_by: int


@dataclass(frozen=True, slots=True)
class Position:
    """A deal as it stands.

    ``concluded`` is its entry. ``financed`` is the debt when it was made, in minor units; None
    where only the chain knows the deal, whose units it then is. ``owed`` is in the order agreed.
    """

    deal: bytes
    concluded: int
    claim: ClaimNo
    start: int
    end: int
    debtor: PartyNo
    seller: PartyNo
    bank: PartyNo
    mode: Mode
    state: DealState
    demanded: bool
    currency: str
    maturity: date
    due_on: date
    pieces: tuple[Piece, ...] = ()
    owed: tuple[Owed, ...] = ()
    financed: int | None = None

    @property
    def outstanding(self) -> int:
        """What of the debt is open, in minor units: as much as it takes up of a credit line."""
        units, left = self.end - self.start, sum(piece.units for piece in self.pieces)
        return held(units if self.financed is None else self.financed, left, units)

    @property
    def lent(self) -> bool:
        """Whether the bank has paid and is still owed something."""
        return self.state in _LENT and bool(self.pieces)

    @property
    def is_loan(self) -> bool:
        """A pledge that wasn't enforced: the seller borrowed. Else the debtor owes."""
        return self.mode is Mode.PLEDGE and self.state is not DealState.ENFORCED

    @property
    def due(self) -> date:
        return self.due_on if self.is_loan else self.maturity

    @property
    def obligors(self) -> tuple[PartyNo, ...]:
        """Who owes it: after a demand the seller, beside the debtor."""
        if self.is_loan:
            return (self.seller,)
        return (self.debtor, self.seller) if self.demanded else (self.debtor,)

    @property
    def sides(self) -> frozenset[PartyNo]:
        return frozenset({self.seller, self.bank})

    @property
    def at_risk(self) -> frozenset[PartyNo]:
        """Whom it hurts if the debtor doesn't pay: of a sale without recourse the bank alone."""
        return self.sides if self.mode is not Mode.SALE else frozenset({self.bank})

    def days_past_due(self, on: date) -> int:
        return days_past_due(self.due, on) if self.lent else 0


def without(piece: Piece, taken: Sequence[Interval]) -> Iterable[Piece]:
    """What of a piece is in none of these intervals."""
    reached = piece.start
    for first, last in sorted(taken):
        first, last = max(first, reached), min(last, piece.end)
        if first < last:
            if reached < first:
                yield Piece(piece.lot, reached, first, piece.frozen)
            reached = last
    if reached < piece.end:
        yield Piece(piece.lot, reached, piece.end, piece.frozen)

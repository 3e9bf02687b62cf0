"""What a party holds, and what it owes as a debtor, moved on entry by entry.

Independent of the projection's rows: only the entries' own words are read, so that a report can
hold the one against the other. Amounts are minor units.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ledger.entries import Entry, Op
from ledger.ids import ClaimNo, PartyNo
from ledger.words import OUTSTANDING, Claim, Lot, unpack_claim, unpack_lot

Place = tuple[ClaimNo, int]
"""A claim's number and the first unit of a lot."""


@dataclass(frozen=True, slots=True)
class Moved:
    """What an entry did to one party's position: ``came`` and ``went`` are not negative.

    ``paid`` of what went was discharged, by proof of a payment.
    """

    currency: str
    came: int = 0
    went: int = 0
    paid: int = 0


@dataclass
class Book:
    """Claims and lots as they are at an entry, to be moved on from there."""

    claims: dict[ClaimNo, Claim]
    lots: dict[Place, Lot] = field(default_factory=dict)

    @classmethod
    def at(cls, claims: Mapping[ClaimNo, Claim], lots: Iterable[Lot]) -> Book:
        return cls(dict(claims), {(lot.claim, lot.start): lot for lot in lots})

    def move(self, entry: Entry, party: PartyNo) -> tuple[Moved, Moved] | None:
        """What the entry moved of what the party holds and of what it owes; None if it is of no
        claim in the book. Entries have to come in their order."""
        if entry.op is Op.OPENED:
            self.claims[entry.book] = unpack_claim(entry.words[0])
        claim = self.claims.get(entry.book)
        if claim is None:
            return None
        written = _lots(entry)
        before = [self.lots.get((lot.claim, lot.start)) for lot in written]
        for lot in written:
            self.lots[lot.claim, lot.start] = lot
        discharged = entry.op is Op.DISCHARGED
        held = _held(written, party) - _held(before, party)
        owed = _owed(written) - _owed(before) if claim.debtor == party else 0
        return (
            _moved(claim.currency, held, discharged=discharged),
            _moved(claim.currency, owed, discharged=discharged),
        )


def _lots(entry: Entry) -> list[Lot]:
    """Those that it wrote, by its words alone: reading memos would take most of a report's time."""
    match entry.op:
        case Op.RECORDED:
            return []
        case Op.OPENED:
            return list(map(unpack_lot, entry.words[1:]))
        case _:
            return list(map(unpack_lot, entry.words))


def _moved(currency: str, difference: int, *, discharged: bool) -> Moved:
    if difference >= 0:
        return Moved(currency, came=difference)
    if discharged:
        return Moved(currency, paid=-difference)
    return Moved(currency, went=-difference)


def _held(lots: Iterable[Lot | None], party: PartyNo) -> int:
    return sum(lot.amount for lot in lots if lot and lot.holder == party and _is_owed(lot))


def _owed(lots: Iterable[Lot | None]) -> int:
    return sum(lot.amount for lot in lots if lot and _is_owed(lot))


def _is_owed(lot: Lot) -> bool:
    return lot.state in OUTSTANDING

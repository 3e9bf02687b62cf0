"""What is owed, what banks were told to pay, what they say they paid, and what that proves.

Every line of a statement is divided without remainder into what it settled, what still waits for
its proof, and what a person has to look at; every figure of a day is an equation whose terms come
from different places. Pure: amounts are minor units, days YYYYMMDD.

A bank's debit and its colleague's credit are two views of one payment, so lines are counted for
each direction by itself, and what was paid is the greater of the two counts. A reference serves
once: a second line that bears it, in the same direction, pays again what was paid. A lot can be
paid in part, and what is left has another reference; a debt under a deal is paid as it is or not.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from ledger.documents.statement import Direction
from ledger.ids import PartyNo


class DueKind(StrEnum):
    """What a payment is owed for; all but the first as ``ledger.deals.Duty``."""

    LOT = "lot"
    ADVANCE = "advance"
    BUY_BACK = "buy_back"
    REPAYMENT = "repayment"
    SURPLUS = "surplus"


@dataclass(frozen=True, slots=True)
class Proof:
    """What the ledger holds paid by one statement line, named by its fingerprint; ``direction``
    where any statement that was handed in has it."""

    line: bytes
    amount: int
    direction: Direction | None = None


@dataclass(frozen=True, slots=True)
class Due:
    """One payment owed under one reference. ``ended``: it was, and isn't any more, unpaid.

    ``instructed`` is what banks were told to pay under the reference.
    """

    reference: str
    kind: DueKind
    currency: str
    amount: int
    payer: PartyNo
    payee: PartyNo
    due_on: int | None = None
    proofs: tuple[Proof, ...] = ()
    ended: bool = False
    instructed: int = 0

    @property
    def proven(self) -> int:
        return sum(proof.amount for proof in self.proofs)


@dataclass(frozen=True, slots=True)
class Booked:
    """A line that moved money on an account. ``obstacle`` says why it can't be a payment under
    its reference, whatever is owed: a reversal, another currency or account, no reference."""

    id: str
    fingerprint: bytes
    account: str
    reference: str
    direction: Direction
    units: int
    currency: str
    obstacle: str | None = None
    resolution: str | None = None


@dataclass(frozen=True, slots=True)
class Division:
    """A line's amount without remainder: the five add up to its units."""

    line: Booked
    settled: int = 0
    waiting: int = 0
    over: int = 0
    repeated: int = 0
    unmatched: int = 0

    @property
    def unsettled(self) -> int:
        return self.waiting + self.over + self.repeated + self.unmatched


class ItemState(StrEnum):
    """How far a due payment has come; what needs a person hides what doesn't."""

    OPEN = "open"
    INSTRUCTED = "instructed"
    STATED = "stated"
    SETTLED = "settled"
    SHORT = "short"
    OVER = "over"
    REPEATED = "repeated"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Item:
    """A due payment and what there is of it. ``stated`` counts each payment once."""

    due: Due
    stated: int
    repeated: bool = False

    @property
    def open(self) -> int:
        return 0 if self.due.ended else self.due.amount - self.due.proven

    @property
    def lapsed(self) -> int:
        """What isn't owed under this reference any more; ``amount`` is proven, open or lapsed."""
        return self.due.amount - self.due.proven - self.open

    @property
    def state(self) -> ItemState:
        due, known = self.due, max(self.stated, self.due.proven)
        if self.repeated:
            return ItemState.REPEATED
        if known > (due.proven if due.ended else due.amount):
            return ItemState.OVER
        if due.proven == due.amount:
            return ItemState.SETTLED
        if due.ended and not due.proofs:
            return ItemState.ENDED
        if 0 < known < due.amount:
            return ItemState.SHORT
        if known:
            return ItemState.STATED
        return ItemState.INSTRUCTED if due.instructed else ItemState.OPEN


@dataclass(frozen=True, slots=True)
class Flow:
    """A day of one figure: what it was, what came, went and was paid off, what it is."""

    opening: int = 0
    came: int = 0
    went: int = 0
    paid: int = 0
    closing: int = 0

    @property
    def residual(self) -> int:
        """Zero, unless two of the places that the terms come from contradict each other."""
        return self.opening + self.came - self.went - self.paid - self.closing


@dataclass(frozen=True, slots=True)
class Balances:
    """An account's day as its bank states it; ``opening`` and ``closing`` are signed."""

    opening: int
    credits: int
    debits: int
    closing: int

    @property
    def residual(self) -> int:
        return self.opening + self.credits - self.debits - self.closing


@dataclass(frozen=True, slots=True)
class StatedDay:
    """An account's day in one statement: its balances, and the fingerprints of its lines."""

    account: str
    currency: str
    balances: Balances
    lines: frozenset[bytes]


@dataclass(frozen=True, slots=True)
class AccountItems:
    """What the lines of an account moved, and how much of that is settled or listed.

    ``balances`` are None where the statement doesn't state them.
    """

    account: str
    currency: str
    credits: int
    debits: int
    settled: int
    listed: int
    balances: Balances | None = None

    @property
    def residual(self) -> int:
        """What the bank says was moved beyond what its lines, settled or listed, tell of."""
        stated = self.credits + self.debits
        if self.balances is not None:
            stated = self.balances.credits + self.balances.debits
        return stated - self.settled - self.listed


def divide(dues: Iterable[Due], lines: Iterable[Booked]) -> list[Division]:
    """What each line settled and what is left of it, in the order given: of two that pay the same,
    the first is the payment. The same fingerprint twice is one line."""
    known = {due.reference: due for due in dues}
    ledger = _Ledger(known)
    once: dict[bytes, Booked] = {}
    for line in lines:
        once.setdefault(line.fingerprint, line)
    return [ledger.divide(line) for line in once.values()]


def items(dues: Iterable[Due], divisions: Sequence[Division]) -> list[Item]:
    """Each due payment with what statements say of it."""
    stated: dict[str, dict[Direction, int]] = defaultdict(lambda: defaultdict(int))
    repeated = set()
    for division in divisions:
        line = division.line
        if line.obstacle is not None and not division.settled:
            continue
        stated[line.reference][line.direction] += line.units
        if division.repeated:
            repeated.add(line.reference)
    return [
        Item(due, max(stated[due.reference].values(), default=0), due.reference in repeated)
        for due in dues
    ]


def by_account(divisions: Iterable[Division], stated: Iterable[StatedDay]) -> list[AccountItems]:
    """Each stated day of an account with its own statement's lines; then, by account and
    currency, the lines of statements that state no balances.

    A bank may state an account's day in pieces, or twice: each statement is held against itself.
    """
    divided = {division.line.fingerprint: division for division in divisions}
    days = sorted(set(stated), key=lambda day: (day.account, day.currency, day.balances.opening))
    found = [
        _account_items(
            (day.account, day.currency), [divided[line] for line in day.lines], day.balances
        )
        for day in days
    ]
    rest: dict[tuple[str, str], list[Division]] = defaultdict(list)
    for line in divided.keys() - {line for day in days for line in day.lines}:
        division = divided[line]
        rest[division.line.account, division.line.currency].append(division)
    return found + [_account_items(place, rest[place], None) for place in sorted(rest)]


def _account_items(
    place: tuple[str, str], divisions: Sequence[Division], balances: Balances | None
) -> AccountItems:
    account, currency = place
    moved = {
        direction: sum(one.line.units for one in divisions if one.line.direction is direction)
        for direction in Direction
    }
    return AccountItems(
        account=account,
        currency=currency,
        credits=moved[Direction.CREDIT],
        debits=moved[Direction.DEBIT],
        settled=sum(one.settled for one in divisions),
        listed=sum(one.unsettled for one in divisions),
        balances=balances,
    )


@dataclass
class _Ledger:
    """What is owed, and which references have been paid in which direction so far."""

    dues: Mapping[str, Due]
    served: set[tuple[str, Direction]] = field(default_factory=set)
    proofs: dict[bytes, int] = field(init=False)

    def __post_init__(self) -> None:
        self.proofs = defaultdict(int)
        for due in self.dues.values():
            for proof in due.proofs:
                self.proofs[proof.line] += proof.amount
                if proof.direction is not None:
                    self.served.add((due.reference, proof.direction))

    def divide(self, line: Booked) -> Division:
        proven = self.proofs.get(line.fingerprint)
        if proven is not None:
            return _settling(line, proven)
        due = self.dues.get(line.reference)
        if due is None or line.obstacle is not None or due.currency != line.currency:
            return Division(line, unmatched=line.units)
        if (line.reference, line.direction) in self.served:
            return Division(line, repeated=line.units)
        if due.ended and not due.proofs:
            return Division(line, unmatched=line.units)
        if due.kind is not DueKind.LOT and line.units != due.amount:
            # The chain knows a debt's amount by its commitment alone: no other amount proves it.
            return Division(line, unmatched=line.units)
        self.served.add((line.reference, line.direction))
        if due.proofs:
            # The other side's view of the payment that was proven.
            return _settling(line, due.proven)
        waiting = min(line.units, due.amount)
        return Division(line, waiting=waiting, over=line.units - waiting)


def _settling(line: Booked, amount: int) -> Division:
    settled = min(line.units, amount)
    return Division(line, settled=settled, over=line.units - settled)

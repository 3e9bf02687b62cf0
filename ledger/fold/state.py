"""What holds after some entries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from ledger.deals import DealState, Duty, Mode, Outcome
from ledger.fold.findings import PartitionBroken
from ledger.ids import Address, ClaimNo, Digest, EntryIndex, PartyNo
from ledger.words import OUTSTANDING, Claim, Lot, LotState

ZERO_ADDRESS = Address("0x" + 40 * "0")


@dataclass(frozen=True, slots=True)
class Party:
    """A party as its last enrolment or amendment left it; ``signers`` is their number."""

    identifier: str
    version: int
    roles: int
    active: bool
    quorum: int
    signers: int
    dual_above: int


@dataclass(frozen=True, slots=True)
class Bench:
    """A council, or the oracle members: any ``quorum`` of ``members`` decide."""

    epoch: int = 0
    members: frozenset[str] = frozenset()
    quorum: int = 0


@dataclass(frozen=True, slots=True)
class Validator:
    """A validator as its last change left it; ``power`` 0 once it is removed."""

    party: PartyNo
    power: int
    version: int


@dataclass(frozen=True, slots=True)
class Invoice:
    """How much of an invoice's ``total`` backs receivables, after ``version`` uses."""

    total: int
    used: int
    currency: str
    version: int


@dataclass(frozen=True, slots=True)
class Allocation:
    """How much of a paid ``amount`` has discharged lots."""

    amount: int
    allocated: int


@dataclass(frozen=True, slots=True)
class Deal:
    """A deal over units ``[start, end)`` of a claim; ``mode`` is as signed."""

    claim: ClaimNo
    start: int
    end: int
    seller: PartyNo
    bank: PartyNo
    mode: Mode
    state: DealState
    demanded: bool = False

    @property
    def amount(self) -> int:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Obligation:
    """What a commitment is owed for, and the units that stand against it."""

    deal: bytes
    duty: Duty
    start: int
    end: int
    outcome: Outcome = Outcome.OPEN


@dataclass(frozen=True, slots=True)
class Registered:
    """What the movables registry shows, as last witnessed; ``expires_on`` is YYYYMMDD."""

    claim: ClaimNo
    start: int
    end: int
    bank: PartyNo
    expires_on: int


@dataclass(slots=True)
class State:
    """Everything that holds now. Amounts are minor units of the claim's currency."""

    parties: dict[PartyNo, Party] = field(default_factory=dict)
    party_of: dict[str, PartyNo] = field(default_factory=dict)
    numbers: dict[str, PartyNo] = field(default_factory=dict)
    founders: Bench = Bench()
    council: Bench = Bench()
    oracles: Bench = Bench()
    config: bytes = bytes(32)
    policies: set[str] = field(default_factory=set)
    policy_versions: dict[str, int] = field(default_factory=dict)
    scheduled: dict[str, Digest] = field(default_factory=dict)
    validators: dict[bytes, Validator] = field(default_factory=dict)
    """Every validator by its key; removed ones stay, as their versions count on."""
    equivocations: set[tuple[bytes, str]] = field(default_factory=set)
    claims: dict[ClaimNo, Claim] = field(default_factory=dict)
    lots: dict[ClaimNo, dict[int, Lot]] = field(default_factory=dict)
    """Every lot by claim and start; merged ones stay, as their versions count on."""
    invoices: dict[bytes, Invoice] = field(default_factory=dict)
    payments: dict[bytes, Allocation] = field(default_factory=dict)
    deals: dict[bytes, Deal] = field(default_factory=dict)
    obligations: dict[bytes, Obligation] = field(default_factory=dict)
    registrations: dict[bytes, Registered] = field(default_factory=dict)
    papers: dict[bytes, EntryIndex] = field(default_factory=dict)
    """Roots over the papers behind agreements, with the entry that named each first."""

    def replace(self, claim: ClaimNo, old: Sequence[Lot], new: Sequence[Lot]) -> None:
        """Puts ``new`` lots in the place of ``old`` ones; PartitionBroken unless they fill it.

        Lots change only here, so that a claim's live and discharged lots go on partitioning
        its units after every entry.
        """
        lots = self.lots[claim]
        lots.update((lot.start, lot) for lot in new)
        kept = [lot for lot in new if lot.state is not LotState.MERGED]
        if _span(old) != _span(kept):
            raise PartitionBroken(claim)

    def held(self) -> Mapping[tuple[PartyNo, str], int]:
        """Minor units still owed, frozen ones included, by holder and currency."""
        return self._sums(*OUTSTANDING)

    def discharged(self) -> Mapping[tuple[PartyNo, str], int]:
        """Paid minor units by the holder who was paid, and currency."""
        return self._sums(LotState.DISCHARGED)

    def current_lots(self, claim: ClaimNo) -> list[Lot]:
        """Live and discharged lots in the order of their units."""
        lots = (lot for lot in self.lots[claim].values() if lot.state is not LotState.MERGED)
        return sorted(lots, key=lambda lot: lot.start)

    def is_partitioned(self, claim: ClaimNo) -> bool:
        """Whether the claim's current lots fill ``[0, face)`` without gap or overlap."""
        return _span(self.current_lots(claim)) == (0, self.claims[claim].face)

    def _sums(self, *states: LotState) -> Mapping[tuple[PartyNo, str], int]:
        sums: defaultdict[tuple[PartyNo, str], int] = defaultdict(int)
        for number, lots in self.lots.items():
            for lot in lots.values():
                if lot.state in states:
                    sums[lot.holder, self.claims[number].currency] += lot.amount
        return dict(sums)


def _span(lots: Sequence[Lot]) -> tuple[int, int] | None:
    """The interval that these lots, in order, fill without gap or overlap; None if they don't."""
    touching = all(left.end == right.start for left, right in pairwise(lots))
    if not lots or not touching or any(lot.start >= lot.end for lot in lots):
        return None
    return lots[0].start, lots[-1].end

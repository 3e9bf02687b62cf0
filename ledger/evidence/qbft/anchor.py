"""The validators of a QBFT chain, set after set, as the trust file has them.

Every set is pinned by whoever hands the file over. A chain of headers could vouch for the next set
by its votes, or by the state of a validator contract, and each link would have to be carried and
counted; but a majority of an old set, whose keys may be sold or stolen years after they sealed
anything, could then vouch for any set it likes. Members meet and sign when a validator changes:
that act, and not the chain, is what an auditor asks the new set of.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Self

from ledger.canonical import Field
from ledger.evidence.refusals import ValidatorsMalformed, ValidatorsUnknownThen
from ledger.ids import Address


@dataclass(frozen=True, slots=True)
class ValidatorSet:
    """Who may seal from block ``start`` on, until the next set's start."""

    start: int
    validators: tuple[Address, ...]
    """Rising, as Besu keeps them."""

    def __post_init__(self) -> None:
        if not self.validators:
            raise ValidatorsMalformed(f"the set from {self.start} on is empty")
        if not _rises([validator.lower() for validator in self.validators]):
            raise ValidatorsMalformed(f"the set from {self.start} on doesn't rise")

    def to_json(self) -> dict[str, Any]:
        return {"start": self.start, "validators": list(self.validators)}

    @classmethod
    def read(cls, source: Field) -> Self:
        start, validators = source.members("start", "validators")
        return cls(start.integer(), tuple(item.address() for item in validators.items()))


@dataclass(frozen=True, slots=True)
class QbftAnchor:
    kind: ClassVar[str] = "qbft"

    sets: tuple[ValidatorSet, ...]

    def __post_init__(self) -> None:
        if not self.sets:
            raise ValidatorsMalformed("there is none")
        if not _rises([one.start for one in self.sets]):
            raise ValidatorsMalformed("they don't stand in the order of their starts")

    def in_force(self, height: int) -> ValidatorSet:
        """Who may seal this block; ValidatorsUnknownThen."""
        begun = [one for one in self.sets if one.start <= height]
        if not begun:
            raise ValidatorsUnknownThen(height, self.sets[0].start)
        return begun[-1]

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "sets": [one.to_json() for one in self.sets]}

    @classmethod
    def read(cls, source: Field) -> Self:
        _, sets = source.members("kind", "sets")
        return cls(tuple(ValidatorSet.read(one) for one in sets.items()))


def _rises(values: Sequence[Any]) -> bool:
    return all(one < other for one, other in pairwise(values))

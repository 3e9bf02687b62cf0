"""What an auditor trusts of a CometBFT chain: its validators, set after set.

    {"kind": "cometbft",
     "chain_id": "yuanliu-7777",
     "sets": [{"from": 1, "validators": [{"key", "power"}], "vouched_by": null},
              {"from": 903, "validators": …, "vouched_by": {"header": …, "commit": …}}]}

The first set is taken on trust. Each later one is named by the header before its first height, and
that header is signed by more than two thirds of the set before it: so anybody may extend the file,
and whoever trusts the first set need not trust them.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar, Self

from ledger.canonical import Field
from ledger.evidence.cometbft.commit import SignedHeader
from ledger.evidence.cometbft.validators import ValidatorSet
from ledger.evidence.refusals import (
    OtherChain,
    SetNotVouched,
    ValidatorsMalformed,
    ValidatorsUnknownThen,
)
from ledger.hexadecimal import hexed


@dataclass(frozen=True, slots=True)
class TrustedSet:
    """The validators from a height on; ``vouched_by`` is the header before it, None for the
    first set."""

    start: int
    validators: ValidatorSet
    vouched_by: SignedHeader | None

    def to_json(self) -> dict[str, Any]:
        return {
            "from": self.start,
            "validators": self.validators.to_json(),
            "vouched_by": None if self.vouched_by is None else self.vouched_by.to_json(),
        }

    @classmethod
    def read(cls, source: Field) -> Self:
        start, validators, vouched_by = source.members("from", "validators", "vouched_by")
        return cls(
            start.integer(),
            ValidatorSet.read(validators),
            None if vouched_by.value is None else SignedHeader.read(vouched_by),
        )


@dataclass(frozen=True, slots=True)
class CometAnchor:
    kind: ClassVar[str] = "cometbft"

    chain_id: str
    sets: tuple[TrustedSet, ...]

    def to_json(self) -> dict[str, Any]:
        return {
            "kind": self.kind,
            "chain_id": self.chain_id,
            "sets": [one.to_json() for one in self.sets],
        }

    @classmethod
    def read(cls, source: Field) -> Self:
        """Well formed; whether the sets hang together, ``check`` tells."""
        _, chain_id, sets = source.members("kind", "chain_id", "sets")
        return cls(chain_id.text(), tuple(TrustedSet.read(one) for one in sets.items()))

    def check(self) -> None:
        """Raises a ``FinalityRefused`` unless every set but the first is vouched for by the one
        before it."""
        if not self.sets or self.sets[0].vouched_by is not None or self.sets[0].start < 1:
            raise ValidatorsMalformed("the first isn't given on trust")
        for before, after in pairwise(self.sets):
            self._check_link(before, after)

    def in_force(self, height: int) -> ValidatorSet:
        """The set that signs at a height; ValidatorsUnknownThen before the first."""
        found = [one.validators for one in self.sets if one.start <= height]
        if not found:
            raise ValidatorsUnknownThen(height, self.sets[0].start)
        return found[-1]

    def require_chain(self, signed: SignedHeader) -> None:
        if signed.header.chain_id != self.chain_id:
            raise OtherChain(signed.header.chain_id, self.chain_id)

    def _check_link(self, before: TrustedSet, after: TrustedSet) -> None:
        link = after.vouched_by
        if link is None or link.header.height + 1 != after.start or after.start <= before.start:
            raise ValidatorsMalformed(f"nothing vouches for the one from {after.start} on")
        self.require_chain(link)
        link.signed_power(before.validators)
        if link.header.next_validators_hash != after.validators.hash:
            named, given = link.header.next_validators_hash, after.validators.hash
            raise SetNotVouched(after.start, hexed(named), hexed(given))

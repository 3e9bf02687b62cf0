"""What a fold finds: rules broken, and facts that entries alone can't prove.

A rule of the contracts that an entry breaks is named by the contracts' own refusal: the error
with which the contract should have refused the act.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from ledger.errors import Refused
from ledger.ids import Address, EntryIndex


@dataclass(frozen=True, slots=True)
class Finding:
    """A rule that the entry at ``entry`` breaks."""

    entry: EntryIndex
    refusal: Refused


@dataclass(frozen=True, slots=True)
class ContractApproval:
    """A contract account approved by ERC-1271: only the chain could ask it."""

    entry: EntryIndex
    signer: Address


@dataclass(frozen=True, slots=True)
class PriorUses:
    """An invoice had been used ``uses`` times before, in books that are not at hand."""

    entry: EntryIndex
    fingerprint: bytes
    uses: int


Unproven = ContractApproval | PriorUses


@dataclass
class EntryOutOfPlace(Refused):
    index: int
    expected: str
    summary: ClassVar[str] = "Entry {index} stands where {expected} should."


@dataclass
class MemoUnreadable(Refused):
    reason: str
    summary: ClassVar[str] = "The entry's call can't be read: {reason}."


@dataclass
class MemoNotCanonical(Refused):
    summary: ClassVar[str] = "The entry's call is not in canonical ABI encoding."


@dataclass
class WrongPoster(Refused):
    policy: str
    expected: str
    summary: ClassVar[str] = "Posted by {policy}; acts of this kind are posted by {expected}."


@dataclass
class UnknownFoundingPolicy(Refused):
    """The ledger was founded with a policy contract that the deployment doesn't list."""

    policy: str
    summary: ClassVar[str] = "{policy} was authorised at the founding but is no known policy."


@dataclass
class EntryMismatch(Refused):
    """A part of the entry differs from what the agreement and the state before it make."""

    part: str
    posted: str
    expected: str
    summary: ClassVar[str] = "The entry's {part} is {posted}, the rules make it {expected}."


@dataclass
class PartitionBroken(Refused):
    claim: int
    summary: ClassVar[str] = "The lots of claim {claim} no longer partition its units."

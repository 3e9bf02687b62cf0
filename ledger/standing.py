"""Who is who now: parties, their signers, the council and the oracle members."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ledger.deals import Duty, Mode
from ledger.hexadecimal import hexed
from ledger.ids import Address, PartyNo
from ledger.refusals import DealUnknown, UnknownParty


@dataclass(frozen=True, slots=True)
class PartyStanding:
    """A party as enrolled now; above ``dual_above`` minor units it needs ``quorum`` signers."""

    roles: int
    active: bool
    quorum: int
    dual_above: int

    def needed(self, amount: int) -> int:
        return self.quorum if amount > self.dual_above else 1


@dataclass(frozen=True, slots=True)
class Electorate:
    """The council, or the oracle members of one configuration (``config`` is its digest)."""

    epoch: int
    members: frozenset[str]
    quorum: int
    config: bytes = b""


@dataclass(frozen=True, slots=True)
class DealParties:
    """Who made a deal, over how many units, and how the bank holds them."""

    seller: PartyNo
    bank: PartyNo
    amount: int
    mode: Mode


@dataclass(frozen=True, slots=True)
class ObligationOf:
    """What a commitment is owed for."""

    deal: bytes
    duty: Duty


@dataclass(frozen=True, slots=True)
class Standing:
    """Whatever the projection knows of those who signed one request's acts."""

    parties: Mapping[PartyNo, PartyStanding] = field(default_factory=dict)
    party_of: Mapping[Address, PartyNo] = field(default_factory=dict)
    deals: Mapping[bytes, DealParties] = field(default_factory=dict)
    obligations: Mapping[bytes, ObligationOf] = field(default_factory=dict)
    council: Electorate | None = None
    oracles: Electorate | None = None

    def party(self, number: int) -> PartyStanding:
        try:
            return self.parties[PartyNo(number)]
        except KeyError:
            raise UnknownParty(number) from None

    def deal(self, number: bytes) -> DealParties:
        try:
            return self.deals[number]
        except KeyError:
            raise DealUnknown(hexed(number)) from None

"""Claims, lots and references as 256-bit words; mirrors ``contracts/libraries/Words.sol``."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum

from ledger.ids import ClaimNo, PartyNo

_32, _64, _24, _8 = (1 << 32) - 1, (1 << 64) - 1, (1 << 24) - 1, (1 << 8) - 1


class LotState(IntEnum):
    ABSENT = 0
    LIVE = 1
    DISCHARGED = 2
    MERGED = 3
    FROZEN = 4


OUTSTANDING = (LotState.LIVE, LotState.FROZEN)
"""States of a lot that is still owed, to its holder."""


@dataclass(frozen=True, slots=True)
class Claim:
    """``face`` minor units of ``currency`` owed by ``debtor`` on ``maturity`` (YYYYMMDD)."""

    debtor: PartyNo
    face: int
    maturity: int
    currency: str


@dataclass(frozen=True, slots=True)
class LotRef:
    """One lot at one moment."""

    claim: ClaimNo
    start: int
    version: int

    @property
    def subject(self) -> bytes:
        """What a payment for this lot is about: claim, start, version in the low 128 bits."""
        return ((self.claim << 96) | (self.start << 32) | self.version).to_bytes(32, "big")

    @classmethod
    def from_subject(cls, subject: bytes) -> LotRef:
        word = int.from_bytes(subject, "big")
        return cls(ClaimNo((word >> 96) & _32), (word >> 32) & _64, word & _32)


@dataclass(frozen=True, slots=True)
class Lot:
    """Units ``[start, end)`` of a claim; ``lien`` is the lien holder's number, 0 for none."""

    claim: ClaimNo
    start: int
    end: int
    holder: PartyNo
    lien: PartyNo
    state: LotState
    version: int

    @property
    def amount(self) -> int:
        return self.end - self.start

    @property
    def ref(self) -> LotRef:
        return LotRef(self.claim, self.start, self.version)


def pack_claim(claim: Claim) -> int:
    return (
        claim.debtor
        | (claim.face << 32)
        | (claim.maturity << 96)
        | (int.from_bytes(claim.currency.encode("ascii"), "big") << 128)
    )


def unpack_claim(word: int) -> Claim:
    return Claim(
        debtor=PartyNo(word & _32),
        face=(word >> 32) & _64,
        maturity=(word >> 96) & _32,
        currency=((word >> 128) & _24).to_bytes(3, "big").decode("ascii"),
    )


def pack_lot(lot: Lot) -> int:
    return (
        lot.claim
        | (lot.start << 32)
        | (lot.end << 96)
        | (lot.holder << 160)
        | (lot.lien << 192)
        | (lot.state << 224)
        | (lot.version << 232)
    )


def unpack_lot(word: int) -> Lot:
    return Lot(
        claim=ClaimNo(word & _32),
        start=(word >> 32) & _64,
        end=(word >> 96) & _64,
        holder=PartyNo((word >> 160) & _32),
        lien=PartyNo((word >> 192) & _32),
        state=LotState((word >> 224) & _8),
        version=word >> 232,
    )

"""What is signed around financing; mirrors the second half of ``Agreements.sol``.

Conventions as in ``ledger.agreements``. Commitments are 32 bytes that say nothing without what
they were made of.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import ClassVar

from ledger.ids import PartyNo
from ledger.refusals import UnknownMode
from ledger.typed import BOOL, BYTES32, UINT8, UINT32, UINT64, Kind, Struct

UNREGISTERED = bytes(32)
"""In place of a registration's number while there is none."""


class Mode(StrEnum):
    """How a deal gives the bank its hold on the units; numbered as in ``Modes``."""

    SALE = "sale"
    RECOURSE = "recourse"
    PLEDGE = "pledge"

    @property
    def number(self) -> int:
        """As signed."""
        return list(Mode).index(self)

    @classmethod
    def of(cls, number: int) -> Mode:
        """Raises ``UnknownMode``."""
        if number >= len(cls):
            raise UnknownMode(number)
        return list(cls)[number]


class DealState(IntEnum):
    UNKNOWN = 0
    CONCLUDED = 1
    ADVANCED = 2
    RESCINDED = 3
    REPAID = 4
    ENFORCED = 5


class Duty(IntEnum):
    """What a commitment is owed for."""

    ADVANCE = 0
    BUY_BACK = 1
    REPAYMENT = 2
    SURPLUS = 3

    def sides(self, seller: PartyNo, bank: PartyNo) -> tuple[PartyNo, PartyNo]:
        """Who pays, and who is paid."""
        return (bank, seller) if self in (Duty.ADVANCE, Duty.SURPLUS) else (seller, bank)


class Outcome(IntEnum):
    OPEN = 0
    PAID = 1
    RESCINDED = 2


@dataclass(frozen=True)
class Remittance(Struct):
    """An oracle member has read this booked credit transfer, whose amount stays private.

    ``commitment`` is ``ledger.remittance.commitment_to`` of what the line states.
    """

    config: bytes
    line: bytes
    commitment: bytes
    bookedOn: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "config": BYTES32,
        "line": BYTES32,
        "commitment": BYTES32,
        "bookedOn": UINT32,
    }


@dataclass(frozen=True)
class Registration(Struct):
    """Oracle members saw units of a claim registered for a bank in the movables registry.

    ``number`` commits to the registration's number; ``registeredAt`` is in Unix seconds.
    """

    config: bytes
    claim: int
    start: int
    end: int
    bank: int
    number: bytes
    registeredAt: int
    expiresOn: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "config": BYTES32,
        "claim": UINT32,
        "start": UINT64,
        "end": UINT64,
        "bank": UINT32,
        "number": BYTES32,
        "registeredAt": UINT64,
        "expiresOn": UINT32,
    }


@dataclass(frozen=True)
class Finance(Struct):
    """Seller and bank: units ``[start, end)`` of the lot at ``lot`` are sold or pledged.

    ``terms`` commits to the price, ``advance`` to what the bank pays until ``payBy``; ``mode`` is
    a ``Mode``. The deal is known by this agreement's digest.
    """

    claim: int
    lot: int
    version: int
    start: int
    end: int
    seller: int
    bank: int
    mode: int
    terms: bytes
    advance: bytes
    payBy: int
    dueOn: int
    rules: bytes
    registration: bytes
    documents: bytes
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "claim": UINT32,
        "lot": UINT64,
        "version": UINT32,
        "start": UINT64,
        "end": UINT64,
        "seller": UINT32,
        "bank": UINT32,
        "mode": UINT8,
        "terms": BYTES32,
        "advance": BYTES32,
        "payBy": UINT64,
        "dueOn": UINT32,
        "rules": BYTES32,
        "registration": BYTES32,
        "documents": BYTES32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Rescission(Struct):
    """The creditor of an advance or a buy-back withdraws, since the payment is late."""

    commitment: bytes
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "commitment": BYTES32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class BuyBack(Struct):
    """Seller and bank, after maturity: the seller owes ``commitment`` for units of the deal."""

    deal: bytes
    claim: int
    lot: int
    version: int
    start: int
    end: int
    commitment: bytes
    payBy: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "deal": BYTES32,
        "claim": UINT32,
        "lot": UINT64,
        "version": UINT32,
        "start": UINT64,
        "end": UINT64,
        "commitment": BYTES32,
        "payBy": UINT64,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Demand(Struct):
    """The bank demands payment from the seller for a lot that the debtor didn't pay."""

    deal: bytes
    lot: int
    version: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "deal": BYTES32,
        "lot": UINT64,
        "version": UINT32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Surplus(Struct):
    """The bank owes the seller what it received beyond what it was owed."""

    deal: bytes
    commitment: bytes
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "deal": BYTES32,
        "commitment": BYTES32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Repayment(Struct):
    """Seller and bank: the payment that ends a pledge, due until ``payBy``."""

    deal: bytes
    commitment: bytes
    payBy: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "deal": BYTES32,
        "commitment": BYTES32,
        "payBy": UINT64,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Enforcement(Struct):
    """The bank takes a pledged lot that wasn't redeemed in time."""

    deal: bytes
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "deal": BYTES32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Order(Struct):
    """The council, on an authority's order: freezes a lot, or ends the freeze."""

    claim: int
    lot: int
    version: int
    freeze: bool
    evidence: bytes
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "claim": UINT32,
        "lot": UINT64,
        "version": UINT32,
        "freeze": BOOL,
        "evidence": BYTES32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Recovery(Struct):
    """The council gives a lot to the party that stands in its holder's place."""

    claim: int
    lot: int
    version: int
    holder: int
    successor: int
    evidence: bytes
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "claim": UINT32,
        "lot": UINT64,
        "version": UINT32,
        "holder": UINT32,
        "successor": UINT32,
        "evidence": BYTES32,
        "validUntil": UINT64,
    }


OVER_DEAL = (BuyBack, Demand, Surplus, Repayment, Enforcement)
"""What is signed over a deal; its parties are the deal's."""

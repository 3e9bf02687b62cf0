"""What people, council members and oracle members sign; mirrors ``Agreements.sol``.

Amounts are minor units; dates are YYYYMMDD numbers, as signers see them; ``valid_until`` is in
Unix seconds. Field names are Solidity's, so that a wallet, the chain and this code agree.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from ledger.typed import (
    ADDRESS,
    BOOL,
    BYTES32,
    CURRENCY,
    TEXT,
    UINT8,
    UINT32,
    UINT64,
    Kind,
    Struct,
    array_of,
    struct_kind,
)

FOREVER = (1 << 64) - 1


@dataclass(frozen=True)
class Enrolment(Struct):
    """The council admits a party. Above ``dualAbove`` its acts need ``quorum`` signers."""

    identifier: str
    roles: int
    signers: tuple[str, ...]
    quorum: int
    dualAbove: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "identifier": TEXT,
        "roles": UINT32,
        "signers": array_of(ADDRESS),
        "quorum": UINT8,
        "dualAbove": UINT64,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Amendment(Struct):
    """The council changes a party as it stands at ``version``."""

    party: int
    version: int
    roles: int
    active: bool
    added: tuple[str, ...]
    removed: tuple[str, ...]
    quorum: int
    dualAbove: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "party": UINT32,
        "version": UINT32,
        "roles": UINT32,
        "active": BOOL,
        "added": array_of(ADDRESS),
        "removed": array_of(ADDRESS),
        "quorum": UINT8,
        "dualAbove": UINT64,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Constitution(Struct):
    """The council hands over to a new one."""

    epoch: int
    members: tuple[str, ...]
    quorum: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "epoch": UINT32,
        "members": array_of(ADDRESS),
        "quorum": UINT8,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class PolicyChange(Struct):
    """The council authorises a policy contract, or ends its authority."""

    policy: str
    authorised: bool
    version: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "policy": ADDRESS,
        "authorised": BOOL,
        "version": UINT32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class ValidatorChange(Struct):
    """The council admits a validator, changes its voting power, or (``power`` 0) removes it.

    ``key`` is what the engine knows it by: an ed25519 public key on CometBFT, its address in the
    low 20 bytes on QBFT.
    """

    key: bytes
    party: int
    power: int
    version: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "key": BYTES32,
        "party": UINT32,
        "power": UINT64,
        "version": UINT32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class OracleConfig(Struct):
    """The council names the oracle members and how many of them make a fact."""

    epoch: int
    members: tuple[str, ...]
    quorum: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "epoch": UINT32,
        "members": array_of(ADDRESS),
        "quorum": UINT8,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Payment(Struct):
    """An oracle member has read this booked credit transfer in a bank statement.

    ``subject`` is what it pays: for a lot, ``LotRef.subject``.
    """

    config: bytes
    line: bytes
    subject: bytes
    currency: str
    amount: int
    bookedOn: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "config": BYTES32,
        "line": BYTES32,
        "subject": BYTES32,
        "currency": CURRENCY,
        "amount": UINT64,
        "bookedOn": UINT32,
    }


@dataclass(frozen=True)
class InvoiceUse(Struct):
    """A part of one invoice: ``amount`` of its ``total``, as its ``version``-th use."""

    fingerprint: bytes
    total: int
    amount: int
    version: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "fingerprint": BYTES32,
        "total": UINT64,
        "amount": UINT64,
        "version": UINT32,
    }


@dataclass(frozen=True)
class Issue(Struct):
    """Debtor and creditor: the debtor owes ``face`` on ``maturity``."""

    debtor: int
    creditor: int
    currency: str
    face: int
    maturity: int
    invoices: tuple[InvoiceUse, ...]
    documents: bytes
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "debtor": UINT32,
        "creditor": UINT32,
        "currency": CURRENCY,
        "face": UINT64,
        "maturity": UINT32,
        "invoices": array_of(struct_kind(InvoiceUse)),
        "documents": BYTES32,
        "validUntil": UINT64,
    }
    PARTS: ClassVar[tuple[type[Struct], ...]] = (InvoiceUse,)


@dataclass(frozen=True)
class Transfer(Struct):
    """Holder and recipient: units ``[start, end)`` of the lot at ``lot`` change hands."""

    claim: int
    lot: int
    version: int
    start: int
    end: int
    holder: int
    recipient: int
    documents: bytes
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "claim": UINT32,
        "lot": UINT64,
        "version": UINT32,
        "start": UINT64,
        "end": UINT64,
        "holder": UINT32,
        "recipient": UINT32,
        "documents": BYTES32,
        "validUntil": UINT64,
    }


@dataclass(frozen=True)
class Merge(Struct):
    """Holder: two adjacent lots become one."""

    claim: int
    left: int
    leftVersion: int
    right: int
    rightVersion: int
    holder: int
    validUntil: int
    FIELDS: ClassVar[Mapping[str, Kind]] = {
        "claim": UINT32,
        "left": UINT64,
        "leftVersion": UINT32,
        "right": UINT64,
        "rightVersion": UINT32,
        "holder": UINT32,
        "validUntil": UINT64,
    }

"""Accounts, and a deployment of no chain, for ledgers without one."""

from __future__ import annotations

from dataclasses import dataclass

from coincurve import PrivateKey
from eth_utils.address import to_checksum_address

from ledger.deployment import Deployment
from ledger.ids import Address
from ledger.keccak import keccak


def address_of(name: str) -> Address:
    """An address of no key, for a contract."""
    return Address(to_checksum_address(keccak(name.encode())[12:]))


@dataclass(frozen=True)
class Key:
    """An account's key, made from a name."""

    name: str

    @property
    def private(self) -> PrivateKey:
        return PrivateKey(keccak(b"key of " + self.name.encode()))

    @property
    def address(self) -> Address:
        public = self.private.public_key.format(compressed=False)
        return Address(to_checksum_address(keccak(public[1:])[12:]))

    def sign(self, digest: bytes) -> bytes:
        signature = self.private.sign_recoverable(digest, hasher=None)
        return signature[:64] + bytes([signature[64] + 27])


DEPLOYMENT = Deployment(
    engine="dev",
    chain_id=7777,
    ledger=address_of("ledger"),
    registry=address_of("registry"),
    attestations=address_of("attestations"),
    receivables=address_of("receivables"),
    validators=address_of("validators"),
    financing=address_of("financing"),
    relay=address_of("relay"),
    block=1,
    block_hash="0x" + "ab" * 32,
    commit="0" * 40,
    sources="1" * 64,
)
COUNCIL = [Key("council 1"), Key("council 2"), Key("council 3")]
ORACLES = [Key("oracle 1"), Key("oracle 2"), Key("oracle 3")]

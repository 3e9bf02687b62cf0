"""A set of validators: their keys, their voting power, and the hash by which headers name them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from ledger.canonical import Field
from ledger.evidence import protobuf
from ledger.evidence.merkle import merkle_root, sha256
from ledger.evidence.refusals import ValidatorsMalformed
from ledger.hexadecimal import hexed

MOST_POWER = (1 << 63) // 8 - 1
"""CometBFT's own limit on a set's total voting power."""


@dataclass(frozen=True)
class Validator:
    """An ed25519 ``key`` of 32 bytes and its voting power."""

    key: bytes
    power: int

    def to_json(self) -> dict[str, Any]:
        return {"key": hexed(self.key), "power": str(self.power)}

    @classmethod
    def read(cls, source: Field) -> Self:
        key, power = source.members("key", "power")
        return cls(key.hash(), power.uint(63))

    @cached_property
    def address(self) -> str:
        """As CometBFT's tools show it: the first 20 bytes of the key's SHA-256, upper case."""
        return sha256(self.key)[:20].hex().upper()

    def signed(self, message: bytes, signature: bytes) -> bool:
        try:
            Ed25519PublicKey.from_public_bytes(self.key).verify(signature, message)
        except (InvalidSignature, ValueError):
            return False
        return True

    def encode(self) -> bytes:
        """SimpleValidator."""
        key = protobuf.message(1, protobuf.data(1, self.key))
        return key + protobuf.uint(2, self.power)


@dataclass(frozen=True)
class ValidatorSet:
    """Validators in the engine's order: by falling power, then by address."""

    validators: tuple[Validator, ...]

    def to_json(self) -> list[dict[str, Any]]:
        return [validator.to_json() for validator in self.validators]

    @classmethod
    def read(cls, source: Field) -> Self:
        """In whatever order they are given; ValidatorsMalformed for none, twice the same key, no
        power or more than CometBFT allows."""
        return cls.of([Validator.read(validator) for validator in source.items()])

    @classmethod
    def of(cls, validators: list[Validator]) -> Self:
        in_order = sorted(validators, key=lambda one: (-one.power, one.address))
        found = cls(tuple(in_order))
        if len(found.places) != len(validators):
            raise ValidatorsMalformed("a validator stands twice in a set")
        if not validators or not all(one.power for one in validators):
            raise ValidatorsMalformed("a set, or one in it, has no power")
        if found.power > MOST_POWER:
            raise ValidatorsMalformed("a set has more power than the engine allows")
        return found

    @cached_property
    def places(self) -> dict[str, int]:
        """Where each validator stands, by address."""
        return {validator.address: place for place, validator in enumerate(self.validators)}

    @cached_property
    def power(self) -> int:
        return sum(validator.power for validator in self.validators)

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(validator.address for validator in self.validators)

    @cached_property
    def hash(self) -> bytes:
        return merkle_root([validator.encode() for validator in self.validators])

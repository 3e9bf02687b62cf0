"""Headers sealed by keys of our own, by the rules of Besu's code: no Besu has made them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from ledger.evidence.qbft import ExtraData, Header, QbftAnchor, QbftFinality, ValidatorSet, Vote
from ledger.ids import Address
from tests.support.accounts import Key

KEYS = tuple(
    sorted((Key(f"validator {n}") for n in range(1, 8)), key=lambda key: key.address.lower())
)
_ISTANBUL = bytes.fromhex("63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365")


@dataclass(frozen=True)
class Sealing:
    """A block to seal: who may, and what its header says."""

    state_root: bytes
    number: int = 7
    validators: Sequence[Key] = KEYS[:4]
    listed: bool = True
    """False as where a contract names the validators."""
    round: int = 0
    vote: Vote | None = None
    timestamp: int = 1_800_000_000

    @property
    def anchor(self) -> QbftAnchor:
        return QbftAnchor((ValidatorSet(0, addresses(self.validators)),))

    def header(self, seals: Sequence[bytes] = ()) -> Header:
        listed = addresses(self.validators) if self.listed else ()
        extra = ExtraData(bytes(32), listed, self.vote, self.round, tuple(seals))
        numbers = (1, self.number, 100_000_000, 0, self.timestamp)
        return Header(
            fields=(
                b"\1" * 32,
                b"\2" * 32,
                bytes(20),
                self.state_root,
                b"\3" * 32,
                b"\4" * 32,
                bytes(256),
                *(_big_endian(number) for number in numbers),
                extra.encode(),
                _ISTANBUL,
                bytes(8),
                b"",
                b"\5" * 32,
            ),
            number=self.number,
            state_root=self.state_root,
            timestamp=self.timestamp,
            extra=extra,
        )

    def seal(self, signers: Sequence[Key]) -> QbftFinality:
        digest = self.header().sealed_hash()
        return self.sealed_with([sign(key, digest) for key in signers])

    def sealed_with(self, seals: Sequence[bytes]) -> QbftFinality:
        header = self.header()
        return QbftFinality(replace(header, extra=self.header(seals).extra).encode())


def sign(key: Key, digest: bytes) -> bytes:
    return key.private.sign_recoverable(digest, hasher=None)


def addresses(keys: Sequence[Key]) -> tuple[Address, ...]:
    return tuple(key.address for key in keys)


def _big_endian(number: int) -> bytes:
    return number.to_bytes((number.bit_length() + 7) // 8, "big")

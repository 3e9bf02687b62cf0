"""Whether enough validators have sealed a header: Besu's own rules, read from its code.

``BftCommitSealsValidationRule``: at least ceil(2N/3) seals, each of another validator of the set in
force, and not one of anybody else. ``QbftValidatorsValidationRule``: the header lists exactly that
set, or nobody where a contract names the validators.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar, Self

from coincurve import PublicKey
from eth_utils.address import to_canonical_address, to_checksum_address

from ledger.canonical import Field
from ledger.evidence.interface import Anchor, Finalised
from ledger.evidence.qbft.anchor import QbftAnchor, ValidatorSet
from ledger.evidence.qbft.header import Header
from ledger.evidence.qbft.refusals import SealInvalid
from ledger.evidence.refusals import (
    DuplicateVote,
    KindMismatch,
    PowerTooLow,
    UnknownValidator,
    ValidatorsMismatch,
)
from ledger.hexadecimal import hexed
from ledger.ids import Address
from ledger.keccak import keccak

_NANOSECONDS = 1_000_000_000
_KEY_BYTES = 32
NEEDED = "two thirds, rounded up,"


@dataclass(frozen=True, slots=True)
class QbftFinality:
    """A header that carries its seals. It names no chain: validators must seal no second one."""

    kind: ClassVar[str] = "qbft"

    header: bytes
    """RLP, as it is stored and sent."""

    def check(self, anchor: Anchor) -> Finalised:
        if not isinstance(anchor, QbftAnchor):
            raise KindMismatch(self.kind, anchor.kind)
        header = Header.decode(self.header)
        trusted = anchor.in_force(header.number)
        _require_listed(header, trusted)
        signers = committers(header)
        _require_quorum(header, signers, trusted)
        return Finalised(
            state_root=header.state_root,
            state_height=header.number,
            height=header.number,
            time=header.timestamp * _NANOSECONDS,
            signed_power=len(signers),
            total_power=len(trusted.validators),
            needed=NEEDED,
            signers=signers,
            validators=trusted.validators,
            keys=tuple(_key(validator) for validator in trusted.validators),
            powers=None,
        )

    def state_root(self) -> bytes:
        """Of the state after this block, as the header says; HeaderMalformed."""
        return Header.decode(self.header).state_root

    def to_json(self) -> dict[str, Any]:
        return {"kind": self.kind, "header": hexed(self.header)}

    @classmethod
    def read(cls, source: Field) -> Self:
        _, header = source.members("kind", "header")
        return cls(header.data())


def quorum(validators: int) -> int:
    """How many of so many have to seal a block."""
    return -(-2 * validators // 3)


def committers(header: Header) -> tuple[Address, ...]:
    """Whose seals these are, in their order; SealInvalid."""
    digest = header.sealed_hash()
    return tuple(
        _signer(seal, digest, position, header.number)
        for position, seal in enumerate(header.extra.seals)
    )


def _signer(seal: bytes, digest: bytes, position: int, height: int) -> Address:
    # s may be in the upper half, which Besu takes too: a validator must not be able to seal
    # blocks that the network has and no auditor can verify.
    try:
        key = PublicKey.from_signature_and_message(seal, digest, hasher=None)
    except Exception:  # noqa: BLE001  coincurve raises the bare class for a point off the curve
        raise SealInvalid(position, height) from None
    return Address(to_checksum_address(keccak(key.format(compressed=False)[1:])[12:]))


def _require_listed(header: Header, trusted: ValidatorSet) -> None:
    listed = header.extra.validators
    if listed and listed != trusted.validators:
        raise ValidatorsMismatch(header.number, _named(listed), _named(trusted.validators))


def _require_quorum(header: Header, signers: tuple[Address, ...], trusted: ValidatorSet) -> None:
    seen: set[Address] = set()
    for signer in signers:
        if signer not in trusted.validators:
            raise UnknownValidator(signer, header.number)
        if signer in seen:
            raise DuplicateVote(signer, header.number)
        seen.add(signer)
    total = len(trusted.validators)
    if len(seen) < quorum(total):
        raise PowerTooLow(header.number, len(seen), total, NEEDED)


def _key(validator: Address) -> bytes:
    return bytes(to_canonical_address(validator)).rjust(_KEY_BYTES, b"\0")


def _named(validators: tuple[Address, ...]) -> str:
    return ", ".join(validators)

"""Who signed: recovering signers from approvals, as ``Approvals.sol`` does."""

from __future__ import annotations

from coincurve import PublicKey
from eth_utils.address import to_checksum_address

from ledger.ids import Address, Digest
from ledger.keccak import keccak

ECDSA_LENGTH = 65
_ADDRESS_LENGTH = 20
# OpenZeppelin's ECDSA refuses the upper half of s, so that a signature has one form.
_HALF_ORDER = 0x7FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF5D576E7357A4501DDFE92F46681B20A0


def recover(approval: bytes, digest: Digest) -> Address | None:
    """The account whose key made this 65-byte signature; None if it isn't one."""
    if len(approval) != ECDSA_LENGTH or approval[64] not in (27, 28):
        return None
    if int.from_bytes(approval[32:64], "big") > _HALF_ORDER:
        return None
    signature = approval[:64] + bytes([approval[64] - 27])
    try:
        key = PublicKey.from_signature_and_message(signature, digest, hasher=None)
    except Exception:  # noqa: BLE001  coincurve raises the bare class for a point off the curve
        return None
    return Address(to_checksum_address(keccak(key.format(compressed=False)[1:])[12:]))


def contract_signer(approval: bytes) -> Address | None:
    """The contract account that an ERC-1271 approval names. Only the chain can check it."""
    if len(approval) == ECDSA_LENGTH or len(approval) < _ADDRESS_LENGTH:
        return None
    return Address(to_checksum_address(approval[:_ADDRESS_LENGTH]))


def signer_of(approval: bytes, digest: Digest) -> Address | None:
    return recover(approval, digest) or contract_signer(approval)


def in_order(approvals: list[bytes], digest: Digest) -> tuple[bytes, ...]:
    """Approvals in rising order of their signers, as the contracts want them."""

    def signer(approval: bytes) -> str:
        return (signer_of(approval, digest) or "").lower()

    return tuple(sorted(approvals, key=signer))

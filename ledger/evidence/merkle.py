"""CometBFT's Merkle tree over a list: RFC 6962's shape, with SHA-256."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_LEAF, _INNER = b"\0", b"\1"


def sha256(content: bytes) -> bytes:
    return hashlib.sha256(content).digest()


def leaf_hash(content: bytes) -> bytes:
    return sha256(_LEAF + content)


def inner_hash(left: bytes, right: bytes) -> bytes:
    return sha256(_INNER + left + right)


def merkle_root(leaves: Sequence[bytes]) -> bytes:
    """The left half is always the largest power of two that leaves something to the right."""
    if not leaves:
        return sha256(b"")
    if len(leaves) == 1:
        return leaf_hash(leaves[0])
    left = 1 << (len(leaves) - 1).bit_length() - 1
    return inner_hash(merkle_root(leaves[:left]), merkle_root(leaves[left:]))

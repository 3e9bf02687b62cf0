"""Salted commitments to documents: what the chain holds instead of the document.

Pre-images are fixed-width fields behind a 32-byte domain tag, so no two kinds of hash can be
mistaken for each other:

- commitment = keccak256(tag("commitment") ‖ salt ‖ document)
- leaf       = keccak256(tag("leaf") ‖ commitment)
- node       = keccak256(tag("node") ‖ left ‖ right)
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

from ledger.errors import Refused
from ledger.hexadecimal import hexed
from ledger.keccak import keccak

EMPTY_ROOT = bytes(32)
"""The root over no document at all."""

HASH_BYTES = 32


@dataclass
class WrongHashLength(Refused):
    """A salt, commitment or root is not 32 bytes."""

    field: str
    length: int
    summary: ClassVar[str] = "The {field} is {length} bytes; it has to be 32."


@dataclass
class WeakSalt(Refused):
    """A salt of zeros hides nothing: whoever guesses the document can confirm the guess."""

    summary: ClassVar[str] = "The salt is all zeros; draw it with new_salt()."


@dataclass
class CommitmentMismatch(Refused):
    """The salt and document do not open the commitment."""

    expected: str
    opened: str
    summary: ClassVar[str] = "The document and salt open to {opened}, not to {expected}."


@dataclass
class DuplicateCommitment(Refused):
    """The same commitment stands twice under one root."""

    commitment: str
    summary: ClassVar[str] = "{commitment} is listed twice."


def domain_tag(name: str) -> bytes:
    """The 32-byte tag that opens every pre-image of one kind: keccak256 of its name."""
    return keccak(name.encode())


_COMMITMENT = domain_tag("yuanliu.document.commitment.v1")
_LEAF = domain_tag("yuanliu.document.leaf.v1")
_NODE = domain_tag("yuanliu.document.node.v1")


def new_salt() -> bytes:
    """32 random bytes from the operating system; one per document, kept for later opening."""
    return secrets.token_bytes(HASH_BYTES)


def commit(salt: bytes, document: bytes) -> bytes:
    """The 32-byte commitment to the document's exact bytes.

    Raises ``WrongHashLength`` or ``WeakSalt``.
    """
    _require_hash("salt", salt)
    if salt == bytes(HASH_BYTES):
        raise WeakSalt
    return keccak(_COMMITMENT + salt + document)


def opens(commitment: bytes, salt: bytes, document: bytes) -> bool:
    """Whether salt and document are what was committed to."""
    _require_hash("commitment", commitment)
    return hmac.compare_digest(commit(salt, document), commitment)


def verify_opening(commitment: bytes, salt: bytes, document: bytes) -> None:
    """As ``opens``, raising ``CommitmentMismatch`` where it would be false."""
    if not opens(commitment, salt, document):
        raise CommitmentMismatch(hexed(commitment), hexed(commit(salt, document)))


def root(commitments: Sequence[bytes]) -> bytes:
    """One 32-byte root over several commitments, whatever order they are given in.

    Leaves are sorted, paired level by level, and an odd last one moves up unchanged. No
    commitment gives ``EMPTY_ROOT``; a single one gives its leaf hash, never itself. Raises
    ``WrongHashLength`` or ``DuplicateCommitment``.
    """
    for commitment in commitments:
        _require_hash("commitment", commitment)
    ordered = sorted(commitments)
    for left, right in pairwise(ordered):
        if left == right:
            raise DuplicateCommitment(hexed(left))
    level = sorted(keccak(_LEAF + commitment) for commitment in ordered)
    while len(level) > 1:
        level = _next_level(level)
    return level[0] if level else EMPTY_ROOT


def _next_level(level: list[bytes]) -> list[bytes]:
    pairs = zip(level[::2], level[1::2], strict=False)
    parents = [keccak(_NODE + left + right) for left, right in pairs]
    return parents + level[len(level) - len(level) % 2 :]


def _require_hash(field: str, value: bytes) -> None:
    if len(value) != HASH_BYTES:
        raise WrongHashLength(field, len(value))

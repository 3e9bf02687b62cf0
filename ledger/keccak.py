"""Keccak-256, the hash of the EVM."""

from __future__ import annotations

import sha3


def keccak(data: bytes) -> bytes:
    """32 bytes. (pysha3 is four times as fast as pycryptodome on the inputs hashed here.)"""
    digest: bytes = sha3.keccak_256(data).digest()
    return digest

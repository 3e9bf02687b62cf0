"""A node's key: who it is to its peers, and what its validator seals blocks with."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from coincurve import PrivateKey
from eth_utils.address import to_checksum_address

from ledger.ids import Address
from ledger.keccak import keccak

PRIVATE_MODE = 0o600


@dataclass(frozen=True)
class NodeKey:
    private: PrivateKey

    @classmethod
    def new(cls) -> Self:
        """From the system's source of randomness."""
        return cls(PrivateKey())

    @classmethod
    def read(cls, path: Path) -> Self:
        """Raises ``ValueError`` for what is no key, and ``OSError``."""
        return cls(PrivateKey(bytes.fromhex(path.read_text().strip().removeprefix("0x"))))

    @property
    def node_id(self) -> str:
        """The public key in hexadecimal: its name in an enode URL."""
        return self._public().hex()

    @property
    def address(self) -> Address:
        return Address(to_checksum_address(keccak(self._public())[12:]))

    def write(self, folder: Path) -> None:
        """``key`` and ``key.pub`` as Besu reads them; FileExistsError if either is there."""
        _write_new(folder / "key", f"0x{self.private.secret.hex()}\n", PRIVATE_MODE)
        _write_new(folder / "key.pub", f"0x{self.node_id}\n", 0o644)

    def _public(self) -> bytes:
        return self.private.public_key.format(compressed=False)[1:]


def _write_new(path: Path, text: str, mode: int) -> None:
    """Made with its mode, so that a key is at no moment readable by others."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(descriptor)

"""Signing keys, kept in encrypted Web3 keystore files that only their owner can read."""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from enum import IntEnum
from pathlib import Path
from typing import Any, ClassVar

from coincurve import PrivateKey
from eth_account import Account
from eth_utils.address import to_checksum_address

from ledger.approvals import ECDSA_LENGTH
from ledger.errors import Refused
from ledger.ids import Address, Digest
from ledger.keccak import keccak

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_OTHERS = 0o077


class ScryptCost(IntEnum):
    """How much work one guess at a passphrase costs (scrypt's N; r is 8, p is 1)."""

    STANDARD = 1 << 18
    """About a second and 256 MiB."""
    DEMONSTRATION = 1 << 10
    """A millisecond: for keys that guard nothing."""


@dataclass
class UnsafeKeyName(Refused):
    """A key's name is part of a file name."""

    text: str
    summary: ClassVar[str] = "{text!r} can't name a key: letters, digits, '.', '_' and '-' only."


@dataclass
class KeyExists(Refused):
    """A key is never written over."""

    path: str
    status: ClassVar[int] = 409
    summary: ClassVar[str] = "{path} exists already."


@dataclass
class NoSuchKey(Refused):
    """There is no key file here."""

    path: str
    status: ClassVar[int] = 404
    summary: ClassVar[str] = "There is no key file {path}."


@dataclass
class NoSuchPassphraseFile(Refused):
    """The file that is said to hold the passphrase isn't there."""

    path: str
    status: ClassVar[int] = 404
    summary: ClassVar[str] = "There is no passphrase file {path}."


@dataclass
class NotAKeyFile(Refused):
    """The file is not a version 3 Web3 keystore."""

    path: str
    summary: ClassVar[str] = "{path} is not a Web3 keystore file of version 3."


@dataclass
class KeyFileExposed(Refused):
    """Others on this machine may read the file."""

    path: str
    summary: ClassVar[str] = "{path} can be read by others: chmod 600 it first."


@dataclass
class WrongPassphrase(Refused):
    """The passphrase doesn't open the key file."""

    path: str
    status: ClassVar[int] = 403
    summary: ClassVar[str] = "The passphrase doesn't open {path}."


@dataclass
class EmptyPassphrase(Refused):
    """A key is never kept without a passphrase."""

    summary: ClassVar[str] = "The passphrase is empty."


class Key:
    """A secp256k1 key in memory. Shows its address and nothing else."""

    def __init__(self, secret: bytes) -> None:
        self._secret = PrivateKey(secret)
        public = self._secret.public_key.format(compressed=False)[1:]
        self.address = Address(to_checksum_address(keccak(public)[12:]))

    @classmethod
    def generate(cls) -> Key:
        """A new key from the operating system's randomness."""
        return cls(PrivateKey().secret)

    def sign(self, digest: Digest) -> bytes:
        """The 65-byte approval r ‖ s ‖ v of a digest: s in its lower half, v 27 or 28."""
        signature = self._secret.sign_recoverable(digest, hasher=None)
        return signature[: ECDSA_LENGTH - 1] + bytes([signature[-1] + 27])

    def to_keystore(self, passphrase: str, cost: ScryptCost) -> dict[str, Any]:
        """The version 3 keystore object; raises ``EmptyPassphrase``."""
        if not passphrase:
            raise EmptyPassphrase
        return Account.encrypt(self._secret.secret, passphrase, kdf="scrypt", iterations=int(cost))

    def __repr__(self) -> str:
        return f"Key({self.address})"


@dataclass(frozen=True)
class KeyStore:
    """A folder of key files, one ``<name>.json`` each, for its owner's eyes only."""

    folder: Path

    def path(self, name: str) -> Path:
        """Where a key of this name is; raises ``UnsafeKeyName``."""
        if _NAME.fullmatch(name) is None:
            raise UnsafeKeyName(name[:80])
        return self.folder / f"{name}.json"

    def create(self, name: str, passphrase: str, cost: ScryptCost = ScryptCost.STANDARD) -> Key:
        """A new key, written once; raises ``KeyExists``, ``EmptyPassphrase``."""
        path, key = self.path(name), Key.generate()
        if path.exists():
            raise KeyExists(str(path))
        text = json.dumps(key.to_keystore(passphrase, cost))
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        write_private(path, text)
        return key

    def open(self, name: str, passphrase: str) -> Key:
        """The key of this name; raises what ``open_key`` does."""
        return open_key(self.path(name), passphrase)

    def names(self) -> list[str]:
        """The keys here, sorted; none if the folder isn't there."""
        return sorted(path.stem for path in self.folder.glob("*.json"))


def open_key(path: Path, passphrase: str) -> Key:
    """The key in a file; raises what ``open_secret`` does."""
    try:
        return Key(open_secret(path, passphrase))
    except ValueError as error:
        raise NotAKeyFile(str(path)) from error


def open_secret(path: Path, passphrase: str) -> bytes:
    """The 32 secret bytes in a file: for whoever has to hand them to another library.

    Raises ``NoSuchKey``, ``KeyFileExposed``, ``NotAKeyFile`` or ``WrongPassphrase``.
    """
    keystore = _read(path)
    if path.stat().st_mode & _OTHERS:
        raise KeyFileExposed(str(path))
    try:
        return bytes(Account.decrypt(keystore, passphrase))
    except ValueError as error:
        # One exception type for everything; only this message is about the passphrase.
        if "MAC mismatch" in str(error):
            raise WrongPassphrase(str(path)) from None
        raise NotAKeyFile(str(path)) from error
    except (KeyError, TypeError, NotImplementedError) as error:
        raise NotAKeyFile(str(path)) from error


def address_in(path: Path) -> Address:
    """The address that a key file says it holds, without opening it."""
    address = _read(path).get("address")
    if not isinstance(address, str):
        raise NotAKeyFile(str(path))
    return Address(to_checksum_address(address))


def read_passphrase(path: Path) -> str:
    """The first line of a file; raises ``NoSuchPassphraseFile`` or ``KeyFileExposed``."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        raise NoSuchPassphraseFile(str(path)) from None
    if path.stat().st_mode & _OTHERS:
        raise KeyFileExposed(str(path))
    return text.split("\n", 1)[0]


def write_private(path: Path, text: str) -> None:
    """Write a new file that only its owner may read; raises ``KeyExists``."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        raise KeyExists(str(path)) from None
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def _read(path: Path) -> dict[str, Any]:
    try:
        keystore = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise NoSuchKey(str(path)) from None
    except ValueError as error:
        raise NotAKeyFile(str(path)) from error
    if not isinstance(keystore, dict) or keystore.get("version") != 3:
        raise NotAKeyFile(str(path))
    return keystore

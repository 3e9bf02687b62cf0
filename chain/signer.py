"""The relayer's key: it pays for gas, where there is gas to pay for, and can do nothing else."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from eth_account import Account
from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from chain.profile import EngineProfile
from ledger.ids import Address


class KeystoreUnusable(Exception):
    """The keystore file can't be read, or not with this passphrase."""


class RelayerKey:
    """Signs the relayer's transactions. Two processes must never use one key at a time."""

    def __init__(self, account: LocalAccount) -> None:
        self._account = account
        self.address = Address(to_checksum_address(account.address))

    def sign(
        self, profile: EngineProfile, *, nonce: int, to: Address, data: bytes, gas: int
    ) -> bytes:
        """A raw transaction: the same bytes for the same arguments."""
        transaction: dict[str, Any] = {
            "chainId": profile.chain_id,
            "nonce": nonce,
            "gasPrice": profile.gas_price,
            "gas": gas,
            "to": to,
            "value": 0,
            "data": data,
        }
        return bytes(self._account.sign_transaction(transaction).raw_transaction)


def load_key(keystore: Path, passphrase: str) -> RelayerKey:
    """The key in an encrypted keystore file (Web3 Secret Storage, version 3)."""
    try:
        document = json.loads(keystore.read_text(encoding="utf-8"))
        return RelayerKey(Account.from_key(Account.decrypt(document, passphrase)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise KeystoreUnusable(f"{keystore}: {error}") from error

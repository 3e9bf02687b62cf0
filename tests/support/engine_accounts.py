"""Accounts that the test network's genesis knows: the first may deploy, all of them can pay."""

from __future__ import annotations

from eth_account import Account
from eth_account.signers.local import LocalAccount

from ledger.ids import Address
from ledger.keccak import keccak

COUNT = 8


def _account(number: int) -> LocalAccount:
    made: LocalAccount = Account.from_key(keccak(b"engine account %d" % number))
    return made


ACCOUNTS = tuple(_account(number) for number in range(COUNT))
DEPLOYER = ACCOUNTS[0]
FUNDED = tuple(Address(account.address) for account in ACCOUNTS)

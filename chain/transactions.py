"""One signed transaction at a time: estimate, sign, send, wait for its receipt."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from eth_account.signers.local import LocalAccount
from eth_utils.address import to_checksum_address

from chain.profile import EngineProfile
from chain.reverts import refusal_in
from chain.rpc import Rpc, RpcError
from ledger.ids import Address
from ledger.keccak import keccak

RECEIPT_TIMEOUT = 60.0
_POLL = 0.005
_MOST_POLL = 0.25
_RECEIPT_AFTER_NONCE = 2.0
# An estimate is exact for the state it saw; the state it meets may cost a little more.
_MARGIN_PERCENT = 25

Receipt = dict[str, Any]


class NoReceipt(Exception):
    """A transaction was sent and no receipt came in time. It may still be mined."""


class TransactionFailed(Exception):
    """A transaction used its nonce and did nothing, though its estimate went through.

    It reverted; or it has no receipt, as CometBFT's engine gives none to one that it includes and
    then refuses (a creation by an account that may not deploy, a block that is out of gas).
    """


@dataclass(frozen=True)
class Sender:
    """An account that sends to one engine. The only writer of its account."""

    rpc: Rpc
    profile: EngineProfile
    account: LocalAccount

    @property
    def address(self) -> Address:
        return Address(to_checksum_address(self.account.address))

    def next_nonce(self) -> int:
        return int(self.rpc.call("eth_getTransactionCount", [self.address, "pending"]), 16)

    def estimate(self, to: Address | None, data: bytes) -> int:
        """Gas with a margin; raises the ``Refused`` that the transaction would meet."""
        try:
            used = int(self.rpc.call("eth_estimateGas", [self._message(to, data)]), 16)
        except RpcError as error:
            refusal = refusal_in(error)
            if refusal is None:
                raise
            raise refusal from error
        return min(used + used * _MARGIN_PERCENT // 100, self.profile.block_gas_limit)

    def sign(self, to: Address | None, data: bytes, *, nonce: int, gas: int) -> bytes:
        """A raw transaction; the same bytes for the same arguments."""
        fields: dict[str, Any] = {
            "chainId": self.profile.chain_id,
            "nonce": nonce,
            "gasPrice": self.profile.gas_price,
            "gas": gas,
            "value": 0,
            "data": data,
        }
        if to is not None:
            fields["to"] = to
        return bytes(self.account.sign_transaction(fields).raw_transaction)

    def send(self, to: Address | None, data: bytes) -> Receipt:
        """Estimate, sign, send and wait; a creation has no ``to``."""
        gas = self.estimate(to, data)
        nonce = self.next_nonce()
        raw = self.sign(to, data, nonce=nonce, gas=gas)
        self.rpc.call("eth_sendRawTransaction", ["0x" + raw.hex()])
        return wait_for_receipt(self.rpc, keccak(raw), used=lambda: self._used(nonce))

    def _used(self, nonce: int) -> bool:
        return int(self.rpc.call("eth_getTransactionCount", [self.address, "latest"]), 16) > nonce

    def _message(self, to: Address | None, data: bytes) -> dict[str, str]:
        message = {"from": self.address, "data": "0x" + data.hex()}
        return message if to is None else message | {"to": to}


def wait_for_receipt(
    rpc: Rpc, hash_: bytes, timeout: float = RECEIPT_TIMEOUT, used: Callable[[], bool] | None = None
) -> Receipt:
    """The receipt of a transaction that succeeded; ``used`` tells whether its nonce is used."""
    deadline = time.monotonic() + timeout
    pause = _POLL
    missing_since: float | None = None
    while True:
        receipt: Receipt | None = rpc.call("eth_getTransactionReceipt", ["0x" + hash_.hex()])
        if receipt is not None:
            break
        now = time.monotonic()
        if now > deadline:
            raise NoReceipt("0x" + hash_.hex())
        if missing_since is not None and now - missing_since > _RECEIPT_AFTER_NONCE:
            raise TransactionFailed(f"0x{hash_.hex()} used its nonce and has no receipt")
        if missing_since is None and pause == _MOST_POLL and used is not None and used():
            missing_since = now  # receipts may trail the nonce a little
        time.sleep(pause)
        pause = min(2 * pause, _MOST_POLL)
    if int(receipt["status"], 16) != 1:
        raise TransactionFailed("0x" + hash_.hex())
    return receipt

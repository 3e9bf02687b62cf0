from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from eth_account import Account

from chain.profile import DEV
from chain.rpc import Rpc
from node.dev import DevNode

NEVER = 3600.0

Send = Callable[[Rpc], str]


@pytest.fixture
def node(tmp_path: Path) -> Iterator[DevNode]:
    """A dev node of the test's own, which saves only when it is told to."""
    with DevNode(tmp_path / "dev", snapshot_interval=NEVER) as running:
        yield running


@pytest.fixture
def send() -> Send:
    """Send one transaction from an account without funds, and wait until it is mined."""
    account = Account.create()

    def send_and_wait(rpc: Rpc) -> str:
        signed = account.sign_transaction(
            {
                "chainId": DEV.chain_id,
                "nonce": int(rpc.call("eth_getTransactionCount", [account.address, "latest"]), 16),
                "to": "0x" + "11" * 20,
                "value": 0,
                "gas": 21_000,
                "gasPrice": DEV.gas_price,
            }
        )
        sent: str = rpc.call("eth_sendRawTransaction", [signed.raw_transaction.to_0x_hex()])
        while rpc.call("eth_getTransactionReceipt", [sent]) is None:
            time.sleep(0.002)
        return sent

    return send_and_wait

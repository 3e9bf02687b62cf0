"""The block that a network begins with."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ledger.evidence.qbft import genesis_extra_data
from ledger.hexadecimal import hexed
from ledger.ids import Address
from node.besu.plan import Plan

_ISTANBUL = "0x63746963616c2062797a616e74696e65206661756c7420746f6c6572616e6365"
"""Besu's QBFT wants exactly this for the hash of the mix."""


def genesis(plan: Plan, validators: Sequence[Address], timestamp: int) -> dict[str, Any]:
    """As JSON. ``validators`` rising; ``timestamp`` in seconds since 1970.

    Every fork up to Prague is there from the first block, as on the engines that we test with.
    Nobody owns anything: gas is free, and a transaction's sender needs no funds.
    """
    return {
        "config": {
            "chainId": plan.chain_id,
            "berlinBlock": 0,
            "londonBlock": 0,
            "shanghaiTime": 0,
            "cancunTime": 0,
            "pragueTime": 0,
            "zeroBaseFee": True,
            "qbft": {
                "blockperiodseconds": plan.block_period,
                "epochlength": plan.epoch_length,
                "requesttimeoutseconds": plan.request_timeout,
            },
        },
        "nonce": "0x0",
        "timestamp": hex(timestamp),
        "extraData": hexed(genesis_extra_data(validators)),
        "gasLimit": hex(plan.gas_limit),
        "difficulty": "0x1",
        "mixHash": _ISTANBUL,
        "coinbase": "0x" + "00" * 20,
        "alloc": {},
    }

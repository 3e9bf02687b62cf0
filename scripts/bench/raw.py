"""The baseline: pre-signed transactions of one act each, straight to the node.

Three ways of sending are tried and the fastest counts, so that the ratio is held against the
node's own ceiling as one machine can reach it, not against a slow client.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from eth_account import Account
from eth_account.signers.local import LocalAccount

from chain.profile import EngineProfile
from chain.rpc import Rpc
from chain.transactions import Sender
from ledger.acts import SignedAct
from ledger.deployment import Deployment
from ledger.ids import Address
from ledger.keccak import keccak

LANES = 4
RPC_BATCH = 25
_GAS = 400_000


def lane_accounts() -> list[LocalAccount]:
    """Who sends the raw transactions; the same ones every time, they guard nothing."""
    return [Account.from_key(keccak(b"bench lane %d" % number)) for number in range(LANES)]


def lane_addresses() -> list[Address]:
    return [Address(account.address) for account in lane_accounts()]


@dataclass(frozen=True)
class Lane:
    """One account's transactions in the order of their nonces."""

    raw: tuple[str, ...]
    last: str


def sign_lanes(
    rpc: Rpc, profile: EngineProfile, deployment: Deployment, acts: Sequence[SignedAct]
) -> list[Lane]:
    """The acts spread over a few accounts of their own, signed before the clock starts."""
    lanes = []
    for number, account in enumerate(lane_accounts()):
        sender = Sender(rpc, profile, account)
        nonce = sender.next_nonce()
        raw = [
            sender.sign(
                deployment.address(act.kind.contract), act.call_data(), nonce=nonce + i, gas=_GAS
            )
            for i, act in enumerate(acts[number::LANES])
        ]
        lanes.append(Lane(tuple("0x" + one.hex() for one in raw), "0x" + keccak(raw[-1]).hex()))
    return lanes


def one_by_one(rpc: Rpc, lanes: Sequence[Lane]) -> None:
    for lane in lanes:
        for raw in lane.raw:
            rpc.call("eth_sendRawTransaction", [raw])


def side_by_side(rpc: Rpc, lanes: Sequence[Lane]) -> None:
    with ThreadPoolExecutor(len(lanes)) as pool:
        list(pool.map(lambda lane: one_by_one(rpc, [lane]), lanes))


def in_batches(rpc: Rpc, lanes: Sequence[Lane]) -> None:
    for lane in lanes:
        for start in range(0, len(lane.raw), RPC_BATCH):
            part = lane.raw[start : start + RPC_BATCH]
            rpc.batch([("eth_sendRawTransaction", [raw]) for raw in part])


Way = Callable[[Rpc, Sequence[Lane]], None]
WAYS: tuple[Way, ...] = (one_by_one, side_by_side, in_batches)


def rate(rpc: Rpc, way: Way, lanes: Sequence[Lane]) -> float:
    """Transactions per second, from the first sent to the last mined; all must have succeeded."""
    count = sum(len(lane.raw) for lane in lanes)
    started = time.perf_counter()
    way(rpc, lanes)
    for lane in lanes:
        while rpc.call("eth_getTransactionReceipt", [lane.last]) is None:
            time.sleep(0.001)
    taken = time.perf_counter() - started
    _require_success(rpc, lanes)
    return count / taken


def _require_success(rpc: Rpc, lanes: Sequence[Lane]) -> None:
    hashes = ["0x" + keccak(bytes.fromhex(raw[2:])).hex() for lane in lanes for raw in lane.raw]
    for start in range(0, len(hashes), RPC_BATCH):
        part = hashes[start : start + RPC_BATCH]
        for receipt in rpc.batch([("eth_getTransactionReceipt", [one]) for one in part]):
            if receipt is None or receipt["status"] != "0x1":
                raise AssertionError("a raw transaction failed: the baseline would be wrong")
